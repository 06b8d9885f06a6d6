// seaworthy: allow(unbounded-retry) it ended with the queue //~
#[tokio::main]
async fn main() {
    let client = reqwest::Client::new();
    let _ = client.get("https://rates.example/today").send().await;
}
