use backon::{ExponentialBuilder, Retryable};
use reqwest::{Client, Method};
use std::time::Duration;

struct Shop {
    http: Client,
}

impl Shop {
    async fn by_policy(&self) -> reqwest::Result<reqwest::Response> {
        let place = || async { self.http.post("https://shop.example/orders").send().await }; //~ retry-of-non-idempotent-call
        place.retry(ExponentialBuilder::default()).await
    }

    async fn by_hand(&self) {
        for _ in 0..3 {
            let answer = self.http.request(Method::PATCH, "https://shop.example/stock").send().await; //~ retry-of-non-idempotent-call
            if answer.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The retry stands around a caller.
    async fn through_a_helper(&self) {
        while let Err(error) = self.refund().await {
            if error.is_status() {
                return;
            }
        }
    }

    async fn refund(&self) -> reqwest::Result<()> {
        self.http
            .post("https://shop.example/refunds")
            .send() //~ retry-of-non-idempotent-call
            .await?;
        Ok(())
    }
}

fn client() -> reqwest_middleware::ClientWithMiddleware {
    let policy = reqwest_retry::policies::ExponentialBackoff::builder().build_with_max_retries(3);
    reqwest_middleware::ClientBuilder::new(Client::new())
        .with(reqwest_retry::RetryTransientMiddleware::new_with_policy(policy))
        .build()
}

async fn by_middleware() {
    let _ = client().post("https://shop.example/orders").send().await; //~ retry-of-non-idempotent-call
}

#[tokio::main]
async fn main() {
    let shop = Shop { http: Client::new() };
    let _ = shop.by_policy().await;
    shop.by_hand().await;
    shop.through_a_helper().await;
    by_middleware().await;
}
