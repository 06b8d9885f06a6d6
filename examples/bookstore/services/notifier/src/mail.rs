//! The mail provider's HTTP API.

use crate::ShipmentCreated;
use failsafe::backoff::{self, Exponential};
use failsafe::failure_policy::{self, ConsecutiveFailures};
use failsafe::futures::CircuitBreaker;
use failsafe::{Config, Error, StateMachine};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

pub struct Mailer {
    http: reqwest::Client,
    base_url: String,
    breaker: StateMachine<ConsecutiveFailures<Exponential>, ()>,
    bounced: Mutex<BTreeSet<String>>,
}

impl Mailer {
    pub fn new(base_url: String) -> Self {
        let backoff = backoff::exponential(Duration::from_secs(10), Duration::from_secs(120));
        Self {
            http: reqwest::Client::new(),
            base_url,
            breaker: Config::new()
                .failure_policy(failure_policy::consecutive_failures(3, backoff))
                .build(),
            bounced: Mutex::default(),
        }
    }

    pub async fn send_dispatch_notice(
        &self,
        shipment: &ShipmentCreated,
    ) -> Result<(), Error<reqwest::Error>> {
        let mail = json!({
            "to": shipment.customer_email,
            "template": "dispatch-notice",
            "values": { "order": shipment.order_id, "tracking_code": shipment.tracking_code },
        });
        self.breaker
            .call(async {
                let request = self
                    .http
                    .post(self.messages_url())
                    .timeout(Duration::from_secs(3))
                    .json(&mail);
                request.send().await?.error_for_status()
            })
            .await?;
        Ok(())
    }

    pub async fn send_survey(&self, shipment: &ShipmentCreated) -> reqwest::Result<()> {
        let mail = json!({
            "to": shipment.customer_email,
            "template": "survey",
            "values": { "order": shipment.order_id },
        });
        self.http
            .post(self.messages_url())
            .json(&mail)
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }

    /// Remembers an address that does not take mail.
    pub fn never_again(&self, address: &str) {
        let mut bounced = self.bounced.lock().unwrap_or_else(PoisonError::into_inner);
        bounced.insert(address.to_owned());
    }

    fn messages_url(&self) -> String {
        format!("{}/messages", self.base_url)
    }
}
