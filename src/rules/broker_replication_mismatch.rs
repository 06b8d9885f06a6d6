//! See `rules/topology/broker-replication-mismatch.md`.

use super::Page;
use crate::finding::Finding;
use crate::model::{Confidence, System};

/// Numbers of copies and voters that do not fit the members.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    let faults = system.replication_faults.iter();
    faults
        .map(|fault| Finding {
            rule: page.id.clone(),
            severity: page.severity,
            confidence: Confidence::High,
            span: fault.span,
            label: "does not fit what runs".to_owned(),
            message: fault.message.clone(),
            help: fault.help.clone(),
            evidence: fault.evidence.clone(),
            others: Vec::new(),
            subject: format!("{} {}", fault.id, fault.help),
        })
        .collect()
}
