use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use redis::aio::ConnectionManager;
use redis::AsyncCommands;
use sqlx::PgPool;
use uuid::Uuid;

#[derive(Clone)]
struct App {
    pool: PgPool,
    redis: ConnectionManager,
    http: reqwest::Client,
}

#[derive(serde::Deserialize)]
struct NewOrder {
    book: String,
}

#[derive(serde::Deserialize)]
struct NewRefund {
    idempotency_key: String,
    order_id: i64,
}

#[derive(serde::Deserialize)]
struct NewAmount {
    amount: i64,
}

#[derive(serde::Deserialize)]
struct NewBooking {
    room: String,
}

/// A later migration makes it unique.
async fn place_order(State(app): State<App>, headers: HeaderMap, Json(order): Json<NewOrder>) -> StatusCode {
    let Some(key) = key_of(&headers) else {
        return StatusCode::BAD_REQUEST;
    };
    sqlx::query("INSERT INTO orders (idempotency_key, book) VALUES ($1, $2)")
        .bind(key)
        .bind(&order.book)
        .execute(&app.pool)
        .await
        .unwrap();
    StatusCode::CREATED
}

/// The primary key, in the transaction of the work.
async fn refund(State(app): State<App>, Json(refund): Json<NewRefund>) -> StatusCode {
    let mut transaction = app.pool.begin().await.unwrap();
    sqlx::query("INSERT INTO answered_requests (idempotency_key, status) VALUES ($1, 201)")
        .bind(&refund.idempotency_key)
        .execute(&mut *transaction)
        .await
        .unwrap();
    sqlx::query("INSERT INTO refunds (order_id) VALUES ($1)")
        .bind(refund.order_id)
        .execute(&mut *transaction)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    StatusCode::CREATED
}

/// The second one inserts nothing.
async fn pay(State(app): State<App>, headers: HeaderMap, Json(payment): Json<NewAmount>) -> StatusCode {
    let Some(key) = key_of(&headers) else {
        return StatusCode::BAD_REQUEST;
    };
    sqlx::query("INSERT INTO payments (idempotency_key, amount) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(key)
        .bind(payment.amount)
        .execute(&app.pool)
        .await
        .unwrap();
    StatusCode::CREATED
}

/// Kept with `SET NX`; the table has it for the record.
async fn book(State(mut app): State<App>, headers: HeaderMap, Json(booking): Json<NewBooking>) -> StatusCode {
    let Some(key) = key_of(&headers) else {
        return StatusCode::BAD_REQUEST;
    };
    let first: bool = app.redis.set_nx(key, 1).await.unwrap();
    if !first {
        return StatusCode::CONFLICT;
    }
    sqlx::query("INSERT INTO bookings (idempotency_key, room) VALUES ($1, $2)")
        .bind(key)
        .bind(&booking.room)
        .execute(&app.pool)
        .await
        .unwrap();
    StatusCode::CREATED
}

/// A key that is sent, and not one that was read.
async fn transfer(State(app): State<App>, Json(transfer): Json<NewAmount>) -> StatusCode {
    let key = Uuid::new_v4().to_string();
    app.http
        .post("https://bank.example/transfers")
        .header("Idempotency-Key", &key)
        .body(transfer.amount.to_string())
        .send()
        .await
        .unwrap();
    sqlx::query("INSERT INTO transfers (idempotency_key, amount) VALUES ($1, $2)")
        .bind(&key)
        .bind(transfer.amount)
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
    let client = redis::Client::open("redis://cache").unwrap();
    let app = App {
        pool: PgPool::connect("postgres://db/shop").await.unwrap(),
        redis: ConnectionManager::new(client).await.unwrap(),
        http: reqwest::Client::builder().timeout(std::time::Duration::from_secs(5)).build().unwrap(),
    };
    let router = Router::new()
        .route("/orders", post(place_order))
        .route("/refunds", post(refund))
        .route("/payments", post(pay))
        .route("/bookings", post(book))
        .route("/transfers", post(transfer))
        .with_state(app);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, router).await.unwrap();
}
