use axum::extract::State;
use axum::routing::post;
use axum::Router;
use rdkafka::consumer::StreamConsumer;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

struct Order {
    id: u64,
}

struct Parcel {
    id: u64,
}

#[derive(Clone)]
struct App {
    orders: UnboundedSender<Order>,
}

async fn place(State(app): State<App>) {
    let _ = app.orders.send(Order { id: 1 }); //~ unbounded-buffer
}

/// The same queue: said once.
async fn place_again(State(app): State<App>) {
    let _ = app.orders.send(Order { id: 2 });
}

async fn consume(consumer: StreamConsumer, parcels: UnboundedSender<Parcel>) {
    while let Ok(message) = consumer.recv().await {
        let _ = parcels.send(Parcel { id: message.offset() as u64 }); //~ unbounded-buffer
    }
}

async fn work(mut orders: UnboundedReceiver<Order>) {
    while let Some(order) = orders.recv().await {
        println!("{}", order.id);
    }
}

#[tokio::main]
async fn main() {
    let (orders, waiting) = mpsc::unbounded_channel();
    let (parcels, _) = mpsc::unbounded_channel();
    let consumer: StreamConsumer = rdkafka::ClientConfig::new().create().unwrap();
    tokio::spawn(consume(consumer, parcels));
    tokio::spawn(work(waiting));
    let _app: Router = Router::new()
        .route("/orders", post(place))
        .route("/again", post(place_again))
        .with_state(App { orders });
}
