// seaworthy: allow(unbounded-retry) it ended with the queue //~
#[tokio::main]
async fn main() {
    let client = reqwest::Client::new();
    // seaworthy: allow(outbound-call-without-timeout, outbound-call-without-breaker) //~
    let _ = client.get("https://rates.example/today").send().await;
}
