use futures::StreamExt;
use lapin::options::{BasicAckOptions, BasicConsumeOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties};
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::{ClientConfig, Message};

#[derive(serde::Deserialize)]
struct Payment {
    message_id: uuid::Uuid,
    account: i64,
    amount: i64,
}

#[derive(serde::Deserialize)]
struct Moved {
    id: i64,
    email: String,
}

#[derive(serde::Deserialize)]
struct Left {
    id: i64,
}

/// The second delivery inserts no id, and is left alone.
async fn keep_balances(consumer: StreamConsumer, pool: sqlx::PgPool) {
    loop {
        let message = consumer.recv().await.unwrap();
        let payment: Payment = serde_json::from_slice(message.payload().unwrap()).unwrap();
        let mut tx = pool.begin().await.unwrap();
        let first = sqlx::query("INSERT INTO processed (message_id) VALUES ($1) ON CONFLICT DO NOTHING")
            .bind(payment.message_id)
            .execute(&mut *tx)
            .await
            .unwrap();
        if first.rows_affected() == 0 {
            continue;
        }
        sqlx::query("UPDATE balances SET amount = amount + $2 WHERE account = $1")
            .bind(payment.account)
            .bind(payment.amount)
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}

/// The row itself holds the id of the message.
async fn keep_entries(consumer: StreamConsumer, pool: sqlx::PgPool) {
    loop {
        let message = consumer.recv().await.unwrap();
        let payment: Payment = serde_json::from_slice(message.payload().unwrap()).unwrap();
        let _ = sqlx::query("INSERT INTO entries (message_id, amount) VALUES ($1, $2)")
            .bind(payment.message_id)
            .bind(payment.amount)
            .execute(&pool)
            .await;
    }
}

async fn keep_addresses(consumer: StreamConsumer, pool: sqlx::PgPool) {
    loop {
        let message = consumer.recv().await.unwrap();
        let moved: Moved = serde_json::from_slice(message.payload().unwrap()).unwrap();
        sqlx::query("UPDATE customers SET email = $2, updated_at = now() WHERE id = $1")
            .bind(moved.id)
            .bind(moved.email)
            .execute(&pool)
            .await
            .unwrap();
    }
}

async fn forget(channel: Channel, pool: sqlx::PgPool) {
    let mut consumer = channel
        .basic_consume("left", "shop", BasicConsumeOptions::default(), FieldTable::default())
        .await
        .unwrap();
    while let Some(delivery) = consumer.next().await {
        let delivery = delivery.unwrap();
        let left: Left = serde_json::from_slice(&delivery.data).unwrap();
        sqlx::query("DELETE FROM customers WHERE id = $1").bind(left.id).execute(&pool).await.unwrap();
        delivery.ack(BasicAckOptions::default()).await.unwrap();
    }
}

fn consumer(group: &str, topic: &str) -> StreamConsumer {
    let consumer: StreamConsumer =
        ClientConfig::new().set("bootstrap.servers", "kafka:9092").set("group.id", group).create().unwrap();
    consumer.subscribe(&[topic]).unwrap();
    consumer
}

#[tokio::main]
async fn main() {
    let pool = sqlx::PgPool::connect("postgres://db/shop").await.unwrap();
    let connection = Connection::connect("amqp://rabbitmq", ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    tokio::join!(
        keep_balances(consumer("balances", "payments"), pool.clone()),
        keep_entries(consumer("entries", "payments"), pool.clone()),
        keep_addresses(consumer("addresses", "customers"), pool.clone()),
        forget(channel, pool),
    );
}
