//! Who calls the gRPC services of the system: a procedure has its name on both ends, wherever the address comes from.

use crate::judge::replay::asked::{is_of_service, procedure};
use crate::model::{CallKind, Endpoint, GRPC_METHOD, Reference, ReferenceVia, System};
use crate::read::rust::snake_case;
use std::collections::{BTreeMap, BTreeSet};

/// Adds a reference from each component whose code calls a procedure to the only component that serves one of that
/// name.
pub(super) fn references(system: &mut System) {
    let mut serving: BTreeMap<String, Vec<&Endpoint>> = BTreeMap::new();
    let endpoints = system.endpoints.iter();
    for endpoint in endpoints.filter(|endpoint| endpoint.method == GRPC_METHOD) {
        let name = endpoint.path.rsplit('/').next().unwrap_or_default();
        serving.entry(snake_case(name)).or_default().push(endpoint);
    }
    let mut found = Vec::new();
    for client in &system.components {
        if client.package.is_none() {
            continue;
        }
        let calls = system.calls.iter();
        for call in calls.filter(|call| call.kind == CallKind::Grpc) {
            let (service, name) = procedure(call.target.as_deref().unwrap_or_default());
            let known = serving.get(name).into_iter().flatten();
            let of_service = known.filter(|endpoint| {
                service.is_none_or(|service| is_of_service(&endpoint.path, service))
            });
            let services: BTreeSet<&str> = of_service
                .map(|endpoint| endpoint.service.as_str())
                .collect();
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
