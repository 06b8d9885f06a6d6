//! The label of an endpoint from its contract: what a client may rely on.

use super::plan;
use crate::catalog::{Catalog, KeyPlace};
use crate::model::{
    Confidence, Endpoint, Evidence, KeyRequirement, Label, Operation, System, Via, is_safe,
};

/// `application/merge-patch+json` replaces members: a repeat changes nothing (RFC 7396).
const MERGE_PATCH: &str = "application/merge-patch+json";

/// Labels every endpoint and drafts its plan.
pub(super) fn judge(system: &mut System, catalog: &Catalog) {
    for endpoint in &mut system.endpoints {
        let Some(operation) = endpoint.operation.clone() else {
            continue;
        };
        let verdict = verdict(endpoint, &operation, catalog);
        endpoint.label = verdict.label;
        endpoint.via = verdict.via;
        endpoint.confidence = verdict.confidence;
        endpoint.evidence = verdict.evidence;
        endpoint.plan = plan::plan(endpoint, &operation, catalog);
    }
}

struct Verdict {
    label: Label,
    via: Via,
    confidence: Confidence,
    evidence: Vec<Evidence>,
}

impl Verdict {
    fn new(label: Label, via: Via, confidence: Confidence, evidence: Evidence) -> Self {
        Self {
            label,
            via,
            confidence,
            evidence: vec![evidence],
        }
    }
}

fn verdict(endpoint: &Endpoint, operation: &Operation, catalog: &Catalog) -> Verdict {
    let method = endpoint.method.as_str();
    let here = |reason: String| Evidence::seen(operation.span, reason);
    if is_safe(method) {
        let reason = format!("{method} is safe (RFC 9110 section 9.2.1)");
        return Verdict::new(
            Label::Idempotent,
            Via::Method,
            Confidence::Medium,
            here(reason),
        );
    }
    if matches!(method, "PUT" | "DELETE") {
        let reason = format!("{method} is idempotent by its definition (RFC 9110 section 9.2.2)");
        return Verdict::new(
            Label::Idempotent,
            Via::Method,
            Confidence::Medium,
            here(reason),
        );
    }
    if let Some(verdict) = by_key(operation, catalog) {
        return verdict;
    }
    for (name, span) in &operation.extensions {
        if catalog
            .keys
            .declaration(name)
            .is_some_and(|entry| !entry.value.accepts_key)
        {
            let evidence = Evidence::seen(*span, format!("the contract declares `{name}`"));
            return Verdict::new(Label::Idempotent, Via::Declared, Confidence::Low, evidence);
        }
    }
    if method == "PATCH"
        && !operation.media_types.is_empty()
        && operation.media_types.iter().all(|m| m == MERGE_PATCH)
    {
        let reason =
            format!("`{MERGE_PATCH}` sets members to values: a repeat sets the same (RFC 7396)");
        return Verdict::new(
            Label::Idempotent,
            Via::Effects,
            Confidence::Medium,
            here(reason),
        );
    }
    if method == "POST" && only_reads(endpoint, operation, catalog) {
        let reason =
            "by its name and answers it only reads; the contract does not say so".to_owned();
        return Verdict::new(
            Label::Idempotent,
            Via::Effects,
            Confidence::Low,
            here(reason),
        );
    }
    let reason = format!(
        "{method} is not idempotent by its definition, and the contract requires no key or precondition"
    );
    Verdict::new(
        Label::NotIdempotent,
        Via::None,
        Confidence::Low,
        here(reason),
    )
}

/// What a key or precondition among the parameters and body members says.
fn by_key(operation: &Operation, catalog: &Catalog) -> Option<Verdict> {
    let mut optional = None;
    for key in &operation.keys {
        let known = if key.header {
            catalog.keys.header(&key.name)
        } else {
            catalog.keys.field(&key.name)
        }?;
        if known.value.weak {
            continue;
        }
        let precondition = known.value.place == KeyPlace::Precondition;
        if key.requirement == KeyRequirement::Optional {
            // An optional precondition is for caches and lost updates; it promises nothing here.
            if !precondition && optional.is_none() {
                optional = Some((key, known.line));
            }
            continue;
        }
        let via = if precondition {
            Via::Precondition
        } else {
            Via::Key
        };
        let reason = format!("`{}` is required", key.name);
        let mut verdict = Verdict::new(
            Label::Idempotent,
            via,
            Confidence::Medium,
            Evidence::seen(key.span, reason),
        );
        verdict.evidence.push(Evidence::known(
            known.line,
            format!("`{}` carries it", known.value.name),
        ));
        return Some(verdict);
    }
    let (key, line) = optional?;
    let reason = format!("`{}` is accepted but not required", key.name);
    let evidence = Evidence::seen(key.span, reason);
    let mut verdict = Verdict::new(
        Label::NotIdempotent,
        Via::OptionalKey,
        Confidence::Medium,
        evidence,
    );
    verdict
        .evidence
        .push(Evidence::known(line, "it carries an idempotency key"));
    Some(verdict)
}

/// A POST whose last word asks a question and that makes nothing (no 201, no 202).
fn only_reads(endpoint: &Endpoint, operation: &Operation, catalog: &Catalog) -> bool {
    let last = endpoint.path.rsplit(['/', ':']).next().unwrap_or("");
    let word = last
        .split(['-', '_', '.'])
        .next()
        .unwrap_or(last)
        .to_ascii_lowercase();
    let asks = catalog.keys.read_words.contains(&word);
    let makes = operation
        .responses
        .iter()
        .any(|(code, _)| matches!(code.as_str(), "201" | "202"));
    asks && !makes
}
