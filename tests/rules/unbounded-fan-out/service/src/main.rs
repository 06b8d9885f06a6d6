use futures::future::{join_all, try_join_all};

struct Prices {
    http: reqwest::Client,
}

impl Prices {
    async fn of_all(&self, books: &[String]) {
        let requests = books.iter().map(|book| self.http.get(format!("https://a.example/{book}")).send());
        join_all(requests).await; //~ unbounded-fan-out
    }

    async fn by_helper(&self, books: Vec<String>) -> reqwest::Result<()> {
        try_join_all(books.into_iter().map(|book| self.price(book))).await?; //~ unbounded-fan-out
        Ok(())
    }

    async fn price(&self, book: String) -> reqwest::Result<String> {
        self.http.get(format!("https://b.example/{book}")).send().await?.text().await
    }
}

#[tokio::main]
async fn main() {
    let prices = Prices { http: reqwest::Client::new() };
    prices.of_all(&[]).await;
    let _ = prices.by_helper(Vec::new()).await;
}
