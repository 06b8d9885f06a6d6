#[tokio::main]
async fn main() {
    let (sender, _) = elsewhere::channel();
    // Could be a request, and could be a channel: nobody says what `elsewhere` gives.
    sender.send(1).await;
    reqwest::get("https://prices.example").await;
}
