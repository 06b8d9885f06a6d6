use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::Router;
use tower_http::services::ServeDir;

async fn list() -> &'static str {
    "[]"
}

async fn add() -> StatusCode {
    StatusCode::CREATED
}

async fn read(Path(id): Path<String>) -> String {
    format!("number {id}")
}

async fn ok() -> &'static str {
    "ok"
}

#[tokio::main]
async fn main() {
    let app = Router::new()
        .route("/api/books", get(list).post(add))
        .route("/api/books/{id}", get(read).put(add).delete(add))
        .route("/api/authors", get(list).post(add))
        .route("/api/authors/{id}", get(read).put(add))
        .route("/healthz", get(ok))
        .route("/ready", get(ok))
        .route("/metrics", get(ok))
        .route("/openapi.json", get(ok))
        .route("/docs", get(ok))
        .route("/favicon.ico", get(ok))
        .route("/admin/reindex", post(add))
        .route("/debug/heap", get(ok))
        .nest_service("/static", ServeDir::new("static"));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
