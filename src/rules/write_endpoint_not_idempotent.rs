//! See `rules/idempotency/write-endpoint-not-idempotent.md`.

use super::causes::by_cause;
use super::{Page, operation_without_route};
use crate::finding::{Finding, Severity};
use crate::model::{Basis, EffectKind, Endpoint, Label, Remedy, System, Via, is_idempotent};

/// Write endpoints whose effects add up when the client repeats the request. An optional key and a
/// JSON Patch have rules of their own.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    let known = operation_without_route::known(system);
    let open = system.endpoints.iter().filter(|endpoint| {
        // What nobody serves is another finding.
        let served = operation_without_route::missing(system, &known, endpoint).is_none();
        served
            && endpoint.label == Label::NotIdempotent
            && endpoint.via == Via::None
            && !is_idempotent(&endpoint.method)
            && !super::patch_not_repeatable::covers(endpoint)
    });
    by_cause(open, |endpoint| finding(endpoint, page))
}

fn finding(endpoint: &Endpoint, page: &Page) -> Option<Finding> {
    let operation = endpoint.operation.as_ref();
    let handler = endpoint
        .handler
        .as_ref()
        .filter(|_| endpoint.basis != Basis::Contract);
    let span = handler
        .map(|handler| handler.span)
        .or(operation.map(|operation| operation.span))?;
    let name = endpoint.name();
    let (label, help) = match endpoint.plan.as_ref().map(|plan| plan.remedy) {
        Some(Remedy::MergePatch) => (
            "nothing says that members are set",
            "accept `application/merge-patch+json`, or require `If-Match`",
        ),
        Some(Remedy::IfMatch) => ("no precondition is required", "require `If-Match`"),
        Some(Remedy::NaturalKey) => (
            "no idempotency key is required",
            "make a value that the client sends unique and answer its repeat with 409, or require an `Idempotency-Key`",
        ),
        Some(Remedy::PutWithClientId) => (
            "no idempotency key is required",
            "let clients choose the id and send PUT, or require an `Idempotency-Key`",
        ),
        Some(Remedy::StateTransition) => (
            "a repeat is not answered as done",
            "answer a repeat with the state that is reached already",
        ),
        Some(Remedy::Expire) => (
            "no idempotency key is required",
            "let what it makes expire, and limit how many one caller may hold",
        ),
        _ => (
            "no idempotency key is required",
            "require an `Idempotency-Key` header, and answer a repeat with the stored answer",
        ),
    };
    // The contract alone shows what a client may rely on, and not what the server does: that is
    // worth a warning where a second execution costs somebody something, or where clients are told
    // to make one.
    let retried = operation.is_some_and(|operation| operation.retried_by.is_some());
    // What has left the system cannot be called back.
    let leaves = endpoint.adds_up.iter().any(|effect| {
        let kinds = [EffectKind::Mail, EffectKind::Request, EffectKind::Publish];
        kinds.iter().any(|kind| kind.name() == effect.kind)
    });
    let matters = endpoint.critical.is_some() || retried || leaves;
    let mild = !matters || endpoint.deprecated;
    let label = match handler {
        Some(_) => "its effects add up on a repeat",
        None => label,
    };
    let mut evidence = endpoint.evidence.clone();
    evidence.extend(endpoint.critical.clone());
    Some(Finding {
        rule: page.id.clone(),
        severity: if mild { Severity::Note } else { page.severity },
        confidence: endpoint.confidence,
        span,
        label: label.to_owned(),
        message: format!("{name} can run twice when a client or proxy repeats the request"),
        help: help.to_owned(),
        evidence,
        others: Vec::new(),
        subject: name,
    })
}
