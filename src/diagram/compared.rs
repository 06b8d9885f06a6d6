//! Two states of a system in one picture: what is new, and what is gone but still drawn.

use super::facts::{EdgeKey, Facts};
use super::graph::{Edge, Graph, Group, Node};
use petgraph::stable_graph::NodeIndex;
use std::collections::BTreeMap;

/// What happened to something that is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// It was not there before.
    New,
    /// It is no longer there.
    Gone,
}

/// What is new and what is gone in a picture.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// Nodes, by their ids.
    pub(super) nodes: BTreeMap<String, Mark>,
    /// Edges, by their ends and kind.
    pub(super) edges: BTreeMap<EdgeKey, Mark>,
}

impl Marks {
    /// Whether nothing is new or gone.
    pub(super) fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.edges.is_empty()
    }

    /// Whether anything has a mark.
    pub(super) fn any(&self, mark: Mark) -> bool {
        let mut all = self.nodes.values().chain(self.edges.values());
        all.any(|one| *one == mark)
    }

    /// The mark of a node.
    pub(super) fn node(&self, node: &Node<'_>) -> Option<Mark> {
        self.nodes.get(&*node.id).copied()
    }

    /// The mark of an edge between two nodes.
    pub(super) fn edge(&self, from: &Node<'_>, to: &Node<'_>, edge: &Edge<'_>) -> Option<Mark> {
        if self.edges.is_empty() {
            return None;
        }
        let key = (
            from.id.to_string(),
            to.id.to_string(),
            edge.kind.name().to_owned(),
        );
        self.edges.get(&key).copied()
    }
}

impl<'m> Graph<'m> {
    /// This state with what is gone since an older one, and what is new and gone.
    #[must_use]
    pub fn compared(mut self, old: &Graph<'m>) -> (Self, Marks) {
        let (before, after) = (Facts::of(old), Facts::of(&self));
        let marks = Marks {
            nodes: marks(&before.nodes, &after.nodes),
            edges: marks(&before.edges, &after.edges),
        };
        let nodes = self.graph.node_indices();
        let mut known: BTreeMap<String, NodeIndex> = nodes
            .map(|node| (self.graph[node].id.to_string(), node))
            .collect();
        for at in 0..old.groups.len() {
            for node in &old.groups[at].nodes {
                let node = &old.graph[*node];
                if known.contains_key(&*node.id) {
                    continue;
                }
                // What it was found by is in files of the older state.
                let gone = Node {
                    evidence: &[],
                    ..node.clone()
                };
                let id = gone.id.to_string();
                let index = self.graph.add_node(gone);
                let group = self.group_like(old, at);
                self.groups[group].nodes.push(index);
                known.insert(id, index);
            }
        }
        for edge in old.graph.edge_indices() {
            let Some((from, to)) = old.graph.edge_endpoints(edge) else {
                continue;
            };
            let (from, to, edge) = (&old.graph[from], &old.graph[to], &old.graph[edge]);
            if marks.edge(from, to, edge) == Some(Mark::Gone) {
                let gone = Edge {
                    evidence: &[],
                    ..edge.clone()
                };
                self.graph.add_edge(known[&*from.id], known[&*to.id], gone);
            }
        }
        (self, marks)
    }

    /// The group with the name of another state's group, in groups of the same names; made where it
    /// is not there.
    fn group_like(&mut self, old: &Graph<'m>, at: usize) -> usize {
        let mut path = vec![at];
        while let Some(parent) = path.last().and_then(|at| old.groups[*at].parent) {
            path.push(parent);
        }
        let mut within = None;
        for at in path.into_iter().rev() {
            let name = &old.groups[at].name;
            let mut groups = self.groups.iter();
            let found = groups.position(|one| one.name == *name && one.parent == within);
            within = Some(found.unwrap_or_else(|| {
                self.groups.push(Group {
                    name: name.clone(),
                    nodes: Vec::new(),
                    parent: within,
                });
                self.groups.len() - 1
            }));
        }
        within.unwrap_or_default()
    }
}

fn marks<K: Ord + Clone, V>(before: &BTreeMap<K, V>, after: &BTreeMap<K, V>) -> BTreeMap<K, Mark> {
    let new = after.keys().filter(|key| !before.contains_key(key));
    let gone = before.keys().filter(|key| !after.contains_key(key));
    new.map(|key| (key.clone(), Mark::New))
        .chain(gone.map(|key| (key.clone(), Mark::Gone)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagram::NodeKind;
    use crate::model::{ComponentKind, RelationKind};
    use std::borrow::Cow;

    fn graph(ids: &[&'static str], group: &str) -> Graph<'static> {
        let mut graph = Graph::default();
        for name in ["", group] {
            graph.groups.push(Group {
                name: name.to_owned(),
                ..Group::default()
            });
        }
        let mut before = None;
        for id in ids {
            let node = graph.graph.add_node(Node {
                id: Cow::Borrowed(id),
                label: Cow::Borrowed(id),
                kind: NodeKind::Component(ComponentKind::Service),
                technology: None,
                evidence: &[],
                note: None,
            });
            graph.groups[1].nodes.push(node);
            if let Some(before) = before.replace(node) {
                let edge = Edge::new(RelationKind::Calls);
                graph.graph.add_edge(before, node, edge);
            }
        }
        graph
    }

    #[test]
    fn what_is_gone_is_drawn_where_it_was() {
        let (old, new) = (
            graph(&["a", "b", "c"], "shop"),
            graph(&["a", "c", "d"], "shop"),
        );
        let (both, marks) = new.compared(&old);
        assert_eq!(both.graph.node_count(), 4);
        assert_eq!(both.graph.edge_count(), 4);
        assert_eq!(both.groups.len(), 2);
        assert_eq!(both.groups[1].nodes.len(), 4);
        assert_eq!(marks.nodes.get("b"), Some(&Mark::Gone));
        assert_eq!(marks.nodes.get("d"), Some(&Mark::New));
        assert_eq!(marks.nodes.len(), 2);
        assert_eq!(marks.edges.len(), 4);
    }

    #[test]
    fn the_group_of_what_is_gone_is_made_again() {
        let (old, new) = (graph(&["a", "b"], "past"), graph(&["a", "c"], "shop"));
        let (both, _) = new.compared(&old);
        let past = both.groups.iter().find(|group| group.name == "past");
        assert_eq!(past.map(|group| group.nodes.len()), Some(1));
    }
}
