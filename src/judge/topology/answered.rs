//! Requests whose address nobody sees, and whose method and path only one program of the system answers: they go to that one.

use crate::judge::replay::asked::{Served, answering};
use crate::link::host_of;
use crate::model::{
    Aside, CallKind, Component, OutboundCall, Reference, ReferenceVia, System, is_safe,
};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// Adds a reference to the program that answers each such request, and gives the places of those.
pub(super) fn by_operations(system: &mut System) -> BTreeSet<Span> {
    let served: Vec<Served<'_>> = system.endpoints.iter().map(Served::of).collect();
    let (mut found, mut places) = (Vec::new(), BTreeSet::new());
    let asking = system.calls.iter();
    let asking: Vec<(&OutboundCall, String)> = asking
        .filter_map(|call| Some((call, question(call)?)))
        .collect();
    // Many services may run one program.
    let mut known: BTreeMap<(&str, &str), Option<usize>> = BTreeMap::new();
    for client in &system.components {
        let Some(package) = &client.package else {
            continue;
        };
        for (call, asked) in &asking {
            if !system.runs(client, call.function) {
                continue;
            }
            let answered = known.entry((package, asked));
            let answered = answered.or_insert_with(|| answering(&served, package, asked, None));
            let Some(answered) = answered else { continue };
            let service = &served[*answered].endpoint.service;
            let all = system.components.iter();
            let all: Vec<&Component> = all
                .filter(|one| one.package.as_ref() == Some(service))
                .collect();
            let near = all.iter().find(|one| one.group == client.group);
            let target = match (near, all.as_slice()) {
                (Some(near), _) => Some(*near),
                (None, [only]) => Some(*only),
                _ => None,
            };
            if let Some(target) = target.filter(|target| target.id != client.id) {
                places.insert(call.span);
                found.push(Reference {
                    from: client.id.clone(),
                    to: target.id.clone(),
                    via: ReferenceVia::Code,
                    span: call.span,
                });
            }
        }
    }
    system.references.extend(found);
    places
}

/// The method and path of a request to a base that is set somewhere else, where these are not what any service has: a probe,
/// a page.
fn question(call: &OutboundCall) -> Option<String> {
    let (target, method) = (call.target.as_deref()?, call.method.as_deref()?);
    if call.kind != CallKind::Http
        || matches!(call.aside, Some(Aside::Example | Aside::Unused))
        || host_of(target).is_some()
        || !target.starts_with(['$', '{'])
        || target.starts_with("{}")
    {
        return None;
    }
    let (_, path) = target.split_once('/')?;
    let written = path.split(['?', '#']).next().unwrap_or(path).split('/');
    let written = written.filter(|part| !part.is_empty() && !part.contains('{'));
    let least = if is_safe(method) { 2 } else { 1 };
    (written.count() >= least).then(|| format!("{method} {target}"))
}
