//! See `rules/idempotency/idempotency-key-optional.md`.

use super::Page;
use super::shared_keys::{self, Shared};
use crate::finding::Finding;
use crate::model::{KeyRequirement, System, Via};

/// Keys that are accepted and not required: one finding for each contract and name, however many
/// operations have it.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    let optional = shared_keys::keys(system, |endpoint, key| {
        let optional = key.requirement == KeyRequirement::Optional;
        (endpoint.via == Via::OptionalKey && optional).then_some(())
    });
    optional
        .iter()
        .map(|shared| finding(shared, page))
        .collect()
}

fn finding(shared: &Shared<'_>, page: &Page) -> Finding {
    Finding {
        rule: page.id.clone(),
        severity: page.severity,
        confidence: shared.endpoints[0].confidence,
        span: shared.key.span,
        label: "accepted, not required".to_owned(),
        message: format!(
            "`{}` is optional on {}: a repeat without it does the work again",
            shared.key.name,
            shared.names()
        ),
        help: "make it required (`required: true`), and answer 400 without it".to_owned(),
        evidence: shared.evidence("the key is optional here"),
        others: Vec::new(),
        subject: shared.subject(),
    }
}
