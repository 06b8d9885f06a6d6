//! Turns placed orders into shipments.

mod carrier;
mod labels;

use crate::carrier::Carrier;
use crate::labels::LabelPrinter;
use anyhow::{Context, Result};
use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{ClientConfig, Message};
use serde::Deserialize;
use serde_json::json;
use sqlx::PgPool;
use std::time::Duration;
use uuid::Uuid;

#[derive(Deserialize)]
struct OrderPlaced {
    order_id: Uuid,
    quantity: i32,
    customer_email: String,
}

struct Worker {
    db: PgPool,
    events: FutureProducer,
    carrier: Carrier,
    labels: LabelPrinter,
}

/// Any error ends the process; it is started again and takes the message once more.
#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt::init();

    let brokers = env("KAFKA_BROKERS")?;
    let worker = Worker {
        db: PgPool::connect(&env("DATABASE_URL")?).await?,
        events: ClientConfig::new()
            .set("bootstrap.servers", &brokers)
            .create()?,
        carrier: Carrier::new(env("CARRIER_URL")?),
        labels: LabelPrinter::new(env("LABEL_PRINTER_URL")?)?,
    };
    let consumer: StreamConsumer = ClientConfig::new()
        .set("bootstrap.servers", &brokers)
        .set("group.id", "fulfilment-worker")
        .set("auto.offset.reset", "earliest")
        .set("enable.auto.commit", "false")
        .create()?;
    consumer.subscribe(&["orders.placed"])?;

    loop {
        let message = consumer.recv().await?;
        match serde_json::from_slice(message.payload().unwrap_or_default()) {
            Ok(order) => worker.ship(&order).await?,
            Err(error) => {
                tracing::error!(%error, offset = message.offset(), "unreadable order skipped")
            }
        }
        consumer.commit_message(&message, CommitMode::Async)?;
    }
}

impl Worker {
    async fn ship(&self, order: &OrderPlaced) -> Result<()> {
        let pickup = self
            .carrier
            .book_pickup(order.order_id, order.quantity)
            .await?;
        self.labels
            .print(order.order_id, &pickup.tracking_code)
            .await;
        let day = self.carrier.pickup_day(&pickup.tracking_code).await.ok();

        let id = Uuid::new_v4();
        sqlx::query("INSERT INTO shipments (id, order_id, tracking_code) VALUES ($1, $2, $3)")
            .bind(id)
            .bind(order.order_id)
            .bind(&pickup.tracking_code)
            .execute(&self.db)
            .await?;

        let event = json!({
            "shipment_id": id,
            "order_id": order.order_id,
            "tracking_code": pickup.tracking_code,
            "pickup_day": day,
            "customer_email": order.customer_email,
        });
        let (key, payload) = (order.order_id.to_string(), event.to_string());
        let record = FutureRecord::to("shipments.created")
            .key(&key)
            .payload(&payload);
        self.events
            .send(record, Duration::from_secs(5))
            .await
            .map_err(|(error, _)| error)?;
        Ok(())
    }
}

fn env(name: &str) -> Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set"))
}
