use backon::{ExponentialBuilder, Retryable};
use reqwest::Client;
use serde::Serialize;
use std::time::Duration;

#[derive(Serialize)]
struct Charge {
    idempotency_key: String,
    amount: u64,
}

async fn keyed(http: &Client, key: &str) {
    let pay = || async { http.post("https://pay.example/charges").header("Idempotency-Key", key).send().await };
    let _ = pay.retry(ExponentialBuilder::default()).await;
}

async fn keyed_in_the_body(http: &Client, charge: &Charge) {
    for _ in 0..3 {
        if http.post("https://pay.example/charges").json(charge).send().await.is_ok() {
            return;
        }
    }
}

/// Nobody sees what is in them.
async fn given_headers(http: &Client, headers: reqwest::header::HeaderMap) {
    let pay = || async { http.post("https://pay.example/charges").headers(headers.clone()).send().await };
    let _ = pay.retry(ExponentialBuilder::default()).await;
}

async fn asks(http: &Client) {
    let ask = || async { http.post("https://shop.example/books/search").send().await };
    let _ = ask.retry(ExponentialBuilder::default()).await;
    let sign_in = || async { http.post("https://id.example/oauth/token").send().await };
    let _ = sign_in.retry(ExponentialBuilder::default()).await;
    let read = || async { http.get("https://shop.example/orders").send().await };
    let _ = read.retry(ExponentialBuilder::default()).await;
}

/// Each order is another one.
async fn all(http: &Client, orders: Vec<String>) {
    for order in orders {
        if http.post("https://shop.example/orders").body(order).send().await.is_err() {
            break;
        }
    }
}

/// Once more is another try, and not by itself: the user asked for it.
async fn once(http: &Client) {
    if let Err(error) = http.post("https://shop.example/orders").send().await {
        eprintln!("{error}");
    }
}

/// A supervisor begins its work anew.
async fn supervise(http: &Client) {
    loop {
        match work(http).await {
            Ok(()) => break,
            Err(_) => tokio::time::sleep(Duration::from_secs(5)).await,
        }
    }
}

async fn work(http: &Client) -> reqwest::Result<()> {
    http.post("https://shop.example/orders").send().await?;
    Ok(())
}

#[tokio::main]
async fn main() {
    let http = Client::new();
    keyed(&http, "a").await;
    let charge = Charge { idempotency_key: "a".into(), amount: 1 };
    keyed_in_the_body(&http, &charge).await;
    given_headers(&http, Default::default()).await;
    asks(&http).await;
    all(&http, Vec::new()).await;
    once(&http).await;
    supervise(&http).await;
}
