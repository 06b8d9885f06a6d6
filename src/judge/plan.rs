//! What to do about an endpoint that is not idempotent.

use crate::catalog::Catalog;
use crate::model::{Endpoint, KeyRequirement, Label, Operation, Via};

/// The plan for an endpoint; empty where nothing is to be done.
pub(super) fn plan(endpoint: &Endpoint, operation: &Operation, catalog: &Catalog) -> String {
    if endpoint.label != Label::NotIdempotent {
        return String::new();
    }
    let name = format!("{} {}", endpoint.method, endpoint.path);
    let critical = is_critical(endpoint, catalog);
    let mut steps = Vec::new();
    match endpoint.via {
        Via::OptionalKey => {
            let key = operation.keys.iter().find(|key| key.requirement == KeyRequirement::Optional);
            let key = key.map_or("the key", |key| key.name.as_str());
            steps.push(format!("Make `{key}` required on {name} (`required: true`) and answer 400 without it."));
        }
        _ if endpoint.method == "PATCH" => {
            steps.push(format!(
                "Require `If-Match` with the resource's ETag on {name} and answer 412 when it does not match (428 \
                 without it), or accept `application/merge-patch+json` instead, which sets values and may be repeated."
            ));
        }
        _ => steps.push(format!(
            "Require an `Idempotency-Key` header on {name}: store key, caller and a fingerprint of the request in the \
             transaction of the effect, and replay the stored answer on a repeat. Answer 409 while the first request \
             still runs and 422 when the key comes with another request; keep keys at least 24 h and say so in the contract."
        )),
    }
    if endpoint.method == "POST" && creates(operation) && endpoint.via == Via::None {
        steps.push(
            "Where the client can choose the id, a PUT on that id does without a key; so does a unique constraint on a \
             value that the client sends, with 409 for the repeat."
                .to_owned(),
        );
    }
    if critical {
        steps.push(
            "This path is critical: what leaves the system (a charge, a shipment, a mail) needs the same key sent \
             on, and a compensating operation (refund, cancel) for the case that a later step fails."
                .to_owned(),
        );
    }
    steps.join(" ")
}

fn creates(operation: &Operation) -> bool {
    operation.responses.iter().any(|(code, _)| code == "201")
}

/// Whether a second execution costs somebody money or goods, by the words of the path.
fn is_critical(endpoint: &Endpoint, catalog: &Catalog) -> bool {
    endpoint
        .path
        .split(['/', '-', '_', ':', '.', '{', '}'])
        .any(|word| {
            catalog
                .keys
                .critical_words
                .contains(&word.to_ascii_lowercase())
        })
}
