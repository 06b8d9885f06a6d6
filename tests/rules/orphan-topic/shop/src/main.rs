use rdkafka::{
    consumer::{Consumer, StreamConsumer},
    producer::{FutureProducer, FutureRecord},
};
async fn run(consumer: StreamConsumer, producer: FutureProducer) {
    consumer.subscribe(&["orders", "parcel"]).unwrap(); //~ nothing sends to `parcel`
    loop {
        let _ = consumer.recv().await;
        let _ = producer.send(FutureRecord::to("orders").payload(""), T).await;
        let _ = producer.send(FutureRecord::to("parcels").payload(""), T).await; //~ nothing takes from `parcels`
    }
}
fn main() {}
