mod breaker;

use breaker::{CircuitBreaker, Door, DoorState, Fuse, traced};
use std::sync::Arc;

struct Partners {
    http: reqwest::Client,
    fuse: Arc<Fuse>,
    breaker: Arc<CircuitBreaker>,
    door: Door,
}

impl Partners {
    async fn in_a_closure(&self) {
        let _ = self.fuse.run(|| async { self.http.get("https://a.example/x").send().await }).await;
    }

    async fn through_a_function(&self) {
        let _ = self.fuse.run(|| self.request()).await;
    }

    async fn request(&self) -> reqwest::Result<reqwest::Response> {
        self.http.get("https://b.example/x").send().await
    }

    async fn asked_and_told(&self) {
        if !self.breaker.allow() {
            return;
        }
        match self.http.get("https://c.example/x").send().await {
            Ok(_) => self.breaker.record_success(),
            Err(_) => self.breaker.record_failure(),
        }
    }

    async fn asked_and_not_told(&self) {
        if self.breaker.allow() {
            let _ = self.http.get("https://d.example/x").send().await; //~ the breaker never opens
        }
    }

    async fn told_and_not_asked(&self) {
        match self.http.get("https://e.example/x").send().await { //~ an open breaker stops nothing
            Ok(_) => self.breaker.record_success(),
            Err(_) => self.breaker.record_failure(),
        }
    }

    async fn asked_too_late(&self) {
        let _ = self.http.get("https://f.example/x").send().await; //~ before the question
        if self.breaker.allow() {
            self.breaker.record_success();
        }
    }

    async fn another_state(&self) {
        if self.door.is_open() {
            let _ = self.http.get("https://g.example/x").send().await; //~ a door is no breaker
            self.door.record_success();
        }
    }

    async fn another_wrapper(&self) {
        let _ = traced(self.http.get("https://h.example/x").send()).await; //~ runs it bare
    }
}

#[tokio::main]
async fn main() {
    let partners = Partners {
        http: reqwest::Client::new(),
        fuse: Arc::default(),
        breaker: Arc::default(),
        door: Door { state: DoorState::Closed },
    };
    partners.in_a_closure().await;
    partners.through_a_function().await;
    partners.asked_and_told().await;
    partners.asked_and_not_told().await;
    partners.told_and_not_asked().await;
    partners.asked_too_late().await;
    partners.another_state().await;
    partners.another_wrapper().await;
}
