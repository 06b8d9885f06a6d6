use futures::StreamExt;
use futures::future::join_all;
use std::sync::Arc;
use tokio::sync::Semaphore;

async fn held_back(http: &reqwest::Client, books: Vec<String>, places: Arc<Semaphore>) {
    let requests = books.iter().map(|book| async {
        let _place = places.acquire().await.unwrap();
        http.get(book).send().await
    });
    join_all(requests).await;
}

async fn some_at_a_time(http: &reqwest::Client, books: Vec<String>) {
    let requests = futures::stream::iter(books).map(|book| http.get(book).send());
    let _: Vec<_> = requests.buffer_unordered(4).collect().await;
}

async fn written_out(http: &reqwest::Client) {
    join_all([http.get("https://a.example").send(), http.get("https://b.example").send()]).await;
    join_all(vec![http.get("https://c.example").send()]).await;
}

async fn one_after_the_other(http: &reqwest::Client, books: Vec<String>) {
    for book in books {
        let _ = http.get(book).send().await;
    }
}

/// Nothing leaves the process.
async fn computes(books: Vec<String>) {
    join_all(books.iter().map(|book| async move { book.len() })).await;
}

#[tokio::main]
async fn main() {
    let http = reqwest::Client::new();
    held_back(&http, Vec::new(), Arc::new(Semaphore::new(4))).await;
    some_at_a_time(&http, Vec::new()).await;
    written_out(&http).await;
    one_after_the_other(&http, Vec::new()).await;
    computes(Vec::new()).await;
}
