//! What each component is, and what the references between components mean.

mod answered;
mod homes;
mod kinds;
mod messages;
mod operations;
mod outside;
mod relations;
mod remote_procedures;
mod stores;
mod topics;

use crate::catalog::Catalog;
use crate::model::{Component, ReferenceVia, System};
use crate::source::{Sources, Span};
use std::collections::{BTreeMap, BTreeSet};

/// Classifies components, then reads relations and start orders by their kinds.
pub(super) fn judge(system: &mut System, sources: &Sources, catalog: &Catalog) {
    kinds::classify(system, catalog);
    homes::without_brokers(system);
    stores::of_code(system, catalog);
    let answered = answered::by_operations(system);
    outside::parties(system, &answered, sources, catalog);
    remote_procedures::references(system);
    topics::of_code(system);
    homes::apart(system);
    relations::relations(system, catalog);
    start_orders(system, catalog);
    operations::operations(system, catalog);
    stand_between(system);
    elsewhere_after_all(system);
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

/// A port of this machine at which another program of the system listens is that program, wherever it runs.
fn elsewhere_after_all(system: &mut System) {
    let by_code = system.references.iter().filter(|reference| {
        matches!(reference.via, ReferenceVia::Code | ReferenceVia::Does(_))
            && reference.from != reference.to
    });
    let joined: BTreeSet<Span> = by_code.map(|reference| reference.span).collect();
    for call in &mut system.calls {
        call.local &= !joined.contains(&call.span);
    }
}

/// What code of several projects uses, and no compose file says where it is, is of none of them.
fn stand_between(system: &mut System) {
    let mut users: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for relation in &system.relations {
        if let Some(user) = system.component(&relation.from) {
            let known = users.entry(&relation.to).or_default();
            known.insert(&user.group);
        }
    }
    let shared: BTreeSet<String> = users
        .into_iter()
        .filter(|(_, groups)| groups.len() > 1)
        .map(|(used, _)| used.to_owned())
        .collect();
    for component in &mut system.components {
        let elsewhere = !component.in_compose && component.package.is_none();
        if elsewhere && shared.contains(&component.id) {
            component.group.clear();
        }
    }
}

/// Whether messages arrive. What reaches the calls must be known.
pub(super) fn messages(system: &mut System, sources: &Sources, catalog: &Catalog) {
    system.delivery_faults = messages::faults(system, sources, catalog);
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
