//! What the references between components mean.

use crate::catalog::{Catalog, EnvironmentRules};
use crate::model::{
    CallKind, Component, ComponentKind, EffectKind, Evidence, OutboundCall, Reference,
    ReferenceVia, Relation, RelationKind, System,
};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// How many places are given for one relation.
const MAX_EVIDENCE: usize = 8;

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
        if relation.evidence.len() < MAX_EVIDENCE && !relation.evidence.contains(&evidence) {
            relation.evidence.push(evidence);
        }
    }
}

/// Reads relations from references. An order of start counts only where nothing else is known of
/// the pair.
pub(super) fn relations(system: &mut System, catalog: &Catalog) {
    let components: BTreeMap<&str, &Component> = system
        .components
        .iter()
        .map(|component| (component.id.as_str(), component))
        .collect();
    let mut found = Found::default();
    let directions = directions(system, &components);
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
        // What is mounted into all parts of a product, its workers run.
        let by_file = matches!(reference.via, ReferenceVia::File { .. });
        if by_file && client.kind != ComponentKind::Worker && has_workers(system, client) {
            continue;
        }
        explained.insert((from, to));
        let (mut kind, mut certain, reason) = meaning(reference, client, target, catalog);
        if kind == RelationKind::ReadsWrites
            && let Some(does) = directions.get(&(from, target.kind))
        {
            (kind, certain) = (*does, true);
        }
        let evidence = Evidence::seen(reference.span, reason);
        let code = message_calls(system, client, target, catalog);
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
        if !components.contains_key(from) || !components.contains_key(to) {
            continue;
        }
        if !explained.contains(&(from, to)) {
            let evidence = Evidence::seen(reference.span, "starts after it");
            found.add(from, to, RelationKind::Depends, true, evidence);
        }
    }
    for component in &system.components {
        behind_gateways(system, component, catalog, &mut found);
    }
    system.relations = found.0.into_values().collect();
}

/// What programs do that only read from their only store of a kind, or only write to it: every statement is seen.
fn directions<'s>(
    system: &'s System,
    components: &BTreeMap<&str, &Component>,
) -> BTreeMap<(&'s str, ComponentKind), RelationKind> {
    let mut stores: BTreeMap<(&str, ComponentKind), BTreeSet<&str>> = BTreeMap::new();
    for reference in &system.references {
        let Some(target) = components.get(reference.to.as_str()) else {
            continue;
        };
        if reference.via != ReferenceVia::Order {
            let known = stores.entry((&reference.from, target.kind)).or_default();
            known.insert(&reference.to);
        }
    }
    let effects = system.effects.iter();
    let effects: BTreeMap<Span, EffectKind> =
        effects.map(|effect| (effect.span, effect.kind)).collect();
    let mut found = BTreeMap::new();
    for ((client, kind), targets) in stores {
        let calls_of = match kind {
            ComponentKind::Database | ComponentKind::Warehouse => CallKind::Db,
            ComponentKind::Cache => CallKind::Cache,
            _ => continue,
        };
        let program = components
            .get(client)
            .and_then(|one| system.executable(one));
        let (Some(program), 1) = (program, targets.len()) else {
            continue;
        };
        let runs = &program.functions;
        let calls = system.calls.iter();
        let calls = calls.filter(|call| call.kind == calls_of && runs.contains(&call.function));
        let done: Option<BTreeSet<RelationKind>> = calls
            .map(|call| {
                let kind = effects
                    .get(&call.span)
                    .or_else(|| effects.get(&call.name_span))?;
                match kind {
                    EffectKind::Read => Some(RelationKind::Reads),
                    EffectKind::Unknown => None,
                    _ => Some(RelationKind::Writes),
                }
            })
            .collect();
        let done = done.unwrap_or_default();
        if let (Some(only), 1) = (done.first(), done.len()) {
            found.insert((client, kind), *only);
        }
    }
    found
}

/// Whether other parts of the same product are its workers.
fn has_workers(system: &System, client: &Component) -> bool {
    let technology = client.technology.as_ref().filter(|_| client.acts.is_some());
    technology.is_some()
        && system.components.iter().any(|other| {
            other.kind == ComponentKind::Worker
                && other.group == client.group
                && other.technology.as_ref() == technology
        })
}

/// What an address means: by the words of the variable that holds it, by what the files around it
/// do, by the product that holds it, by the words of the service's name, or by the kinds at its
/// ends.
fn meaning(
    reference: &Reference,
    client: &Component,
    target: &Component,
    catalog: &Catalog,
) -> (RelationKind, bool, String) {
    let (from, to) = (client.kind, target.kind);
    let rules = &catalog.environment;
    let words_of = |text: &str| -> Vec<String> {
        let upper = text.to_ascii_uppercase();
        let words = upper.split(|c: char| !c.is_ascii_alphanumeric());
        words.map(str::to_owned).collect()
    };
    let stands_for = match rules.leads_to_database(target) {
        true => ComponentKind::Database,
        false => to,
    };
    let direction = |key: &str| {
        let words = words_of(key);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        rules.direction(&words, stands_for)
    };
    let (spoken, reason) = match &reference.via {
        ReferenceVia::Variable(name) => (direction(name), format!("`{name}` holds its address")),
        ReferenceVia::File { key, .. } => {
            (direction(key), format!("a file of it names it as `{key}`"))
        }
        ReferenceVia::Name { key, .. } if key.is_empty() => (None, "its code names it".to_owned()),
        ReferenceVia::Name { key, .. } => (direction(key), format!("`{key}` names it")),
        ReferenceVia::Command => (None, "its command names it".to_owned()),
        ReferenceVia::Code => (None, "its code uses it".to_owned()),
        ReferenceVia::Does(kind) => (Some(*kind), format!("its code {}", does(*kind))),
        ReferenceVia::Order => (Some(RelationKind::Depends), "starts after it".to_owned()),
    };
    let spoken = spoken
        .or_else(|| collects(reference, client, to))
        .or_else(|| scrapes(reference, client, target, rules))
        .or_else(|| reference.via.flow().filter(|_| is_flow(to)))
        .or_else(|| acting(client.acts?, to));
    let certain = spoken.is_some() || reference.via == ReferenceVia::Code;
    let kind = spoken
        .or_else(|| by_name(client, rules).filter(|_| is_flow(to)))
        .unwrap_or_else(|| rules.relation(from, target));
    // Stores of one kind and make are the members of a cluster.
    let peers = from == to
        && rules.stateful.contains(&to)
        && client.technology.is_some()
        && client.technology == target.technology;
    let kind = match peers && reference.via != ReferenceVia::Order {
        true => RelationKind::Coordinates,
        false => kind,
    };
    // An address of a service or registry leaves no doubt about what is done there.
    let plain = matches!(kind, RelationKind::Calls | RelationKind::Coordinates);
    (kind, certain || plain, reason)
}

/// What is done, as it stands behind "its code".
fn does(kind: RelationKind) -> &'static str {
    match kind {
        RelationKind::Reads => "reads from it",
        RelationKind::Writes => "writes to it",
        RelationKind::Publishes => "sends to it",
        RelationKind::Consumes => "takes from it",
        _ => "uses it",
    }
}

/// What a collector of telemetry does to what its configuration names: it asks those that it receives from, and writes to
/// those that it exports to.
fn collects(reference: &Reference, client: &Component, to: ComponentKind) -> Option<RelationKind> {
    let collector =
        client.kind == ComponentKind::Observability && client.acts == Some(RelationKind::Writes);
    match reference.via.flow().filter(|_| collector)? {
        RelationKind::Consumes => Some(RelationKind::Scrapes),
        RelationKind::Publishes => acting(RelationKind::Writes, to).or(Some(RelationKind::Writes)),
        _ => None,
    }
}

/// What asks others for their metrics does to those that it is told of as targets: not to those that it tells of alerts.
fn scrapes(
    reference: &Reference,
    client: &Component,
    target: &Component,
    rules: &EnvironmentRules,
) -> Option<RelationKind> {
    let is_one = |component: &Component, of: &[String]| {
        let technology = component.technology.as_ref();
        technology.is_some_and(|technology| of.contains(technology))
    };
    // The second of two on one line stands behind the port of the first.
    let lists = |key: &String| {
        rules.scrape_keys.contains(key) || key.bytes().all(|byte| byte.is_ascii_digit())
    };
    let told = matches!(&reference.via, ReferenceVia::File { key, .. } if lists(key));
    let scrapes = told && is_one(client, &rules.scrapers) && !is_one(target, &rules.alarmed);
    scrapes.then_some(RelationKind::Scrapes)
}

/// What a product that reads or writes does to a component of a kind.
fn acting(acts: RelationKind, to: ComponentKind) -> Option<RelationKind> {
    let store = matches!(
        to,
        ComponentKind::Database
            | ComponentKind::Cache
            | ComponentKind::Warehouse
            | ComponentKind::ObjectStore
            | ComponentKind::Search
            | ComponentKind::Observability
    );
    match (acts, to) {
        (RelationKind::Writes, ComponentKind::Queue) => Some(RelationKind::Publishes),
        (RelationKind::ReadsWrites, ComponentKind::Observability) => Some(RelationKind::Calls),
        (RelationKind::ReadsWrites, ComponentKind::Warehouse) => None,
        (RelationKind::Writes, ComponentKind::Warehouse) => Some(RelationKind::Loads),
        _ => store.then_some(acts),
    }
}

/// Which way messages flow by the words of a service's name and command.
fn by_name(client: &Component, rules: &EnvironmentRules) -> Option<RelationKind> {
    let words: Vec<String> = client
        .name
        .split(['-', '_', '.'])
        .chain(
            client
                .command
                .iter()
                .flat_map(|word| word.split(|c: char| !c.is_ascii_alphanumeric())),
        )
        .map(str::to_ascii_lowercase)
        .collect();
    let speaks = |list: &[String]| words.iter().any(|word| list.contains(word));
    match (
        speaks(&rules.publisher_words),
        speaks(&rules.consumer_words),
    ) {
        (true, false) => Some(RelationKind::Publishes),
        (false, true) => Some(RelationKind::Consumes),
        _ => None,
    }
}

/// Whether messages flow to or from it.
fn is_flow(kind: ComponentKind) -> bool {
    matches!(kind, ComponentKind::Queue | ComponentKind::Topic)
}

/// The calls by which a program sends and takes messages, where the target is a broker. Where the
/// program addresses brokers of several products, each call is for those that its crate is for.
fn message_calls<'s>(
    system: &'s System,
    client: &Component,
    target: &Component,
    catalog: &Catalog,
) -> Vec<&'s OutboundCall> {
    if client.package.is_none() || target.kind != ComponentKind::Queue {
        return Vec::new();
    }
    let addressed: BTreeSet<&str> = system
        .references
        .iter()
        .filter(|reference| reference.from == client.id && reference.via != ReferenceVia::Order)
        .filter_map(|reference| system.component(&reference.to)?.technology.as_deref())
        .collect();
    let is_for_target = |call: &OutboundCall| {
        let mut meant = catalog.crates.technologies(&call.krate);
        let elsewhere = meant.any(|technology| addressed.contains(technology));
        let mut meant = catalog.crates.technologies(&call.krate);
        let here = meant.any(|technology| target.technology.as_deref() == Some(technology));
        here || !elsewhere
    };
    let messages = |call: &&OutboundCall| {
        matches!(call.kind, CallKind::BrokerPublish | CallKind::BrokerConsume)
            && system.runs(client, call.function)
            && is_for_target(call)
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
        let all = system.components.iter().filter(|gateway| {
            gateway.kind == ComponentKind::Gateway
                && gateway.technology.as_deref() == Some(&rule.technology)
                && gateway.id != component.id
        });
        let all: Vec<&Component> = all.collect();
        let own = all
            .iter()
            .filter(|gateway| gateway.group == component.group);
        let own: Vec<&Component> = own.copied().collect();
        // Where a project has none, it is for the only one that another one has.
        let gateways = match (own.as_slice(), all.as_slice()) {
            ([], [only]) if component.kind != ComponentKind::Gateway => vec![*only],
            _ => own,
        };
        let near = |gateway: &Component| gateway.group == component.group;
        for gateway in gateways {
            let evidence = Evidence::seen(
                *span,
                format!("the label `{label}` is for {}", gateway.name),
            );
            found.add(
                &gateway.id,
                &component.id,
                RelationKind::Calls,
                near(gateway),
                evidence,
            );
        }
    }
}
