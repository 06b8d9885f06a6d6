use lapin::{Channel, options::BasicConsumeOptions, types::FieldTable};

async fn main(channel: Channel) {
    let taken = channel.basic_consume("orders", "shop", BasicConsumeOptions::default(), FieldTable::default());
    taken.await.unwrap();
}
