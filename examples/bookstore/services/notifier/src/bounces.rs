//! Addresses that do not take mail, from the queue of the mail provider.

use crate::mail::Mailer;
use anyhow::{Context, Result};
use futures::StreamExt;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicNackOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties};

/// What cannot be worked goes back to the queue, and comes again at once.
pub async fn take(url: &str, mailer: &Mailer) -> Result<()> {
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    let durable = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    channel
        .queue_declare("mail.bounced", durable, FieldTable::default())
        .await?;
    let mut bounces = channel
        .basic_consume(
            "mail.bounced",
            "notifier",
            BasicConsumeOptions::default(),
            FieldTable::default(),
        )
        .await?;
    while let Some(delivery) = bounces.next().await {
        let delivery = delivery.context("the queue is gone")?;
        match std::str::from_utf8(&delivery.data) {
            Ok(address) => {
                mailer.never_again(address);
                delivery.ack(BasicAckOptions::default()).await?;
            }
            Err(error) => {
                tracing::error!(%error, "unreadable address");
                let again = BasicNackOptions {
                    requeue: true,
                    ..BasicNackOptions::default()
                };
                delivery.nack(again).await?;
            }
        }
    }
    Ok(())
}
