//! See `rules/resilience/outbound-call-without-timeout.md`.

use super::Found;
use super::unguarded::{Words, check as unguarded};
use crate::catalog::GuardKind;
use crate::model::System;

/// Requests that nothing bounds in time on some path.
pub(super) fn check(system: &System) -> Vec<Found> {
    let words = Words {
        guard: GuardKind::Timeout,
        lacks: "a timeout",
        because: "waits as long as the other side likes",
        help: "set a total timeout on the client or the request, shorter than the one of your own callers",
    };
    unguarded(system, &words)
}
