//! See `rules/resilience/retry-amplification.md`.

use super::Page;
use super::guard_faults::{Saying, check as faults};
use crate::finding::Finding;
use crate::model::{GuardFaultKind, System};

/// Retries around retries.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    faults(system, page, |fault, subject| {
        let GuardFaultKind::Amplified { attempts } = fault.kind else {
            return None;
        };
        Some(Saying {
            message: format!(
                "{} may be sent {attempts} times: it is retried within a retry",
                subject.name()
            ),
            label: "each attempt outside makes all the attempts inside",
            help: "retry in one place only, best the one nearest to the user, and give the others a single attempt",
        })
    })
}
