use futures::StreamExt;
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicPublishOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use sqlx::PgPool;

/// First the acknowledgement, then the row.
async fn ship(channel: Channel, pool: PgPool) {
    let mut consumer = channel
        .basic_consume("orders", "shipping", BasicConsumeOptions::default(), FieldTable::default())
        .await
        .unwrap();
    while let Some(delivery) = consumer.next().await {
        let delivery = delivery.unwrap();
        delivery.ack(BasicAckOptions::default()).await.unwrap(); //~ the row is inserted below
        let order = String::from_utf8_lossy(&delivery.data).into_owned();
        sqlx::query("INSERT INTO shipments (order_id) VALUES ($1)").bind(order).execute(&pool).await.unwrap();
    }
}

/// The same, by a function; the message that follows is the effect.
async fn bill(channel: Channel) {
    let mut consumer = channel
        .basic_consume("shipments", "billing", BasicConsumeOptions::default(), FieldTable::default())
        .await
        .unwrap();
    while let Some(Ok(delivery)) = consumer.next().await {
        delivery
            .ack(BasicAckOptions::default()) //~ published by `pass_on`
            .await
            .unwrap();
        pass_on(&channel, &delivery).await;
    }
}

async fn pass_on(channel: &Channel, delivery: &Delivery) {
    channel
        .basic_publish("", "invoices", BasicPublishOptions::default(), &delivery.data, BasicProperties::default())
        .await
        .unwrap();
}

/// The broker forgets what it has sent.
async fn refund(channel: Channel, pool: PgPool) {
    let mut consumer = channel
        .basic_consume( //~ nothing is kept
            "refunds",
            "refunds",
            BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() },
            FieldTable::default(),
        )
        .await
        .unwrap();
    while let Some(Ok(delivery)) = consumer.next().await {
        let order = String::from_utf8_lossy(&delivery.data).into_owned();
        sqlx::query("UPDATE orders SET status = 'refunded' WHERE id = $1").bind(order).execute(&pool).await.unwrap();
    }
}

/// As it should be.
async fn cancel(channel: Channel, pool: PgPool) {
    let mut consumer = channel
        .basic_consume("cancellations", "shipping", BasicConsumeOptions::default(), FieldTable::default())
        .await
        .unwrap();
    while let Some(Ok(delivery)) = consumer.next().await {
        let order = String::from_utf8_lossy(&delivery.data).into_owned();
        sqlx::query("DELETE FROM shipments WHERE order_id = $1").bind(order).execute(&pool).await.unwrap();
        delivery.ack(BasicAckOptions::default()).await.unwrap();
    }
}

#[tokio::main]
async fn main() {
    let connection = Connection::connect("amqp://rabbitmq", ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    let pool = PgPool::connect("postgres://db/shop").await.unwrap();
    tokio::join!(
        ship(channel.clone(), pool.clone()),
        bill(channel.clone()),
        refund(channel.clone(), pool.clone()),
        cancel(channel, pool),
    );
}
