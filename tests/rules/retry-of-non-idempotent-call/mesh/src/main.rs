/// The mesh repeats whatever it is given.
async fn place(http: &reqwest::Client) {
    let _ = http.post("http://orders/orders").send().await; //~ retry-of-non-idempotent-call
}

async fn list(http: &reqwest::Client) {
    let _ = http.get("http://orders/orders").send().await;
}

/// Of this host the mesh repeats nothing.
async fn bill(http: &reqwest::Client) {
    let _ = http.post("http://invoices/invoices").send().await;
}

#[tokio::main]
async fn main() {
    let http = reqwest::Client::new();
    place(&http).await;
    list(&http).await;
    bill(&http).await;
}
