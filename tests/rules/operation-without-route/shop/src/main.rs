use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::{any, get};
use axum::Router;

async fn list() -> &'static str {
    "[]"
}

async fn place() -> StatusCode {
    StatusCode::CREATED
}

async fn read(Path(id): Path<i64>) -> String {
    format!("order {id}")
}

async fn payment() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn customers() -> &'static str {
    "[]"
}

fn orders() -> Router {
    Router::new()
        .route("/", get(list).post(place))
        .route("/{id}", get(read))
}

#[tokio::main]
async fn main() {
    let api = Router::new()
        .nest("/orders", orders())
        .route("/webhooks/payments", any(payment))
        .route("/customers", get(customers));
    let app = Router::new().nest("/v1", api);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
