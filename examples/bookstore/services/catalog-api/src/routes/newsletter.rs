//! The link at the end of every mail.

use super::ApiResult;
use crate::AppState;
use axum::extract::{Query, State};
use serde::Deserialize;

#[derive(Deserialize)]
pub struct Address {
    email: String,
}

/// Whoever opens the link is unsubscribed, the reader's spam filter too.
pub async fn unsubscribe(
    State(state): State<AppState>,
    Query(address): Query<Address>,
) -> ApiResult<&'static str> {
    sqlx::query("DELETE FROM subscribers WHERE email = $1")
        .bind(address.email)
        .execute(&state.db)
        .await?;
    Ok("No more mails.")
}
