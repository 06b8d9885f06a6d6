use tonic::transport::{Channel, Endpoint};
use tower::ServiceBuilder;
use tower_resilience::circuitbreaker::CircuitBreakerLayer;

pub mod pay {
    tonic::include_proto!("pay");
}
use pay::pay_client::PayClient;

async fn covered(channel: Channel) {
    let breaker = CircuitBreakerLayer::builder().failure_rate_threshold(0.5).build();
    let channel = ServiceBuilder::new().layer(breaker).service(channel);
    let _ = PayClient::new(channel).charge(()).await;
}

async fn uncovered(channel: Channel) {
    let channel = ServiceBuilder::new().concurrency_limit(4).service(channel);
    let _ = PayClient::new(channel).charge(()).await; //~ outbound-call-without-breaker
}

#[tokio::main]
async fn main() {
    let channel = Endpoint::from_static("http://pay:50051").connect_lazy();
    covered(channel.clone()).await;
    uncovered(channel).await;
}
