use backon::{ExponentialBuilder, Retryable};
use failsafe::futures::CircuitBreaker;
use std::collections::HashMap;
use std::sync::LazyLock;

static SHARED: LazyLock<failsafe::StateMachine<(), ()>> = LazyLock::new(|| failsafe::Config::new().build());

struct Prices {
    http: reqwest::Client,
    breakers: HashMap<String, failsafe::StateMachine<(), ()>>,
}

impl Prices {
    fn new() -> Self {
        let own = failsafe::Config::new().build();
        Self { http: reqwest::Client::new(), breakers: HashMap::from([("a.example".to_owned(), own)]) }
    }

    async fn per_host(&self, host: &str) {
        let breaker = self.breakers.get(host).unwrap();
        let _ = breaker.call(self.http.get(host).send()).await;
    }

    /// The retry is inside: the breaker counts the whole.
    async fn shared(&self) {
        let get = || async { self.http.get("https://b.example").send().await };
        let _ = SHARED.call(get.retry(ExponentialBuilder::default())).await;
    }
}

/// Made once, before the loop that calls through it.
async fn poll(http: &reqwest::Client) {
    let breaker = failsafe::Config::new().build();
    for _ in 0..1000 {
        let _ = breaker.call(http.get("https://c.example").send()).await;
    }
}

#[tokio::main]
async fn main() {
    poll(&reqwest::Client::new()).await;
    let prices = Prices::new();
    prices.per_host("a.example").await;
    prices.shared().await;
}
