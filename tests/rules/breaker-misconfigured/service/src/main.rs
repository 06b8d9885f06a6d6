use backon::{ExponentialBuilder, Retryable};
use failsafe::futures::CircuitBreaker;
use recloser::{AsyncRecloser, Recloser};

struct Prices {
    http: reqwest::Client,
    breaker: failsafe::StateMachine<(), ()>,
}

impl Prices {
    async fn anew(&self) {
        let breaker = AsyncRecloser::from(Recloser::custom().error_rate(0.5).build());
        let _ = breaker.call(self.http.get("https://a.example").send()).await; //~ breaker-misconfigured
    }

    async fn guarded(&self) -> Result<reqwest::Response, failsafe::Error<reqwest::Error>> {
        self.breaker.call(self.http.get("https://b.example").send()).await
    }

    async fn knocks(&self) {
        let _ = (|| async { self.guarded().await })
            .retry(ExponentialBuilder::default()) //~ breaker-misconfigured
            .await;
    }
}

#[tokio::main]
async fn main() {
    let breaker = failsafe::Config::new().build();
    let prices = Prices { http: reqwest::Client::new(), breaker };
    prices.anew().await;
    prices.knocks().await;
}
