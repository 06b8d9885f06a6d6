use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::{any, get, post};
use axum::Router;

async fn list() -> &'static str {
    "[]"
}

async fn done() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn read(Path(id): Path<i64>) -> String {
    format!("number {id}")
}

async fn remove(Path(id): Path<i64>) -> StatusCode {
    println!("{id} removed");
    StatusCode::NO_CONTENT
}

async fn missing() -> StatusCode {
    StatusCode::NOT_FOUND
}

fn operators() -> Router {
    Router::new().route("/reindex", post(done))
}

#[tokio::main]
async fn main() {
    let api = Router::new()
        .route("/orders", get(list).post(done))
        .route(
            "/orders/{order}",
            get(read)
                .delete(remove), //~ the path is described, and this method is not
        )
        .route("/orders/{order}/refunds", post(done)) //~
        .route("/customers", get(list).post(done))
        .route("/customers/{id}", get(read))
        .route("/customer-export", get(list)) //~
        .route("/webhooks/payments", any(done));
    let app = Router::new()
        .nest("/v1", api)
        .nest("/internal", operators())
        .route("/health", get(done))
        .fallback(missing);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
