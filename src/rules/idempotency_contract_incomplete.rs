//! See `rules/idempotency/idempotency-contract-incomplete.md`.

use super::Page;
use super::shared_keys::{self, Shared};
use crate::finding::Finding;
use crate::model::{Endpoint, Key, System, Via};

/// Keys without the answers that belong to them, and keys that only a description mentions.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    let incomplete = shared_keys::keys(system, |endpoint, key| {
        let codes = missing(endpoint, key);
        let keyed = matches!(endpoint.via, Via::Key | Via::OptionalKey);
        (keyed && !codes.is_empty()).then_some(codes)
    });
    let mut findings: Vec<Finding> = incomplete
        .iter()
        .map(|shared| without_answers(shared, page))
        .collect();
    findings.extend(
        system
            .endpoints
            .iter()
            .filter_map(|endpoint| undeclared(endpoint, page)),
    );
    findings
}

/// The answers that belong to the key and that the operation does not declare. `4XX` and
/// `default` say that there are others.
fn missing(endpoint: &Endpoint, key: &Key) -> Vec<u16> {
    let Some(operation) = &endpoint.operation else {
        return Vec::new();
    };
    let declared = |code: u16| {
        operation.responses.iter().any(|answer| {
            let written = answer.code.to_ascii_lowercase();
            written == code.to_string() || written == "4xx" || written == "default"
        })
    };
    key.answers
        .iter()
        .copied()
        .filter(|code| !declared(*code))
        .collect()
}

fn without_answers(shared: &Shared<'_>, page: &Page) -> Finding {
    let codes = missing(shared.endpoints[0], shared.key);
    let codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
    let codes = codes.join(" and ");
    Finding {
        rule: page.id.clone(),
        severity: page.severity,
        confidence: shared.endpoints[0].confidence,
        span: shared.place(),
        label: format!("{codes} not declared"),
        message: format!(
            "`{}` comes without its answer {codes} on {}: a client cannot tell a repeat from a fault",
            shared.key.name,
            shared.names()
        ),
        help: "declare 409 for a first request that still runs, and the answer for another payload under \
               the same key"
            .to_owned(),
        evidence: shared.evidence("the key's answers are missing here"),
        others: Vec::new(),
        subject: shared.subject(),
    }
}

/// A key that only the description speaks of.
fn undeclared(endpoint: &Endpoint, page: &Page) -> Option<Finding> {
    let operation = endpoint.operation.as_ref()?;
    if endpoint.via != Via::OptionalKey || operation.keys.iter().any(|key| !key.precondition) {
        return None;
    }
    let name = endpoint.name();
    Some(Finding {
        rule: page.id.clone(),
        severity: page.severity,
        confidence: endpoint.confidence,
        span: operation.span,
        label: "the key is no parameter here".to_owned(),
        message: format!("{name} speaks of an idempotency key that it does not declare"),
        help: "declare the header as a required parameter, or generated clients will not send it"
            .to_owned(),
        evidence: endpoint.evidence.clone(),
        others: Vec::new(),
        subject: name,
    })
}
