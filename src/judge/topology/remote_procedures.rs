//! Who calls the gRPC services of the system: a procedure has its name on both ends, wherever the address comes from.

use crate::model::{CallKind, GRPC_METHOD, Reference, ReferenceVia, System};
use crate::read::rust::snake_case;
use std::collections::{BTreeMap, BTreeSet};

/// Adds a reference from each component whose code calls a procedure to the only component that serves one of that
/// name.
pub(super) fn references(system: &mut System) {
    let mut serving: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let endpoints = system.endpoints.iter();
    for endpoint in endpoints.filter(|endpoint| endpoint.method == GRPC_METHOD) {
        let name = endpoint.path.rsplit('/').next().unwrap_or_default();
        let services = serving.entry(snake_case(name)).or_default();
        services.insert(&endpoint.service);
    }
    let mut found = Vec::new();
    for client in &system.components {
        if client.package.is_none() {
            continue;
        }
        let calls = system.calls.iter();
        for call in calls.filter(|call| call.kind == CallKind::Grpc) {
            let Some(services) = call.target.as_ref().and_then(|name| serving.get(name)) else {
                continue;
            };
            let all = system.components.iter().filter(|server| {
                let package = server.package.as_deref();
                package.is_some_and(|package| services.contains(package))
            });
            let all: Vec<&str> = all.map(|server| server.id.as_str()).collect();
            let [only] = all.as_slice() else { continue };
            if *only != client.id && system.runs(client, call.function) {
                found.push(Reference {
                    from: client.id.clone(),
                    to: (*only).to_owned(),
                    via: ReferenceVia::Code,
                    span: call.span,
                });
            }
        }
    }
    system.references.extend(found);
}
