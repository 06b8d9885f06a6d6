//! A graph with a place for everything in it: what SVG, HTML and draw.io have in common.

use super::graph::{Edge, Graph, Node, NodeKind};
use super::layout::{
    Layered, Layout, LayoutEngine, Reading, SizedCluster, SizedEdge, SizedGraph, SizedNode,
};
use super::text;
use crate::escape::label as plain;
use crate::model::ComponentKind;
use petgraph::stable_graph::NodeIndex;
use petgraph::visit::{EdgeRef, IntoEdgeReferences};
use std::collections::BTreeMap;

/// Font size of names, of the lines below them, and of what stands on lines.
pub(super) const NAME_SIZE: f64 = 13.0;
pub(super) const SECOND_SIZE: f64 = 11.0;
pub(super) const LABEL_SIZE: f64 = 10.5;
/// Height of a third line.
pub(super) const NOTE_HEIGHT: f64 = 14.0;
/// A longer name is cut in its middle; the whole of it is in the tooltip.
const LONGEST_NAME: usize = 34;

/// Where the nodes of an older picture stood, by their ids.
pub type OldPlaces = BTreeMap<String, (f64, f64)>;

/// A graph with its layout.
pub(super) struct Drawing<'g, 'm> {
    pub(super) graph: &'g Graph<'m>,
    pub(super) nodes: Vec<NodeIndex>,
    pub(super) edges: Vec<(usize, usize, &'g Edge<'m>)>,
    /// The names of the groups that are drawn.
    pub(super) clusters: Vec<&'g str>,
    /// For each of them, the one that it is in.
    pub(super) parents: Vec<Option<usize>>,
    /// For each node its group.
    pub(super) cluster_of: Vec<Option<usize>>,
    pub(super) layout: Layout,
}

impl<'g, 'm> Drawing<'g, 'm> {
    pub(super) fn new(graph: &'g Graph<'m>, reading: Reading, old: &OldPlaces) -> Self {
        let mut nodes = Vec::new();
        let mut clusters: Vec<&str> = Vec::new();
        let mut place_of_group = BTreeMap::new();
        let mut sized = SizedGraph {
            reading,
            ..SizedGraph::default()
        };
        for (at, group) in graph.groups.iter().enumerate() {
            let cluster = (!group.name.is_empty()).then(|| {
                let title = plain(&group.name);
                sized.clusters.push(SizedCluster {
                    title_width: text::width(&title, SECOND_SIZE) + 8.0,
                    parent: group
                        .parent
                        .and_then(|one| place_of_group.get(&one).copied()),
                });
                clusters.push(&group.name);
                place_of_group.insert(at, clusters.len() - 1);
                clusters.len() - 1
            });
            for node in &group.nodes {
                let (width, height) = size(&graph.graph[*node]);
                sized.nodes.push(SizedNode {
                    width,
                    height,
                    cluster,
                    before: old.get(&*graph.graph[*node].id).copied(),
                });
                nodes.push(*node);
            }
        }
        let index: BTreeMap<NodeIndex, usize> = nodes
            .iter()
            .enumerate()
            .map(|(at, node)| (*node, at))
            .collect();
        let mut edges = Vec::new();
        for edge in graph.graph.edge_references() {
            let (from, to) = (index[&edge.source()], index[&edge.target()]);
            let label = &edge.weight().label;
            sized.edges.push(SizedEdge {
                from,
                to,
                label: (!label.is_empty())
                    .then(|| (text::regular(label, LABEL_SIZE) + 6.0, LABEL_SIZE + 6.0)),
            });
            edges.push((from, to, edge.weight()));
        }
        Self {
            layout: Layered.layout(&sized),
            graph,
            nodes,
            edges,
            clusters,
            parents: sized.clusters.iter().map(|one| one.parent).collect(),
            cluster_of: sized.nodes.iter().map(|one| one.cluster).collect(),
        }
    }

    pub(super) fn node(&self, at: usize) -> &Node<'m> {
        &self.graph.graph[self.nodes[at]]
    }
}

/// What is written in a box: its name, what it is, and what is said of it.
pub(super) fn lines(node: &Node<'_>) -> (String, String, Option<String>) {
    let short = |text: &str| text::shortened(&plain(text), LONGEST_NAME);
    (
        short(&node.label),
        short(node.subtitle()),
        node.note.as_deref().map(short),
    )
}

/// Width and height of a box.
fn size(node: &Node<'_>) -> (f64, f64) {
    let (name, second, note) = lines(node);
    let note_width = note
        .as_deref()
        .map_or(0.0, |note| text::regular(note, SECOND_SIZE));
    let widest = text::width(&name, NAME_SIZE)
        .max(text::regular(&second, SECOND_SIZE))
        .max(note_width);
    let note_height = if note.is_some() { NOTE_HEIGHT } else { 0.0 };
    (
        (widest + 20.0 + extra_width(node.kind)).max(84.0).ceil(),
        42.0 + note_height + extra_height(node.kind),
    )
}

/// Space that a shape needs beside its text, on both sides together.
fn extra_width(kind: NodeKind) -> f64 {
    use ComponentKind::{
        Batch, Cache, Gateway, InitJob, Queue, Scheduler, StreamProcessor, Topic, Worker,
    };
    let NodeKind::Component(kind) = kind else {
        return 8.0;
    };
    match kind {
        Gateway | StreamProcessor => 28.0,
        Queue | Topic | Scheduler => 20.0,
        Worker | Batch | InitJob => 14.0,
        // The bolt stands beside the name.
        Cache => 26.0,
        _ => 0.0,
    }
}

/// Space that a shape needs above its text.
pub(super) fn extra_height(kind: NodeKind) -> f64 {
    use ComponentKind::{Cache, Database, ObjectStore, Search, Warehouse};
    match kind {
        NodeKind::Component(Database | Search | Cache) => 10.0,
        NodeKind::Component(Warehouse) => 16.0,
        NodeKind::Component(ObjectStore) => 6.0,
        NodeKind::Component(_) => 0.0,
        NodeKind::Group => 4.0,
    }
}
