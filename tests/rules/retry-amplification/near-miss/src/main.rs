use backon::{ExponentialBuilder, Retryable};

/// Three times three are nine.
async fn nine(s3: &aws_sdk_s3::Client) {
    let get = || async { s3.get_object().bucket("a").key("b").send().await };
    let _ = get.retry(ExponentialBuilder::default().with_max_times(2)).await;
}

/// One retry, however many attempts.
async fn many(http: &reqwest::Client) {
    let get = || async { http.get("https://a.example").send().await };
    let _ = get.retry(ExponentialBuilder::default().with_max_times(20)).await;
}

/// Two ways with one retry each.
async fn fetch(http: &reqwest::Client) -> reqwest::Result<reqwest::Response> {
    http.get("https://b.example").send().await
}

async fn one(http: &reqwest::Client) {
    let _ = (|| async { fetch(http).await }).retry(ExponentialBuilder::default()).await;
}

async fn other(http: &reqwest::Client) {
    for _ in 0..5 {
        if fetch(http).await.is_ok() {
            return;
        }
    }
}

/// How many there are is not seen.
async fn configured(s3: &aws_sdk_s3::Client, times: usize) {
    let get = || async { s3.get_object().bucket("a").key("b").send().await };
    let _ = get.retry(ExponentialBuilder::default().with_max_times(times)).await;
}

#[tokio::main]
async fn main() {
    let s3 = aws_sdk_s3::Client::new(&aws_config::load_from_env().await);
    let http = reqwest::Client::new();
    nine(&s3).await;
    many(&http).await;
    one(&http).await;
    other(&http).await;
    configured(&s3, 2).await;
}
