use failsafe::futures::CircuitBreaker;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware};
use reqwest_retry::{policies::ExponentialBackoff, RetryTransientMiddleware};

struct Breaking(failsafe::StateMachine<(), ()>);

#[async_trait::async_trait]
impl Middleware for Breaking {
    async fn handle(
        &self,
        request: reqwest::Request,
        extensions: &mut http::Extensions,
        next: reqwest_middleware::Next<'_>,
    ) -> reqwest_middleware::Result<reqwest::Response> {
        self.0.call(next.run(request, extensions)).await.map_err(stopped)
    }
}

fn client() -> ClientWithMiddleware {
    ClientBuilder::new(reqwest::Client::new())
        .with(Breaking(failsafe::Config::new().build()))
        .build()
}

fn retrying() -> ClientWithMiddleware {
    let policy = ExponentialBackoff::builder().build_with_max_retries(2);
    ClientBuilder::new(reqwest::Client::new())
        .with(RetryTransientMiddleware::new_with_policy(policy))
        .build()
}

#[tokio::main]
async fn main() {
    let _ = client().get("https://a.example").send().await;
    let _ = retrying().get("https://b.example").send().await; //~ outbound-call-without-breaker
}
