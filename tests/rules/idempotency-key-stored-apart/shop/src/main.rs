use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use sqlx::PgPool;

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
struct NewPayment {
    customer_id: i64,
    amount: i64,
}

#[derive(serde::Deserialize)]
struct NewBooking {
    room: String,
}

/// Looks first: two requests at the same time find nothing.
async fn place_order(State(pool): State<PgPool>, headers: HeaderMap, Json(order): Json<NewOrder>) -> StatusCode {
    let Some(key) = key_of(&headers) else {
        return StatusCode::BAD_REQUEST;
    };
    let known: Option<i64> = sqlx::query_scalar("SELECT id FROM orders WHERE idempotency_key = $1")
        .bind(key)
        .fetch_optional(&pool)
        .await
        .unwrap();
    if known.is_some() {
        return StatusCode::OK;
    }
    sqlx::query("INSERT INTO orders (idempotency_key, book) VALUES ($1, $2)")
        .bind(key)
        .bind(&order.book)
        .execute(&pool) //~ an index, and no unique one
        .await
        .unwrap();
    StatusCode::CREATED
}

/// Stores it when all is done, in another table.
async fn refund(State(pool): State<PgPool>, Json(refund): Json<NewRefund>) -> StatusCode {
    let known: Option<i32> = sqlx::query_scalar("SELECT status FROM answered_requests WHERE idempotency_key = $1")
        .bind(&refund.idempotency_key)
        .fetch_optional(&pool)
        .await
        .unwrap();
    if known.is_some() {
        return StatusCode::CREATED;
    }
    sqlx::query("INSERT INTO refunds (order_id) VALUES ($1)").bind(refund.order_id).execute(&pool).await.unwrap();
    remember(&pool, &refund.idempotency_key, 201).await;
    StatusCode::CREATED
}

async fn remember(pool: &PgPool, key: &str, status: i32) {
    sqlx::query("INSERT INTO answered_requests (idempotency_key, status) VALUES ($1, $2)")
        .bind(key)
        .bind(status)
        .execute(pool) //~ stored when the work is done
        .await
        .unwrap();
}

/// The constraint was dropped later.
async fn book(State(pool): State<PgPool>, headers: HeaderMap, Json(booking): Json<NewBooking>) -> StatusCode {
    let Some(key) = key_of(&headers) else {
        return StatusCode::BAD_REQUEST;
    };
    sqlx::query("INSERT INTO bookings (idempotency_key, room) VALUES ($1, $2)")
        .bind(key)
        .bind(&booking.room)
        .execute(&pool) //~ no longer unique
        .await
        .unwrap();
    StatusCode::CREATED
}

/// Unique for each customer: the second insert fails.
async fn pay(State(pool): State<PgPool>, headers: HeaderMap, Json(payment): Json<NewPayment>) -> StatusCode {
    let Some(key) = key_of(&headers) else {
        return StatusCode::BAD_REQUEST;
    };
    let stored = sqlx::query("INSERT INTO payments (customer_id, idempotency_key, amount) VALUES ($1, $2, $3)")
        .bind(payment.customer_id)
        .bind(key)
        .bind(payment.amount)
        .execute(&pool)
        .await;
    match stored {
        Ok(_) => StatusCode::CREATED,
        Err(_) => StatusCode::CONFLICT,
    }
}

fn key_of(headers: &HeaderMap) -> Option<&str> {
    headers.get("Idempotency-Key")?.to_str().ok()
}

#[tokio::main]
async fn main() {
    let pool = PgPool::connect("postgres://db/shop").await.unwrap();
    let app = Router::new()
        .route("/orders", post(place_order))
        .route("/refunds", post(refund))
        .route("/bookings", post(book))
        .route("/payments", post(pay))
        .with_state(pool);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
