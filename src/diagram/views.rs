//! Which part of a graph is drawn, and what is summed up: the right view does more for a reader than
//! any layout.

use super::graph::{Edge, Graph, Group, Node, NodeKind, words};
use crate::model::{ComponentKind, RelationKind};
use petgraph::Direction;
use petgraph::stable_graph::{NodeIndex, StableDiGraph};
use petgraph::visit::{EdgeRef, IntoEdgeReferences};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

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

/// Above so many nodes a picture is too much to read at once, and its groups are drawn instead.
pub const MOST_NODES: usize = 40;

/// A node that so many others point at is a hub.
const HUB: usize = 8;

/// So many hubs are named in a node that uses them.
const NAMED_HUBS: usize = 3;

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

impl<'m> Graph<'m> {
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
                node.id == *name || node.label == *name
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

    /// Without what watches the others, unless that is most of the system.
    #[must_use]
    pub fn without_telemetry(mut self) -> Self {
        let watches =
            |node: &Node<'_>| node.kind == NodeKind::Component(ComponentKind::Observability);
        let (nodes, edges) = (self.graph.node_count(), self.graph.edge_count());
        if self
            .graph
            .node_weights()
            .filter(|node| watches(node))
            .count()
            * 2
            > nodes
        {
            return self;
        }
        self.graph.retain_edges(|graph, edge| {
            let ends = graph.edge_endpoints(edge);
            let watched =
                ends.is_some_and(|(from, to)| watches(&graph[from]) || watches(&graph[to]));
            !watched && graph[edge].kind != RelationKind::Scrapes
        });
        self.graph.retain_nodes(|graph, node| {
            !watches(&graph[node]) || graph.neighbors_undirected(node).next().is_some()
        });
        let gone = (
            nodes - self.graph.node_count(),
            edges - self.graph.edge_count(),
        );
        if gone != (0, 0) {
            self.left_out
                .push(format!("telemetry ({})", counted(gone.0, gone.1)));
        }
        self.without_the_gone()
    }

    /// Without the edges that only say what starts after a job that runs once.
    #[must_use]
    pub fn without_starts(mut self) -> Self {
        let edges = self.graph.edge_count();
        self.graph.retain_edges(|graph, edge| {
            let target = graph.edge_endpoints(edge).map(|(_, to)| graph[to].kind);
            graph[edge].kind != RelationKind::Depends
                || target != Some(NodeKind::Component(ComponentKind::InitJob))
        });
        let gone = edges - self.graph.edge_count();
        if gone > 0 {
            self.left_out
                .push(format!("starts after jobs ({})", counted(0, gone)));
        }
        self
    }

    /// With the edges to stores and services that many use told in words, where most of those that
    /// use them stand in other relations too. The ways of messages stay: they are the backbone.
    #[must_use]
    pub fn without_hubs(mut self) -> Self {
        let mut many: BTreeMap<NodeIndex, BTreeSet<NodeIndex>> = BTreeMap::new();
        for node in self.graph.node_indices() {
            let flows = matches!(
                self.graph[node].kind,
                NodeKind::Component(ComponentKind::Queue | ComponentKind::Topic)
            );
            let users: BTreeSet<NodeIndex> = self
                .graph
                .neighbors_directed(node, Direction::Incoming)
                .filter(|user| *user != node)
                .collect();
            if !flows && users.len() >= HUB {
                many.insert(node, users);
            }
        }
        let connected = |(_, users): &(&NodeIndex, &BTreeSet<NodeIndex>)| {
            let elsewhere = users.iter().filter(|user| {
                let mut others = self.graph.neighbors_undirected(**user);
                others.any(|other| !many.contains_key(&other))
            });
            elsewhere.count() * 4 >= users.len() * 3
        };
        let hubs: Vec<(NodeIndex, BTreeSet<NodeIndex>)> = many
            .iter()
            .filter(connected)
            .map(|(hub, users)| (*hub, users.clone()))
            .collect();
        let mut used: BTreeMap<NodeIndex, Vec<String>> = BTreeMap::new();
        for (hub, users) in &hubs {
            self.graph[*hub].note = Some(format!("used by {}", users.len()));
            for user in users {
                let label = self.graph[*hub].label.to_string();
                used.entry(*user).or_default().push(label);
            }
        }
        for (user, mut names) in used {
            names.sort_unstable();
            let more = names.len().saturating_sub(NAMED_HUBS);
            names.truncate(NAMED_HUBS);
            let more = if more > 0 {
                format!(" +{more}")
            } else {
                String::new()
            };
            let own = self.graph[user].note.take();
            let own = own.map_or_else(String::new, |own| own + " · ");
            self.graph[user].note = Some(format!("{own}→ {}{more}", names.join(", ")));
        }
        let edges = self.graph.edge_count();
        let hubs: BTreeSet<NodeIndex> = hubs.into_iter().map(|(hub, _)| hub).collect();
        self.graph.retain_edges(|graph, edge| {
            let ends = graph.edge_endpoints(edge);
            ends.is_none_or(|(from, to)| from == to || !hubs.contains(&to))
        });
        let gone = edges - self.graph.edge_count();
        if gone > 0 {
            let lines = counted(0, gone);
            self.left_out.push(format!(
                "lines to what many use ({lines}, told in the boxes)"
            ));
        }
        self
    }

    /// Each group as one node, with its edges counted.
    #[must_use]
    pub fn overview(self) -> Self {
        self.summed_up(None)
    }

    /// One group, and what it has to do with: other groups as one node each. A group is told by its
    /// name, or by the names of those that it is in, with slashes.
    ///
    /// # Errors
    /// The names of the groups that there are, where none has this one.
    pub fn page(self, name: &str) -> Result<Self, Vec<String>> {
        let tops = self.top_groups();
        match tops.iter().find(|(_, known)| known == name) {
            Some((group, _)) => Ok(self.summed_up(Some(*group))),
            None => Err(tops.into_iter().map(|(_, name)| name).collect()),
        }
    }

    /// The outermost groups and their names.
    #[must_use]
    pub fn top_groups(&self) -> Vec<(usize, String)> {
        let groups = self.groups.iter().enumerate();
        groups
            .filter(|(_, group)| group.parent.is_none() && !group.name.is_empty())
            .map(|(at, group)| (at, group.name.clone()))
            .collect()
    }

    /// The outermost group of each node that is in one.
    fn tops(&self) -> BTreeMap<NodeIndex, usize> {
        let mut tops = BTreeMap::new();
        for (at, group) in self.groups.iter().enumerate() {
            let mut top = at;
            while let Some(parent) = self.groups[top].parent {
                top = parent;
            }
            if !self.groups[top].name.is_empty() {
                tops.extend(group.nodes.iter().map(|node| (*node, top)));
            }
        }
        tops
    }

    /// With one node for each outermost group but the open one. With an open group, only what has to
    /// do with it is left.
    fn summed_up(self, open: Option<usize>) -> Self {
        let tops = self.tops();
        let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
        for top in tops.values() {
            *sizes.entry(*top).or_default() += 1;
        }
        // A group of which a view left one node is that node.
        let closed = |node: &NodeIndex| {
            let top = tops.get(node)?;
            (Some(*top) != open && sizes[top] > 1).then_some(*top)
        };
        let mut graph: StableDiGraph<Node<'m>, Edge<'m>> = StableDiGraph::new();
        let mut place: BTreeMap<NodeIndex, NodeIndex> = BTreeMap::new();
        let mut of_group: BTreeMap<usize, NodeIndex> = BTreeMap::new();
        for node in self.graph.node_indices() {
            let index = match closed(&node) {
                None => graph.add_node(self.graph[node].clone()),
                Some(top) => *of_group
                    .entry(top)
                    .or_insert_with(|| graph.add_node(self.as_node(top, &tops))),
            };
            place.insert(node, index);
        }
        let mut merged: BTreeMap<(NodeIndex, NodeIndex, RelationKind), Edge<'m>> = BTreeMap::new();
        for edge in self.graph.edge_references() {
            let (from, to) = (place[&edge.source()], place[&edge.target()]);
            let group = |node: NodeIndex| graph[node].kind == NodeKind::Group;
            if from == to && group(from) {
                continue;
            }
            let kind = match edge.weight().kind {
                // Of many relations with data, the direction is a detail.
                RelationKind::Reads | RelationKind::Writes if group(from) || group(to) => {
                    RelationKind::ReadsWrites
                }
                kind => kind,
            };
            let new = || Edge {
                kind,
                count: 0,
                ..edge.weight().clone()
            };
            let known = merged.entry((from, to, kind)).or_insert_with(new);
            known.certain |= edge.weight().certain;
            known.unguarded |= edge.weight().unguarded;
            known.count += edge.weight().count;
        }
        for ((from, to, kind), mut edge) in merged {
            edge.label = match (edge.count, words(kind)) {
                (0 | 1, label) => Cow::Borrowed(label),
                (count, "") => Cow::Owned(format!("{count}×")),
                (count, label) => Cow::Owned(format!("{count}× {label}")),
            };
            graph.add_edge(from, to, edge);
        }
        let mut groups = Vec::new();
        let mut new_place: BTreeMap<usize, usize> = BTreeMap::new();
        let free: Vec<NodeIndex> = graph
            .node_indices()
            .filter(|index| {
                let mut old = place.iter().filter(|(_, new)| *new == index);
                old.all(|(node, _)| open.is_none() || tops.get(node) != open.as_ref())
            })
            .collect();
        groups.push(Group {
            nodes: free,
            ..Group::default()
        });
        for (at, group) in self.groups.iter().enumerate() {
            let of_open =
                Some(at) == open || group.parent.is_some_and(|parent| Some(parent) == open);
            if !of_open {
                continue;
            }
            new_place.insert(at, groups.len());
            groups.push(Group {
                name: group.name.clone(),
                nodes: group.nodes.iter().map(|node| place[node]).collect(),
                parent: group
                    .parent
                    .and_then(|parent| new_place.get(&parent).copied()),
            });
        }
        let mut summed = Self {
            groups,
            graph,
            left_out: self.left_out,
        };
        if let Some(open) = open {
            let inside: BTreeSet<NodeIndex> = tops
                .iter()
                .filter(|(_, top)| **top == open)
                .map(|(node, _)| place[node])
                .collect();
            summed.graph.retain_edges(|graph, edge| {
                let ends = graph.edge_endpoints(edge);
                ends.is_some_and(|(from, to)| inside.contains(&from) || inside.contains(&to))
            });
            summed.graph.retain_nodes(|graph, node| {
                inside.contains(&node) || graph.neighbors_undirected(node).next().is_some()
            });
        }
        summed.without_the_gone()
    }

    /// A group as a node.
    fn as_node(&self, group: usize, tops: &BTreeMap<NodeIndex, usize>) -> Node<'m> {
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        let mut evidence: &'m [_] = &[];
        for (node, _) in tops.iter().filter(|(_, top)| **top == group) {
            let node = &self.graph[*node];
            *kinds.entry(node.kind.name()).or_default() += 1;
            if evidence.is_empty() {
                evidence = node.evidence;
            }
        }
        let mut kinds: Vec<(&str, usize)> = kinds.into_iter().collect();
        kinds.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
        let named = kinds.iter().take(2);
        let mut words: Vec<String> = named.map(|(kind, count)| plural(*count, kind)).collect();
        let more: usize = kinds.iter().skip(2).map(|(_, count)| count).sum();
        if more > 0 {
            words.push(format!("{more} more"));
        }
        let name = &self.groups[group].name;
        Node {
            id: Cow::Owned(format!("group:{name}")),
            label: Cow::Owned(name.clone()),
            kind: NodeKind::Group,
            technology: Some(Cow::Owned(words.join(", "))),
            evidence,
            note: None,
        }
    }

    fn without_the_gone(mut self) -> Self {
        let graph = &self.graph;
        for group in &mut self.groups {
            group.nodes.retain(|node| graph.contains_node(*node));
        }
        // A group of which nothing is left, neither in it nor in those inside it.
        let mut kept: Vec<bool> = self
            .groups
            .iter()
            .map(|one| !one.nodes.is_empty())
            .collect();
        for at in (0..self.groups.len()).rev() {
            if let Some(parent) = self.groups[at].parent {
                kept[parent] |= kept[at];
            }
        }
        let mut places: Vec<usize> = Vec::new();
        for kept in &kept {
            let last = places.last().copied().unwrap_or(0);
            places.push(last + usize::from(*kept));
        }
        let groups = std::mem::take(&mut self.groups).into_iter().enumerate();
        let groups = groups.filter(|(at, _)| kept[*at]);
        self.groups = groups
            .map(|(_, group)| Group {
                parent: group.parent.map(|parent| places[parent] - 1),
                ..group
            })
            .collect();
        self
    }
}

/// "3 components, 12 relations".
fn counted(components: usize, relations: usize) -> String {
    let parts = [(components, "component"), (relations, "relation")];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, name)| plural(*count, name)).collect();
    parts.join(", ")
}

fn plural(count: usize, name: &str) -> String {
    let ending = match (count, name) {
        (1, _) => "",
        (_, "batch") => "es",
        (_, "observability" | "coordination" | "search") => "",
        _ => "s",
    };
    format!("{count} {}{ending}", name.replace('-', " "))
}
