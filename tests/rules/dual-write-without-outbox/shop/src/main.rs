use axum::extract::{Path, State};
use axum::routing::{post, put};
use axum::{Json, Router};
use lapin::options::BasicPublishOptions;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use rdkafka::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord};
use std::time::Duration;

#[derive(Clone)]
struct Shop {
    pool: sqlx::PgPool,
    producer: FutureProducer,
    channel: Channel,
}

#[derive(serde::Deserialize)]
struct NewOrder {
    id: String,
    book: i64,
}

/// Published before the commit: of an order that is rolled back too.
async fn place(State(shop): State<Shop>, Json(order): Json<NewOrder>) {
    let mut tx = shop.pool.begin().await.unwrap();
    sqlx::query("INSERT INTO orders (id, book) VALUES ($1, $2)")
        .bind(&order.id)
        .bind(order.book)
        .execute(&mut *tx)
        .await
        .unwrap();
    let record = FutureRecord::to("orders").key("placed").payload(&order.id);
    shop.producer.send(record, Duration::from_secs(5)).await.unwrap(); //~
    tx.commit().await.unwrap();
}

/// Published first, and written through a helper.
async fn pay(State(shop): State<Shop>, Path(id): Path<String>) {
    shop.channel
        .basic_publish("", "paid", BasicPublishOptions::default(), id.as_bytes(), BasicProperties::default()) //~
        .await
        .unwrap();
    set_state(&shop.pool, &id, "paid").await;
}

async fn set_state(pool: &sqlx::PgPool, id: &str, state: &str) {
    sqlx::query("UPDATE orders SET state = $2 WHERE id = $1").bind(id).bind(state).execute(pool).await.unwrap();
}

/// Published through a helper.
async fn cancel(State(shop): State<Shop>, Path(id): Path<String>) {
    sqlx::query("DELETE FROM orders WHERE id = $1").bind(&id).execute(&shop.pool).await.unwrap();
    announce(&shop.producer, &id).await;
}

async fn announce(producer: &FutureProducer, id: &str) {
    let record = FutureRecord::to("orders").key("cancelled").payload(id);
    producer.send(record, Duration::from_secs(5)).await.unwrap(); //~
}

/// The message is a row of the same transaction.
async fn reserve(State(shop): State<Shop>, Json(order): Json<NewOrder>) {
    let mut tx = shop.pool.begin().await.unwrap();
    sqlx::query("INSERT INTO orders (id, book, state) VALUES ($1, $2, 'reserved')")
        .bind(&order.id)
        .bind(order.book)
        .execute(&mut *tx)
        .await
        .unwrap();
    sqlx::query("INSERT INTO order_outbox (payload) VALUES ($1)").bind(&order.id).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

/// What takes the messages out of the outbox answers no request.
async fn relay(pool: sqlx::PgPool, producer: FutureProducer) {
    loop {
        let rows: Vec<(i64, String)> = sqlx::query_as("SELECT id, payload FROM order_outbox ORDER BY id LIMIT 100")
            .fetch_all(&pool)
            .await
            .unwrap();
        for (id, payload) in rows {
            let record = FutureRecord::to("orders").key("reserved").payload(&payload);
            producer.send(record, Duration::from_secs(5)).await.unwrap();
            sqlx::query("DELETE FROM order_outbox WHERE id = $1").bind(id).execute(&pool).await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Publishes, and only reads.
async fn remind(State(shop): State<Shop>, Path(id): Path<String>) {
    let (state,): (String,) =
        sqlx::query_as("SELECT state FROM orders WHERE id = $1").bind(&id).fetch_one(&shop.pool).await.unwrap();
    let record = FutureRecord::to("reminders").key(&id).payload(&state);
    shop.producer.send(record, Duration::from_secs(5)).await.unwrap();
}

/// Only publishes.
async fn click(State(shop): State<Shop>, Path(book): Path<String>) {
    let record = FutureRecord::to("clicks").key("book").payload(&book);
    shop.producer.send(record, Duration::from_secs(5)).await.unwrap();
}

/// Only writes.
async fn ship(State(shop): State<Shop>, Path(id): Path<String>) {
    set_state(&shop.pool, &id, "shipped").await;
}

#[tokio::main]
async fn main() {
    let pool = sqlx::PgPool::connect("postgres://postgres/shop").await.unwrap();
    let producer: FutureProducer = ClientConfig::new().set("bootstrap.servers", "kafka:9092").create().unwrap();
    let connection = Connection::connect("amqp://rabbitmq", ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    tokio::spawn(relay(pool.clone(), producer.clone()));
    let app = Router::new()
        .route("/orders", post(place))
        .route("/orders/{id}", put(ship).delete(cancel))
        .route("/orders/{id}/payment", put(pay))
        .route("/orders/{id}/reminders", post(remind))
        .route("/reservations", post(reserve))
        .route("/books/{id}/clicks", post(click))
        .with_state(Shop { pool, producer, channel });
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
