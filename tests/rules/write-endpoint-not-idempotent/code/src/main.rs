use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{patch, post};
use axum::{Json, Router};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::ClientConfig;
use sqlx::PgPool;
use std::time::Duration;
use uuid::Uuid;

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
struct NewCustomer {
    email: String,
    name: String,
}

#[derive(serde::Deserialize)]
struct Name {
    name: String,
}

#[derive(serde::Deserialize)]
struct NewReview {
    book: String,
    words: String,
}

#[derive(serde::Deserialize)]
struct NewSubscriber {
    email: String,
}

#[derive(serde::Deserialize)]
struct NewPayment {
    amount: i64,
}

async fn place_order(State(app): State<App>, Json(order): Json<NewOrder>) -> StatusCode { //~ a row more each time
    store(&app.pool, &order).await;
    StatusCode::CREATED
}

async fn store(pool: &PgPool, order: &NewOrder) {
    sqlx::query("INSERT INTO orders (book) VALUES ($1)").bind(&order.book).execute(pool).await.unwrap();
}

async fn ship(State(app): State<App>, Path(id): Path<i64>) -> StatusCode { //~ a message more each time
    let key = id.to_string();
    let record = FutureRecord::to("shipments").payload(&key).key(&key);
    app.producer.send(record, Duration::from_secs(5)).await.unwrap();
    StatusCode::ACCEPTED
}

async fn change_stock(State(app): State<App>, Path(id): Path<i64>, Json(by): Json<i32>) -> StatusCode { //~ a sum
    sqlx::query("UPDATE books SET stock = stock + $1 WHERE id = $2")
        .bind(by)
        .bind(id)
        .execute(&app.pool)
        .await
        .unwrap();
    StatusCode::NO_CONTENT
}

/// In no contract. The primary key is another one every time.
async fn review(State(app): State<App>, Json(review): Json<NewReview>) -> StatusCode { //~
    sqlx::query("INSERT INTO reviews (id, book, words) VALUES ($1, $2, $3)")
        .bind(Uuid::new_v4())
        .bind(&review.book)
        .bind(&review.words)
        .execute(&app.pool)
        .await
        .unwrap();
    StatusCode::CREATED
}

async fn cancel(State(app): State<App>, Path(id): Path<i64>) -> StatusCode {
    sqlx::query("UPDATE orders SET status = 'cancelled' WHERE id = $1").bind(id).execute(&app.pool).await.unwrap();
    StatusCode::NO_CONTENT
}

/// A natural key: the address is unique.
async fn register(State(app): State<App>, Json(customer): Json<NewCustomer>) -> StatusCode {
    let stored = sqlx::query("INSERT INTO customers (email, name) VALUES ($1, $2)")
        .bind(&customer.email)
        .bind(&customer.name)
        .execute(&app.pool)
        .await;
    match stored {
        Ok(_) => StatusCode::CREATED,
        Err(_) => StatusCode::CONFLICT,
    }
}

async fn rename(State(app): State<App>, Path(id): Path<i64>, Json(name): Json<Name>) -> StatusCode {
    sqlx::query("UPDATE customers SET name = $1 WHERE id = $2")
        .bind(&name.name)
        .bind(id)
        .execute(&app.pool)
        .await
        .unwrap();
    StatusCode::NO_CONTENT
}

async fn subscribe(State(app): State<App>, Json(subscriber): Json<NewSubscriber>) -> StatusCode {
    sqlx::query("INSERT INTO subscribers (email) VALUES ($1) ON CONFLICT (email) DO NOTHING")
        .bind(&subscriber.email)
        .execute(&app.pool)
        .await
        .unwrap();
    StatusCode::NO_CONTENT
}

async fn pay(State(app): State<App>, headers: HeaderMap, Json(payment): Json<NewPayment>) -> StatusCode {
    let Some(key) = headers.get("Idempotency-Key").and_then(|key| key.to_str().ok()) else {
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

async fn search(State(app): State<App>, Json(book): Json<String>) -> Json<Vec<i64>> {
    let found = sqlx::query_scalar("SELECT id FROM orders WHERE book = $1").bind(book).fetch_all(&app.pool).await;
    Json(found.unwrap())
}

/// In no contract. The statement stands in a file beside the manifest.
async fn wish(State(app): State<App>, Path(id): Path<i64>) -> StatusCode { //~ a row more each time
    sqlx::query_file!("queries/wish.sql", id).execute(&app.pool).await.unwrap();
    StatusCode::CREATED
}

async fn forget(State(app): State<App>, Path(id): Path<i64>) -> StatusCode {
    sqlx::query(include_str!("../queries/forget.sql")).bind(id).execute(&app.pool).await.unwrap();
    StatusCode::NO_CONTENT
}

/// In no contract. Without the key it is refused.
async fn refund(State(app): State<App>, headers: HeaderMap, Json(payment): Json<NewPayment>) -> StatusCode {
    let Some(key) = headers.get("Idempotency-Key").and_then(|key| key.to_str().ok()) else {
        return StatusCode::BAD_REQUEST;
    };
    store_refund(&app.pool, Some(key), payment.amount).await
}

async fn store_refund(pool: &PgPool, key: Option<&str>, amount: i64) -> StatusCode {
    sqlx::query("INSERT INTO refunds (request, amount) VALUES ($1, $2)").bind(key).bind(amount).execute(pool).await.unwrap();
    StatusCode::CREATED
}

#[tokio::main]
async fn main() {
    let app = App {
        pool: PgPool::connect("postgres://db/shop").await.unwrap(),
        producer: ClientConfig::new().set("bootstrap.servers", "kafka:9092").create().unwrap(),
    };
    let router = Router::new()
        .route("/orders", post(place_order))
        .route("/orders/search", post(search))
        .route("/orders/{id}/cancellation", post(cancel))
        .route("/orders/{id}/shipments", post(ship))
        .route("/books/{id}/stock", patch(change_stock))
        .route("/customers", post(register))
        .route("/customers/{id}", patch(rename))
        .route("/reviews", post(review))
        .route("/books/{id}/wishes", post(wish))
        .route("/books/{id}/forgotten", post(forget))
        .route("/refunds", post(refund))
        .route("/subscribers", post(subscribe))
        .route("/payments", post(pay))
        .with_state(app);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, router).await.unwrap();
}
