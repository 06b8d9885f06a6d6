use backon::{ExponentialBuilder, Retryable};
use std::time::Duration;
use tokio::time::timeout;

async fn fits(http: &reqwest::Client) {
    let get = || async { http.get("https://a.example").timeout(Duration::from_secs(1)).send().await };
    let _ = timeout(Duration::from_secs(4), get.retry(ExponentialBuilder::default())).await;
}

/// The limit of each attempt stands inside the retry.
async fn inside(http: &reqwest::Client) {
    let get = || async { timeout(Duration::from_secs(1), http.get("https://b.example").send()).await };
    let _ = get.retry(ExponentialBuilder::default()).await;
}

async fn only_shorter(http: &reqwest::Client) {
    let request = http.get("https://c.example").timeout(Duration::from_secs(30)).send();
    let _ = timeout(Duration::from_secs(2), request).await;
}

async fn configured(http: &reqwest::Client, limit: Duration) {
    let get = || async { http.get("https://d.example").timeout(limit).send().await };
    let _ = timeout(Duration::from_secs(2), get.retry(ExponentialBuilder::default())).await;
}

#[tokio::main]
async fn main() {
    let http = reqwest::Client::new();
    fits(&http).await;
    inside(&http).await;
    only_shorter(&http).await;
    configured(&http, Duration::from_secs(9)).await;
}
