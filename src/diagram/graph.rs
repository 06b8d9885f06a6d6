//! What is drawn: nodes in groups, and edges in the direction a reader expects.

use super::grouping::{self, Grouping};
use crate::model::{
    Answer, Aside, ComponentKind, Evidence, OutboundCall, Relation, RelationKind, System,
};
use petgraph::stable_graph::{NodeIndex, StableDiGraph};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A picture's content, sorted.
#[derive(Debug, Default)]
pub struct Graph<'m> {
    /// The groups, each behind the one that it is in; the first, unnamed one holds what belongs to
    /// none.
    pub groups: Vec<Group>,
    /// Nodes and edges. An edge points where the arrow does.
    pub graph: StableDiGraph<Node<'m>, Edge<'m>>,
    /// What the view leaves out, in words.
    pub left_out: Vec<String>,
}

/// Nodes that are drawn together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Its name; empty for none.
    pub name: String,
    /// Its nodes.
    pub nodes: Vec<NodeIndex>,
    /// The group it is in, by its place in the list.
    pub parent: Option<usize>,
}

/// What a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// One component.
    Component(ComponentKind),
    /// All components of a group.
    Group,
}

impl NodeKind {
    /// The name used in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Component(kind) => kind.name(),
            Self::Group => "group",
        }
    }
}

/// A component, or a group of them.
#[derive(Clone, Debug)]
pub struct Node<'m> {
    /// The component's id.
    pub id: Cow<'m, str>,
    /// What is written in it.
    pub label: Cow<'m, str>,
    /// What it is there for.
    pub kind: NodeKind,
    /// Its product or language; of a group, what is in it.
    pub technology: Option<Cow<'m, str>>,
    /// Why it is there.
    pub evidence: &'m [Evidence],
    /// What is said instead of drawn: the hubs that it uses, or by how many it is used.
    pub note: Option<String>,
}

impl Node<'_> {
    /// Its second line: its product or language, or what it is. The shape says the latter too.
    #[must_use]
    pub fn subtitle(&self) -> &str {
        match &self.technology {
            Some(technology) if *technology != self.label => technology,
            _ => self.kind.name(),
        }
    }
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineStyle {
    /// A request and its answer.
    Solid,
    /// Messages.
    Dashed,
    /// Bulk data.
    Thick,
    /// Nothing flows.
    Dotted,
}

/// A relation, or several of one kind.
#[derive(Clone, Debug)]
pub struct Edge<'m> {
    /// What is done.
    pub kind: RelationKind,
    /// The words on it; none for a call, which the plain arrow stands for.
    pub label: Cow<'m, str>,
    /// Whether the input says so.
    pub certain: bool,
    /// Why.
    pub evidence: &'m [Evidence],
    /// A request on it has no timeout or no circuit breaker on some path.
    pub unguarded: bool,
    /// How many relations it stands for.
    pub count: usize,
}

impl<'m> Edge<'m> {
    /// A relation of a kind, of which nothing more is known.
    #[must_use]
    pub fn new(kind: RelationKind) -> Self {
        Self {
            kind,
            label: Cow::Borrowed(words(kind)),
            certain: true,
            evidence: &[],
            unguarded: false,
            count: 1,
        }
    }

    /// How its line is drawn.
    #[must_use]
    pub fn style(&self) -> LineStyle {
        match self.kind {
            RelationKind::Publishes | RelationKind::Consumes => LineStyle::Dashed,
            RelationKind::Loads => LineStyle::Thick,
            RelationKind::Depends | RelationKind::Scrapes | RelationKind::Coordinates => {
                LineStyle::Dotted
            }
            RelationKind::Calls
            | RelationKind::Reads
            | RelationKind::Writes
            | RelationKind::ReadsWrites => LineStyle::Solid,
        }
    }
}

/// The words on an edge of a kind.
pub(super) fn words(kind: RelationKind) -> &'static str {
    match kind {
        RelationKind::Calls => "",
        RelationKind::ReadsWrites => "reads, writes",
        RelationKind::Depends => "starts after",
        other => other.name(),
    }
}

impl<'m> Graph<'m> {
    /// The graph of a whole system, in the groups of its projects.
    #[must_use]
    pub fn new(system: &'m System) -> Self {
        Self::grouped(system, Grouping::Project)
    }

    /// The graph of a whole system.
    #[must_use]
    pub fn grouped(system: &'m System, by: Grouping) -> Self {
        let mut graph = StableDiGraph::new();
        let mut nodes = BTreeMap::new();
        let mut places = Vec::new();
        let paths = grouping::paths(system, by);
        for (component, path) in system.components.iter().zip(paths) {
            let index = graph.add_node(Node {
                id: Cow::Borrowed(&component.id),
                label: Cow::Borrowed(&component.name),
                kind: NodeKind::Component(component.kind),
                technology: component.technology.as_deref().map(Cow::Borrowed),
                evidence: &component.evidence,
                note: None,
            });
            nodes.insert(component.id.as_str(), index);
            places.push((path, index));
        }
        for relation in &system.relations {
            let (Some(from), Some(to)) = (
                nodes.get(relation.from.as_str()),
                nodes.get(relation.to.as_str()),
            ) else {
                continue;
            };
            // Messages are drawn the way they flow: from the broker to whom consumes.
            let (from, to) = if relation.kind == RelationKind::Consumes {
                (to, from)
            } else {
                (from, to)
            };
            let edge = Edge {
                certain: relation.certain,
                evidence: &relation.evidence,
                unguarded: is_unguarded(system, relation),
                ..Edge::new(relation.kind)
            };
            graph.add_edge(*from, *to, edge);
        }
        let groups = grouping::groups(places);
        // Names that are there twice are told apart by the groups that are not drawn.
        let mut count: BTreeMap<&str, usize> = BTreeMap::new();
        for component in &system.components {
            *count.entry(&component.name).or_default() += 1;
        }
        let free = groups.iter().filter(|group| group.name.is_empty());
        for node in free.flat_map(|group| &group.nodes) {
            let component = &system.components[node.index()];
            if count[component.name.as_str()] > 1 && !component.group.is_empty() {
                graph[*node].note = Some(component.group.clone());
            }
        }
        Self {
            groups,
            graph,
            left_out: Vec::new(),
        }
    }

    /// The nodes that are in a group and in none inside it; of none, those that are in no group.
    pub(super) fn members(&self, of: Option<usize>) -> impl Iterator<Item = NodeIndex> {
        let free = || self.groups.iter().position(|group| group.name.is_empty());
        let group = of.or_else(free).map(|at| &self.groups[at]);
        group
            .into_iter()
            .flat_map(|group| group.nodes.iter().copied())
    }

    /// The groups directly in a group; of none, the outermost.
    pub(super) fn groups_in(&self, of: Option<usize>) -> impl Iterator<Item = usize> {
        let groups = self.groups.iter().enumerate();
        groups
            .filter(move |(_, group)| !group.name.is_empty() && group.parent == of)
            .map(|(at, _)| at)
    }
}

/// Whether a request that a relation stands for lacks a timeout or breaker.
fn is_unguarded(system: &System, relation: &Relation) -> bool {
    let open = |call: &OutboundCall| {
        // Nobody asks for guards of what a person starts and waits for.
        let aside = matches!(
            call.aside,
            Some(Aside::Command | Aside::Example | Aside::Unused)
        );
        let guards = [&call.guards.timeout, &call.guards.breaker];
        !aside && guards.iter().any(|guard| guard.answer == Answer::No)
    };
    system.calls_behind(relation).any(open)
}
