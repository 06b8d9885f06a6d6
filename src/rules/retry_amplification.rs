//! See `rules/resilience/retry-amplification.md`.

use super::Page;
use super::guard_faults::{Saying, check as faults};
use crate::finding::{Finding, Severity};
use crate::model::{Evidence, GuardFaultKind, System};
use crate::source::Span;
use std::collections::BTreeMap;

/// Retries around retries.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    let all = faults(system, page, |fault, subject| {
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
    });
    by_retries(all)
}

/// A retry: where it stands, and how many attempts it makes.
type Retry = (Option<Span>, String);

/// One finding for the same retries: one change mends what they are around.
fn by_retries(all: Vec<Finding>) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    let mut known: BTreeMap<(Severity, Vec<Retry>), usize> = BTreeMap::new();
    for finding in all {
        // What a library does by itself is the same for all of its calls.
        let retry = |evidence: &Evidence| {
            let attempts = evidence.reason.split(':').next().unwrap_or_default();
            (evidence.span(), attempts.to_owned())
        };
        let retries = finding.evidence.iter().map(retry).collect();
        let at = *known
            .entry((finding.severity, retries))
            .or_insert(found.len());
        match found.get_mut(at) {
            Some(first) => first.others.push(finding.span),
            None => found.push(finding),
        }
    }
    for finding in &mut found {
        finding.message.push_str(&match finding.others.len() {
            0 => String::new(),
            1 => ", and one more like it".to_owned(),
            count => format!(", and {count} more like it"),
        });
        let others = finding.others.iter();
        let others = others.map(|span| Evidence::seen(*span, "and here"));
        finding.evidence.extend(others);
    }
    found
}
