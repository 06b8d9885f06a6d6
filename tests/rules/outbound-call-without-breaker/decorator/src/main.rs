use guards::circuit_breaker;

#[circuit_breaker(failures = 5)]
async fn covered(http: &reqwest::Client) -> reqwest::Result<reqwest::Response> {
    http.get("https://a.example").send().await
}

#[tracing::instrument]
async fn uncovered(http: &reqwest::Client) -> reqwest::Result<reqwest::Response> {
    http.get("https://b.example").send().await //~ outbound-call-without-breaker
}

#[tokio::main]
async fn main() {
    let http = reqwest::Client::new();
    let _ = covered(&http).await;
    let _ = uncovered(&http).await;
}
