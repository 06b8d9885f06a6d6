use reqwest::Client;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

static SHARED: LazyLock<Client> = LazyLock::new(|| Client::builder().user_agent("shop").build().unwrap());

#[derive(Clone)]
struct Partner {
    http: Arc<Client>,
}

impl Partner {
    async fn ask(&self) {
        let _ = self.http.get("https://partner.example").send().await; //~ one of its two makers sets none
    }
}

async fn with_limit(client: &Client) {
    let _ = client.get("https://a.example").send().await; //~ the second caller has no limit
}

#[tokio::main]
async fn main() {
    let limited = Client::builder().timeout(Duration::from_secs(1)).build().unwrap();
    let bare = Client::new();
    Partner { http: Arc::new(limited.clone()) }.ask().await;
    Partner { http: Arc::new(bare.clone()) }.ask().await;
    let other = Client::new();
    let _ = tokio::time::timeout(Duration::from_secs(1), with_limit(&other)).await;
    with_limit(&other).await;
    let _ = SHARED.get("https://shared.example").send().await; //~ a static
    let connect_only = Client::builder().connect_timeout(Duration::from_secs(1)).build().unwrap();
    let _ = connect_only.get("https://b.example").send().await; //~ bounds the connection only
}
