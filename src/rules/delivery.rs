//! Messages that may be lost or doubled on their way: what two rules have in common.

use super::Page;
use crate::finding::Finding;
use crate::model::{Confidence, DeliveryFaultKind, System};

/// The faults of one kind; what is only left so is less sure than what is set so.
pub(super) fn faults(
    system: &System,
    page: &Page,
    kind: DeliveryFaultKind,
    label: &str,
) -> Vec<Finding> {
    let faults = system.delivery_faults.iter().filter(|one| one.kind == kind);
    faults
        .map(|fault| Finding {
            rule: page.id.clone(),
            severity: page.severity,
            confidence: match fault.certain {
                true => Confidence::Medium,
                false => Confidence::Low,
            },
            span: fault.span,
            label: label.to_owned(),
            message: match fault.kind {
                DeliveryFaultKind::WeakDelivery => format!("{}: {}", fault.service, fault.reason),
                DeliveryFaultKind::NoDeadLetter => format!("{} {}", fault.service, fault.reason),
            },
            help: fault.help.clone(),
            evidence: Vec::new(),
            others: Vec::new(),
            subject: format!("{} {}", fault.service, fault.reason),
        })
        .collect()
}
