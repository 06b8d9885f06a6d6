mod prices;

pub use prices::Prices;

/// The dependency is renamed in the manifest, and still the crate it is.
pub async fn ask(url: &str) {
    let _ = http::get(url).await; //~ a function of the crate
}
