//! What customers ask for at the desk.

use super::{ApiError, ApiResult};
use crate::AppState;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use uuid::Uuid;

#[derive(Deserialize)]
pub struct Signup {
    email: String,
}

#[derive(Deserialize)]
pub struct GiftCard {
    amount_cents: i64,
}

#[derive(Deserialize)]
pub struct Return {
    reason: String,
}

/// Two signups at the same time both find nobody.
pub async fn sign_up(
    State(state): State<AppState>,
    Json(signup): Json<Signup>,
) -> ApiResult<StatusCode> {
    let known: Option<Uuid> = sqlx::query_scalar("SELECT id FROM signups WHERE email = $1")
        .bind(&signup.email)
        .fetch_optional(&state.db)
        .await?;
    if known.is_some() {
        return Ok(StatusCode::OK);
    }
    sqlx::query("INSERT INTO signups (id, email) VALUES ($1, $2)")
        .bind(Uuid::new_v4())
        .bind(&signup.email)
        .execute(&state.db)
        .await?;
    Ok(StatusCode::CREATED)
}

/// The key is kept, and two rows may hold the same one.
pub async fn sell_gift_card(
    State(state): State<AppState>,
    headers: HeaderMap,
    Json(card): Json<GiftCard>,
) -> ApiResult<StatusCode> {
    let key = headers
        .get("Idempotency-Key")
        .and_then(|key| key.to_str().ok())
        .ok_or_else(|| ApiError::new(StatusCode::BAD_REQUEST, "Idempotency-Key is missing"))?;
    sqlx::query("INSERT INTO gift_cards (id, amount_cents, idempotency_key) VALUES ($1, $2, $3)")
        .bind(Uuid::new_v4())
        .bind(card.amount_cents)
        .bind(key)
        .execute(&state.db)
        .await?;
    Ok(StatusCode::CREATED)
}

/// The contract asks for a key that nobody reads.
pub async fn take_back(
    State(state): State<AppState>,
    Path(order_id): Path<Uuid>,
    Json(input): Json<Return>,
) -> ApiResult<StatusCode> {
    sqlx::query("INSERT INTO returns (id, order_id, reason) VALUES ($1, $2, $3)")
        .bind(Uuid::new_v4())
        .bind(order_id)
        .bind(&input.reason)
        .execute(&state.db)
        .await?;
    Ok(StatusCode::CREATED)
}

/// Each repeat puts one more aside.
pub async fn reserve(State(state): State<AppState>, Path(id): Path<Uuid>) -> ApiResult<StatusCode> {
    sqlx::query("UPDATE books SET reserved = reserved + 1 WHERE id = $1")
        .bind(id)
        .execute(&state.db)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
