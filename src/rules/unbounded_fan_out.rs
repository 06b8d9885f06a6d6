//! See `rules/resilience/unbounded-fan-out.md`.

use super::Page;
use super::guard_faults::{Saying, check as faults};
use crate::finding::Finding;
use crate::model::{GuardFaultKind, System};

/// Requests for every item at once.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    faults(system, page, |fault, subject| {
        let fanned = matches!(fault.kind, GuardFaultKind::FannedOut);
        fanned.then(|| Saying {
            message: format!(
                "{} is made for every item at once, however many there are",
                subject.name()
            ),
            label: "as many requests at a time as there are items",
            help: "bound how many run at a time: `buffer_unordered(n)`, or a semaphore",
        })
    })
}
