//! See `rules/idempotency/retry-of-non-idempotent-call.md`.

use super::Page;
use super::guard_faults::{Saying, check as faults};
use crate::finding::Finding;
use crate::model::{GuardFaultKind, System};

/// Writes that carry no idempotency key and are sent again.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    faults(system, page, |fault, subject| {
        let write = matches!(fault.kind, GuardFaultKind::RetriedWrite);
        write.then(|| Saying {
            message: format!("{} is retried and carries no idempotency key", subject.name()),
            label: "a repeat after a lost answer is done twice",
            help: "send one key with all attempts of a write (an `Idempotency-Key` header that the other side honours), or retry only what was refused before it was sent",
        })
    })
}
