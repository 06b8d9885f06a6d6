use std::future::Future;
use std::time::Duration;

async fn within<T>(limit: Duration, operation: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(limit, operation).await.ok()
}

async fn limited<T, F, Fut>(operation: F) -> Option<T>
where
    F: Fn() -> Fut,
    Fut: Future<Output = T>,
{
    within(Duration::from_secs(2), operation()).await
}

async fn sometimes<T>(hurry: bool, operation: impl Future<Output = T>) -> Option<T> {
    if hurry {
        within(Duration::from_secs(1), operation).await
    } else {
        Some(operation.await)
    }
}

async fn later<T, Fut: Future<Output = T>>(operation: impl FnOnce() -> Fut) -> Option<T> {
    let pending = operation();
    within(Duration::from_secs(1), pending).await
}

struct Patient;

impl Patient {
    async fn wait<T>(&self, operation: impl Future<Output = T>) -> T {
        operation.await
    }

    async fn limit<T>(&self, limit: Duration, text: &str, operation: impl Future<Output = T>) -> Option<T> {
        let _ = text;
        within(limit, operation).await
    }
}

#[tokio::main]
async fn main() {
    let http = reqwest::Client::new();
    let _ = within(Duration::from_secs(1), http.get("https://a.example/x").send()).await;
    let _ = limited(|| http.get("https://b.example/x").send()).await;
    let pending = http.get("https://c.example/x").send();
    let _ = within(Duration::from_secs(1), pending).await;
    let _ = Patient.limit(Duration::from_secs(1), "d", async { http.get("https://d.example/x").send().await }).await;
    let _ = Patient::limit(&Patient, Duration::from_secs(1), "e", http.get("https://e.example/x").send()).await;
    let _ = Patient.wait(http.get("https://f.example/x").send()).await; //~ waits as long as it takes
    let _ = sometimes(true, reqwest::Client::new().get("https://h.example/x").send()).await; //~ not on every way
    let _ = later(|| http.get("https://i.example/x").send()).await;
    before().await;
}

async fn before() {
    let http = reqwest::Client::new();
    let name = http.get("https://g.example/x").send().await.map(|_| "g").unwrap_or(""); //~ before the limit
    let _ = Patient.limit(Duration::from_secs(1), name, async {}).await;
}
