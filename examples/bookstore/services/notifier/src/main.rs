//! Tells customers that their books are on the way.

mod bounces;
mod mail;

use crate::mail::Mailer;
use anyhow::{Context, Result};
use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
use rdkafka::{ClientConfig, Message};
use serde::Deserialize;
use uuid::Uuid;

#[derive(Deserialize)]
pub struct ShipmentCreated {
    order_id: Uuid,
    tracking_code: String,
    customer_email: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt::init();

    let mail_api =
        std::env::var("MAIL_API_URL").unwrap_or_else(|_| "https://api.mailprovider.example".into());
    let mailer = Mailer::new(mail_api);
    let consumer: StreamConsumer = ClientConfig::new()
        .set(
            "bootstrap.servers",
            std::env::var("KAFKA_BROKERS").context("KAFKA_BROKERS is not set")?,
        )
        .set("group.id", "notifier")
        .set("enable.auto.commit", "false")
        .create()?;
    consumer.subscribe(&["shipments.created"])?;

    let reviews: StreamConsumer = ClientConfig::new()
        .set(
            "bootstrap.servers",
            std::env::var("KAFKA_BROKERS").context("KAFKA_BROKERS is not set")?,
        )
        .set("group.id", "notifier-reviews")
        .set("enable.auto.commit", "false")
        .create()?;
    reviews.subscribe(&["shipments.delivered"])?;
    let bounces = std::env::var("BOUNCES_URL").context("BOUNCES_URL is not set")?;
    tokio::try_join!(
        send_notices(&consumer, &mailer),
        ask_for_reviews(&reviews, &mailer),
        bounces::take(&bounces, &mailer),
    )?;
    Ok(())
}

async fn send_notices(consumer: &StreamConsumer, mailer: &Mailer) -> Result<()> {
    loop {
        let message = consumer.recv().await?;
        match serde_json::from_slice(message.payload().unwrap_or_default()) {
            Ok(shipment) => notify(mailer, &shipment).await,
            Err(error) => {
                tracing::error!(%error, offset = message.offset(), "unreadable shipment skipped")
            }
        }
        consumer.commit_message(&message, CommitMode::Async)?;
    }
}

/// The message is done with before the mail is sent: a crash between the two loses the mail.
async fn ask_for_reviews(consumer: &StreamConsumer, mailer: &Mailer) -> Result<()> {
    loop {
        let message = consumer.recv().await?;
        let shipment: ShipmentCreated =
            serde_json::from_slice(message.payload().unwrap_or_default())?;
        consumer.commit_message(&message, CommitMode::Async)?;
        mailer.send_survey(&shipment).await?;
    }
}

/// A mail that fails is logged and left: it must not hold up the mails behind it.
async fn notify(mailer: &Mailer, shipment: &ShipmentCreated) {
    if let Err(error) = mailer.send_dispatch_notice(shipment).await {
        tracing::warn!(%error, order_id = %shipment.order_id, "no dispatch notice");
    }
    if let Err(error) = mailer.send_survey(shipment).await {
        tracing::warn!(%error, order_id = %shipment.order_id, "no survey");
    }
}
