use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::Router;
use sqlx::PgPool;

/// Without the key it is refused, whatever the contract says.
async fn refund(State(pool): State<PgPool>, headers: HeaderMap) -> StatusCode {
    let Some(key) = headers.get("Idempotency-Key").and_then(|key| key.to_str().ok()) else {
        return StatusCode::BAD_REQUEST;
    };
    store(&pool, Some(key)).await
}

/// Without the key it is done all the same.
async fn tip(State(pool): State<PgPool>, headers: HeaderMap) -> StatusCode {
    let Some(key) = headers.get("Idempotency-Key").and_then(|key| key.to_str().ok()) else {
        return store(&pool, None).await;
    };
    store(&pool, Some(key)).await
}

async fn store(pool: &PgPool, key: Option<&str>) -> StatusCode {
    sqlx::query("INSERT INTO payments (request) VALUES ($1)").bind(key).execute(pool).await.unwrap();
    StatusCode::CREATED
}

#[tokio::main]
async fn main() {
    let pool = PgPool::connect("postgres://db/shop").await.unwrap();
    let router = Router::new().route("/refunds", post(refund)).route("/tips", post(tip)).with_state(pool);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, router).await.unwrap();
}
