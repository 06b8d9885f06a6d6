//! The label printer in the warehouse; it has an HTTP API, and moods.

use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

pub struct LabelPrinter {
    http: reqwest::Client,
    base_url: String,
}

impl LabelPrinter {
    pub fn new(base_url: String) -> reqwest::Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(5))
            .build()?;
        Ok(Self { http, base_url })
    }

    /// No parcel leaves without a label.
    pub async fn print(&self, order_id: Uuid, tracking_code: &str) {
        let label = json!({ "order": order_id, "code": tracking_code });
        let url = format!("{}/labels", self.base_url);
        loop {
            match self.http.post(&url).json(&label).send().await {
                Ok(_) => return,
                Err(error) => tracing::warn!(%error, "no label yet"),
            }
        }
    }
}
