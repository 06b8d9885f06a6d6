use axum::extract::State;
use axum::routing::{get, post};
use axum::Router;
use std::time::Duration;
use tower_http::timeout::TimeoutLayer;

/// The router ends it; which handlers a layer is around is not followed, so that nothing is said.
async fn price(State(http): State<reqwest::Client>) {
    let _ = http.get("https://prices.example").send().await;
}

async fn order(State(http): State<reqwest::Client>) {
    let _ = http.post("https://orders.example").send().await;
}

/// No router ends what the program does by itself.
async fn refresh(http: reqwest::Client) {
    let _ = http.get("https://rates.example").send().await; //~ outbound-call-without-timeout
}

#[tokio::main]
async fn main() {
    let http = reqwest::Client::new();
    refresh(reqwest::Client::new()).await;
    let app = Router::new()
        .route("/price", get(price))
        .route("/order", post(order))
        .layer(TimeoutLayer::new(Duration::from_secs(10)))
        .with_state(http);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:80").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
