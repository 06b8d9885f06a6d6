use reqwest::Client;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

static SHARED: LazyLock<Client> =
    LazyLock::new(|| Client::builder().timeout(Duration::from_secs(1)).build().unwrap());

struct Partner {
    http: Arc<Client>,
}

impl Partner {
    fn new(timeout: Duration) -> reqwest::Result<Self> {
        let builder = Client::builder().user_agent("shop");
        let builder = builder.timeout(timeout);
        Ok(Self { http: Arc::new(builder.build()?) })
    }

    async fn ask(&self) {
        let _ = self.http.get("https://partner.example").send().await;
    }
}

/// Nobody shows where this client comes from: nothing is said.
async fn handed_over(client: Client) {
    let _ = client.get("https://a.example").send().await;
}

async fn bounded(client: Client) {
    let pending = client.get("https://b.example").send();
    let _ = tokio::time::timeout(Duration::from_secs(1), pending).await;
}

fn blocking() {
    let _ = reqwest::blocking::Client::new().get("https://c.example").send();
}

async fn shared() {
    let _ = SHARED.get("https://d.example").send().await;
    let _ = SHARED.get("https://e.example").timeout(Duration::from_secs(1)).send().await;
}

/// Whether there is a limit depends on the configuration: nothing is said.
async fn configured(limit: Option<Duration>) {
    let mut builder = Client::builder();
    if let Some(limit) = limit {
        builder = builder.timeout(limit);
    }
    let _ = builder.build().unwrap().get("https://f.example").send().await;
}

async fn assigned_twice() {
    let mut builder = Client::builder();
    builder = builder.timeout(Duration::from_secs(1));
    let _ = builder.build().unwrap().get("https://g.example").send().await;
}
