pub struct Rates {
    pub http: reqwest::Client,
}

impl Rates {
    pub async fn today(&self) {
        let _ = self.http.get("https://rates.example/today").send().await;
    }
}
