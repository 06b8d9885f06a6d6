//! Idempotency keys by contract and name: what many operations have in common is one cause,
//! whether they share a declaration or each has its own.

use crate::model::{Endpoint, Evidence, Key, System};
use crate::source::Span;
use std::collections::BTreeMap;

/// How many operations a finding names.
const NAMED: usize = 3;

/// A key and the endpoints of one contract that have it.
pub(super) struct Shared<'a> {
    /// The key, as the first endpoint has it.
    pub(super) key: &'a Key,
    /// The endpoints; at least one.
    pub(super) endpoints: Vec<&'a Endpoint>,
}

/// The keys of all endpoints for which `cause` gives one, those of one contract, name and cause
/// together.
pub(super) fn keys<'a, C: Ord>(
    system: &'a System,
    cause: impl Fn(&Endpoint, &Key) -> Option<C>,
) -> Vec<Shared<'a>> {
    let mut found: BTreeMap<(usize, String, C), Shared<'a>> = BTreeMap::new();
    for endpoint in &system.endpoints {
        let Some(operation) = &endpoint.operation else {
            continue;
        };
        let keys = operation.keys.iter().filter(|key| !key.precondition);
        let mut keys = keys.filter_map(|key| Some((key, cause(endpoint, key)?)));
        if let Some((key, cause)) = keys.next() {
            let place = (operation.contract, key.name.to_ascii_lowercase(), cause);
            let shared = found.entry(place).or_insert_with(|| Shared {
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

    /// Where to point: at the operation if it is only one, at the first declaration otherwise.
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
