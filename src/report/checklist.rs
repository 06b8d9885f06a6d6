//! What the checklist lists, by service: the same in every format.

use crate::model::{CallKind, Endpoint, OutboundCall, System};
use std::collections::BTreeMap;

/// The write endpoints of each service.
pub(super) fn write_endpoints(system: &System) -> BTreeMap<&str, Vec<&Endpoint>> {
    let mut services: BTreeMap<&str, Vec<&Endpoint>> = BTreeMap::new();
    for endpoint in system
        .endpoints
        .iter()
        .filter(|endpoint| endpoint.is_write())
    {
        services
            .entry(&endpoint.service)
            .or_default()
            .push(endpoint);
    }
    services
}

/// The calls of each service, those to its own stores left out.
pub(super) fn calls(system: &System) -> BTreeMap<&str, Vec<&OutboundCall>> {
    let mut services: BTreeMap<&str, Vec<&OutboundCall>> = BTreeMap::new();
    for call in system.calls.iter().filter(|call| !is_store(call)) {
        services.entry(&call.service).or_default().push(call);
    }
    services
}

/// How many database statements and cache commands are left out.
pub(super) fn stores(system: &System) -> (usize, usize) {
    let count = |kind| system.calls.iter().filter(|call| call.kind == kind).count();
    (count(CallKind::Db), count(CallKind::Cache))
}

fn is_store(call: &OutboundCall) -> bool {
    matches!(call.kind, CallKind::Db | CallKind::Cache)
}

/// The method and the target of a call; a question mark for a target that is not known.
pub(super) fn target(call: &OutboundCall) -> String {
    let method = call
        .method
        .as_deref()
        .map(|method| format!("{method} "))
        .unwrap_or_default();
    format!("{method}{}", call.target.as_deref().unwrap_or("?"))
}
