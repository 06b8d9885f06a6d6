use axum::{Router, routing::get};
fn r() -> Router { Router::new().nest("é", r()).route("", get(h)).route("/{", get(h)).route("/:é/*🚀", get(h)).merge(r()) }
async fn h() {}
#[get("é{")] fn g() {}
#[post] fn p() {}
fn main() { r(); }
