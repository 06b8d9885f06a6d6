use shop_clients::Prices;
use std::sync::Arc;

struct App {
    prices: Arc<Prices>,
}

async fn handler(app: &App) {
    app.prices.quote("x").await;
}

#[tokio::main]
async fn main() {
    let app = App { prices: Arc::new(Prices::new()) };
    handler(&app).await;
    shop_clients::ask("https://status.example").await;
}
