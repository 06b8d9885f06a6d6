//! Two breakers that nobody took from a crate.

use std::future::Future;
use std::sync::Mutex;
use std::time::Instant;

enum State {
    Closed { failures: u32 },
    Open { until: Instant },
    HalfOpen,
}

impl Default for State {
    fn default() -> Self {
        Self::Closed { failures: 0 }
    }
}

/// Runs what it is given while it is closed.
#[derive(Default)]
pub struct Fuse {
    state: Mutex<State>,
}

impl Fuse {
    pub async fn run<T, E, F, Fut>(&self, operation: F) -> Result<T, Option<E>>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        if let State::Open { until } = &*self.state.lock().unwrap()
            && *until > Instant::now()
        {
            return Err(None);
        }
        match operation().await {
            Ok(value) => Ok(value),
            Err(error) => Err(Some(error)),
        }
    }
}

/// Is asked before a call, and told how it ended.
#[derive(Default)]
pub struct CircuitBreaker {
    failures: Mutex<u32>,
}

impl CircuitBreaker {
    pub fn allow(&self) -> bool {
        *self.failures.lock().unwrap() < 5
    }

    pub fn record_success(&self) {
        *self.failures.lock().unwrap() = 0;
    }

    pub fn record_failure(&self) {
        *self.failures.lock().unwrap() += 1;
    }
}

/// Has states of that name, and breaks nothing.
pub struct Door {
    pub state: DoorState,
}

pub enum DoorState {
    Open,
    Closed,
}

impl Door {
    pub fn is_open(&self) -> bool {
        matches!(self.state, DoorState::Open)
    }

    pub fn record_success(&self) {}
}

/// Runs what it is given, and guards nothing.
pub async fn traced<T, Fut: Future<Output = T>>(operation: Fut) -> T {
    operation.await
}
