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
struct Grant {
    customer: i64,
    role: String,
    until: chrono::NaiveDate,
}

#[derive(serde::Deserialize)]
struct Review {
    stars: i32,
}

/// The unique index comes with a later migration.
async fn register(State(pool): State<sqlx::PgPool>, Json(body): Json<NewCustomer>) -> Result<StatusCode, StatusCode> {
    let found = sqlx::query("SELECT id FROM customers WHERE email = $1")
        .bind(&body.email)
        .fetch_optional(&pool)
        .await
        .unwrap();
    if found.is_some() {
        return Err(StatusCode::CONFLICT);
    }
    sqlx::query("INSERT INTO customers (email) VALUES ($1)")
        .bind(&body.email)
        .execute(&pool)
        .await
        .map_err(|_| StatusCode::CONFLICT)?;
    Ok(StatusCode::CREATED)
}

/// The constraint names the columns in another order.
async fn book(State(pool): State<sqlx::PgPool>, Json(body): Json<Booking>) -> Result<StatusCode, StatusCode> {
    let taken = sqlx::query("SELECT guest FROM bookings WHERE room = $1 AND day = $2")
        .bind(body.room)
        .bind(body.day)
        .fetch_optional(&pool)
        .await
        .unwrap();
    if taken.is_some() {
        return Err(StatusCode::CONFLICT);
    }
    sqlx::query("INSERT INTO bookings (room, day, guest) VALUES ($1, $2, $3)")
        .bind(body.room)
        .bind(body.day)
        .bind(body.guest)
        .execute(&pool)
        .await
        .map_err(|_| StatusCode::CONFLICT)?;
    Ok(StatusCode::CREATED)
}

/// The roles of a user are listed, and more is asked of them than the key has.
async fn grant(State(pool): State<sqlx::PgPool>, Json(body): Json<Grant>) -> Result<StatusCode, StatusCode> {
    let roles: Vec<String> = sqlx::query_scalar("SELECT role FROM roles WHERE customer = $1 AND (until IS NULL OR until > $2)")
        .bind(body.customer)
        .bind(body.until)
        .fetch_all(&pool)
        .await
        .unwrap();
    if roles.contains(&body.role) {
        return Err(StatusCode::CONFLICT);
    }
    sqlx::query("INSERT INTO roles (customer, role, until) VALUES ($1, $2, $3)")
        .bind(body.customer)
        .bind(body.role)
        .bind(body.until)
        .execute(&pool)
        .await
        .map_err(|_| StatusCode::CONFLICT)?;
    Ok(StatusCode::CREATED)
}

async fn like(State(pool): State<sqlx::PgPool>, Path((customer, book)): Path<(i64, i64)>) {
    let found = sqlx::query("SELECT book FROM likes WHERE customer = $1 AND book = $2")
        .bind(customer)
        .bind(book)
        .fetch_optional(&pool)
        .await
        .unwrap();
    if found.is_none() {
        sqlx::query("INSERT INTO likes (customer, book) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(customer)
            .bind(book)
            .execute(&pool)
            .await
            .unwrap();
    }
}

/// One table is looked at, another one is written.
async fn review(
    State(pool): State<sqlx::PgPool>,
    Path(book): Path<i64>,
    Json(body): Json<Review>,
) -> StatusCode {
    let blocked = sqlx::query("SELECT id FROM blocked WHERE book = $1")
        .bind(book)
        .fetch_optional(&pool)
        .await
        .unwrap();
    if blocked.is_some() {
        return StatusCode::FORBIDDEN;
    }
    sqlx::query("INSERT INTO reviews (book, stars) VALUES ($1, $2)")
        .bind(book)
        .bind(body.stars)
        .execute(&pool)
        .await
        .unwrap();
    StatusCode::CREATED
}

/// The row has to be there.
async fn copy(State(pool): State<sqlx::PgPool>, Path(id): Path<i64>) -> StatusCode {
    let found: Option<(i64, i32)> = sqlx::query_as("SELECT book, stars FROM reviews WHERE id = $1")
        .bind(id)
        .fetch_optional(&pool)
        .await
        .unwrap();
    let Some((book, stars)) = found else {
        return StatusCode::NOT_FOUND;
    };
    sqlx::query("INSERT INTO reviews (book, stars) VALUES ($1, $2)")
        .bind(book)
        .bind(stars)
        .execute(&pool)
        .await
        .unwrap();
    StatusCode::CREATED
}

/// The migrations of `suppliers` are kept elsewhere.
async fn supply(State(pool): State<sqlx::PgPool>, Json(body): Json<NewCustomer>) -> StatusCode {
    let found = sqlx::query("SELECT id FROM suppliers WHERE email = $1")
        .bind(&body.email)
        .fetch_optional(&pool)
        .await
        .unwrap();
    if found.is_some() {
        return StatusCode::CONFLICT;
    }
    sqlx::query("INSERT INTO suppliers (email) VALUES ($1)").bind(&body.email).execute(&pool).await.unwrap();
    StatusCode::CREATED
}

#[tokio::main]
async fn main() {
    let pool = sqlx::PgPool::connect("postgres://db/shop").await.unwrap();
    let app = Router::new()
        .route("/customers", post(register))
        .route("/bookings", post(book))
        .route("/roles", post(grant))
        .route("/customers/{customer}/likes/{book}", put(like))
        .route("/books/{id}/reviews", post(review))
        .route("/reviews/{id}/copies", post(copy))
        .route("/suppliers", post(supply))
        .with_state(pool);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
