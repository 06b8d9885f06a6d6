//! What each component is, and what the references between components mean.

mod homes;
mod kinds;
mod messages;
mod operations;
mod relations;
mod remote_procedures;
mod stand_ins;

use crate::catalog::Catalog;
use crate::model::{
    CallKind, Component, ComponentKind, Evidence, OutboundCall, Reference, ReferenceVia,
    RelationKind, Store, System,
};
use crate::read::beside::is_name;
use crate::source::{Sources, Span};
use std::collections::{BTreeMap, BTreeSet};

/// Classifies components, then reads relations and start orders by their kinds.
pub(super) fn judge(system: &mut System, catalog: &Catalog) {
    kinds::classify(system, catalog);
    homes::without_brokers(system);
    stores_of_code(system, catalog);
    stand_ins::stand_ins(system, catalog);
    remote_procedures::references(system);
    topics_of_code(system);
    homes::apart(system);
    relations::relations(system, catalog);
    start_orders(system, catalog);
    operations::operations(system, catalog);
    // Calls are reported under the component that runs their package.
    let mut homes: BTreeMap<String, String> = BTreeMap::new();
    let mut shared: BTreeSet<String> = BTreeSet::new();
    for component in &system.components {
        if let Some(package) = &component.package
            && homes
                .insert(package.clone(), component.id.clone())
                .is_some()
        {
            shared.insert(package.clone());
        }
    }
    // Where several do, the package's own name says more.
    homes.retain(|package, _| !shared.contains(package));
    let calls = system.calls.iter_mut().map(|call| &mut call.service);
    let set = system.producer_settings.iter_mut();
    let confirmed = system.confirmations.iter_mut();
    let all = calls
        .chain(set.map(|setting| &mut setting.service))
        .chain(confirmed.map(|(service, _)| service));
    for service in all {
        if let Some(home) = homes.get(service) {
            service.clone_from(home);
        }
    }
}

/// Whether messages arrive. What reaches the calls must be known.
pub(super) fn messages(system: &mut System, sources: &Sources, catalog: &Catalog) {
    system.delivery_faults = messages::faults(system, sources, catalog);
}

/// A store that the code of a component uses and that no address names: the code holds a handle of
/// it, or calls a library for it. Where the code holds handles of several, what is run tells which.
fn stores_of_code(system: &mut System, catalog: &Catalog) {
    let kinds: BTreeMap<String, ComponentKind> = system
        .components
        .iter()
        .map(|component| (component.id.clone(), component.kind))
        .collect();
    for client in system.components.clone() {
        let Some(package) = &client.package else {
            continue;
        };
        // One run of a program that also serves does a part of what its code can.
        if client.kind == ComponentKind::InitJob {
            continue;
        }
        let functions = system.executable(&client).map(|one| one.functions.clone());
        let functions = functions.unwrap_or_default();
        let runs = |call: &OutboundCall| functions.contains(&call.function);
        let made = system.calls.iter().filter(|call| runs(call));
        let mut homes: BTreeSet<&String> = made.map(|call| &call.service).collect();
        homes.insert(package);
        let addressed: Vec<ComponentKind> = system
            .references
            .iter()
            .filter(|reference| reference.from == client.id)
            // Who waits for a store at start says nothing of where it is.
            .filter(|reference| reference.via != ReferenceVia::Order)
            .filter_map(|reference| kinds.get(&reference.to).copied())
            .collect();
        for kind in [
            ComponentKind::Database,
            ComponentKind::Cache,
            ComponentKind::Queue,
        ] {
            let used = system
                .calls
                .iter()
                .find(|call| runs(call) && uses(call.kind, kind));
            let Some(call) = used.filter(|_| !addressed.contains(&kind)) else {
                continue;
            };
            let mut handles: BTreeSet<Store> = system
                .handles
                .iter()
                .filter(|(home, store)| homes.contains(home) && store.kind == kind)
                .map(|(_, store)| store.clone())
                .collect();
            if handles.is_empty() {
                // What the code is given by another package it holds in no field of its own.
                let calls = system.calls.iter();
                let calls = calls.filter(|call| runs(call) && uses(call.kind, kind));
                let stores = calls.flat_map(|call| catalog.crates.stores(&call.krate));
                handles.extend(stores.filter(|store| store.kind == kind).cloned());
            }
            let span = call.name_span;
            let same = |known: &&Component| {
                let mut handles = handles.iter();
                let fits = |store: &Store| known.technology.as_ref() == Some(&store.technology);
                known.kind == kind && (handles.len() == 0 || handles.any(fits))
            };
            let all: Vec<&Component> = system.components.iter().filter(same).collect();
            let of_group = |known: &&&Component| known.group == client.group;
            let near: Vec<&Component> = all.iter().filter(of_group).copied().collect();
            let one = handles.len() == 1;
            let known = match (near.as_slice(), all.as_slice()) {
                ([only], _) => Some(*only),
                ([first, ..], _) if one => Some(*first),
                // What no compose file runs uses the only one there is.
                ([], [only]) if one && !client.in_compose => Some(*only),
                _ => None,
            };
            let known = known.map(|known| known.id.clone());
            let store = handles.pop_first().filter(|_| one);
            let unknown = || unknown_id(system, store.as_ref()?, &client);
            let Some(id) = known.or_else(unknown) else {
                continue;
            };
            if system.component(&id).is_none() {
                let reason = format!("the code of {} holds a handle of it", client.name);
                system.components.push(Component {
                    technology: store.map(|store| store.technology),
                    ..Component::new(&id, kind, &client.group, vec![Evidence::seen(span, reason)])
                });
            }
            system.references.push(Reference {
                from: client.id.clone(),
                to: id,
                via: ReferenceVia::Code,
                span,
            });
        }
    }
    system.components.sort_by(|a, b| a.id.cmp(&b.id));
}

/// An id for a store that only code knows: its product, which others that only code knows may share,
/// and never a service of another project.
fn unknown_id(system: &System, store: &Store, client: &Component) -> Option<String> {
    match system.component(&store.name) {
        None => Some(store.name.clone()),
        Some(known) if known.named || known.group == client.group => {
            (known.kind == store.kind).then(|| known.id.clone())
        }
        Some(_) => {
            let home = Some(&client.group).filter(|group| !group.is_empty());
            let id = format!("{}/{}", home.unwrap_or(&client.id), store.name);
            let known = system.component(&id);
            known.is_none_or(|known| known.named).then_some(id)
        }
    }
}

/// The topics that the code of components names where it sends and takes messages.
fn topics_of_code(system: &mut System) {
    for client in system.components.clone() {
        if client.package.is_none() {
            continue;
        }
        let mut named: Vec<(String, RelationKind, Span)> = system
            .calls
            .iter()
            .filter(|call| system.runs(&client, call.function))
            .filter_map(|call| {
                let flow = match call.kind {
                    CallKind::BrokerPublish => RelationKind::Publishes,
                    CallKind::BrokerConsume => RelationKind::Consumes,
                    _ => return None,
                };
                let topic = call.target.as_deref().filter(|target| is_name(target))?;
                Some((topic.to_owned(), flow, call.name_span))
            })
            .collect();
        let taken = system.subscriptions.iter();
        named.extend(
            taken
                .filter(|(function, topic, _)| system.runs(&client, *function) && is_name(topic))
                .map(|(_, topic, span)| (topic.clone(), RelationKind::Consumes, *span)),
        );
        named.dedup();
        for (topic, flow, span) in named {
            let taken = system
                .component(&topic)
                .is_some_and(|known| known.kind != ComponentKind::Topic);
            let id = match taken {
                true => format!("topic:{topic}"),
                false => topic.clone(),
            };
            if system.component(&id).is_none() {
                let evidence = Evidence::seen(span, format!("the code names the topic `{topic}`"));
                system.components.push(Component {
                    name: topic,
                    lies_on: Some(ComponentKind::Queue),
                    ..Component::new(&id, ComponentKind::Topic, &client.group, vec![evidence])
                });
            }
            let key = String::new();
            system.references.push(Reference {
                from: client.id.clone(),
                to: id,
                via: ReferenceVia::Name {
                    key,
                    flow: Some(flow),
                },
                span,
            });
        }
    }
    system.components.sort_by(|a, b| a.id.cmp(&b.id));
}

/// Whether a call of this kind goes to a component of that kind.
fn uses(call: CallKind, component: ComponentKind) -> bool {
    match component {
        ComponentKind::Database => call == CallKind::Db,
        ComponentKind::Cache => call == CallKind::Cache,
        _ => matches!(call, CallKind::BrokerPublish | CallKind::BrokerConsume),
    }
}

fn start_orders(system: &mut System, catalog: &Catalog) {
    let components: BTreeMap<&str, &Component> = system
        .components
        .iter()
        .map(|component| (component.id.as_str(), component))
        .collect();
    for order in &mut system.start_orders {
        let (Some(client), Some(target)) = (
            components.get(order.client.as_str()),
            components.get(order.target.as_str()),
        ) else {
            continue;
        };
        order.stateful_target = catalog.environment.stateful.contains(&target.kind);
        order.target_healthcheck = target.healthcheck;
        order.client_restarts = client.restarts;
        let product = client
            .image
            .as_ref()
            .filter(|_| !client.built)
            .and_then(|(image, _)| catalog.images.find(image));
        order.client_connects = product.is_none();
    }
}
