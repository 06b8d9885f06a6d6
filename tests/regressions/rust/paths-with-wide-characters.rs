use warp::Filter;
async fn main() {
    let a = warp::path("é").and(warp::path("/"));
    let b = warp::path("🚀").and(warp::path("é").and(warp::path("/")));
    warp::serve(a.or(b).map(|| "x")).run(([0, 0, 0, 0], 80)).await;
}
