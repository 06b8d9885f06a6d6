//! Idempotency keys by their declaration: a parameter that many operations share is one cause.

use crate::model::{Endpoint, Evidence, Key, System};
use crate::source::Span;
use std::collections::BTreeMap;

/// How many operations a finding names.
const NAMED: usize = 3;

/// A key and the endpoints that use its declaration.
pub(super) struct Shared<'a> {
    /// The key, as the first endpoint has it.
    pub(super) key: &'a Key,
    /// The endpoints; at least one.
    pub(super) endpoints: Vec<&'a Endpoint>,
}

/// The keys of all endpoints for which `applies`, those that are declared once together.
pub(super) fn keys<'a>(
    system: &'a System,
    applies: impl Fn(&Endpoint, &Key) -> bool,
) -> Vec<Shared<'a>> {
    let mut found: BTreeMap<Span, Shared<'a>> = BTreeMap::new();
    for endpoint in &system.endpoints {
        let keys = endpoint
            .operation
            .iter()
            .flat_map(|operation| &operation.keys);
        let mut keys = keys.filter(|key| !key.precondition && applies(endpoint, key));
        if let Some(key) = keys.next() {
            let shared = found.entry(key.span).or_insert_with(|| Shared {
                key,
                endpoints: Vec::new(),
            });
            shared.endpoints.push(endpoint);
        }
    }
    found.into_values().collect()
}

impl Shared<'_> {
    /// `POST /a, POST /b and 4 others`.
    pub(super) fn names(&self) -> String {
        let names: Vec<String> = self
            .endpoints
            .iter()
            .map(|endpoint| endpoint.name())
            .collect();
        match names.as_slice() {
            [one] => one.clone(),
            [first @ .., last] if names.len() <= NAMED => {
                format!("{} and {last}", first.join(", "))
            }
            _ => {
                let named = names[..NAMED - 1].join(", ");
                format!("{named} and {} others", names.len() - NAMED + 1)
            }
        }
    }

    /// Where to point: at the operation if it is only one, at the declaration otherwise.
    pub(super) fn place(&self) -> Span {
        let operation = self.endpoints[0].operation.as_ref();
        match operation {
            Some(operation) if self.endpoints.len() == 1 => operation.span,
            _ => self.key.span,
        }
    }

    /// The operations.
    pub(super) fn evidence(&self, reason: &str) -> Vec<Evidence> {
        let operations = self.endpoints.iter().filter_map(|endpoint| {
            let operation = endpoint.operation.as_ref()?;
            Some(Evidence::seen(
                operation.span,
                format!("{}: {reason}", endpoint.name()),
            ))
        });
        operations.collect()
    }

    /// The name of the finding that stays when operations come and go.
    pub(super) fn subject(&self) -> String {
        format!("{} of {}", self.key.name, self.endpoints[0].name())
    }
}
