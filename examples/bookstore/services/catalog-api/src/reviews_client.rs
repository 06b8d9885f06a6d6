//! The reviews partner: what readers think of a book.

use anyhow::Result;
use backon::{ExponentialBuilder, Retryable};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::timeout;
use uuid::Uuid;

const ATTEMPT: Duration = Duration::from_secs(2);
const ALL_ATTEMPTS: Duration = Duration::from_secs(3);

#[derive(Clone)]
pub struct ReviewsClient {
    http: reqwest::Client,
    base_url: String,
}

#[derive(Deserialize, Serialize)]
pub struct Rating {
    pub stars: f64,
}

impl ReviewsClient {
    pub fn new(base_url: String) -> reqwest::Result<Self> {
        Ok(Self {
            http: reqwest::Client::builder().timeout(ATTEMPT).build()?,
            base_url,
        })
    }

    /// Up to four attempts.
    pub async fn rating(&self, book_id: Uuid) -> Result<Rating> {
        let ask = || async {
            let url = format!("{}/ratings/{book_id}", self.base_url);
            let answer = self.http.get(url).send().await?;
            answer.error_for_status()?.json().await
        };
        let rating = timeout(ALL_ATTEMPTS, ask.retry(ExponentialBuilder::default())).await??;
        Ok(rating)
    }

    /// The page of a book is worth another try.
    pub async fn rating_for_page(&self, book_id: Uuid) -> Option<Rating> {
        for _ in 0..3 {
            if let Ok(rating) = self.rating(book_id).await {
                return Some(rating);
            }
        }
        None
    }
}
