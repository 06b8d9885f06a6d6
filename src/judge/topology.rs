//! What each component is, and what the references between components mean.

use crate::catalog::Catalog;
use crate::model::{
    Answer, CallKind, Component, ComponentKind, Evidence, Gate, ReferenceVia, Relation,
    RelationKind, System,
};
use std::collections::{BTreeMap, BTreeSet};

/// Classifies components, then reads relations and start orders by their kinds.
pub(super) fn judge(system: &mut System, catalog: &Catalog) {
    let consuming: BTreeSet<String> = system
        .calls
        .iter()
        .filter(|call| call.kind == CallKind::BrokerConsume)
        .map(|call| call.service.clone())
        .collect();
    let run_once: BTreeSet<String> = system
        .start_orders
        .iter()
        .filter(|order| order.gate == Gate::Completed)
        .map(|order| order.target.clone())
        .collect();
    for component in &mut system.components {
        classify(component, catalog, &consuming, &run_once);
    }
    relations(system, catalog);
    start_orders(system, catalog);
    // Calls are reported under the component that runs their package.
    let homes: BTreeMap<String, String> = system
        .components
        .iter()
        .filter_map(|component| Some((component.package.clone()?, component.id.clone())))
        .collect();
    for call in &mut system.calls {
        if let Some(home) = homes.get(&call.service) {
            call.service.clone_from(home);
        }
    }
}

fn classify(
    component: &mut Component,
    catalog: &Catalog,
    consuming: &BTreeSet<String>,
    run_once: &BTreeSet<String>,
) {
    let image = component.image.clone();
    let known = image
        .as_ref()
        .filter(|_| !component.built)
        .and_then(|(image, span)| Some((catalog.images.find(image)?, *span)));
    if let Some((known, span)) = known {
        component.kind = known.entry.kind;
        component.technology = Some(known.entry.technology.clone());
        component.evidence.push(Evidence::seen(
            span,
            format!("runs an image of {}", known.entry.technology),
        ));
        component.evidence.push(Evidence::known(
            known.line,
            format!(
                "{} is a {}",
                known.entry.technology,
                known.entry.kind.name()
            ),
        ));
        if component.healthcheck == Answer::Unknown && known.exact {
            component.healthcheck = if known.entry.ships_healthcheck {
                Answer::Yes
            } else {
                Answer::No
            };
        }
    } else if component.built || image.is_some() {
        let words = || {
            component
                .name
                .split(['-', '_', '.'])
                .chain(component.command.iter().map(String::as_str))
        };
        let named_worker = words().any(|word| {
            catalog
                .environment
                .worker_words
                .iter()
                .any(|known| known == word)
        });
        let consumes = component
            .package
            .as_ref()
            .is_some_and(|package| consuming.contains(package));
        if !component.published && (named_worker || consumes) {
            component.kind = ComponentKind::Worker;
        }
        if component.package.is_some() {
            component.technology = Some("rust".to_owned());
        }
    }
    if run_once.contains(&component.id) {
        component.kind = ComponentKind::InitJob;
    }
}

/// One relation for each pair and meaning, all its evidence together. An order of start counts
/// only where nothing else is known of the pair.
fn relations(system: &mut System, catalog: &Catalog) {
    let kinds: BTreeMap<&str, ComponentKind> = system
        .components
        .iter()
        .map(|component| (component.id.as_str(), component.kind))
        .collect();
    let mut found: BTreeMap<(String, String, RelationKind), Relation> = BTreeMap::new();
    let mut explained: BTreeSet<(String, String)> = BTreeSet::new();
    for reference in &system.references {
        let (Some(from), Some(to)) = (
            kinds.get(reference.from.as_str()),
            kinds.get(reference.to.as_str()),
        ) else {
            continue;
        };
        let rules = &catalog.environment;
        let (kind, certain, reason) = match &reference.via {
            ReferenceVia::Order => continue,
            ReferenceVia::Variable(name) => {
                let upper = name.to_ascii_uppercase();
                let words: Vec<&str> = upper.split('_').collect();
                let spoken = rules.direction(&words, *to);
                let kind = spoken.unwrap_or_else(|| rules.relation(*from, *to));
                (
                    kind,
                    spoken.is_some(),
                    format!("`{name}` holds its address"),
                )
            }
            ReferenceVia::Command => (
                rules.relation(*from, *to),
                false,
                "its command names it".to_owned(),
            ),
            ReferenceVia::Code => (
                rules.relation(*from, *to),
                true,
                "its code calls it".to_owned(),
            ),
        };
        // An address of a service or registry leaves no doubt about what is done there.
        let certain = certain || matches!(kind, RelationKind::Calls | RelationKind::Coordinates);
        let pair = (reference.from.clone(), reference.to.clone());
        explained.insert(pair.clone());
        let entry = found
            .entry((pair.0, pair.1, kind))
            .or_insert_with(|| Relation {
                from: reference.from.clone(),
                to: reference.to.clone(),
                kind,
                certain: false,
                evidence: Vec::new(),
            });
        entry.certain |= certain;
        entry.evidence.push(Evidence::seen(reference.span, reason));
    }
    for reference in system
        .references
        .iter()
        .filter(|reference| reference.via == ReferenceVia::Order)
    {
        let pair = (reference.from.clone(), reference.to.clone());
        if !explained.contains(&pair) {
            let (Some(from), Some(to)) = (kinds.get(pair.0.as_str()), kinds.get(pair.1.as_str()))
            else {
                continue;
            };
            let kind = order_meaning(catalog, *from, *to);
            let entry = found
                .entry((pair.0, pair.1, kind))
                .or_insert_with(|| Relation {
                    from: reference.from.clone(),
                    to: reference.to.clone(),
                    kind,
                    certain: kind == RelationKind::Depends,
                    evidence: Vec::new(),
                });
            entry
                .evidence
                .push(Evidence::seen(reference.span, "starts after it"));
        }
    }
    system.relations = found.into_values().collect();
}

/// What an order of start hints at: an own program that waits for a store uses it. Everything else
/// stays an order.
fn order_meaning(catalog: &Catalog, from: ComponentKind, to: ComponentKind) -> RelationKind {
    let program = matches!(from, ComponentKind::Service | ComponentKind::Worker);
    let store = catalog.environment.stateful.contains(&to);
    if program && store {
        catalog.environment.relation(from, to)
    } else {
        RelationKind::Depends
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
