use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::ClientConfig;
use sqlx::PgPool;
use std::time::Duration;

#[derive(Clone)]
struct App {
    pool: PgPool,
    producer: FutureProducer,
}

#[derive(serde::Deserialize)]
struct NewOrder {
    book: String,
}

#[derive(serde::Deserialize)]
struct NewRefund {
    order_id: i64,
}

#[derive(serde::Deserialize)]
struct NewPayment {
    order_id: i64,
    amount: i64,
}

async fn place_order(State(app): State<App>, Json(order): Json<NewOrder>) -> StatusCode {
    sqlx::query("INSERT INTO orders (book) VALUES ($1)").bind(&order.book).execute(&app.pool).await.unwrap();
    StatusCode::CREATED
}

async fn refund(State(app): State<App>, headers: HeaderMap, Json(refund): Json<NewRefund>) -> StatusCode {
    let trace = headers.get("X-Request-Id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    println!("refund of {} ({trace})", refund.order_id);
    sqlx::query("INSERT INTO refunds (order_id) VALUES ($1)").bind(refund.order_id).execute(&app.pool).await.unwrap();
    StatusCode::CREATED
}

async fn publish_event(State(app): State<App>, Path(id): Path<i64>) -> StatusCode {
    let key = id.to_string();
    app.producer
        .send(FutureRecord::to("orders").payload("changed").key(&key), Duration::from_secs(5))
        .await
        .unwrap();
    StatusCode::ACCEPTED
}

/// The key is read, by a function that the handler calls.
async fn pay(State(app): State<App>, headers: HeaderMap, Json(payment): Json<NewPayment>) -> StatusCode {
    let Some(key) = key_of(&headers) else {
        return StatusCode::BAD_REQUEST;
    };
    sqlx::query(
        "INSERT INTO payments (idempotency_key, order_id, amount) VALUES ($1, $2, $3)
         ON CONFLICT (idempotency_key) DO NOTHING",
    )
    .bind(key)
    .bind(payment.order_id)
    .bind(payment.amount)
    .execute(&app.pool)
    .await
    .unwrap();
    StatusCode::CREATED
}

fn key_of(headers: &HeaderMap) -> Option<&str> {
    headers.get("Idempotency-Key")?.to_str().ok()
}

#[tokio::main]
async fn main() {
    let app = App {
        pool: PgPool::connect("postgres://db/shop").await.unwrap(),
        producer: ClientConfig::new().set("bootstrap.servers", "kafka:9092").create().unwrap(),
    };
    let router = Router::new()
        .route("/orders", post(place_order))
        .route("/refunds", post(refund))
        .route("/orders/{id}/events", post(publish_event))
        .route("/payments", post(pay))
        .with_state(app);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, router).await.unwrap();
}
