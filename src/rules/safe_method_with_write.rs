//! See `rules/idempotency/safe-method-with-write.md`.

use super::Page;
use crate::finding::{Finding, Severity};
use crate::model::{Basis, Confidence, Endpoint, Evidence, Label, System};

/// Safe methods whose handlers write, or whose names or answers say so.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    let said = |endpoint: &Endpoint| -> Option<Finding> {
        finding(endpoint, endpoint.writes_though_safe.as_ref()?, page)
    };
    // Several endpoints that lead to the same write are one finding.
    let mut known = std::collections::BTreeSet::new();
    let found = system.endpoints.iter().filter(|endpoint| {
        let handled = endpoint.handler.is_some() && endpoint.basis != Basis::Contract;
        let cause = endpoint.writes_though_safe.clone();
        !handled || (endpoint.listed && known.insert(cause))
    });
    found.filter_map(said).collect()
}

fn finding(endpoint: &Endpoint, why: &Evidence, page: &Page) -> Option<Finding> {
    let (name, method) = (endpoint.name(), &endpoint.method);
    if let Some(handler) = endpoint
        .handler
        .as_ref()
        .filter(|_| endpoint.basis != Basis::Contract)
    {
        return Some(Finding {
            rule: page.id.clone(),
            severity: match endpoint.landing {
                true => Severity::Note,
                false => page.severity,
            },
            confidence: endpoint.confidence,
            span: handler.span,
            label: why.reason.clone(),
            message: format!(
                "{name} writes, and {method} is sent again, prefetched and cached by anybody"
            ),
            help: "use POST, PUT or DELETE for what it does".to_owned(),
            evidence: vec![why.clone()],
            others: Vec::new(),
            subject: name,
        });
    }
    let operation = endpoint.operation.as_ref()?;
    // An answer alone may be a slip of the pen in the contract.
    let by_name = endpoint.label == Label::Unknown;
    Some(Finding {
        rule: page.id.clone(),
        severity: if by_name {
            page.severity
        } else {
            Severity::Note
        },
        confidence: Confidence::Low,
        span: operation.span,
        label: why.reason.clone(),
        message: if by_name {
            format!(
                "{name} seems to write, and {method} is sent again, prefetched and cached by anybody"
            )
        } else {
            format!("{name} declares that it creates something, which {method} must not")
        },
        help: if by_name {
            "use POST, PUT or DELETE for what it does".to_owned()
        } else {
            "answer 200 if it only reads, and use another method if it makes something".to_owned()
        },
        evidence: vec![why.clone()],
        others: Vec::new(),
        subject: name,
    })
}
