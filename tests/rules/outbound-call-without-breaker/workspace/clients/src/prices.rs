use http::Client;

#[derive(Clone)]
pub struct Prices {
    client: Client,
}

impl Prices {
    pub fn new() -> Self {
        Self { client: Client::new() }
    }

    pub async fn quote(&self, book: &str) -> Option<String> {
        let request = self.client.get("https://prices.example").query(&[("book", book)]);
        let answer = request.send().await.ok()?; //~ through a field, a builder in a variable, two crates
        // The same function and host: evidence of the finding above.
        self.client.post("https://prices.example/seen").send().await.ok()?;
        answer.text().await.ok()
    }
}
