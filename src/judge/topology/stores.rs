//! Stores that the code of a component uses and that no address names.

use crate::catalog::Catalog;
use crate::model::{
    CallKind, Component, ComponentKind, Evidence, OutboundCall, Reference, ReferenceVia, Store,
    System,
};
use std::collections::{BTreeMap, BTreeSet};

/// A store that the code of a component uses and that no address names: the code holds a handle of
/// it, or calls a library for it. Where the code holds handles of several, what is run tells which.
pub(super) fn of_code(system: &mut System, catalog: &Catalog) {
    let rules = &catalog.environment;
    let kind = |component: &Component| match rules.leads_to_database(component) {
        true => ComponentKind::Database,
        false => component.kind,
    };
    let kinds: BTreeMap<String, ComponentKind> = system
        .components
        .iter()
        .map(|component| (component.id.clone(), kind(component)))
        .collect();
    for client in system.components.clone() {
        let Some(package) = &client.package else {
            continue;
        };
        // One run of a program that also serves does a part of what its code can.
        if client.kind == ComponentKind::InitJob && client.in_compose {
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
            ComponentKind::Search,
            ComponentKind::Warehouse,
        ] {
            let used = system
                .calls
                .iter()
                .find(|call| runs(call) && uses(call, kind, catalog));
            let Some(call) = used.filter(|_| !addressed.contains(&kind)) else {
                continue;
            };
            let mut handles = handles(system, catalog, &homes, &functions, kind);
            let span = call.name_span;
            let same = |known: &&Component| {
                let mut handles = handles.iter();
                let fits = |store: &Store| {
                    let technology = known.technology.as_deref();
                    technology.is_some_and(|own| catalog.outside.speaks(own, &store.technology))
                };
                known.kind == kind && (handles.len() == 0 || handles.any(fits))
            };
            let all: Vec<&Component> = system.components.iter().filter(same).collect();
            let of_group = |known: &&&Component| known.group == client.group;
            let near: Vec<&Component> = all.iter().filter(of_group).copied().collect();
            let elsewhere = elsewhere(system, &client, &all);
            let one = handles.len() == 1;
            let known = match (near.as_slice(), elsewhere.as_slice()) {
                ([only], _) => Some(*only),
                ([first, ..], _) if one => Some(*first),
                // What no project has by itself is the one of the only project that has one.
                ([], [first, rest @ ..]) if one => {
                    let same = rest.iter().all(|other| are_peers(first, other));
                    same.then_some(*first)
                }
                _ => None,
            };
            let known = known.map(|known| known.id.clone());
            let none_like_it = kinds.values().all(|known| *known != kind);
            let (store, how) = in_code(&mut handles, kind, none_like_it);
            let unknown = || unknown_id(system, catalog, store.as_ref()?, &client);
            let Some(id) = known.or_else(unknown) else {
                continue;
            };
            if system.component(&id).is_none() {
                let reason = format!("the code of {} {how}", client.name);
                let technology = store.map(|store| store.technology);
                system.components.push(Component {
                    technology: technology.filter(|technology| !technology.is_empty()),
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

/// The store that code uses of these, and how it does so: the only one, or a database of whatever product, as records are kept
/// somewhere.
fn in_code(
    handles: &mut BTreeSet<Store>,
    kind: ComponentKind,
    none_like_it: bool,
) -> (Option<Store>, &'static str) {
    if handles.len() == 1 {
        return (handles.pop_first(), "holds a handle of it");
    }
    let open = kind == ComponentKind::Database && none_like_it;
    let store = open.then(|| Store {
        kind,
        technology: String::new(),
        name: kind.name().to_owned(),
    });
    (store, "runs statements there")
}

/// The stores of a kind that programs of these packages hold handles of, are built for, or call by these functions.
fn handles(
    system: &System,
    catalog: &Catalog,
    homes: &BTreeSet<&String>,
    functions: &BTreeSet<usize>,
    kind: ComponentKind,
) -> BTreeSet<Store> {
    let mut handles: BTreeSet<Store> = system
        .handles
        .iter()
        .filter(|(home, store)| homes.contains(home) && store.kind == kind)
        .map(|(_, store)| store.clone())
        .collect();
    let embedded = |store: &Store| catalog.environment.embedded.contains(&store.technology);
    if handles.iter().all(embedded) {
        let by_feature = system.by_feature.iter();
        let by_feature =
            by_feature.filter(|(home, store)| homes.contains(home) && store.kind == kind);
        handles.extend(by_feature.map(|(_, store)| store.clone()));
    }
    if handles.is_empty() {
        // What the code is given by another package it holds in no field of its own.
        let calls = system.calls.iter();
        let runs = |call: &OutboundCall| functions.contains(&call.function);
        let calls = calls.filter(|call| runs(call) && uses(call, kind, catalog));
        let stores = calls.flat_map(|call| catalog.crates.stores(&call.krate));
        handles.extend(stores.filter(|store| store.kind == kind).cloned());
    }
    // Beside a server it is there for tests, or for those who try the program out.
    if !handles.iter().all(embedded) {
        handles.retain(|store| !embedded(store));
    }
    handles
}

/// Of these stores, those of compose projects that a program may use which they do not run: the closest around its
/// directory, or all.
fn elsewhere<'c>(system: &System, client: &Component, all: &[&'c Component]) -> Vec<&'c Component> {
    let shared = all
        .iter()
        .filter(|one| one.in_compose && shares(system, client, one));
    let shared: Vec<&Component> = shared.copied().collect();
    let depth = |one: &&Component| is_around(client, &one.group).then_some(one.group.len());
    let closest = shared.iter().filter_map(depth).max();
    shared
        .iter()
        .filter(|one| closest.is_none() || depth(one) == closest)
        .copied()
        .collect()
}

/// Whether a project's directory is that of a program or holds it.
fn is_around(client: &Component, project: &str) -> bool {
    let directory = client.directory.as_deref().unwrap_or_default();
    let below = directory.strip_prefix(project);
    below.is_some_and(|rest| project.is_empty() || rest.is_empty() || rest.starts_with('/'))
}

/// Whether two stores are members of one cluster: they are called alike but for a number.
fn are_peers(one: &Component, other: &Component) -> bool {
    let stem = |name: &str| {
        name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-')
            .to_owned()
    };
    one.group == other.group && stem(&one.name) == stem(&other.name)
}

/// Whether a program may use what a project has that does not run it: the project is around its directory, runs nothing
/// but infrastructure, or a program that has a package with it in common; what another project runs is in a network with
/// it.
pub(super) fn shares(system: &System, client: &Component, target: &Component) -> bool {
    let project = target.group.as_str();
    if client.in_compose {
        let mut networks = client.networks.iter();
        return networks.any(|network| target.networks.contains(network));
    }
    let components = system.components.iter();
    let mut own = components
        .filter(|one| one.in_compose && one.group == project)
        .filter_map(|one| one.package.as_ref())
        .peekable();
    let related = |package: &String| {
        let client = client.package.as_ref();
        let mut linked = system.linked.iter();
        linked.any(|all| all.contains(package) && client.is_some_and(|own| all.contains(own)))
    };
    is_around(client, project) || own.peek().is_none() || own.any(related)
}

/// An id for a store that only code knows: its product, which others that only code knows may share,
/// and never a service of another project. What lies in the process is of one package alone.
fn unknown_id(
    system: &System,
    catalog: &Catalog,
    store: &Store,
    client: &Component,
) -> Option<String> {
    let embedded = catalog.environment.embedded.contains(&store.technology);
    let mut users = system.references.iter().filter(|one| one.to == store.name);
    let of_package = |user: &Reference| {
        let user = system.component(&user.from);
        user.is_some_and(|user| user.package == client.package)
    };
    match system.component(&store.name) {
        None => Some(store.name.clone()),
        Some(_) if embedded && !users.all(of_package) => {
            Some(format!("{}/{}", client.id, store.name))
        }
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

/// Whether a call goes to a component of that kind: what its library is for tells, or what it does.
fn uses(call: &OutboundCall, component: ComponentKind, catalog: &Catalog) -> bool {
    let store = matches!(
        call.kind,
        CallKind::Db | CallKind::Cache | CallKind::BrokerPublish | CallKind::BrokerConsume
    );
    let mut kinds = catalog
        .crates
        .stores(&call.krate)
        .map(|store| store.kind)
        .peekable();
    if store && kinds.peek().is_some() {
        return kinds.any(|kind| kind == component);
    }
    match component {
        ComponentKind::Database => call.kind == CallKind::Db,
        ComponentKind::Cache => call.kind == CallKind::Cache,
        ComponentKind::Queue => {
            matches!(call.kind, CallKind::BrokerPublish | CallKind::BrokerConsume)
        }
        _ => false,
    }
}
