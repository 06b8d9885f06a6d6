/// Says `seaworthy: allow(orphan-topic) nothing`, which is text for readers.
#[tokio::main]
async fn main() {
    let text = "// seaworthy: allow(orphan-topic) a string";
    let client = reqwest::Client::new();
    let _ = client.get("https://rates.example/today").body(text).send().await; // seaworthy: allow(outbound-call-without-timeout) it may take long
}
