//! The shop's HTTP API; its contract is contracts/catalog-api.openapi.yaml.

mod payments_client;
mod pricing_client;
mod reviews_client;
mod routes;
mod views;

use crate::payments_client::PaymentsClient;
use crate::pricing_client::PricingClient;
use crate::reviews_client::ReviewsClient;
use crate::routes::{books, desk, newsletter, orders, payments};
use crate::views::BookViewed;
use anyhow::Context;
use axum::Router;
use axum::routing::{get, patch, post, put};
use rdkafka::ClientConfig;
use rdkafka::producer::FutureProducer;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;

#[derive(Clone)]
pub struct AppState {
    db: PgPool,
    cache: ConnectionManager,
    events: FutureProducer,
    payments: PaymentsClient,
    pricing: PricingClient,
    reviews: ReviewsClient,
    views: UnboundedSender<BookViewed>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt::init();

    let cache_config =
        ConnectionManagerConfig::new().set_response_timeout(Duration::from_millis(200));
    let db = PgPoolOptions::new()
        .max_connections(10)
        .connect(&env("DATABASE_URL")?)
        .await?;
    let state = AppState {
        views: views::count_in_background(db.clone()),
        db,
        cache: ConnectionManager::new_with_config(
            redis::Client::open(env("REDIS_URL")?)?,
            cache_config,
        )
        .await?,
        events: ClientConfig::new()
            .set("bootstrap.servers", env("KAFKA_BROKERS")?)
            .create()?,
        payments: PaymentsClient::new(env("PAYMENTS_URL")?)?,
        pricing: PricingClient::new(env("PRICING_URL")?),
        reviews: ReviewsClient::new(env("REVIEWS_URL")?)?,
    };

    let api = Router::new()
        .route("/books", get(books::list))
        .route("/books/search", post(books::search))
        .route(
            "/books/{id}",
            get(books::read)
                .put(books::replace)
                .patch(books::merge)
                .delete(books::remove),
        )
        .route("/books/{id}/stock", patch(books::patch_stock))
        .route("/books/{id}/related", get(books::related))
        .route("/books/{id}/reservation", put(desk::reserve))
        .route("/gift-cards", post(desk::sell_gift_card))
        .route("/orders/{id}/returns", post(desk::take_back))
        .route("/orders", post(orders::place))
        .route("/orders/{id}/refunds", post(payments::refund))
        .route("/payments", post(payments::pay))
        .route("/newsletter/signups", post(desk::sign_up))
        .route("/newsletter/unsubscribe", get(newsletter::unsubscribe));

    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await?;
    axum::serve(listener, Router::new().nest("/api", api).with_state(state)).await?;
    Ok(())
}

fn env(name: &str) -> anyhow::Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set"))
}
