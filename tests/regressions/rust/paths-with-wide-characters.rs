use warp::Filter;
async fn h() {}
async fn main() {
    let a = warp::path("é").and(warp::path("/").and(warp::get()).map(h));
    let b = warp::path("aé").and(warp::post().and(warp::path("b/")).and_then(h));
    let c = warp::path("🚀").and(warp::path("/é/").and(warp::get()).and_then(h));
    warp::serve(a.or(b).or(c)).run(([0, 0, 0, 0], 80)).await;
}
