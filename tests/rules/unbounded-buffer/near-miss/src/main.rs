use axum::extract::State;
use axum::routing::post;
use axum::Router;
use tokio::sync::mpsc::{self, Sender, UnboundedSender};

struct Order {
    id: u64,
}

enum ShutdownSignal {
    Now,
}

struct Line(String);

#[derive(Clone)]
struct App {
    orders: Sender<Order>,
    stop: UnboundedSender<ShutdownSignal>,
    ticks: UnboundedSender<()>,
}

async fn place(State(app): State<App>) {
    let _ = app.orders.send(Order { id: 1 }).await;
}

async fn stop(State(app): State<App>) {
    let _ = app.stop.send(ShutdownSignal::Now);
    let _ = app.ticks.send(());
}

/// Nobody outside decides how many lines there are.
fn read(lines: UnboundedSender<Line>) {
    let _ = lines.send(Line("one".to_owned()));
}

#[tokio::main]
async fn main() {
    let (orders, _) = mpsc::channel(8);
    let (stop_sender, _) = mpsc::unbounded_channel();
    let (ticks, _) = mpsc::unbounded_channel();
    let (lines, _) = mpsc::unbounded_channel();
    read(lines);
    let _app: Router = Router::new()
        .route("/orders", post(place))
        .route("/stop", post(stop))
        .with_state(App { orders, stop: stop_sender, ticks });
}
