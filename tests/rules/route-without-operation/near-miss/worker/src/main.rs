use axum::http::StatusCode;
use axum::routing::post;
use axum::Router;

/// No contract describes anything of this package.
async fn run() -> StatusCode {
    StatusCode::ACCEPTED
}

#[tokio::main]
async fn main() {
    let app = Router::new()
        .route("/jobs", post(run))
        .route("/jobs/stop", post(run));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8081").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
