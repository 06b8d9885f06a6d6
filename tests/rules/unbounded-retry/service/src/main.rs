use std::time::Duration;
use tokio_retry::strategy::{FixedInterval, jitter};
use tokio_retry::Retry;

struct Prices {
    http: reqwest::Client,
}

impl Prices {
    async fn in_a_loop(&self) -> reqwest::Response {
        loop { //~ unbounded-retry
            match self.http.get("https://prices.example").send().await {
                Ok(answer) => return answer,
                Err(error) => eprintln!("{error}"),
            }
        }
    }

    async fn while_it_fails(&self) {
        while let Err(error) = self.http.get("https://prices.example").send().await { //~ unbounded-retry
            eprintln!("{error}");
        }
    }

    async fn by_a_library(&self) {
        let strategy = FixedInterval::from_millis(100).map(jitter);
        let _ = Retry::spawn(strategy, || self.http.get("https://prices.example").send()).await; //~ unbounded-retry
    }
}

#[tokio::main]
async fn main() {
    let prices = Prices { http: reqwest::Client::builder().timeout(Duration::from_secs(1)).build().unwrap() };
    prices.in_a_loop().await;
    prices.while_it_fails().await;
    prices.by_a_library().await;
}
