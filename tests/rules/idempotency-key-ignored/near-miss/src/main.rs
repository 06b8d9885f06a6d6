use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::post;
use axum::{Extension, Json, Router};
use redis::aio::ConnectionManager;
use redis::AsyncCommands;
use sqlx::PgPool;

const KEY: &str = "idempotency-key";

struct RequestKey(String);

impl<S: Send + Sync> FromRequestParts<S> for RequestKey {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let key = parts.headers.get("Idempotency-Key").ok_or(StatusCode::BAD_REQUEST)?;
        Ok(Self(key.to_str().map_err(|_| StatusCode::BAD_REQUEST)?.to_owned()))
    }
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
    amount: i64,
}

#[derive(serde::Deserialize)]
struct NewTask {
    idempotency_key: String,
    title: String,
}

#[derive(serde::Deserialize)]
struct NewSubscriber {
    email: String,
}

async fn place_order(State(pool): State<PgPool>, Json(order): Json<NewOrder>) -> StatusCode {
    sqlx::query("INSERT INTO orders (book) VALUES ($1)").bind(&order.book).execute(&pool).await.unwrap();
    StatusCode::CREATED
}

async fn refund(State(pool): State<PgPool>, RequestKey(key): RequestKey, Json(refund): Json<NewRefund>) -> StatusCode {
    sqlx::query("INSERT INTO refunds (idempotency_key, order_id) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(key)
        .bind(refund.order_id)
        .execute(&pool)
        .await
        .unwrap();
    StatusCode::CREATED
}

async fn pay(State(pool): State<PgPool>, headers: HeaderMap, Json(payment): Json<NewPayment>) -> StatusCode {
    let Some(key) = headers.get(KEY).and_then(|key| key.to_str().ok()) else {
        return StatusCode::BAD_REQUEST;
    };
    sqlx::query("INSERT INTO payments (idempotency_key, amount) VALUES ($1, $2)")
        .bind(key)
        .bind(payment.amount)
        .execute(&pool)
        .await
        .unwrap();
    StatusCode::CREATED
}

async fn add_task(State(pool): State<PgPool>, Json(task): Json<NewTask>) -> StatusCode {
    sqlx::query("INSERT INTO tasks (idempotency_key, title) VALUES ($1, $2)")
        .bind(&task.idempotency_key)
        .bind(&task.title)
        .execute(&pool)
        .await
        .unwrap();
    StatusCode::CREATED
}

async fn subscribe(State(pool): State<PgPool>, Json(subscriber): Json<NewSubscriber>) -> StatusCode {
    sqlx::query("INSERT INTO subscribers (email) VALUES ($1) ON CONFLICT (email) DO NOTHING")
        .bind(&subscriber.email)
        .execute(&pool)
        .await
        .unwrap();
    StatusCode::NO_CONTENT
}

async fn search(State(pool): State<PgPool>, Json(title): Json<String>) -> Json<Vec<String>> {
    Json(
        sqlx::query_scalar("SELECT title FROM books WHERE title = $1")
            .bind(title)
            .fetch_all(&pool)
            .await
            .unwrap(),
    )
}

async fn idempotency(
    Extension(mut redis): Extension<ConnectionManager>,
    request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    let key = request.headers().get("Idempotency-Key").ok_or(StatusCode::BAD_REQUEST)?;
    let first: bool = redis.set_nx(key.as_bytes(), 1).await.unwrap();
    if !first {
        return Err(StatusCode::CONFLICT);
    }
    Ok(next.run(request).await)
}

#[tokio::main]
async fn main() {
    let pool = PgPool::connect("postgres://db/shop").await.unwrap();
    let client = redis::Client::open("redis://cache").unwrap();
    let redis = ConnectionManager::new(client).await.unwrap();
    let once = Router::new()
        .route("/orders", post(place_order))
        .layer(middleware::from_fn(idempotency))
        .layer(Extension(redis));
    let app = Router::new()
        .route("/refunds", post(refund))
        .route("/payments", post(pay))
        .route("/tasks", post(add_task))
        .route("/subscribers", post(subscribe))
        .route("/books/search", post(search))
        .merge(once)
        .with_state(pool);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
