//! The pricing partner: discounts and taxes for an order.

use serde::Deserialize;
use uuid::Uuid;

#[derive(Clone)]
pub struct PricingClient {
    http: reqwest::Client,
    base_url: String,
}

#[derive(Deserialize)]
pub struct Quote {
    pub total_cents: i64,
}

impl PricingClient {
    pub fn new(base_url: String) -> Self {
        Self {
            http: reqwest::Client::new(),
            base_url,
        }
    }

    pub async fn quote(&self, book_id: Uuid, quantity: i32) -> reqwest::Result<Quote> {
        let url = format!("{}/quotes/{book_id}?quantity={quantity}", self.base_url);
        self.http
            .get(url)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await
    }
}
