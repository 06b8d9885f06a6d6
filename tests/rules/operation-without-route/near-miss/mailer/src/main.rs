use axum::http::StatusCode;
use axum::routing::post;
use axum::Router;

/// A service without a contract.
async fn send() -> StatusCode {
    StatusCode::ACCEPTED
}

#[tokio::main]
async fn main() {
    let app = Router::new().route("/mails", post(send));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8081").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
