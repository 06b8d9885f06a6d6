//! What is drawn: nodes in groups, and edges in the direction a reader expects.

use crate::model::{Answer, ComponentKind, Evidence, OutboundCall, Relation, RelationKind, System};
use petgraph::stable_graph::{NodeIndex, StableDiGraph};
use std::collections::{BTreeMap, BTreeSet};

/// A picture's content, sorted.
#[derive(Debug)]
pub struct Graph<'m> {
    /// The groups, by name; the first, unnamed one holds what belongs to none.
    pub groups: Vec<Group>,
    /// Nodes and edges. An edge points where the arrow does.
    pub graph: StableDiGraph<Node<'m>, Edge<'m>>,
}

/// Nodes that are drawn together.
#[derive(Debug)]
pub struct Group {
    /// Its name; empty for none.
    pub name: String,
    /// Its nodes.
    pub nodes: Vec<NodeIndex>,
}

/// A component.
#[derive(Debug)]
pub struct Node<'m> {
    /// The component's id.
    pub id: &'m str,
    /// What is written in it.
    pub label: &'m str,
    /// What it is there for.
    pub kind: ComponentKind,
    /// Its second line.
    pub technology: Option<&'m str>,
    /// Why it is there.
    pub evidence: &'m [Evidence],
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// A relation.
#[derive(Debug)]
pub struct Edge<'m> {
    /// What is done.
    pub kind: RelationKind,
    /// Whether the input says so.
    pub certain: bool,
    /// Why.
    pub evidence: &'m [Evidence],
    /// A request on it has no timeout or no circuit breaker on some path.
    pub unguarded: bool,
}

impl Edge<'_> {
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

    /// The words on it; none for a call, which the plain arrow stands for.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self.kind {
            RelationKind::Calls => "",
            RelationKind::ReadsWrites => "reads, writes",
            RelationKind::Depends => "starts after",
            other => other.name(),
        }
    }
}

impl<'m> Graph<'m> {
    /// The graph of a whole system.
    #[must_use]
    pub fn new(system: &'m System) -> Self {
        let mut graph = StableDiGraph::new();
        let mut nodes = BTreeMap::new();
        let mut groups: BTreeMap<&str, Vec<NodeIndex>> = BTreeMap::new();
        for component in &system.components {
            let index = graph.add_node(Node {
                id: &component.id,
                label: &component.name,
                kind: component.kind,
                technology: component.technology.as_deref(),
                evidence: &component.evidence,
            });
            nodes.insert(component.id.as_str(), index);
            groups.entry(&component.group).or_default().push(index);
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
            graph.add_edge(
                *from,
                *to,
                Edge {
                    kind: relation.kind,
                    certain: relation.certain,
                    evidence: &relation.evidence,
                    unguarded: is_unguarded(system, relation),
                },
            );
        }
        // One group is no group, and neither is a group of one.
        let several = groups.len() > 1;
        let (named, free): (Vec<_>, Vec<_>) = groups
            .into_iter()
            .partition(|(name, nodes)| several && !name.is_empty() && nodes.len() > 1);
        let mut free: Vec<NodeIndex> = free.into_iter().flat_map(|(_, nodes)| nodes).collect();
        free.sort_unstable();
        let free = (!free.is_empty()).then(|| Group {
            name: String::new(),
            nodes: free,
        });
        let named = named.into_iter().map(|(name, nodes)| Group {
            name: name.to_owned(),
            nodes,
        });
        Self {
            groups: free.into_iter().chain(named).collect(),
            graph,
        }
    }
}

/// What of a system is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// All of it.
    #[default]
    Whole,
    /// Requests, and who sends and answers them.
    Calls,
    /// Messages and data: queues, workers, pipelines, stores.
    Data,
}

impl View {
    fn shows(self, kind: RelationKind) -> bool {
        use RelationKind::{Calls, Consumes, Loads, Publishes, Reads, ReadsWrites, Writes};
        match self {
            Self::Whole => true,
            Self::Calls => kind == Calls,
            Self::Data => matches!(
                kind,
                Publishes | Consumes | Loads | Reads | Writes | ReadsWrites
            ),
        }
    }
}

impl Graph<'_> {
    /// The part of the graph that a view shows: its edges, and the nodes at their ends.
    #[must_use]
    pub fn seen(mut self, view: View) -> Self {
        if view == View::Whole {
            return self;
        }
        self.graph
            .retain_edges(|graph, edge| view.shows(graph[edge].kind));
        self.graph
            .retain_nodes(|graph, node| graph.neighbors_undirected(node).next().is_some());
        self.without_the_gone()
    }

    /// The nodes of these names (or ids), and those within so many steps of them.
    ///
    /// # Errors
    /// The first name that no node has.
    pub fn near(mut self, names: &[String], depth: usize) -> Result<Self, String> {
        let mut kept = BTreeSet::new();
        for name in names {
            let called = |node: &NodeIndex| {
                let node = &self.graph[*node];
                node.id == name || node.label == name
            };
            let found: Vec<NodeIndex> = self.graph.node_indices().filter(called).collect();
            if found.is_empty() {
                return Err(name.clone());
            }
            kept.extend(found);
        }
        for _ in 0..depth {
            let next: Vec<NodeIndex> = kept
                .iter()
                .flat_map(|node| self.graph.neighbors_undirected(*node))
                .collect();
            kept.extend(next);
        }
        self.graph.retain_nodes(|_, node| kept.contains(&node));
        Ok(self.without_the_gone())
    }

    fn without_the_gone(mut self) -> Self {
        let graph = &self.graph;
        for group in &mut self.groups {
            group.nodes.retain(|node| graph.contains_node(*node));
        }
        self.groups.retain(|group| !group.nodes.is_empty());
        self
    }
}

/// Whether a request that a relation stands for lacks a timeout or breaker: the call in the code
/// that is its evidence, or one to the variable that is.
fn is_unguarded(system: &System, relation: &Relation) -> bool {
    if relation.kind != RelationKind::Calls {
        return false;
    }
    let Some(client) = system.component(&relation.from) else {
        return false;
    };
    let shown = |call: &OutboundCall| {
        relation.evidence.iter().any(|evidence| {
            let variable = call.target.as_deref().and_then(|target| {
                let name = target.strip_prefix('$')?;
                name.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .next()
            });
            let named = variable.is_some_and(|name| evidence.reason.contains(&format!("`{name}`")));
            evidence.span() == Some(call.span) || named
        })
    };
    let mut calls = system.calls.iter().filter(|call| call.kind.is_request());
    calls.any(|call| {
        let open =
            call.guards.timeout.answer == Answer::No || call.guards.breaker.answer == Answer::No;
        open && shown(call) && system.runs(client, call.function)
    })
}
