use backon::{ExponentialBuilder, Retryable};

/// The contract says that a repeat reserves once more.
async fn reserve(http: &reqwest::Client, item: &str) {
    let ask = || async { http.post(format!("https://stock.example/stock/{item}/reservations")).send().await }; //~ retry-of-non-idempotent-call
    let _ = ask.retry(ExponentialBuilder::default()).await;
}

/// The contract says that it is idempotent: that this request lacks its key is another matter.
async fn level(http: &reqwest::Client, item: &str) {
    let set = || async { http.post(format!("https://stock.example/stock/{item}/level")).send().await };
    let _ = set.retry(ExponentialBuilder::default()).await;
}

#[tokio::main]
async fn main() {
    let http = reqwest::Client::new();
    reserve(&http, "a").await;
    level(&http, "a").await;
}
