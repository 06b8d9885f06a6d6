//! What each component is, and what the references between components mean.

use crate::catalog::{Catalog, ImageMatch};
use crate::model::{
    Answer, CallKind, Component, ComponentKind, Evidence, Gate, OutboundCall, Reference,
    ReferenceVia, Relation, RelationKind, System,
};
use crate::source::Span;
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
    stores_of_code(system);
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
    if component.built {
        own_program(component, catalog, consuming);
    } else if let Some((image, span)) = component.image.clone() {
        match catalog.images.find(&image) {
            Some(known) => product(component, known, span),
            None => own_program(component, catalog, consuming),
        }
    }
    if run_once.contains(&component.id) {
        component.kind = ComponentKind::InitJob;
    }
}

/// A component that runs an image of a known product.
fn product(component: &mut Component, known: ImageMatch<'_>, span: Span) {
    let (technology, kind) = (&known.entry.technology, known.entry.kind);
    component.kind = kind;
    component.technology = Some(technology.clone());
    component.evidence.push(Evidence::seen(
        span,
        format!("runs an image of {technology}"),
    ));
    component.evidence.push(Evidence::known(
        known.line,
        format!("{technology} is a {}", kind.name()),
    ));
    // An image of the same name elsewhere may have been given a healthcheck.
    if component.healthcheck == Answer::Unknown && known.exact {
        component.healthcheck = if known.entry.ships_healthcheck {
            Answer::Yes
        } else {
            Answer::No
        };
    }
}

/// A component that is built here, or runs an image that is no known product.
fn own_program(component: &mut Component, catalog: &Catalog, consuming: &BTreeSet<String>) {
    if let Some(package) = &component.package {
        component.technology = Some("rust".to_owned());
        if !component.published && consuming.contains(package) {
            component.kind = ComponentKind::Worker;
            return;
        }
    } else if let Some(known) = catalog.images.find(&component.name) {
        // A product that is built here, or comes from a registry of one's own, carries its name.
        component.kind = known.entry.kind;
        component.technology = Some(known.entry.technology.clone());
        component
            .evidence
            .push(Evidence::known(known.line, "called like this product"));
        return;
    }
    let words = component
        .name
        .split(['-', '_', '.'])
        .chain(component.command.iter().map(String::as_str));
    let mut words = words.map(str::to_ascii_lowercase);
    if !component.published && words.any(|word| catalog.environment.worker_words.contains(&word)) {
        component.kind = ComponentKind::Worker;
    }
}

/// A store that the code of a component uses and that no address names: the code holds a handle of
/// it. Where the code holds handles of several, nobody knows which.
fn stores_of_code(system: &mut System) {
    let kinds: BTreeMap<String, ComponentKind> = system
        .components
        .iter()
        .map(|component| (component.id.clone(), component.kind))
        .collect();
    for client in system.components.clone() {
        let Some(package) = &client.package else {
            continue;
        };
        let addressed: Vec<ComponentKind> = system
            .references
            .iter()
            .filter(|reference| reference.from == client.id)
            .filter_map(|reference| kinds.get(&reference.to).copied())
            .collect();
        for kind in [
            ComponentKind::Database,
            ComponentKind::Cache,
            ComponentKind::Queue,
        ] {
            let mut handles = system
                .handles
                .iter()
                .filter(|(home, store)| home == package && store.kind == kind);
            let (Some((_, store)), None) = (handles.next(), handles.next()) else {
                continue;
            };
            let used = system
                .calls
                .iter()
                .find(|call| call.service == *package && uses(call.kind, kind));
            let Some(call) = used.filter(|_| !addressed.contains(&kind)) else {
                continue;
            };
            let (store, span) = (store.clone(), call.name_span);
            let known = system.components.iter().find(|known| {
                known.kind == kind
                    && known.group == client.group
                    && known.technology.as_ref() == Some(&store.technology)
            });
            let id = known.map_or_else(|| store.name.clone(), |known| known.id.clone());
            if system
                .component(&id)
                .is_some_and(|named| named.kind != kind)
            {
                continue;
            }
            if system.component(&id).is_none() {
                let reason = format!("the code of {} holds a handle of it", client.name);
                system.components.push(Component {
                    technology: Some(store.technology),
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

/// Whether a call of this kind goes to a component of that kind.
fn uses(call: CallKind, component: ComponentKind) -> bool {
    match component {
        ComponentKind::Database => call == CallKind::Db,
        ComponentKind::Cache => call == CallKind::Cache,
        _ => matches!(call, CallKind::BrokerPublish | CallKind::BrokerConsume),
    }
}

/// Relations by pair and meaning, all evidence of one together.
#[derive(Default)]
struct Found(BTreeMap<(String, String, RelationKind), Relation>);

impl Found {
    fn add(&mut self, from: &str, to: &str, kind: RelationKind, certain: bool, evidence: Evidence) {
        let relation = self
            .0
            .entry((from.to_owned(), to.to_owned(), kind))
            .or_insert_with(|| Relation {
                from: from.to_owned(),
                to: to.to_owned(),
                kind,
                certain: false,
                evidence: Vec::new(),
            });
        relation.certain |= certain;
        if !relation.evidence.contains(&evidence) {
            relation.evidence.push(evidence);
        }
    }
}

/// Reads relations from references. An order of start counts only where nothing else is known of
/// the pair.
fn relations(system: &mut System, catalog: &Catalog) {
    let components: BTreeMap<&str, &Component> = system
        .components
        .iter()
        .map(|component| (component.id.as_str(), component))
        .collect();
    let mut found = Found::default();
    let mut explained: BTreeSet<(&str, &str)> = BTreeSet::new();
    let (orders, addresses): (Vec<&Reference>, Vec<&Reference>) = system
        .references
        .iter()
        .partition(|reference| reference.via == ReferenceVia::Order);
    for reference in addresses {
        let (from, to) = (reference.from.as_str(), reference.to.as_str());
        let (Some(client), Some(target)) = (components.get(from), components.get(to)) else {
            continue;
        };
        explained.insert((from, to));
        let (kind, certain, reason) = meaning(reference, client.kind, target.kind, catalog);
        let evidence = Evidence::seen(reference.span, reason);
        let code = message_calls(system, client, target.kind);
        if code.is_empty() {
            found.add(from, to, kind, certain, evidence);
            continue;
        }
        // The code says which way messages go; the address says where.
        for call in code {
            let kind = if call.kind == CallKind::BrokerPublish {
                RelationKind::Publishes
            } else {
                RelationKind::Consumes
            };
            found.add(from, to, kind, true, evidence.clone());
            let topic = call
                .target
                .as_deref()
                .map(|topic| format!(" `{topic}`"))
                .unwrap_or_default();
            found.add(
                from,
                to,
                kind,
                true,
                Evidence::seen(call.name_span, format!("its code {}{topic}", kind.name())),
            );
        }
    }
    for reference in orders {
        let (from, to) = (reference.from.as_str(), reference.to.as_str());
        let (Some(client), Some(target)) = (components.get(from), components.get(to)) else {
            continue;
        };
        if !explained.contains(&(from, to)) {
            let kind = order_meaning(catalog, client.kind, target.kind);
            let evidence = Evidence::seen(reference.span, "starts after it");
            found.add(from, to, kind, kind == RelationKind::Depends, evidence);
        }
    }
    for component in &system.components {
        behind_gateways(system, component, catalog, &mut found);
    }
    system.relations = found.0.into_values().collect();
}

/// What an address means: by the words of the variable that holds it, or by the kinds at its ends.
fn meaning(
    reference: &Reference,
    from: ComponentKind,
    to: ComponentKind,
    catalog: &Catalog,
) -> (RelationKind, bool, String) {
    let rules = &catalog.environment;
    let (kind, certain, reason) = match &reference.via {
        ReferenceVia::Variable(name) => {
            let upper = name.to_ascii_uppercase();
            let words: Vec<&str> = upper.split('_').collect();
            let spoken = rules.direction(&words, to);
            let kind = spoken.unwrap_or_else(|| rules.relation(from, to));
            (
                kind,
                spoken.is_some(),
                format!("`{name}` holds its address"),
            )
        }
        ReferenceVia::Command => (
            rules.relation(from, to),
            false,
            "its command names it".to_owned(),
        ),
        ReferenceVia::Code => (
            rules.relation(from, to),
            true,
            "its code uses it".to_owned(),
        ),
        ReferenceVia::Order => (RelationKind::Depends, true, "starts after it".to_owned()),
    };
    // An address of a service or registry leaves no doubt about what is done there.
    (
        kind,
        certain || matches!(kind, RelationKind::Calls | RelationKind::Coordinates),
        reason,
    )
}

/// The calls by which a program sends and takes messages, where the target is a broker.
fn message_calls<'s>(
    system: &'s System,
    client: &Component,
    target: ComponentKind,
) -> Vec<&'s OutboundCall> {
    let Some(package) = client
        .package
        .as_ref()
        .filter(|_| target == ComponentKind::Queue)
    else {
        return Vec::new();
    };
    let messages = |call: &&OutboundCall| {
        call.service == *package
            && matches!(call.kind, CallKind::BrokerPublish | CallKind::BrokerConsume)
    };
    system.calls.iter().filter(messages).collect()
}

/// A gateway calls the services that carry its labels.
fn behind_gateways(system: &System, component: &Component, catalog: &Catalog, found: &mut Found) {
    for rule in &catalog.environment.gateway_labels {
        let Some((label, span)) = component
            .labels
            .iter()
            .find(|(label, _)| label.starts_with(&rule.prefix))
        else {
            continue;
        };
        let gateways = system.components.iter().filter(|gateway| {
            gateway.kind == ComponentKind::Gateway
                && gateway.group == component.group
                && gateway.technology.as_deref() == Some(&rule.technology)
                && gateway.id != component.id
        });
        for gateway in gateways {
            let evidence = Evidence::seen(
                *span,
                format!("the label `{label}` is for {}", gateway.name),
            );
            found.add(
                &gateway.id,
                &component.id,
                RelationKind::Calls,
                true,
                evidence,
            );
        }
    }
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
