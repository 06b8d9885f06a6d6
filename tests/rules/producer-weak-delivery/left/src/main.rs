use lapin::{BasicProperties, Channel, options::BasicPublishOptions};

async fn main(channel: Channel) {
    let options = BasicPublishOptions::default();
    let sent = channel.basic_publish("", "orders", options, b"x", BasicProperties::default()); //~ never confirmed
    sent.await.unwrap();
    let options = BasicPublishOptions::default();
    let sent = channel.basic_publish("", "parcels", options, b"x", BasicProperties::default());
    sent.await.unwrap();
}
