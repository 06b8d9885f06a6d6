use rdkafka::producer::{FutureProducer, FutureRecord};
async fn run(producer: FutureProducer) {
    let _ = producer.send(FutureRecord::to("orders").payload(""), T).await;
}
fn main() {}
