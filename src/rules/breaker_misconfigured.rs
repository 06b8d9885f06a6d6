//! See `rules/resilience/breaker-misconfigured.md`.

use super::Page;
use super::guard_faults::{Saying, check as faults};
use crate::finding::Finding;
use crate::model::{GuardFaultKind, System};

/// Circuit breakers that never open, and retries that knock at open ones.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    faults(system, page, |fault, subject| {
        let (message, label, help) = match fault.kind {
            GuardFaultKind::BreakerPerCall => (
                format!(
                    "the circuit breaker around {} is made anew for each call",
                    subject.name()
                ),
                "remembers nothing of the calls before, and never opens",
                "make the breaker once, beside the client, and share it between all calls to this host",
            ),
            GuardFaultKind::BreakerRetried => (
                format!(
                    "the retry around {} repeats what its own circuit breaker refuses",
                    subject.name()
                ),
                "an open breaker answers at once, and is asked again",
                "put the retry inside the breaker, or have it stop at the breaker's refusal",
            ),
            _ => return None,
        };
        Some(Saying {
            message,
            label,
            help,
        })
    })
}
