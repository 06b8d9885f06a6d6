use rdkafka::{
    consumer::{Consumer, StreamConsumer},
    producer::{FutureProducer, FutureRecord},
};
async fn run(consumer: StreamConsumer, producer: FutureProducer) {
    consumer.subscribe(&["orders", "parcels"]).unwrap();
    loop {
        let _ = consumer.recv().await;
        let _ = producer.send(FutureRecord::to("orders").payload(""), T).await;
        let _ = producer.send(FutureRecord::to("parcels").payload(""), T).await;
    }
}
fn main() {}
