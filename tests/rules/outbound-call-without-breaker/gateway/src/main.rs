/// The gateway breaks the circuit for this host.
async fn through_the_gateway(http: &reqwest::Client) {
    let _ = http.get("https://orders.shop.example/open").send().await;
}

/// Past the gateway.
async fn directly(http: &reqwest::Client) {
    let _ = http.get("http://orders:8080/open").send().await; //~ outbound-call-without-breaker
}

#[tokio::main]
async fn main() {
    let http = reqwest::Client::new();
    through_the_gateway(&http).await;
    directly(&http).await;
}
