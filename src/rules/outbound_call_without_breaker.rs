//! See `rules/resilience/outbound-call-without-breaker.md`.

use super::Page;
use super::unguarded::{Words, check as unguarded};
use crate::finding::Finding;
use crate::model::GuardKind;
use crate::model::System;

/// Requests that some path reaches with no circuit breaker on it.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    let words = Words {
        guard: GuardKind::Breaker,
        lacks: "a circuit breaker",
        because: "keeps calling while the other side is down",
        help: "run the request inside a circuit breaker that is shared by all requests to this host",
    };
    unguarded(system, page, &words)
}
