//! See `rules/idempotency/put-or-delete-not-idempotent.md`.

use super::Page;
use super::causes::by_cause;
use crate::finding::Finding;
use crate::model::{Basis, Endpoint, Label, System, Via, is_idempotent, is_safe};

/// Methods that promise to be idempotent, and whose handlers are not.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    let open = system.endpoints.iter().filter(|endpoint| {
        let method = endpoint.method.as_str();
        endpoint.label == Label::NotIdempotent
            && endpoint.basis != Basis::Contract
            && endpoint.via == Via::None
            && is_idempotent(method)
            && !is_safe(method)
    });
    by_cause(open, |endpoint| finding(endpoint, page))
}

fn finding(endpoint: &Endpoint, page: &Page) -> Option<Finding> {
    let handler = endpoint.handler.as_ref()?;
    let (name, method) = (endpoint.name(), &endpoint.method);
    Some(Finding {
        rule: page.id.clone(),
        severity: page.severity,
        confidence: endpoint.confidence,
        span: handler.span,
        label: "adds something every time it runs".to_owned(),
        message: format!(
            "{name} is repeated by clients and proxies, because {method} is idempotent, and its handler is not"
        ),
        help: "set what is there to the values of the request under a key that the client knows, or use POST with an idempotency key"
            .to_owned(),
        evidence: endpoint.evidence.clone(),
        others: Vec::new(),
        subject: name,
    })
}
