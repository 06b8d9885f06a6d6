//! Which components are drawn together.

use super::graph::Group;
use crate::model::{Component, ComponentKind, System};
use petgraph::stable_graph::NodeIndex;
use std::collections::BTreeMap;

/// What makes a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grouping {
    /// One compose project, or one directory with code.
    #[default]
    Project,
    /// One network; of several, the one with the fewest members.
    Network,
    /// Directories with what is built in them, up to two levels.
    Directory,
    /// One image, or what is built in one place; all topics.
    Image,
    /// Nothing.
    None,
}

/// Up to so many groups are drawn in each other.
const DEEPEST: usize = 2;

/// How the components of a system are summed up where they are too many: by project, where there
/// are several, else by image.
#[must_use]
pub fn summary_grouping(system: &System) -> Grouping {
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for component in &system.components {
        *sizes.entry(&component.group).or_default() += 1;
    }
    let large = sizes.values().filter(|size| **size > 1).count();
    // One project with nearly everything in it sums up nothing.
    let most = sizes.values().max().copied().unwrap_or(0);
    match large > 1 && most * 4 < system.components.len() * 3 {
        true => Grouping::Project,
        false => Grouping::Image,
    }
}

/// For each component the names of its groups, from the outermost.
pub(super) fn paths(system: &System, by: Grouping) -> Vec<Vec<String>> {
    let sizes = network_sizes(system);
    let several_projects = {
        let mut projects = system.components.iter().filter(|one| one.in_compose);
        let first = projects.next().map(|one| &one.group);
        projects.any(|one| Some(&one.group) != first)
    };
    let path = |component: &Component| match by {
        Grouping::None => Vec::new(),
        Grouping::Project => vec![component.group.clone()],
        Grouping::Directory => {
            let directory = component.directory.as_ref().unwrap_or(&component.group);
            let parts = directory.split('/').filter(|part| *part != ".");
            parts.map(str::to_owned).collect()
        }
        Grouping::Network => {
            let networks = component.networks.iter();
            let smallest = networks.min_by_key(|network| {
                let key = (component.group.as_str(), network.as_str());
                (sizes.get(&key).copied(), *network)
            });
            let network = match smallest {
                Some(network) => network.clone(),
                None if component.in_compose => "default".to_owned(),
                None => return Vec::new(),
            };
            match several_projects {
                true => vec![component.group.clone(), network],
                false => vec![network],
            }
        }
        Grouping::Image => vec![family(component)],
    };
    let mut paths: Vec<Vec<String>> = system.components.iter().map(path).collect();
    for path in &mut paths {
        path.retain(|name| !name.is_empty());
    }
    paths
}

/// What a component has in common with others of its kind: the name of its image or of the place
/// where it is built.
fn family(component: &Component) -> String {
    if matches!(component.kind, ComponentKind::Topic) {
        return "topics".to_owned();
    }
    let image = component.image.as_ref().map(|(image, _)| {
        let path = image.split(['@', '$']).next().unwrap_or(image);
        let name = path.rsplit('/').next().unwrap_or(path);
        name.split(':').next().unwrap_or(name)
    });
    let built = component.directory.as_deref();
    let place = built.map(|place| place.rsplit('/').next().unwrap_or(place));
    let name = place.filter(|place| !place.is_empty()).or(image);
    name.unwrap_or_default().to_owned()
}

/// How many components are on each network of each project.
fn network_sizes(system: &System) -> BTreeMap<(&str, &str), usize> {
    let mut sizes = BTreeMap::new();
    for component in &system.components {
        for network in &component.networks {
            *sizes
                .entry((component.group.as_str(), network.as_str()))
                .or_default() += 1;
        }
    }
    sizes
}

/// The groups of nodes with such paths. One group is no group, and neither is a group of one.
pub(super) fn groups(mut places: Vec<(Vec<String>, NodeIndex)>) -> Vec<Group> {
    while let Some(first) = places.first().and_then(|(path, _)| path.first()).cloned() {
        if places.iter().any(|(path, _)| path.first() != Some(&first)) {
            break;
        }
        for (path, _) in &mut places {
            path.remove(0);
        }
    }
    let mut groups = vec![Group::default()];
    gather(places, None, 0, &mut groups);
    if groups[0].nodes.is_empty() {
        groups.remove(0);
        for group in &mut groups {
            group.parent = group.parent.map(|parent| parent - 1);
        }
    }
    groups
}

/// Adds the groups inside of one (none: the picture), and to it what is in none of them.
fn gather(
    places: Vec<(Vec<String>, NodeIndex)>,
    parent: Option<usize>,
    depth: usize,
    groups: &mut Vec<Group>,
) {
    let mut inside: BTreeMap<String, Vec<(Vec<String>, NodeIndex)>> = BTreeMap::new();
    let mut direct = Vec::new();
    for (path, node) in places {
        match path.split_first() {
            Some((name, rest)) if depth < DEEPEST => {
                let members = inside.entry(name.clone()).or_default();
                members.push((rest.to_vec(), node));
            }
            _ => direct.push(node),
        }
    }
    for (mut name, mut members) in inside {
        if members.len() < 2 {
            direct.extend(members.into_iter().map(|(_, node)| node));
            continue;
        }
        // A directory that holds one directory and nothing else is one with it.
        while let Some(next) = members[0].0.first().cloned() {
            if members.iter().any(|(path, _)| path.first() != Some(&next)) {
                break;
            }
            name = format!("{name}/{next}");
            for (path, _) in &mut members {
                path.remove(0);
            }
        }
        groups.push(Group {
            name,
            nodes: Vec::new(),
            parent,
        });
        let own = groups.len() - 1;
        gather(members, Some(own), depth + 1, groups);
    }
    direct.sort_unstable();
    groups[parent.unwrap_or(0)].nodes.extend(direct);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(paths: &[&str]) -> Vec<(String, usize, Option<usize>)> {
        let place = |(index, path): (usize, &&str)| {
            let parts = path.split('/').filter(|part| !part.is_empty());
            (parts.map(str::to_owned).collect(), NodeIndex::new(index))
        };
        let groups = groups(paths.iter().enumerate().map(place).collect());
        let shape = |group: Group| (group.name, group.nodes.len(), group.parent);
        groups.into_iter().map(shape).collect()
    }

    #[test]
    fn one_group_is_no_group_and_one_node_is_none() {
        assert_eq!(shape(&["a", "a"]), [(String::new(), 2, None)]);
        assert_eq!(
            shape(&["a", "a", "b"]),
            [(String::new(), 1, None), ("a".to_owned(), 2, None)]
        );
    }

    #[test]
    fn groups_are_in_groups() {
        assert_eq!(
            shape(&["a/b/c", "a/b/c", "a/d", "e/f", "e/f", "e/f"]),
            [
                ("a".to_owned(), 1, None),
                ("b/c".to_owned(), 2, Some(0)),
                ("e/f".to_owned(), 3, None),
            ]
        );
    }
}
