use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::Router;

async fn list() -> &'static str {
    "[]"
}

async fn add(State(http): State<reqwest::Client>) -> StatusCode {
    http.post("https://payments.example/charges").send().await.unwrap();
    StatusCode::CREATED
}

async fn read(Path(isbn): Path<String>) -> String {
    format!("book {isbn}")
}

async fn cover(Path(file): Path<String>) -> Vec<u8> {
    tokio::fs::read(format!("covers/{file}")).await.unwrap()
}

#[tokio::main]
async fn main() {
    let http = reqwest::Client::builder().timeout(std::time::Duration::from_secs(5)).build().unwrap();
    let app = Router::new()
        .route("/books", get(list).post(add))
        .route("/books/{id}", get(read))
        .route("/covers/{*path}", get(cover))
        .with_state(http);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
