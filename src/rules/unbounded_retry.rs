//! See `rules/resilience/unbounded-retry.md`.

use super::Page;
use super::guard_faults::{Saying, check as faults};
use crate::finding::Finding;
use crate::model::{GuardFaultKind, System};

/// Retries without an end.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    faults(system, page, |fault, subject| {
        let endless = matches!(fault.kind, GuardFaultKind::EndlessRetry);
        endless.then(|| Saying {
            message: format!("{} is retried without an end", subject.name()),
            label: "as long as the other side fails, this goes on",
            help: "set a number of attempts, and wait between them for a time that grows and is random in part",
        })
    })
}
