mod sidecar;

use failsafe::futures::CircuitBreaker;
use std::collections::HashMap;

struct Client;

impl Client {
    fn get(&self, _url: &str) -> RequestBuilder {
        RequestBuilder
    }
}

struct RequestBuilder;

impl RequestBuilder {
    async fn send(self) {}
}

struct Shop<B> {
    http: reqwest::Client,
    breaker: B,
}

impl<B: CircuitBreaker> Shop<B> {
    /// Inside the breaker, two functions down.
    async fn order(&self) {
        let _ = self.breaker.call(async { self.place().await }).await;
    }

    async fn place(&self) -> reqwest::Result<reqwest::Response> {
        self.post("/orders").await
    }

    async fn post(&self, path: &str) -> reqwest::Result<reqwest::Response> {
        self.http.post(path).send().await
    }
}

/// Builds a request and sends nothing.
fn prepare(client: &reqwest::Client) -> reqwest::RequestBuilder {
    client.get("https://a.example").header("a", "b")
}

async fn own(client: Client, map: HashMap<String, String>, tx: std::sync::mpsc::Sender<u8>) {
    client.get("https://a.example").send().await;
    let _ = map.get("https://a.example");
    let _ = tx.send(1);
    // reqwest::get("https://a.example").await
    let _ = "reqwest::get(url).await";
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn calls_itself() {
        reqwest::get("http://localhost").await.unwrap();
    }
}
