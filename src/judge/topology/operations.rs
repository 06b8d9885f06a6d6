//! How the system is run: which components are members of one store, what happens when one of them
//! is lost, and what there is only once.

use crate::catalog::{Catalog, StoreRules, image_repository};
use crate::model::{
    Cluster, Component, ComponentKind, Evidence, ReferenceVia, RelationKind, Replication,
    ReplicationFault, Setting, SinglePoint, System,
};
use petgraph::algo::dominators;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::{BTreeMap, BTreeSet};

/// Fills in clusters, their faults, and what there is once.
pub(super) fn operations(system: &mut System, catalog: &Catalog) {
    system.clusters = clusters(system, catalog);
    system.replication_faults = faults(system, catalog);
    system.single_points = single_points(system, catalog);
}

/// Stores, brokers and registries, those together that are members of one.
fn clusters(system: &System, catalog: &Catalog) -> Vec<Cluster> {
    let rules = &catalog.environment;
    let stores: Vec<&Component> = system
        .components
        .iter()
        .filter(|one| one.in_compose && rules.stateful.contains(&one.kind))
        .filter(|one| one.technology.is_some())
        .collect();
    let mut home: Vec<usize> = (0..stores.len()).collect();
    for (at, one) in stores.iter().enumerate() {
        for (other_at, other) in stores.iter().enumerate().skip(at + 1) {
            if are_members(system, catalog, one, other) {
                let (from, to) = (home[other_at], home[at]);
                for home in &mut home {
                    if *home == from {
                        *home = to;
                    }
                }
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<&Component>> = BTreeMap::new();
    for (at, one) in stores.iter().enumerate() {
        groups.entry(home[at]).or_default().push(one);
    }
    groups
        .into_values()
        .map(|members| cluster(system, &members, catalog))
        .collect()
}

/// Whether two components are members of one store: they are of one make, and one addresses the
/// other or counts its vote, or both use one registry that is there for them.
fn are_members(system: &System, catalog: &Catalog, one: &Component, other: &Component) -> bool {
    if one.group != other.group || one.kind != other.kind || one.technology != other.technology {
        return false;
    }
    let addressed = |from: &Component, to: &Component| {
        let mut references = system.references.iter();
        references.any(|reference| {
            reference.from == from.id
                && reference.to == to.id
                && reference.via != ReferenceVia::Order
        })
    };
    let registries = |from: &Component| -> BTreeSet<&str> {
        let relations = system.relations.iter();
        relations
            .filter(|r| r.from == from.id && r.kind == RelationKind::Coordinates)
            .map(|r| r.to.as_str())
            .filter(|to| {
                let target = system.component(to);
                target.is_some_and(|target| target.kind == ComponentKind::Coordination)
            })
            .collect()
    };
    let technology = one.technology.as_deref().unwrap_or_default();
    let rules = catalog.operations.store(technology);
    let votes = |from: &Component, to: &Component| {
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        let mut set = from.settings.iter();
        rules.is_some_and(|rules| {
            set.any(|(name, value, _)| {
                let mut words = value.split(|c: char| !is_part(c));
                ends_with(name, &rules.voters) && words.any(|word| word == to.name)
            })
        })
    };
    addressed(one, other)
        || addressed(other, one)
        || votes(one, other)
        || votes(other, one)
        || (one.kind != ComponentKind::Coordination
            && !registries(one).is_disjoint(&registries(other)))
}

fn cluster(system: &System, members: &[&Component], catalog: &Catalog) -> Cluster {
    let first = members[0];
    let technology = first.technology.clone().unwrap_or_default();
    let rules = catalog.operations.store(&technology);
    let instances = members
        .iter()
        .map(|one| one.replicas.map_or(1, |(replicas, _)| replicas))
        .sum();
    let setting = |ends: &[String], never: &[String]| {
        let mut found = members.iter().flat_map(|one| settings(one, ends, never));
        found.next()
    };
    let none = Vec::new();
    let of = |ends: fn(&StoreRules) -> &Vec<String>| rules.map_or(&none, ends);
    let factor = setting(of(|rules| &rules.factor), &[]);
    let min_insync = setting(
        of(|rules| &rules.min_insync),
        of(|rules| &rules.min_insync_of_another),
    );
    let mut internal_factors: Vec<Setting> = Vec::new();
    for one in members {
        for found in settings(one, of(|rules| &rules.internal_factors), &[]) {
            if !internal_factors
                .iter()
                .any(|known| known.name == found.name)
            {
                internal_factors.push(found);
            }
        }
    }
    let synchronous = of(|rules| &rules.synchronous);
    let synchronous = members.iter().find_map(|one| {
        let mut set = one.settings.iter();
        set.find(|(name, value, _)| {
            ends_with(name, synchronous) && !value.is_empty() && value != "0"
        })
        .map(|(.., span)| *span)
    });
    let bounds = of(|rules| &rules.bounds);
    let bound = members.iter().find_map(|one| {
        let mut set = one.settings.iter();
        let (name, _, span) = set.find(|(name, ..)| ends_with(name, bounds))?;
        Some((name.clone(), *span))
    });
    let ids: Vec<String> = members.iter().map(|one| one.id.clone()).collect();
    let by = |kind: RelationKind| users(system, &ids, |known| known == kind);
    let mut found = Cluster {
        bound,
        used_by: users(system, &ids, is_use),
        flow: (by(RelationKind::Publishes), by(RelationKind::Consumes)),
        members: ids.clone(),
        kind: first.kind,
        technology,
        instances,
        protocol: rules.map(|rules| rules.protocol),
        factor,
        default_factor: rules.and_then(|rules| rules.default_factor),
        internal_factors,
        min_insync,
        synchronous,
        writes_survive: None,
        keeps_data: members.iter().any(|one| one.keeps_data),
        development: members.iter().all(|one| one.development),
        evidence: members
            .iter()
            .filter_map(|one| one.evidence.first().cloned())
            .collect(),
    };
    found.writes_survive = writes_survive(&found);
    found
}

/// How many members are lost before no more is written, as the configuration has it.
fn writes_survive(cluster: &Cluster) -> Option<u32> {
    if cluster.instances <= 1 {
        return Some(0);
    }
    match cluster.protocol? {
        Replication::Majority => {
            // Of a store that keeps fewer copies than it has members, the copies count.
            let copies = cluster.copies().unwrap_or(cluster.instances);
            Some(copies.min(cluster.instances).saturating_sub(1) / 2)
        }
        Replication::InSyncReplicas => {
            let copies = cluster.copies()?.min(cluster.instances);
            let needed = cluster.min_insync.as_ref().map_or(1, |needed| needed.value);
            Some(copies.saturating_sub(needed))
        }
        // Only the primary's loss stops them, until another takes its place.
        Replication::Primary => Some(0),
        Replication::Leaderless => None,
    }
}

/// The settings whose names end like one of these.
fn settings(component: &Component, ends: &[String], never: &[String]) -> Vec<Setting> {
    let all = component.settings.iter();
    let named = all.filter(|(name, ..)| ends_with(name, ends) && !ends_with(name, never));
    named
        .filter_map(|(name, value, span)| {
            Some(Setting {
                name: name.clone(),
                value: value.trim().parse().ok()?,
                span: *span,
            })
        })
        .collect()
}

/// Whether a setting's name ends like one of these, `_`, `-` and `.` being one.
pub(super) fn ends_with(name: &str, ends: &[String]) -> bool {
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect();
    ends.iter().any(|end| {
        let rest = plain.strip_suffix(end.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))
    })
}

fn faults(system: &System, catalog: &Catalog) -> Vec<ReplicationFault> {
    let mut found = Vec::new();
    for cluster in system
        .clusters
        .iter()
        .filter(|cluster| !cluster.development)
    {
        copies(cluster, &mut found);
        voters(system, catalog, cluster, &mut found);
        registry(system, catalog, cluster, &mut found);
    }
    found
}

/// Numbers of copies that do not fit the number of members.
fn copies(cluster: &Cluster, found: &mut Vec<ReplicationFault>) {
    let brokers = cluster.instances;
    let counted = match brokers {
        1 => "one instance".to_owned(),
        _ => format!("{brokers} instances"),
    };
    let named = cluster.members.join(", ");
    let id = &cluster.members[0];
    let mut fault = |setting: &Setting, message: String, help: String| {
        found.push(ReplicationFault {
            id: id.clone(),
            span: setting.span,
            message,
            help,
            evidence: cluster.evidence.clone(),
        });
    };
    for factor in cluster.factor.iter().chain(&cluster.internal_factors) {
        let (name, value) = (&factor.name, factor.value);
        if value > brokers {
            fault(
                factor,
                format!(
                    "{named}: `{name}` asks for {value} copies on {counted}: what needs them cannot be made"
                ),
                format!("set `{name}` to {brokers}, or run {value}"),
            );
        } else if value == 1 && brokers > 1 {
            fault(
                factor,
                format!(
                    "{named}: `{name}` is 1 on {counted}: what is on the one that is lost is gone"
                ),
                format!("set `{name}` to {}", brokers.min(3)),
            );
        }
    }
    let (Some(needed), Some(copies)) = (&cluster.min_insync, cluster.copies()) else {
        return;
    };
    let name = &needed.name;
    if needed.value > copies {
        fault(
            needed,
            format!(
                "{named}: `{name}` asks for {} copies in sync, and there are {copies}: no write that waits for all of them succeeds",
                needed.value
            ),
            format!("set `{name}` below the number of copies"),
        );
    } else if needed.value == copies && copies > 1 {
        fault(
            needed,
            format!(
                "{named}: `{name}` is {copies}, as many as there are copies: when one instance is lost, writes stop"
            ),
            format!("set `{name}` to {}", copies - 1),
        );
    }
}

/// An even number of voters outvotes no more losses than one less.
fn voters(
    system: &System,
    catalog: &Catalog,
    cluster: &Cluster,
    found: &mut Vec<ReplicationFault>,
) {
    let rules = catalog.operations.store(&cluster.technology);
    let listed = rules.and_then(|rules| {
        let members = cluster.members.iter().filter_map(|id| system.component(id));
        let mut set = members.flat_map(|one| &one.settings);
        let (_, value, span) = set.find(|(name, ..)| ends_with(name, &rules.voters))?;
        let count = value
            .split([',', ' ', ';'])
            .filter(|one| !one.is_empty())
            .count();
        Some((u32::try_from(count).unwrap_or(u32::MAX), *span))
    });
    let ensemble = cluster.kind == ComponentKind::Coordination
        && cluster.protocol == Some(Replication::Majority);
    let place = cluster.evidence.first().and_then(Evidence::span);
    let (count, span) = match (listed, place) {
        (Some(listed), _) => listed,
        (None, Some(span)) if ensemble => (cluster.instances, span),
        _ => return,
    };
    if count < 2 || count % 2 == 1 {
        return;
    }
    let named = cluster.members.join(", ");
    found.push(ReplicationFault {
        id: cluster.members[0].clone(),
        span,
        message: format!(
            "{named}: {count} members vote, and {} must agree: as many may be lost as of {}",
            count / 2 + 1,
            count - 1
        ),
        help: format!("run {} or {} of them", count - 1, count + 1),
        evidence: cluster.evidence.clone(),
    });
}

/// A registry beside a version that has no use for one.
fn registry(
    system: &System,
    catalog: &Catalog,
    cluster: &Cluster,
    found: &mut Vec<ReplicationFault>,
) {
    let Some(rules) = catalog.operations.store(&cluster.technology) else {
        return;
    };
    let Some(registry) = &rules.registry else {
        return;
    };
    for component in cluster.members.iter().filter_map(|id| system.component(id)) {
        let Some((image, span)) = &component.image else {
            continue;
        };
        let version = image.rsplit_once(':').map_or("", |(_, tag)| tag);
        let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
        let repository = image_repository(image);
        let (Some(since), Ok(major)) = (rules.alone_since.get(repository), digits.parse::<u32>())
        else {
            continue;
        };
        let beside = system.components.iter().find(|other| {
            other.group == component.group
                && other.technology.as_ref() == Some(registry)
                && system
                    .references
                    .iter()
                    .any(|one| one.from == component.id && one.to == other.id)
        });
        if let (true, Some(beside)) = (major >= *since, beside) {
            found.push(ReplicationFault {
                id: component.id.clone(),
                span: *span,
                message: format!(
                    "{} runs `{image}`, which has no use for {registry}: {} is not read",
                    component.name, beside.name
                ),
                help: format!("remove {}, and configure controllers", beside.name),
                evidence: beside.evidence.clone(),
            });
            return;
        }
    }
}

/// What there is once, and whose loss several feel.
fn single_points(system: &System, catalog: &Catalog) -> Vec<SinglePoint> {
    let once = |component: &&Component| {
        let replicated = component.replicas.is_some_and(|(replicas, _)| replicas > 1);
        let mut clusters = system.clusters.iter();
        let member = clusters.find(|cluster| cluster.members.contains(&component.id));
        let alone = member.is_none_or(|cluster| cluster.instances == 1);
        let ends = matches!(
            component.kind,
            ComponentKind::InitJob
                | ComponentKind::Batch
                | ComponentKind::Observability
                | ComponentKind::Ui
        );
        component.in_compose && !component.development && !replicated && alone && !ends
    };
    let ways = only_ways(system, catalog);
    let mut found: Vec<SinglePoint> = Vec::new();
    for component in system.components.iter().filter(once) {
        let dependents = users(system, std::slice::from_ref(&component.id), is_use);
        let only_way_to = ways.get(component.id.as_str()).cloned().unwrap_or_default();
        if dependents.len() >= catalog.limits.single_point_dependents || !only_way_to.is_empty() {
            found.push(SinglePoint {
                id: component.id.clone(),
                dependents,
                only_way_to,
            });
        }
    }
    let weight = |point: &SinglePoint| point.dependents.len().max(point.only_way_to.len());
    found.sort_by(|a, b| weight(b).cmp(&weight(a)).then_with(|| a.id.cmp(&b.id)));
    found
}

/// The components that have such a relation to one of these, ordered.
fn users(system: &System, ids: &[String], is: impl Fn(RelationKind) -> bool) -> Vec<String> {
    let found: BTreeSet<&String> = system
        .relations
        .iter()
        .filter(|relation| ids.contains(&relation.to) && is(relation.kind))
        .map(|relation| &relation.from)
        .filter(|from| !ids.contains(from))
        .filter(|from| {
            let component = system.component(from);
            component.is_some_and(|component| !watches(component.kind))
        })
        .collect();
    found.into_iter().cloned().collect()
}

/// Whether the one end fails with the other.
fn is_use(kind: RelationKind) -> bool {
    !matches!(kind, RelationKind::Scrapes | RelationKind::Depends)
}

/// What only looks on, or is used by people beside the system.
fn watches(kind: ComponentKind) -> bool {
    matches!(
        kind,
        ComponentKind::Observability | ComponentKind::Ui | ComponentKind::InitJob
    )
}

/// For what stands between the outside and at least two programs or a store behind another program:
/// what is reached through it alone. These are the dominators of the graph that requests flow
/// through, from those that are asked from outside.
fn only_ways<'s>(system: &'s System, catalog: &Catalog) -> BTreeMap<&'s str, Vec<String>> {
    let mut graph: DiGraph<Option<&Component>, ()> = DiGraph::new();
    let outside = graph.add_node(None);
    let mut nodes: BTreeMap<&str, NodeIndex> = BTreeMap::new();
    // What belongs to somebody else is reached in other ways too.
    let own = |one: &&Component| !watches(one.kind) && one.kind != ComponentKind::External;
    for component in system.components.iter().filter(own) {
        nodes.insert(&component.id, graph.add_node(Some(component)));
    }
    let used: BTreeSet<&str> = system
        .relations
        .iter()
        .filter(|relation| is_use(relation.kind) && nodes.contains_key(relation.from.as_str()))
        .map(|relation| relation.to.as_str())
        .collect();
    for component in system.components.iter() {
        let Some(node) = nodes.get(component.id.as_str()) else {
            continue;
        };
        let store = catalog.environment.stateful.contains(&component.kind);
        // A store's published port is for people at their desks.
        let open = component.published && !store;
        if open || !used.contains(component.id.as_str()) {
            graph.add_edge(outside, *node, ());
        }
    }
    for relation in system
        .relations
        .iter()
        .filter(|relation| is_use(relation.kind))
    {
        if let (Some(from), Some(to)) = (
            nodes.get(relation.from.as_str()),
            nodes.get(relation.to.as_str()),
        ) {
            graph.add_edge(*from, *to, ());
        }
    }
    let dominators = dominators::simple_fast(&graph, outside);
    let mut ways: BTreeMap<&str, Vec<&Component>> = BTreeMap::new();
    for (id, node) in &nodes {
        let Some(all) = dominators.strict_dominators(*node) else {
            continue;
        };
        let target = system.component(id);
        for way in all.filter_map(|node| graph[node]) {
            ways.entry(&way.id).or_default().extend(target);
        }
    }
    let counts = |behind: &Vec<&Component>| {
        let programs = behind
            .iter()
            .filter(|one| matches!(one.kind, ComponentKind::Service | ComponentKind::Gateway));
        programs.count() >= 2
    };
    let names = |behind: Vec<&Component>| {
        let mut names: Vec<String> = behind.iter().map(|one| one.id.clone()).collect();
        names.sort();
        names
    };
    ways.into_iter()
        .filter(|(_, behind)| counts(behind))
        .map(|(way, behind)| (way, names(behind)))
        .collect()
}
