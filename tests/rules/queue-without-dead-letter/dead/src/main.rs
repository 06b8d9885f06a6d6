use lapin::{
    Channel,
    options::{BasicConsumeOptions, QueueDeclareOptions},
    types::FieldTable,
};

async fn main(channel: Channel) {
    let options = QueueDeclareOptions::default();
    let made = channel.queue_declare("orders.dlq", options, FieldTable::default());
    made.await.unwrap();
    let taken = channel.basic_consume("orders.dlq", "shop", BasicConsumeOptions::default(), FieldTable::default());
    taken.await.unwrap();
}
