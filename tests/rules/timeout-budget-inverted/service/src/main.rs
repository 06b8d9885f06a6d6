use backon::{ExponentialBuilder, Retryable};
use std::time::Duration;
use tokio::time::timeout;

const ALL: Duration = Duration::from_millis(2500);

struct Prices {
    http: reqwest::Client,
}

impl Prices {
    fn new() -> Self {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(1)).build().unwrap();
        Self { http }
    }

    async fn fetch(&self) -> reqwest::Result<reqwest::Response> {
        let get = || async { self.http.get("https://prices.example").send().await };
        get.retry(ExponentialBuilder::default()).await
    }

    /// Four attempts of one second; the limit stands around the caller.
    async fn page(&self) {
        let _ = timeout(ALL, self.fetch()).await; //~ timeout-budget-inverted
    }
}

#[tokio::main]
async fn main() {
    Prices::new().page().await;
}
