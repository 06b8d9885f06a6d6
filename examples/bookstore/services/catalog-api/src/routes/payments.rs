//! Payments and refunds, told apart by the sign of the amount.

use super::{ApiError, ApiResult};
use crate::AppState;
use crate::payments_client::Charge;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, PgPool};
use uuid::Uuid;

#[derive(Deserialize)]
pub struct NewPayment {
    order_id: Uuid,
    amount_cents: u32,
}

#[derive(Deserialize)]
pub struct NewRefund {
    amount_cents: u32,
}

#[derive(Serialize, FromRow)]
pub struct Payment {
    id: Uuid,
    order_id: Uuid,
    amount_cents: i64,
    status: String,
    /// Written within the last minute: somebody may still be working on it.
    #[serde(skip)]
    recent: bool,
}

pub async fn pay(
    State(state): State<AppState>,
    headers: HeaderMap,
    Json(request): Json<NewPayment>,
) -> ApiResult<(StatusCode, Json<Payment>)> {
    let Some(key) = idempotency_key(&headers) else {
        return Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            "Idempotency-Key is missing",
        ));
    };
    let (mut payment, new) = record(
        &state.db,
        Some(key),
        request.order_id,
        i64::from(request.amount_cents),
        "pending",
    )
    .await?;
    if !new {
        match payment.status.as_str() {
            "pending" if payment.recent => {
                return Err(ApiError::new(
                    StatusCode::CONFLICT,
                    "a request with this key is in progress",
                ));
            }
            // Left behind by a crash or an outage: charge again, the partner knows the key too.
            "pending" => {}
            _ => return Ok((StatusCode::OK, Json(payment))),
        }
    }

    let charge = Charge {
        order_id: payment.order_id,
        amount_cents: payment.amount_cents,
    };
    payment.status = state.payments.charge(key, &charge).await?.status;
    sqlx::query("UPDATE payments SET status = $2, updated_at = now() WHERE id = $1")
        .bind(payment.id)
        .bind(&payment.status)
        .execute(&state.db)
        .await?;
    Ok((StatusCode::CREATED, Json(payment)))
}

/// Only notes the refund; accounting pays it out.
pub async fn refund(
    State(state): State<AppState>,
    Path(order_id): Path<Uuid>,
    headers: HeaderMap,
    Json(request): Json<NewRefund>,
) -> ApiResult<(StatusCode, Json<Payment>)> {
    let key = idempotency_key(&headers);
    let (payment, new) = record(
        &state.db,
        key,
        order_id,
        -i64::from(request.amount_cents),
        "requested",
    )
    .await?;
    let status = if new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(payment)))
}

/// Inserts the payment, or gives the earlier one with the same key.
async fn record(
    db: &PgPool,
    key: Option<&str>,
    order_id: Uuid,
    amount_cents: i64,
    status: &str,
) -> ApiResult<(Payment, bool)> {
    let id = Uuid::new_v4();
    let inserted = sqlx::query(
        "INSERT INTO payments (id, idempotency_key, order_id, amount_cents, status) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (idempotency_key) DO NOTHING",
    )
    .bind(id)
    .bind(key)
    .bind(order_id)
    .bind(amount_cents)
    .bind(status)
    .execute(db)
    .await?;

    let payment: Payment = sqlx::query_as(
        "SELECT id, order_id, amount_cents, status, updated_at > now() - interval '1 minute' AS recent
         FROM payments WHERE id = $1 OR idempotency_key = $2",
    )
    .bind(id)
    .bind(key)
    .fetch_one(db)
    .await?;
    if (payment.order_id, payment.amount_cents) != (order_id, amount_cents) {
        return Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "the key was used for another request",
        ));
    }
    Ok((payment, inserted.rows_affected() == 1))
}

fn idempotency_key(headers: &HeaderMap) -> Option<&str> {
    headers.get("Idempotency-Key")?.to_str().ok()
}
