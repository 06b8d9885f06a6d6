/// The mesh ejects hosts of `orders` that fail.
async fn covered(http: &reqwest::Client) {
    let _ = http.get("http://orders.shop/open").send().await;
}

/// Of `invoices` the mesh knows a timeout only.
async fn uncovered(http: &reqwest::Client) {
    let _ = http.get("http://invoices/open").send().await; //~ outbound-call-without-breaker
}

/// By its name alone this could be in the cluster, and it is not.
async fn elsewhere(http: &reqwest::Client) {
    let _ = http.get("https://orders.example.com/open").send().await; //~ outbound-call-without-breaker
}

#[tokio::main]
async fn main() {
    let http = reqwest::Client::new();
    covered(&http).await;
    uncovered(&http).await;
    elsewhere(&http).await;
}
