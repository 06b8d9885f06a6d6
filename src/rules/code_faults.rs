//! Faults in the order in which code does things: the rules on races, dual writes, consumers and
//! keys share it.

use super::Page;
use crate::finding::Finding;
use crate::model::{CodeFault, CodeFaultKind, Confidence, System};

/// What a rule says of a fault.
pub(super) struct Saying {
    /// What is wrong.
    pub(super) message: String,
    /// Why this place.
    pub(super) label: String,
    /// What to do.
    pub(super) help: String,
}

/// One finding for each fault of a kind.
pub(super) fn check(
    system: &System,
    page: &Page,
    kind: CodeFaultKind,
    say: impl Fn(&CodeFault) -> Saying,
) -> Vec<Finding> {
    let of_kind = system.code_faults.iter().filter(|fault| fault.kind == kind);
    let found = of_kind.map(|fault| {
        let saying = say(fault);
        Finding {
            rule: page.id.clone(),
            severity: page.severity,
            confidence: Confidence::Medium,
            span: fault.span,
            label: saying.label,
            message: saying.message,
            help: saying.help,
            evidence: fault.evidence.clone(),
            others: Vec::new(),
            subject: format!("{} {}", fault.name, fault.target),
        }
    });
    found.collect()
}
