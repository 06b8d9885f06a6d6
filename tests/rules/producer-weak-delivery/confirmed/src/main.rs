use lapin::{
    BasicProperties, Channel,
    options::{BasicPublishOptions, ConfirmSelectOptions},
};

async fn main(channel: Channel) {
    channel
        .confirm_select(ConfirmSelectOptions::default())
        .await
        .unwrap();
    let options = BasicPublishOptions::default();
    let sent = channel.basic_publish("", "orders", options, b"x", BasicProperties::default());
    sent.await.unwrap().await.unwrap();
}
