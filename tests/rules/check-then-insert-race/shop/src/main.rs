use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{post, put};
use axum::{Json, Router};

#[derive(serde::Deserialize)]
struct NewCustomer {
    email: String,
}

#[derive(serde::Deserialize)]
struct Booking {
    room: i64,
    day: chrono::NaiveDate,
    guest: i64,
}

#[derive(serde::Deserialize)]
struct Coupon {
    code: String,
    percent: i32,
}

/// The index on `email` is not unique.
async fn register(State(pool): State<sqlx::PgPool>, Json(body): Json<NewCustomer>) -> StatusCode {
    let found = sqlx::query("SELECT id FROM customers WHERE email = $1")
        .bind(&body.email)
        .fetch_optional(&pool) //~
        .await
        .unwrap();
    if found.is_some() {
        return StatusCode::CONFLICT;
    }
    sqlx::query("INSERT INTO customers (email) VALUES ($1)").bind(&body.email).execute(&pool).await.unwrap();
    StatusCode::CREATED
}

/// Unique is a room on a day for one guest: two guests get the same room. A transaction does not help.
async fn book(State(pool): State<sqlx::PgPool>, Json(body): Json<Booking>) -> StatusCode {
    let mut tx = pool.begin().await.unwrap();
    let taken = sqlx::query("SELECT id FROM bookings WHERE room = $1 AND day = $2")
        .bind(body.room)
        .bind(body.day)
        .fetch_optional(&mut *tx) //~
        .await
        .unwrap();
    if taken.is_some() {
        return StatusCode::CONFLICT;
    }
    sqlx::query("INSERT INTO bookings (room, day, guest) VALUES ($1, $2, $3)")
        .bind(body.room)
        .bind(body.day)
        .bind(body.guest)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    StatusCode::CREATED
}

async fn wish(State(pool): State<sqlx::PgPool>, Path((customer, book)): Path<(i64, i64)>) {
    if find_wish(&pool, customer, book).await.is_none() {
        sqlx::query("INSERT INTO wishes (customer, book) VALUES ($1, $2)")
            .bind(customer)
            .bind(book)
            .execute(&pool)
            .await
            .unwrap();
    }
}

async fn find_wish(pool: &sqlx::PgPool, customer: i64, book: i64) -> Option<(i64,)> {
    sqlx::query_as("SELECT id FROM wishes WHERE customer = $1 AND book = $2")
        .bind(customer)
        .bind(book)
        .fetch_optional(pool) //~
        .await
        .unwrap()
}

/// The primary key decides.
async fn offer(State(pool): State<sqlx::PgPool>, Json(body): Json<Coupon>) -> Result<StatusCode, StatusCode> {
    let found = sqlx::query("SELECT percent FROM coupons WHERE code = $1")
        .bind(&body.code)
        .fetch_optional(&pool)
        .await
        .unwrap();
    if found.is_some() {
        return Err(StatusCode::CONFLICT);
    }
    sqlx::query("INSERT INTO coupons (code, percent) VALUES ($1, $2)")
        .bind(&body.code)
        .bind(body.percent)
        .execute(&pool)
        .await
        .map_err(|_| StatusCode::CONFLICT)?;
    Ok(StatusCode::CREATED)
}

#[tokio::main]
async fn main() {
    let pool = sqlx::PgPool::connect("postgres://db/shop").await.unwrap();
    let app = Router::new()
        .route("/customers", post(register))
        .route("/bookings", post(book))
        .route("/customers/{customer}/wishes/{book}", put(wish))
        .route("/coupons", post(offer))
        .with_state(pool);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
