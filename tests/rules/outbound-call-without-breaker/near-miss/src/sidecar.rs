/// The sidecar runs on this machine and breaks the circuit itself.
pub async fn through_the_sidecar(client: &reqwest::Client) {
    let _ = client.get("http://localhost:3500/v1.0/invoke").send().await;
    let _ = client.get("http://127.0.0.1:15000/ready").send().await;
}
