use axum::routing::get;
use axum::Router;

/// The contract describes two of these six: it is meant for those alone.
async fn page() -> &'static str {
    "<html></html>"
}

#[tokio::main]
async fn main() {
    let app = Router::new()
        .route("/partners", get(page))
        .route("/partners/{id}/statements", get(page))
        .route("/partners/{id}", get(page))
        .route("/accounts", get(page))
        .route("/accounts/{id}", get(page))
        .route("/reports", get(page));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8082").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
