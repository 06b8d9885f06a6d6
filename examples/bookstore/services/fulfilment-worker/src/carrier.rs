//! The carrier that picks parcels up.

use anyhow::{Context, Result};
use failsafe::futures::CircuitBreaker;
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

pub struct Carrier {
    http: reqwest::Client,
    base_url: String,
}

#[derive(Deserialize)]
pub struct Pickup {
    pub tracking_code: String,
}

impl Carrier {
    pub fn new(base_url: String) -> Self {
        Self {
            http: reqwest::Client::new(),
            base_url,
        }
    }

    pub async fn book_pickup(&self, order_id: Uuid, parcels: i32) -> Result<Pickup> {
        let url = format!("{}/pickups", self.base_url);
        let booking = json!({ "reference": order_id, "parcels": parcels });
        let pickup = tokio::time::timeout(Duration::from_secs(2), async {
            self.http
                .post(url)
                .json(&booking)
                .send()
                .await?
                .error_for_status()?
                .json()
                .await
        })
        .await
        .context("the carrier took too long")??;
        Ok(pickup)
    }

    /// When the parcels are fetched; good to know, and no more.
    pub async fn pickup_day(
        &self,
        tracking_code: &str,
    ) -> Result<String, failsafe::Error<reqwest::Error>> {
        let breaker = failsafe::Config::new().build();
        let url = format!("{}/pickups/{tracking_code}/day", self.base_url);
        let request = self.http.get(url).timeout(Duration::from_secs(1));
        breaker
            .call(async { request.send().await?.error_for_status()?.text().await })
            .await
    }
}
