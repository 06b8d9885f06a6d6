use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{delete, put};
use axum::{Json, Router};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use rdkafka::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord};
use std::time::Duration;

#[derive(Clone)]
struct Shop {
    pool: sqlx::PgPool,
    http: reqwest::Client,
    producer: FutureProducer,
    mailer: AsyncSmtpTransport<Tokio1Executor>,
}

#[derive(serde::Deserialize)]
struct Line {
    book: i64,
}

#[derive(serde::Deserialize)]
struct Price {
    price: i64,
}

#[derive(serde::Deserialize)]
struct Customer {
    name: String,
}

#[derive(serde::Deserialize)]
struct Address {
    street: String,
}

/// The index on `cart_id` is not unique, and the id is made by the database.
async fn put_line(State(shop): State<Shop>, Path(cart): Path<i64>, Json(line): Json<Line>) { //~
    insert_line(&shop.pool, cart, line.book).await;
}

async fn insert_line(pool: &sqlx::PgPool, cart: i64, book: i64) {
    sqlx::query("INSERT INTO cart_lines (cart_id, book) VALUES ($1, $2)")
        .bind(cart)
        .bind(book)
        .execute(pool)
        .await
        .unwrap();
}

/// Another token each time: the one of the first answer is void.
async fn put_feed_token(State(shop): State<Shop>, Path(id): Path<i64>) -> String { //~
    let token = uuid::Uuid::new_v4().to_string();
    sqlx::query("UPDATE customers SET feed_token = $2 WHERE id = $1")
        .bind(id)
        .bind(&token)
        .execute(&shop.pool)
        .await
        .unwrap();
    token
}

async fn lend(State(shop): State<Shop>, Path(id): Path<i64>) { //~
    sqlx::query("UPDATE books SET lent = lent + 1 WHERE id = $1").bind(id).execute(&shop.pool).await.unwrap();
}

/// The price is set to a value; that it was set is told each time.
async fn put_price(State(shop): State<Shop>, Path(id): Path<i64>, Json(body): Json<Price>) { //~
    sqlx::query("UPDATE books SET price = $2 WHERE id = $1")
        .bind(id)
        .bind(body.price)
        .execute(&shop.pool)
        .await
        .unwrap();
    let payload = body.price.to_string();
    let record = FutureRecord::to("prices").key("price").payload(&payload);
    shop.producer.send(record, Duration::from_secs(5)).await.unwrap();
}

/// Whether anything was deleted is not looked at.
async fn delete_customer(State(shop): State<Shop>, Path(id): Path<i64>) { //~
    sqlx::query("DELETE FROM customers WHERE id = $1").bind(id).execute(&shop.pool).await.unwrap();
    tell_support(&shop, id).await;
}

async fn tell_support(shop: &Shop, id: i64) {
    let mail = Message::builder()
        .from("shop@shop.example".parse().unwrap())
        .to("support@shop.example".parse().unwrap())
        .body(format!("{id} has left"))
        .unwrap();
    shop.mailer.send(mail).await.unwrap();
}

async fn delete_order(State(shop): State<Shop>, Path(id): Path<i64>) { //~
    shop.http.post("https://pay.example/refunds").json(&id).send().await.unwrap();
}

async fn put_address(State(shop): State<Shop>, Path(customer): Path<i64>, Json(body): Json<Address>) {
    sqlx::query(
        "INSERT INTO addresses (customer_id, street) VALUES ($1, $2)
         ON CONFLICT (customer_id) DO UPDATE SET street = EXCLUDED.street",
    )
    .bind(customer)
    .bind(body.street)
    .execute(&shop.pool)
    .await
    .unwrap();
}

async fn put_customer(State(shop): State<Shop>, Path(id): Path<i64>, Json(body): Json<Customer>) {
    sqlx::query("UPDATE customers SET name = $2, updated_at = now() WHERE id = $1")
        .bind(id)
        .bind(body.name)
        .execute(&shop.pool)
        .await
        .unwrap();
}

async fn delete_book(State(shop): State<Shop>, Path(id): Path<i64>) -> StatusCode {
    sqlx::query("DELETE FROM books WHERE id = $1").bind(id).execute(&shop.pool).await.unwrap();
    StatusCode::NO_CONTENT
}

/// The same insert behind a POST: of that another rule speaks.
async fn post_line(State(shop): State<Shop>, Path(cart): Path<i64>, Json(line): Json<Line>) -> StatusCode {
    insert_line(&shop.pool, cart, line.book).await;
    StatusCode::CREATED
}

#[tokio::main]
async fn main() {
    let shop = Shop {
        pool: sqlx::PgPool::connect("postgres://db/shop").await.unwrap(),
        http: reqwest::Client::builder().timeout(Duration::from_secs(5)).build().unwrap(),
        producer: ClientConfig::new().set("bootstrap.servers", "kafka:9092").create().unwrap(),
        mailer: AsyncSmtpTransport::<Tokio1Executor>::relay("smtp.example").unwrap().build(),
    };
    let app = Router::new()
        .route("/carts/{id}/lines", put(put_line).post(post_line))
        .route("/customers/{id}", put(put_customer).delete(delete_customer))
        .route("/customers/{id}/address", put(put_address))
        .route("/customers/{id}/feed-token", put(put_feed_token))
        .route("/books/{id}", delete(delete_book))
        .route("/books/{id}/lent", put(lend))
        .route("/books/{id}/price", put(put_price))
        .route("/orders/{id}", delete(delete_order))
        .with_state(shop);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
