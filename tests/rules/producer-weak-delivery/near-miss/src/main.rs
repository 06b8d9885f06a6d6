use rdkafka::{
    ClientConfig,
    consumer::StreamConsumer,
    producer::{FutureProducer, FutureRecord},
};
use std::time::Duration;

async fn main() {
    let careful: FutureProducer = ClientConfig::new()
        .set("acks", "all")
        .set("enable.idempotence", "true")
        .create()
        .unwrap();
    let consumer: StreamConsumer = ClientConfig::new()
        .set("enable.auto.commit", "false")
        .create()
        .unwrap();
    let record = FutureRecord::to("orders").payload("p");
    if let Err((error, _)) = careful.send(record, Duration::ZERO).await {
        panic!("{error}");
    }
    let record = FutureRecord::to("orders").payload("p");
    let sent = careful.send(record, Duration::ZERO).await;
    sent.unwrap();
}
