//! Orders.

use super::ApiResult;
use crate::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use rdkafka::producer::FutureRecord;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

#[derive(Deserialize)]
pub struct NewOrder {
    book_id: Uuid,
    quantity: i32,
    customer_email: String,
}

#[derive(Serialize)]
pub struct Order {
    id: Uuid,
    total_cents: i64,
}

pub async fn place(
    State(state): State<AppState>,
    Json(order): Json<NewOrder>,
) -> ApiResult<(StatusCode, Json<Order>)> {
    let quote = state.pricing.quote(order.book_id, order.quantity).await?;

    let id = Uuid::new_v4();
    sqlx::query(
        "INSERT INTO orders (id, book_id, quantity, total_cents, customer_email) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(id)
    .bind(order.book_id)
    .bind(order.quantity)
    .bind(quote.total_cents)
    .bind(&order.customer_email)
    .execute(&state.db)
    .await?;

    let event = json!({
        "order_id": id,
        "book_id": order.book_id,
        "quantity": order.quantity,
        "customer_email": order.customer_email,
    });
    let (key, payload) = (id.to_string(), event.to_string());
    let record = FutureRecord::to("orders.placed")
        .key(&key)
        .payload(&payload);
    state
        .events
        .send(record, Duration::from_secs(2))
        .await
        .map_err(|(error, _)| error)?;

    Ok((
        StatusCode::CREATED,
        Json(Order {
            id,
            total_cents: quote.total_cents,
        }),
    ))
}
