use futures::StreamExt;
use lapin::options::{BasicAckOptions, BasicConsumeOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message as Mail, Tokio1Executor};
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::{ClientConfig, Message};
use std::time::Duration;

#[derive(serde::Deserialize)]
struct Payment {
    account: i64,
    amount: i64,
}

#[derive(serde::Deserialize)]
struct Level {
    book: i64,
    level: i64,
}

/// A row for each delivery.
async fn keep_entries(consumer: StreamConsumer, pool: sqlx::PgPool) {
    loop {
        let message = consumer.recv().await.unwrap(); //~
        let payment: Payment = serde_json::from_slice(message.payload().unwrap()).unwrap();
        sqlx::query("INSERT INTO entries (account, amount) VALUES ($1, $2)")
            .bind(payment.account)
            .bind(payment.amount)
            .execute(&pool)
            .await
            .unwrap();
    }
}

/// The amount is added in a helper.
async fn keep_balances(consumer: StreamConsumer, pool: sqlx::PgPool) {
    while let Ok(message) = consumer.recv().await { //~
        let payment: Payment = serde_json::from_slice(message.payload().unwrap()).unwrap();
        add(&pool, &payment).await;
    }
}

async fn add(pool: &sqlx::PgPool, payment: &Payment) {
    sqlx::query("UPDATE balances SET amount = amount + $2 WHERE account = $1")
        .bind(payment.account)
        .bind(payment.amount)
        .execute(pool)
        .await
        .unwrap();
}

async fn refund(consumer: StreamConsumer, http: reqwest::Client) {
    loop {
        let message = consumer.recv().await.unwrap(); //~
        let body = message.payload().unwrap().to_vec();
        http.post("https://pay.example/refunds").body(body).send().await.unwrap();
    }
}

/// Acknowledged after the mail: one that dies between the two sends it again.
async fn mail(channel: Channel, mailer: AsyncSmtpTransport<Tokio1Executor>) {
    let mut consumer = channel
        .basic_consume("mails", "shop", BasicConsumeOptions::default(), FieldTable::default()) //~
        .await
        .unwrap();
    while let Some(delivery) = consumer.next().await {
        let delivery = delivery.unwrap();
        let text = String::from_utf8(delivery.data.clone()).unwrap();
        let mail = Mail::builder()
            .from("shop@shop.example".parse().unwrap())
            .to("support@shop.example".parse().unwrap())
            .body(text)
            .unwrap();
        mailer.send(mail).await.unwrap();
        delivery.ack(BasicAckOptions::default()).await.unwrap();
    }
}

/// The message says how many there are, not how many more.
async fn keep_stock(consumer: StreamConsumer, pool: sqlx::PgPool) {
    loop {
        let message = consumer.recv().await.unwrap();
        let level: Level = serde_json::from_slice(message.payload().unwrap()).unwrap();
        sqlx::query(
            "INSERT INTO stock (book, level) VALUES ($1, $2)
             ON CONFLICT (book) DO UPDATE SET level = EXCLUDED.level",
        )
        .bind(level.book)
        .bind(level.level)
        .execute(&pool)
        .await
        .unwrap();
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
    let http = reqwest::Client::builder().timeout(Duration::from_secs(5)).build().unwrap();
    let mailer = AsyncSmtpTransport::<Tokio1Executor>::relay("smtp.example").unwrap().build();
    let connection = Connection::connect("amqp://rabbitmq", ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    tokio::join!(
        keep_entries(consumer("entries", "payments"), pool.clone()),
        keep_balances(consumer("balances", "payments"), pool.clone()),
        refund(consumer("refunds", "cancellations"), http),
        mail(channel, mailer),
        keep_stock(consumer("stock", "levels"), pool),
    );
}
