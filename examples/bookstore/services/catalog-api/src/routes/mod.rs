//! Handlers, and the one way in which they fail.

pub mod books;
pub mod desk;
pub mod newsletter;
pub mod orders;
pub mod payments;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

pub type ApiResult<T> = Result<T, ApiError>;

pub struct ApiError(StatusCode, String);

impl ApiError {
    pub fn new(status: StatusCode, message: impl ToString) -> Self {
        Self(status, message.to_string())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Self(status, message) = self;
        tracing::warn!(%status, message);
        (status, Json(json!({ "message": message }))).into_response()
    }
}

impl From<sqlx::Error> for ApiError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::RowNotFound => Self::new(StatusCode::NOT_FOUND, "not found"),
            sqlx::Error::Database(database) if database.is_foreign_key_violation() => {
                Self::new(StatusCode::NOT_FOUND, "not found")
            }
            _ => Self::new(StatusCode::INTERNAL_SERVER_ERROR, error),
        }
    }
}

impl From<reqwest::Error> for ApiError {
    fn from(error: reqwest::Error) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, error)
    }
}

/// Also when the breaker is open and the partner was not asked at all.
impl From<failsafe::Error<reqwest::Error>> for ApiError {
    fn from(error: failsafe::Error<reqwest::Error>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, error)
    }
}

impl From<rdkafka::error::KafkaError> for ApiError {
    fn from(error: rdkafka::error::KafkaError) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, error)
    }
}
