use rdkafka::{
    ClientConfig,
    producer::{FutureProducer, FutureRecord},
};
use std::time::Duration;

const NEVER: &str = "0";

async fn main() {
    let careless: FutureProducer = ClientConfig::new()
        .set("bootstrap.servers", "kafka:9092")
        .set("acks", NEVER) //~ nothing is confirmed
        .create()
        .unwrap();
    let hasty: FutureProducer = ClientConfig::new()
        .set("request.required.acks", "1") //~ by one broker only
        .set("enable.idempotence", "false") //~ stored twice
        .create()
        .unwrap();
    let record = FutureRecord::to("orders").payload("p");
    careless.send(record, Duration::ZERO).await.unwrap();
    let record = FutureRecord::to("orders").payload("p");
    let _ = hasty.send(record, Duration::ZERO).await; //~ the report is dropped
}
