use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::ClientConfig;
use redis::aio::ConnectionManager;
use redis::AsyncCommands;
use sqlx::PgPool;
use std::time::Duration;
use uuid::Uuid;

#[derive(Clone)]
struct App {
    pool: PgPool,
    redis: ConnectionManager,
    producer: FutureProducer,
}

/// The contract's names do not show it.
async fn read_order(State(app): State<App>, Path(id): Path<i64>) -> Json<String> { //~ changes a row
    sqlx::query("UPDATE orders SET status = 'confirmed' WHERE id = $1").bind(id).execute(&app.pool).await.unwrap();
    Json(book_of(&app.pool, id).await)
}

async fn unsubscribe(State(app): State<App>, Path(email): Path<String>) -> StatusCode { //~ deletes a row
    sqlx::query("DELETE FROM subscribers WHERE email = $1").bind(email).execute(&app.pool).await.unwrap();
    StatusCode::OK
}

async fn new_cart(State(app): State<App>, Path(customer): Path<i64>) -> StatusCode { //~ inserts a row
    sqlx::query("INSERT INTO carts (customer_id) VALUES ($1)").bind(customer).execute(&app.pool).await.unwrap();
    StatusCode::OK
}

async fn report(State(app): State<App>, Path(day): Path<String>) -> StatusCode { //~ publishes, by a function
    ask_for_report(&app.producer, &day).await;
    StatusCode::OK
}

async fn ask_for_report(producer: &FutureProducer, day: &str) {
    producer.send(FutureRecord::to("reports").payload(day).key(day), Duration::from_secs(5)).await.unwrap();
}

async fn book_of(pool: &PgPool, id: i64) -> String {
    sqlx::query_scalar("SELECT book FROM orders WHERE id = $1").bind(id).fetch_one(pool).await.unwrap()
}

async fn cancel_form(State(app): State<App>, Path(id): Path<i64>) -> String {
    format!("<form>Cancel {}?</form>", book_of(&app.pool, id).await)
}

/// Last seen: no intended state.
async fn profile(State(app): State<App>, Path(id): Path<i64>) -> Json<String> {
    sqlx::query("UPDATE customers SET last_seen_at = now() WHERE id = $1").bind(id).execute(&app.pool).await.unwrap();
    let name = sqlx::query_scalar("SELECT name FROM customers WHERE id = $1").bind(id).fetch_one(&app.pool).await;
    Json(name.unwrap())
}

/// A copy.
async fn books(State(mut app): State<App>) -> Json<Vec<String>> {
    let known: Option<String> = app.redis.get("books").await.unwrap();
    if let Some(known) = known {
        return Json(known.lines().map(str::to_owned).collect());
    }
    let found: Vec<String> = sqlx::query_scalar("SELECT DISTINCT book FROM orders").fetch_all(&app.pool).await.unwrap();
    let () = app.redis.set_ex("books", found.join("\n"), 60).await.unwrap();
    Json(found)
}

/// A counter, and a metric.
async fn page(State(mut app): State<App>, Path(page): Path<String>) -> String {
    let views: i64 = app.redis.incr(&page, 1).await.unwrap();
    sqlx::query("INSERT INTO page_metrics (page) VALUES ($1)").bind(&page).execute(&app.pool).await.unwrap();
    format!("{page}, seen {views} times")
}

/// A session is what a client may expect of a log-in.
async fn log_in(State(app): State<App>, Path(customer): Path<i64>) -> String {
    let token = Uuid::new_v4().to_string();
    sqlx::query("INSERT INTO sessions (token, customer_id) VALUES ($1, $2)")
        .bind(&token)
        .bind(customer)
        .execute(&app.pool)
        .await
        .unwrap();
    token
}

/// An audit trail: who has looked.
async fn account(State(app): State<App>, Path(id): Path<i64>) -> Json<String> {
    sqlx::query("INSERT INTO audit_log (what, customer_id) VALUES ('account', $1)")
        .bind(id)
        .execute(&app.pool)
        .await
        .unwrap();
    let name = sqlx::query_scalar("SELECT name FROM customers WHERE id = $1").bind(id).fetch_one(&app.pool).await;
    Json(name.unwrap())
}

#[tokio::main]
async fn main() {
    let client = redis::Client::open("redis://cache").unwrap();
    let app = App {
        pool: PgPool::connect("postgres://db/shop").await.unwrap(),
        redis: ConnectionManager::new(client).await.unwrap(),
        producer: ClientConfig::new().set("bootstrap.servers", "kafka:9092").create().unwrap(),
    };
    let router = Router::new()
        .route("/orders/{id}", get(read_order))
        .route("/orders/{id}/cancel", get(cancel_form))
        .route("/newsletter/{email}", get(unsubscribe))
        .route("/customers/{id}/cart", get(new_cart))
        .route("/customers/{id}", get(profile))
        .route("/customers/{id}/account", get(account))
        .route("/reports/{day}", get(report))
        .route("/books", get(books))
        .route("/pages/{page}", get(page))
        .route("/login/{customer}", get(log_in))
        .with_state(app);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, router).await.unwrap();
}
