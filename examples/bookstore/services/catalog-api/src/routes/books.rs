//! Books: reading them, and every way to change one.

use super::{ApiError, ApiResult};
use crate::AppState;
use crate::views::BookViewed;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use futures::future::join_all;
use redis::AsyncCommands;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::FromRow;
use uuid::Uuid;

const CACHE_SECONDS: u64 = 60;

#[derive(Serialize, FromRow)]
pub struct Book {
    id: Uuid,
    title: String,
    author: String,
    price_cents: i64,
}

#[derive(Deserialize)]
pub struct BookInput {
    title: String,
    author: String,
    price_cents: i64,
}

#[derive(Deserialize)]
pub struct Search {
    text: String,
    max_price_cents: Option<i64>,
}

pub async fn list(State(state): State<AppState>) -> ApiResult<Json<Vec<Value>>> {
    let books =
        sqlx::query_as("SELECT id, title, author, price_cents FROM books ORDER BY title LIMIT 100")
            .fetch_all(&state.db)
            .await?;
    let ratings = join_all(books.iter().map(|book: &Book| state.reviews.rating(book.id))).await;
    let rated = books.into_iter().zip(ratings);
    Ok(Json(
        rated
            .map(|(book, rating)| json!({ "book": book, "rating": rating.ok() }))
            .collect(),
    ))
}

pub async fn search(
    State(state): State<AppState>,
    Json(search): Json<Search>,
) -> ApiResult<Json<Vec<Book>>> {
    let books = sqlx::query_as(
        "SELECT id, title, author, price_cents FROM books
         WHERE (title ILIKE '%' || $1 || '%' OR author ILIKE '%' || $1 || '%')
           AND ($2::bigint IS NULL OR price_cents <= $2)
         ORDER BY title LIMIT 100",
    )
    .bind(search.text)
    .bind(search.max_price_cents)
    .fetch_all(&state.db)
    .await?;
    Ok(Json(books))
}

/// The cache is a help, never a condition: its errors count as a miss.
pub async fn read(
    State(mut state): State<AppState>,
    Path(id): Path<Uuid>,
) -> ApiResult<Json<Value>> {
    let _ = state.views.send(BookViewed { book_id: id });
    let cached: Option<String> = state.cache.get(cache_key(id)).await.unwrap_or_default();
    if let Some(book) = cached.and_then(|text| serde_json::from_str(&text).ok()) {
        return Ok(Json(book));
    }
    let book: Book =
        sqlx::query_as("SELECT id, title, author, price_cents FROM books WHERE id = $1")
            .bind(id)
            .fetch_one(&state.db)
            .await?;
    let rating = state.reviews.rating_for_page(id).await;
    let book = json!({ "book": book, "rating": rating });
    let _: Result<(), _> = state
        .cache
        .set_ex(cache_key(id), book.to_string(), CACHE_SECONDS)
        .await;
    Ok(Json(book))
}

pub async fn replace(
    State(mut state): State<AppState>,
    Path(id): Path<Uuid>,
    Json(input): Json<BookInput>,
) -> ApiResult<Json<Book>> {
    let book = sqlx::query_as(
        "INSERT INTO books (id, title, author, price_cents) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE
         SET title = excluded.title, author = excluded.author, price_cents = excluded.price_cents
         RETURNING id, title, author, price_cents",
    )
    .bind(id)
    .bind(input.title)
    .bind(input.author)
    .bind(input.price_cents)
    .fetch_one(&state.db)
    .await?;
    forget(&mut state, id).await;
    Ok(Json(book))
}

/// JSON Merge Patch (RFC 7396).
pub async fn merge(
    State(mut state): State<AppState>,
    Path(id): Path<Uuid>,
    Json(changes): Json<Value>,
) -> ApiResult<Json<Book>> {
    let mut transaction = state.db.begin().await?;
    let book: Book =
        sqlx::query_as("SELECT id, title, author, price_cents FROM books WHERE id = $1 FOR UPDATE")
            .bind(id)
            .fetch_one(&mut *transaction)
            .await?;
    let mut merged = json!(book);
    json_patch::merge(&mut merged, &changes);
    let input: BookInput = serde_json::from_value(merged).map_err(unprocessable)?;
    let book = sqlx::query_as(
        "UPDATE books SET title = $2, author = $3, price_cents = $4 WHERE id = $1
         RETURNING id, title, author, price_cents",
    )
    .bind(id)
    .bind(input.title)
    .bind(input.author)
    .bind(input.price_cents)
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    forget(&mut state, id).await;
    Ok(Json(book))
}

/// JSON Patch (RFC 6902); `add` on `/deliveries/-` appends.
pub async fn patch_stock(
    State(state): State<AppState>,
    Path(id): Path<Uuid>,
    Json(changes): Json<json_patch::Patch>,
) -> ApiResult<Json<Value>> {
    let mut transaction = state.db.begin().await?;
    let mut stock: Value = sqlx::query_scalar("SELECT stock FROM books WHERE id = $1 FOR UPDATE")
        .bind(id)
        .fetch_one(&mut *transaction)
        .await?;
    json_patch::patch(&mut stock, &changes).map_err(unprocessable)?;
    sqlx::query("UPDATE books SET stock = $2 WHERE id = $1")
        .bind(id)
        .bind(&stock)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(Json(stock))
}

pub async fn remove(
    State(mut state): State<AppState>,
    Path(id): Path<Uuid>,
) -> ApiResult<StatusCode> {
    sqlx::query("DELETE FROM books WHERE id = $1")
        .bind(id)
        .execute(&state.db)
        .await?;
    forget(&mut state, id).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Other books of the same author; not in the contract yet.
pub async fn related(
    State(state): State<AppState>,
    Path(id): Path<Uuid>,
) -> ApiResult<Json<Vec<Book>>> {
    let books = sqlx::query_as(
        "SELECT id, title, author, price_cents FROM books
         WHERE author = (SELECT author FROM books WHERE id = $1) AND id <> $1 LIMIT 10",
    )
    .bind(id)
    .fetch_all(&state.db)
    .await?;
    Ok(Json(books))
}

/// A failure leaves an old copy behind, for a minute at most.
async fn forget(state: &mut AppState, id: Uuid) {
    let _: Result<(), _> = state.cache.del(cache_key(id)).await;
}

fn cache_key(id: Uuid) -> String {
    format!("book:{id}")
}

fn unprocessable(error: impl ToString) -> ApiError {
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, error)
}
