//! See `rules/idempotency/write-endpoint-not-idempotent.md`.

use super::Page;
use crate::finding::Finding;
use crate::model::{Label, System, Via};

/// Write endpoints whose effects add up when the client repeats the request.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    let mut findings = Vec::new();
    for endpoint in system
        .endpoints
        .iter()
        .filter(|endpoint| endpoint.is_write())
    {
        let Some(operation) = &endpoint.operation else {
            continue;
        };
        if endpoint.label != Label::NotIdempotent {
            continue;
        }
        let name = format!("{} {}", endpoint.method, endpoint.path);
        let (label, help) = match endpoint.via {
            Via::OptionalKey => (
                "its idempotency key is optional",
                "make the idempotency key required",
            ),
            _ if endpoint.method == "PATCH" => (
                "no precondition is required",
                "require If-Match, or accept application/merge-patch+json instead",
            ),
            _ => (
                "no idempotency key is required",
                "require an Idempotency-Key header, and replay the stored answer",
            ),
        };
        findings.push(Finding {
            rule: page.id.clone(),
            severity: page.severity,
            confidence: endpoint.confidence,
            span: operation.span,
            label: label.to_owned(),
            message: format!("{name} can run twice when a client or proxy repeats the request"),
            help: help.to_owned(),
            evidence: endpoint.evidence.clone(),
            subject: name,
        });
    }
    findings
}
