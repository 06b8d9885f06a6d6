mod rates;

/// One client for all: what it lacks is set here, once.
fn client() -> reqwest::Client {
    reqwest::Client::builder().user_agent("shop").build().unwrap()
}

struct Stock {
    http: reqwest::Client,
}

impl Stock {
    async fn count(&self) {
        let _ = self.http.get("https://stock.example/count").send().await; //~ the first of three
    }
}

#[tokio::main]
async fn main() {
    let http = client();
    Stock { http: http.clone() }.count().await;
    rates::Rates { http: http.clone() }.today().await;
    let _ = http.get("https://mail.example/x").send().await;
    let _ = reqwest::Client::new().get("https://other.example/x").send().await; //~ a client of its own
}
