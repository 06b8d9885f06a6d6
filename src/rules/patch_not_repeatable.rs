//! See `rules/idempotency/patch-not-repeatable.md`.

use super::Page;
use crate::finding::Finding;
use crate::model::{Endpoint, Label, Remedy, System, Via};

/// PATCH with a JSON Patch or a counter, and no precondition.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    let endpoints = system.endpoints.iter().filter(|endpoint| covers(endpoint));
    endpoints
        .filter_map(|endpoint| finding(endpoint, page))
        .collect()
}

/// Whether the endpoint is a matter of this rule.
pub(super) fn covers(endpoint: &Endpoint) -> bool {
    let remedy = endpoint.plan.as_ref().map(|plan| plan.remedy);
    endpoint.method == "PATCH"
        && endpoint.label == Label::NotIdempotent
        && endpoint.via == Via::None
        && remedy == Some(Remedy::IfMatch)
}

fn finding(endpoint: &Endpoint, page: &Page) -> Option<Finding> {
    let operation = endpoint.operation.as_ref()?;
    let name = endpoint.name();
    Some(Finding {
        rule: page.id.clone(),
        severity: page.severity,
        confidence: endpoint.confidence,
        span: operation.span,
        label: "no precondition is required".to_owned(),
        message: format!("{name} changes again what it changed when it is repeated"),
        help: "require `If-Match`, or accept `application/merge-patch+json` instead".to_owned(),
        evidence: endpoint.evidence.clone(),
        others: Vec::new(),
        subject: name,
    })
}
