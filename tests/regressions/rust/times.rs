use std::time::Duration;
async fn f() { let c = reqwest::Client::builder().timeout(Duration::from_secs(u64::MAX)).connect_timeout(Duration::from_secs(18446744073709551615) * 4294967295).build().unwrap(); for _ in 0..18446744073709551615 { if c.get("http://é/{}{").timeout(Duration::from_millis(99999999999999999)).send().await.is_ok() { break; } tokio::time::sleep(Duration::from_secs_f64(1e308)).await; } }
fn main() { f(); }
