//! The payment partner, behind a timeout and a circuit breaker.

use failsafe::backoff::{self, Exponential};
use failsafe::failure_policy::{self, ConsecutiveFailures};
use failsafe::futures::CircuitBreaker;
use failsafe::{Config, Error, StateMachine};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

#[derive(Clone)]
pub struct PaymentsClient {
    http: reqwest::Client,
    base_url: String,
    breaker: StateMachine<ConsecutiveFailures<Exponential>, ()>,
}

#[derive(Serialize)]
pub struct Charge {
    pub order_id: Uuid,
    pub amount_cents: i64,
}

#[derive(Deserialize)]
pub struct Receipt {
    /// `captured` or `declined`.
    pub status: String,
}

impl PaymentsClient {
    pub fn new(base_url: String) -> reqwest::Result<Self> {
        let backoff = backoff::exponential(Duration::from_secs(5), Duration::from_secs(60));
        Ok(Self {
            http: reqwest::Client::builder()
                .timeout(Duration::from_secs(3))
                .build()?,
            base_url,
            breaker: Config::new()
                .failure_policy(failure_policy::consecutive_failures(5, backoff))
                .build(),
        })
    }

    /// The partner charges once per key, however often it is asked.
    pub async fn charge(
        &self,
        key: &str,
        charge: &Charge,
    ) -> Result<Receipt, Error<reqwest::Error>> {
        self.breaker
            .call(async {
                let url = format!("{}/charges", self.base_url);
                let request = self
                    .http
                    .post(url)
                    .header("Idempotency-Key", key)
                    .json(charge);
                request.send().await?.error_for_status()?.json().await
            })
            .await
    }
}
