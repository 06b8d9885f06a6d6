use lapin::{
    Channel,
    options::{BasicConsumeOptions, QueueDeclareOptions},
    types::FieldTable,
};

async fn main(channel: Channel) {
    let mut arguments = FieldTable::default();
    arguments.insert("x-dead-letter-exchange".into(), "orders.dead".into());
    let options = QueueDeclareOptions::default();
    let made = channel.queue_declare("orders", options, arguments);
    made.await.unwrap();
    let taken = channel.basic_consume("orders", "shop", BasicConsumeOptions::default(), FieldTable::default());
    taken.await.unwrap();
}
