use backon::{ExponentialBuilder, Retryable};

struct Files {
    s3: aws_sdk_s3::Client,
    http: reqwest::Client,
}

impl Files {
    /// The SDK makes three attempts by itself.
    async fn read(&self) {
        let get = || async { self.s3.get_object().bucket("a").key("b").send().await }; //~ retry-amplification
        let _ = get.retry(ExponentialBuilder::default()).await;
    }

    /// Both lie within the same two retries: one change mends them.
    async fn list(&self) {
        let list = || async {
            self.s3.head_object().bucket("a").key("c").send().await?; //~ retry-amplification
            self.s3.list_objects_v2().bucket("a").send().await
        };
        let _ = list.retry(ExponentialBuilder::default()).await;
    }

    async fn fetch(&self) -> reqwest::Result<reqwest::Response> {
        let get = || async { self.http.get("https://a.example").send().await }; //~ retry-amplification
        get.retry(ExponentialBuilder::default().with_max_times(4)).await
    }

    async fn patiently(&self) {
        for _ in 0..2 {
            if self.fetch().await.is_ok() {
                return;
            }
        }
    }
}

#[tokio::main]
async fn main() {
    let config = aws_config::load_from_env().await;
    let files = Files { s3: aws_sdk_s3::Client::new(&config), http: reqwest::Client::new() };
    files.read().await;
    files.list().await;
    files.patiently().await;
}
