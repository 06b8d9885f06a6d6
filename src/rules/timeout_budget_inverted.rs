//! See `rules/resilience/timeout-budget-inverted.md`.

use super::Page;
use super::guard_faults::{Saying, check as faults};
use crate::finding::Finding;
use crate::model::{GuardFaultKind, System, duration_in_words};

/// Timeouts that end what is inside them before its last attempt.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    faults(system, page, |fault, subject| {
        let GuardFaultKind::Outlasted { worst_ms, limit_ms } = fault.kind else {
            return None;
        };
        let (worst, limit) = (duration_in_words(worst_ms), duration_in_words(limit_ms));
        Some(Saying {
            message: format!(
                "{} has {limit}, and its attempts may take {worst}",
                subject.name()
            ),
            label: "ends before the attempts inside are through",
            help: "make the timeout of one attempt, times the attempts, shorter than the timeout around all of them",
        })
    })
}
