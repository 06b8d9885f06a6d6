use std::time::Duration;
use tokio_retry::strategy::ExponentialBackoff;
use tokio_retry::Retry;

async fn capped(http: &reqwest::Client) {
    let mut attempt = 0;
    loop {
        match http.get("https://a.example").send().await {
            Ok(_) => return,
            Err(_) if attempt > 3 => return,
            Err(_) => attempt += 1,
        }
    }
}

async fn counted(http: &reqwest::Client) {
    let mut tries = 0;
    let answer = loop {
        match http.get("https://e.example").send().await {
            Ok(answer) => break Some(answer),
            Err(_) => tries += 1,
        }
        if tries >= 3 {
            break None;
        }
    };
    drop(answer);
}

async fn taken(http: &reqwest::Client) {
    let strategy = ExponentialBackoff::from_millis(10).take(3);
    let _ = Retry::spawn(strategy, || http.get("https://b.example").send()).await;
}

async fn supervised(http: &reqwest::Client) {
    loop {
        match http.get("https://c.example").send().await {
            Ok(_) => return,
            Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
        }
    }
}

/// Page after page: a failure ends it.
async fn pages(http: &reqwest::Client) -> reqwest::Result<()> {
    loop {
        let page = http.get("https://d.example").send().await?;
        if page.status().is_success() {
            continue;
        }
        return Ok(());
    }
}

/// A queue: success goes on to the next.
async fn queue(http: &reqwest::Client, mut jobs: tokio::sync::mpsc::Receiver<String>) {
    while let Some(job) = jobs.recv().await {
        if let Err(error) = http.get(&job).send().await {
            eprintln!("{error}");
        }
    }
}

/// Other hosts, and not the same again.
async fn mirrors(http: &reqwest::Client, mirrors: Vec<String>) -> Option<reqwest::Response> {
    for mirror in mirrors {
        if let Ok(answer) = http.get(mirror).send().await {
            return Some(answer);
        }
    }
    None
}

#[tokio::main]
async fn main() {
    let http = reqwest::Client::new();
    counted(&http).await;
    capped(&http).await;
    taken(&http).await;
    supervised(&http).await;
    let _ = pages(&http).await;
    let (_, jobs) = tokio::sync::mpsc::channel(1);
    queue(&http, jobs).await;
    mirrors(&http, Vec::new()).await;
}
