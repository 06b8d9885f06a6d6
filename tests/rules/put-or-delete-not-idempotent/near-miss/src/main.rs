use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{delete, put};
use axum::{Json, Router};
use rdkafka::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord};
use std::time::Duration;

#[derive(Clone)]
struct Shop {
    pool: sqlx::PgPool,
    http: reqwest::Client,
    producer: FutureProducer,
}

#[derive(serde::Deserialize)]
struct NewOrder {
    book: i64,
}

#[derive(serde::Deserialize)]
struct Review {
    stars: i32,
}

/// The client makes the id.
async fn put_order(
    State(shop): State<Shop>,
    Path(id): Path<uuid::Uuid>,
    Json(body): Json<NewOrder>,
) -> Result<StatusCode, StatusCode> {
    sqlx::query("INSERT INTO orders (id, book) VALUES ($1, $2)")
        .bind(id)
        .bind(body.book)
        .execute(&shop.pool)
        .await
        .map_err(|_| StatusCode::CONFLICT)?;
    Ok(StatusCode::CREATED)
}

/// A later migration makes customer and book unique together.
async fn put_review(
    State(shop): State<Shop>,
    Path((customer, book)): Path<(i64, i64)>,
    Json(body): Json<Review>,
) -> Result<StatusCode, StatusCode> {
    sqlx::query("INSERT INTO reviews (customer_id, book, stars) VALUES ($1, $2, $3)")
        .bind(customer)
        .bind(book)
        .bind(body.stars)
        .execute(&shop.pool)
        .await
        .map_err(|_| StatusCode::CONFLICT)?;
    Ok(StatusCode::CREATED)
}

async fn like(State(shop): State<Shop>, Path((customer, book)): Path<(i64, i64)>) {
    sqlx::query("INSERT INTO likes (customer_id, book) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(customer)
        .bind(book)
        .execute(&shop.pool)
        .await
        .unwrap();
}

/// The reservation has to be there, and is deleted: the repeat ends at the look.
async fn delete_reservation(State(shop): State<Shop>, Path(id): Path<i64>) -> Result<StatusCode, StatusCode> {
    let (book,): (i64,) = sqlx::query_as("SELECT book FROM reservations WHERE id = $1")
        .bind(id)
        .fetch_one(&shop.pool)
        .await
        .map_err(|_| StatusCode::NOT_FOUND)?;
    let mut tx = shop.pool.begin().await.unwrap();
    sqlx::query("UPDATE books SET free = free + 1 WHERE id = $1").bind(book).execute(&mut *tx).await.unwrap();
    sqlx::query("DELETE FROM reservations WHERE id = $1").bind(id).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    Ok(StatusCode::NO_CONTENT)
}

/// The repeat deletes nothing and tells nobody.
async fn delete_order(State(shop): State<Shop>, Path(id): Path<uuid::Uuid>) -> StatusCode {
    let result = sqlx::query("DELETE FROM orders WHERE id = $1").bind(id).execute(&shop.pool).await.unwrap();
    if result.rows_affected() == 0 {
        return StatusCode::NOT_FOUND;
    }
    let payload = id.to_string();
    let record = FutureRecord::to("orders").key("cancelled").payload(&payload);
    shop.producer.send(record, Duration::from_secs(5)).await.unwrap();
    StatusCode::NO_CONTENT
}

/// A PUT that becomes a PUT.
async fn put_level(State(shop): State<Shop>, Path(book): Path<i64>) {
    shop.http.put(format!("https://stock.example/levels/{book}")).send().await.unwrap();
}

#[tokio::main]
async fn main() {
    let shop = Shop {
        pool: sqlx::PgPool::connect("postgres://db/shop").await.unwrap(),
        http: reqwest::Client::builder().timeout(Duration::from_secs(5)).build().unwrap(),
        producer: ClientConfig::new().set("bootstrap.servers", "kafka:9092").create().unwrap(),
    };
    let app = Router::new()
        .route("/orders/{id}", put(put_order).delete(delete_order))
        .route("/customers/{customer}/reviews/{book}", put(put_review))
        .route("/customers/{customer}/likes/{book}", put(like))
        .route("/reservations/{id}", delete(delete_reservation))
        .route("/books/{id}/level", put(put_level))
        .with_state(shop);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
