use futures::StreamExt;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicNackOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties};
use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
use rdkafka::{ClientConfig, Message};
use sqlx::PgPool;
use std::collections::HashMap;

#[derive(serde::Deserialize)]
struct Order {
    id: i64,
}

/// Acknowledged at once is what nobody can read, and what was done before.
async fn ship(channel: Channel, pool: PgPool) {
    let mut consumer = channel
        .basic_consume("orders", "shipping", BasicConsumeOptions::default(), FieldTable::default())
        .await
        .unwrap();
    while let Some(Ok(delivery)) = consumer.next().await {
        let Ok(order) = serde_json::from_slice::<Order>(&delivery.data) else {
            delivery.ack(BasicAckOptions::default()).await.unwrap();
            continue;
        };
        let known: Option<i64> = sqlx::query_scalar("SELECT order_id FROM shipments WHERE order_id = $1")
            .bind(order.id)
            .fetch_optional(&pool)
            .await
            .unwrap();
        if known.is_some() {
            delivery.ack(BasicAckOptions::default()).await.unwrap();
            continue;
        }
        match insert(&pool, order.id).await {
            Ok(()) => delivery.ack(BasicAckOptions::default()).await.unwrap(),
            Err(_) => delivery.nack(BasicNackOptions { requeue: true, ..BasicNackOptions::default() }).await.unwrap(),
        };
    }
}

async fn insert(pool: &PgPool, order: i64) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO shipments (order_id) VALUES ($1)").bind(order).execute(pool).await?;
    Ok(())
}

/// Only printed.
async fn watch(channel: Channel) {
    let mut consumer = channel
        .basic_consume("orders.log", "watch", BasicConsumeOptions::default(), FieldTable::default())
        .await
        .unwrap();
    while let Some(Ok(delivery)) = consumer.next().await {
        delivery.ack(BasicAckOptions::default()).await.unwrap();
        println!("{}", String::from_utf8_lossy(&delivery.data));
    }
}

/// Counted in memory: a price that is lost is followed by the next.
async fn prices(channel: Channel) {
    let mut consumer = channel
        .basic_consume(
            "prices",
            "watch",
            BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() },
            FieldTable::default(),
        )
        .await
        .unwrap();
    let mut seen: HashMap<String, u64> = HashMap::new();
    while let Some(Ok(delivery)) = consumer.next().await {
        *seen.entry(delivery.routing_key.to_string()).or_default() += 1;
    }
}

/// The offset is committed when the work is done.
async fn stock(consumer: StreamConsumer, pool: PgPool) {
    consumer.subscribe(&["stock"]).unwrap();
    loop {
        let message = consumer.recv().await.unwrap();
        let item = String::from_utf8_lossy(message.payload().unwrap_or_default()).into_owned();
        sqlx::query("UPDATE items SET available = true WHERE name = $1").bind(item).execute(&pool).await.unwrap();
        consumer.commit_message(&message, CommitMode::Async).unwrap();
    }
}

#[tokio::main]
async fn main() {
    let connection = Connection::connect("amqp://rabbitmq", ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    let pool = PgPool::connect("postgres://db/shop").await.unwrap();
    let kafka: StreamConsumer = ClientConfig::new()
        .set("bootstrap.servers", "kafka:9092")
        .set("group.id", "stock")
        .set("enable.auto.commit", "false")
        .create()
        .unwrap();
    tokio::join!(
        ship(channel.clone(), pool.clone()),
        watch(channel.clone()),
        prices(channel),
        stock(kafka, pool),
    );
}
