//! See `rules/resilience/outbound-call-without-timeout.md`.

use super::Page;
use super::unguarded::{Words, check as unguarded};
use crate::finding::Finding;
use crate::model::GuardKind;
use crate::model::System;

/// Requests that nothing bounds in time on some path.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    let words = Words {
        guard: GuardKind::Timeout,
        lacks: "a timeout",
        because: "waits as long as the other side likes",
        help: "set a total timeout on the client or the request, shorter than the one of your own callers",
    };
    unguarded(system, page, &words)
}
