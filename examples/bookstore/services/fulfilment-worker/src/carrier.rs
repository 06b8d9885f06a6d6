//! The carrier that picks parcels up.

use anyhow::{Context, Result};
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
}
