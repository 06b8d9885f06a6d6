use axum::extract::{Path, State};
use axum::routing::{delete, post};
use axum::{Json, Router};
use rdkafka::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord};
use std::time::Duration;

#[derive(Clone)]
struct Shop {
    pool: sqlx::PgPool,
    producer: FutureProducer,
}

#[derive(serde::Deserialize)]
struct NewOrder {
    id: String,
    book: i64,
}

/// What is written is captured: see `compose.yaml`.
async fn place(State(shop): State<Shop>, Json(order): Json<NewOrder>) {
    sqlx::query("INSERT INTO orders (id, book) VALUES ($1, $2)")
        .bind(&order.id)
        .bind(order.book)
        .execute(&shop.pool)
        .await
        .unwrap();
    let record = FutureRecord::to("orders").key("placed").payload(&order.id);
    shop.producer.send(record, Duration::from_secs(5)).await.unwrap();
}

async fn cancel(State(shop): State<Shop>, Path(id): Path<String>) {
    sqlx::query("DELETE FROM orders WHERE id = $1").bind(&id).execute(&shop.pool).await.unwrap();
    let record = FutureRecord::to("orders").key("cancelled").payload(&id);
    shop.producer.send(record, Duration::from_secs(5)).await.unwrap();
}

#[tokio::main]
async fn main() {
    let pool = sqlx::PgPool::connect("postgres://postgres/shop").await.unwrap();
    let producer: FutureProducer = ClientConfig::new().set("bootstrap.servers", "kafka:9092").create().unwrap();
    let app = Router::new()
        .route("/orders", post(place))
        .route("/orders/{id}", delete(cancel))
        .with_state(Shop { pool, producer });
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
