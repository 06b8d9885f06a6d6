//! Where topics and buckets lie. What two systems call by one name is one thing only where it lies on
//! one broker or store: that of the system, or the one that it addresses elsewhere.

use crate::model::{Component, ComponentKind, Evidence, Reference, ReferenceVia, System};
use std::collections::{BTreeMap, BTreeSet};

/// The brokers and stores that a topic or bucket lies on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Home {
    /// Those of a compose project.
    Group(String),
    /// One that is known by its address or by the code that uses it.
    Outside(String),
    /// Nobody says.
    Unknown,
}

/// The group in which a topic or bucket lies, and a place that names it there, by home.
type Parts = BTreeMap<Home, (String, Evidence)>;

/// What files of a system call a topic is none where no broker is.
pub(super) fn without_brokers(system: &mut System) {
    let groups = groups(system);
    let brokers = homes_of(system, &groups, ComponentKind::Queue);
    let queues = system.components.iter();
    let queues = queues.filter(|component| component.kind == ComponentKind::Queue);
    let mut with_broker: BTreeSet<&String> = queues.map(|queue| &queue.group).collect();
    with_broker.extend(brokers.keys());
    let topics = system.components.iter();
    let topics = topics.filter(|component| component.kind == ComponentKind::Topic);
    let topics: BTreeSet<&String> = topics.map(|topic| &topic.id).collect();
    let group = |reference: &Reference| groups.get(&reference.from).cloned().unwrap_or_default();
    // Those that more than a file names.
    let mut sure: BTreeSet<(String, String)> = BTreeSet::new();
    let mut named: BTreeSet<(String, String)> = BTreeSet::new();
    for reference in system
        .references
        .iter()
        .filter(|one| topics.contains(&one.to))
    {
        let pair = (reference.to.clone(), group(reference));
        let by_file = matches!(reference.via, ReferenceVia::File { .. });
        if !by_file || with_broker.contains(&pair.1) {
            sure.insert(pair.clone());
        }
        named.insert(pair);
    }
    let left: BTreeSet<&String> = sure.iter().map(|(topic, _)| topic).collect();
    let gone: BTreeSet<String> = topics
        .into_iter()
        .filter(|topic| !left.contains(topic))
        .cloned()
        .collect();
    system.references.retain(|one| {
        let pair = (one.to.clone(), group(one));
        !named.contains(&pair) || sure.contains(&pair)
    });
    system
        .components
        .retain(|component| !gone.contains(&component.id));
}

/// Makes several of a topic or bucket that projects with brokers or stores of their own name.
pub(super) fn apart(system: &mut System) {
    let groups = groups(system);
    let on: BTreeMap<String, ComponentKind> = system
        .components
        .iter()
        .filter_map(|component| Some((component.id.clone(), component.lies_on?)))
        .collect();
    let kinds: BTreeSet<ComponentKind> = on.values().copied().collect();
    for kind in kinds {
        let homes = homes_of(system, &groups, kind);
        let home_of = |from: &str| {
            let home = groups.get(from).and_then(|group| homes.get(group));
            home.cloned().unwrap_or(Home::Unknown)
        };
        let mut found: BTreeMap<String, Parts> = BTreeMap::new();
        for reference in &system.references {
            if on.get(&reference.to) != Some(&kind) {
                continue;
            }
            let home = home_of(&reference.from);
            let group = match &home {
                Home::Group(group) => group.clone(),
                _ => groups.get(&reference.from).cloned().unwrap_or_default(),
            };
            let parts = found.entry(reference.to.clone()).or_default();
            parts.entry(home).or_insert_with(|| {
                let reason = "named here, in a system with brokers or stores of its own";
                (group, Evidence::seen(reference.span, reason))
            });
        }
        found.retain(|_, parts| parts.len() > 1);
        let ids: BTreeMap<String, BTreeMap<Home, String>> = found
            .into_iter()
            .map(|(id, parts)| {
                let parts = part(system, &id, parts);
                (id, parts)
            })
            .collect();
        for reference in &mut system.references {
            let parts = ids.get(&reference.to);
            if let Some(new) = parts.and_then(|parts| parts.get(&home_of(&reference.from))) {
                reference.to.clone_from(new);
            }
        }
    }
    system.components.sort_by(|a, b| a.id.cmp(&b.id));
}

/// The home of each group that has stores of a kind, or addresses one elsewhere.
fn homes_of(
    system: &System,
    groups: &BTreeMap<String, String>,
    kind: ComponentKind,
) -> BTreeMap<String, Home> {
    let stores = system
        .components
        .iter()
        .filter(|component| component.kind == kind && component.lies_on.is_none());
    let mut places: BTreeMap<&str, Home> = BTreeMap::new();
    let mut homes: BTreeMap<String, Home> = BTreeMap::new();
    for store in stores {
        let home = match store.named {
            true => Home::Outside(store.id.clone()),
            false => Home::Group(store.group.clone()),
        };
        if !store.named {
            homes.insert(store.group.clone(), home.clone());
        }
        places.insert(&store.id, home);
    }
    let mut addressed: BTreeMap<String, BTreeSet<Home>> = BTreeMap::new();
    for reference in &system.references {
        let group = groups.get(&reference.from);
        if let (Some(group), Some(home)) = (group, places.get(reference.to.as_str())) {
            addressed
                .entry(group.clone())
                .or_default()
                .insert(home.clone());
        }
    }
    for (group, elsewhere) in addressed {
        if let Some(first) = elsewhere.into_iter().next() {
            homes.entry(group).or_insert(first);
        }
    }
    homes
}

/// The group of each component.
fn groups(system: &System) -> BTreeMap<String, String> {
    let all = system.components.iter();
    all.map(|component| (component.id.clone(), component.group.clone()))
        .collect()
}

/// Makes one of a topic or bucket for each of its homes; their ids.
fn part(system: &mut System, id: &str, parts: Parts) -> BTreeMap<Home, String> {
    let mut ids: BTreeMap<Home, String> = BTreeMap::new();
    let Some(whole) = system.component(id).cloned() else {
        return ids;
    };
    system.components.retain(|component| component.id != id);
    for (home, (group, evidence)) in parts {
        let new = free_id(system, &whole, &group);
        system.components.push(Component {
            id: new.clone(),
            group,
            evidence: vec![evidence],
            ..whole.clone()
        });
        ids.insert(home, new);
    }
    ids
}

/// An id for what lies in a group: its name with the group in front, as services have it.
fn free_id(system: &System, whole: &Component, group: &str) -> String {
    let name = &whole.name;
    let long = match group.is_empty() {
        true => name.clone(),
        false => format!("{group}/{name}"),
    };
    let what = match whole.kind {
        ComponentKind::Topic => "topic",
        _ => "bucket",
    };
    match system.component(&long) {
        None => long,
        Some(_) => format!("{what}:{long}"),
    }
}
