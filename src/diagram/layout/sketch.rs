//! Vertices in columns, linked from column to column: what is ordered, placed and drawn.

use super::outline::{Branch, Child, Outline};
use super::{PORT, Reading, SizedGraph};
use std::collections::BTreeMap;

/// Up to so many lines, a box grows by its lines.
const MAX_PORTS: usize = 24;

/// Above this a picture cannot be read, and its layout would take minutes: nodes and edges of the
/// part, and columns that its edges pass. Counted and not timed, so that every machine draws the
/// same.
const MOST_NODES: usize = 2000;
const MOST_EDGES: usize = 10_000;
const MOST_PIECES: usize = 30_000;

/// What stands in a column: a node, the label of an edge, or an edge that passes.
#[derive(Clone, Debug)]
pub(super) struct Vertex {
    pub(super) column: usize,
    /// The item it belongs to, the innermost.
    pub(super) item: usize,
    pub(super) width: f64,
    pub(super) height: f64,
    /// The node it is.
    pub(super) node: Option<usize>,
    /// It is the label of its edge.
    pub(super) label: bool,
    /// Where it was in an older picture.
    pub(super) before: Option<f64>,
}

/// A piece of an edge between two neighbouring columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) from: usize,
    pub(super) to: usize,
}

/// What stays together in a layer: a group, a free node, or an edge that passes.
#[derive(Clone, Debug, Default)]
pub(super) struct Item {
    pub(super) layer: usize,
    /// The group it is.
    pub(super) cluster: Option<usize>,
    /// The item that it is in.
    pub(super) parent: Option<usize>,
    /// The layers in it, where there are groups in it.
    pub(super) inner: Vec<usize>,
    /// Space that its title takes: above what is in it, before it, and along its side.
    pub(super) title_above: f64,
    pub(super) title_before: f64,
    pub(super) title_along: f64,
}

/// A layer: neighbouring columns in which items have one order.
#[derive(Clone, Debug, Default)]
pub(super) struct Layer {
    /// Its columns, in order.
    pub(super) columns: Vec<usize>,
    /// Its items, from the top.
    pub(super) items: Vec<usize>,
}

/// A part of the graph, ready to be ordered.
#[derive(Clone, Debug, Default)]
pub(super) struct Sketch {
    pub(super) vertices: Vec<Vertex>,
    pub(super) items: Vec<Item>,
    pub(super) layers: Vec<Layer>,
    /// The outermost layers, in their order.
    pub(super) outer: Vec<usize>,
    /// For each column the layers that it is in, from the outermost.
    pub(super) layers_of: Vec<Vec<usize>>,
    /// For each column its vertices, from the top.
    pub(super) columns: Vec<Vec<usize>>,
    pub(super) links: Vec<Link>,
    /// For each vertex the links to the next column, and those from the one before.
    pub(super) right: Vec<Vec<usize>>,
    pub(super) left: Vec<Vec<usize>>,
    /// For each edge its links from left to right, and whether it runs against them.
    pub(super) chains: BTreeMap<usize, (Vec<usize>, bool)>,
}

impl Sketch {
    /// The sketch of a part of the graph; none for one that is too much.
    pub(super) fn new(graph: &SizedGraph, nodes: &[usize]) -> Option<Self> {
        if nodes.len() > MOST_NODES || graph.edges.len() > MOST_EDGES {
            return None;
        }
        let outline = Outline::new(graph, nodes);
        let spans = outline.edges.iter().map(|one| {
            let column = |node: usize| outline.seats[&node].column;
            column(one.to).abs_diff(column(one.from))
        });
        if spans.sum::<usize>() > MOST_PIECES {
            return None;
        }
        let gaps = outline.label_gaps(graph);
        let mut builder = Builder {
            graph,
            sketch: Self::default(),
            node_columns: BTreeMap::new(),
            frames: Vec::new(),
            frame_of_item: BTreeMap::new(),
            item_of: BTreeMap::new(),
        };
        builder.columns(&outline, &gaps);
        let mut vertex_of = BTreeMap::new();
        builder.branch(&outline.root, 0, None, &outline, &mut vertex_of);
        for one in &outline.edges {
            let label = gaps.get(&one.edge).map(|gap| builder.node_columns[gap] + 1);
            let ends = (vertex_of[&one.from], vertex_of[&one.to]);
            builder.chain(one.edge, ends, label, one.reversed);
        }
        Some(linked(builder.sketch))
    }

    /// An item and those that it is in, from the innermost.
    pub(super) fn around(&self, item: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(item), |item| self.items[*item].parent)
    }

    /// Whether a vertex is in an item.
    pub(super) fn is_in(&self, vertex: usize, item: usize) -> bool {
        let mut around = self.around(self.vertices[vertex].item);
        around.any(|one| one == item)
    }

    /// The innermost of the layers in an item that has a column.
    pub(super) fn inner_layer(&self, item: usize, column: usize) -> Option<usize> {
        let mut inner = self.items[item].inner.iter().copied();
        inner.find(|layer| self.layers[*layer].columns.contains(&column))
    }
}

/// With the links of each vertex, and boxes that are as high as their lines need.
fn linked(mut sketch: Sketch) -> Sketch {
    sketch.right = vec![Vec::new(); sketch.vertices.len()];
    sketch.left = vec![Vec::new(); sketch.vertices.len()];
    for (at, link) in sketch.links.iter().enumerate() {
        sketch.right[link.from].push(at);
        sketch.left[link.to].push(at);
    }
    for at in 0..sketch.vertices.len() {
        if sketch.vertices[at].node.is_some() {
            let lines = sketch.right[at].len().max(sketch.left[at].len());
            let needed = lines.min(MAX_PORTS) as f64 * PORT + 8.0;
            let vertex = &mut sketch.vertices[at];
            vertex.height = vertex.height.max(needed);
        }
    }
    sketch.layers_of = vec![Vec::new(); sketch.columns.len()];
    // Outer layers are made before those in them.
    for (at, layer) in sketch.layers.iter().enumerate() {
        for column in &layer.columns {
            sketch.layers_of[*column].push(at);
        }
    }
    sketch
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum ItemKey {
    /// A group or free node.
    Child(usize),
    /// An edge that passes.
    Edge(usize),
}

struct Builder<'g> {
    graph: &'g SizedGraph,
    sketch: Sketch,
    /// Where each column of nodes is, when those of labels are counted; the column of labels behind
    /// it, where there is one, is the next.
    node_columns: BTreeMap<usize, usize>,
    /// For the picture, and each group with groups in it, the layer of each column.
    frames: Vec<BTreeMap<usize, usize>>,
    frame_of_item: BTreeMap<usize, usize>,
    item_of: BTreeMap<(usize, ItemKey), usize>,
}

impl Builder<'_> {
    /// Columns, and the outermost layers; a column of labels has its own place between two of nodes.
    fn columns(&mut self, outline: &Outline, gaps: &BTreeMap<usize, usize>) {
        let last = outline.root.layers.last();
        let count = last.map_or(0, |(first, depth)| first + depth);
        for column in 0..count {
            self.node_columns.insert(column, self.sketch.columns.len());
            self.sketch.columns.push(Vec::new());
            if gaps.values().any(|gap| *gap == column) {
                self.sketch.columns.push(Vec::new());
            }
        }
        let all: Vec<usize> = (0..self.sketch.columns.len()).collect();
        let outer = self.frame(&outline.root.layers, &all);
        self.sketch.outer = outer;
    }

    /// The layers of a branch over some columns. Labels behind the last column of a layer have a
    /// layer of their own, in which every edge is an item.
    fn frame(&mut self, layers: &[(usize, usize)], columns: &[usize]) -> Vec<usize> {
        let first_new = self.sketch.layers.len();
        let mut frame = BTreeMap::new();
        let mut of_layer: BTreeMap<(usize, bool), usize> = BTreeMap::new();
        let layer_at = |column: usize| {
            let begun = layers.iter().take_while(|(first, _)| *first <= column);
            begun.count().saturating_sub(1)
        };
        for column in columns {
            let mut before = self
                .node_columns
                .iter()
                .filter(|(_, place)| *place <= column);
            let Some((node_column, place)) = before.next_back() else {
                continue;
            };
            let of_labels = place != column;
            let layer = layer_at(*node_column);
            let parts = of_labels && layer_at(node_column + 1) != layer;
            let parts = parts || (of_labels && columns.last() == Some(column));
            let index = *of_layer.entry((layer, parts)).or_insert_with(|| {
                self.sketch.layers.push(Layer::default());
                self.sketch.layers.len() - 1
            });
            self.sketch.layers[index].columns.push(*column);
            frame.insert(*column, index);
        }
        self.frames.push(frame);
        (first_new..self.sketch.layers.len()).collect()
    }

    /// The items and vertices of what is in a branch.
    fn branch(
        &mut self,
        branch: &Branch,
        frame: usize,
        parent: Option<usize>,
        outline: &Outline,
        vertex_of: &mut BTreeMap<usize, usize>,
    ) {
        for (at, child) in branch.children.iter().enumerate() {
            match child {
                Child::Node(node) => {
                    let column = self.node_columns[&outline.seats[node].column];
                    let item = self.item(frame, column, ItemKey::Child(at), parent);
                    self.node(*node, column, item, vertex_of);
                }
                Child::Group(group) => {
                    let first = group.layers.first().map_or(0, |(first, _)| *first);
                    let column = self.node_columns[&first];
                    let item = self.item(frame, column, ItemKey::Child(at), parent);
                    self.group(group, item, outline, vertex_of);
                }
            }
        }
    }

    fn group(
        &mut self,
        group: &Branch,
        item: usize,
        outline: &Outline,
        vertex_of: &mut BTreeMap<usize, usize>,
    ) {
        let title = group
            .cluster
            .map_or(0.0, |at| self.graph.clusters[at].title_width);
        let one = &mut self.sketch.items[item];
        one.cluster = group.cluster;
        match self.graph.reading {
            Reading::Right => one.title_above = super::CLUSTER_TITLE,
            Reading::Down => (one.title_before, one.title_along) = (super::CLUSTER_TITLE, title),
        }
        if group.is_nested() {
            let layer = one.layer;
            let columns = self.sketch.layers[layer].columns.clone();
            let inner = self.frame(&group.layers, &columns);
            let frame = self.frames.len() - 1;
            self.sketch.items[item].inner = inner;
            self.frame_of_item.insert(item, frame);
            self.branch(group, frame, Some(item), outline, vertex_of);
            return;
        }
        for child in &group.children {
            if let Child::Node(node) = child {
                let column = self.node_columns[&outline.seats[node].column];
                self.node(*node, column, item, vertex_of);
            }
        }
    }

    fn node(
        &mut self,
        node: usize,
        column: usize,
        item: usize,
        vertex_of: &mut BTreeMap<usize, usize>,
    ) {
        let sized = &self.graph.nodes[node];
        let (width, height, before) = (sized.width, sized.height, sized.before);
        let vertex = self.vertex(column, item, width, height);
        self.sketch.vertices[vertex].node = Some(node);
        self.sketch.vertices[vertex].before = before.map(|(_, y)| y);
        vertex_of.insert(node, vertex);
    }

    fn item(&mut self, frame: usize, column: usize, key: ItemKey, parent: Option<usize>) -> usize {
        let layer = self.frames[frame][&column];
        if let Some(known) = self.item_of.get(&(layer, key)) {
            return *known;
        }
        let item = self.sketch.items.len();
        self.sketch.items.push(Item {
            layer,
            parent,
            ..Item::default()
        });
        self.sketch.layers[layer].items.push(item);
        self.item_of.insert((layer, key), item);
        item
    }

    fn vertex(&mut self, column: usize, item: usize, width: f64, height: f64) -> usize {
        let vertex = self.sketch.vertices.len();
        self.sketch.vertices.push(Vertex {
            column,
            item,
            width,
            height,
            node: None,
            label: false,
            before: None,
        });
        self.sketch.columns[column].push(vertex);
        vertex
    }

    /// The item that an edge is a part of in a column: of what it leaves or enters, as far as their
    /// layers reach, and else one of its own.
    fn passed(&mut self, column: usize, edge: usize, ends: (usize, usize)) -> usize {
        let items = [ends.0, ends.1].map(|end| self.sketch.vertices[end].item);
        let (mut frame, mut parent) = (0, None);
        loop {
            let layer = self.frames[frame][&column];
            let here = items.iter().find_map(|item| {
                let mut around = self.sketch.around(*item);
                around.find(|one| self.sketch.items[*one].layer == layer)
            });
            let Some(item) = here else {
                return self.item(frame, column, ItemKey::Edge(edge), parent);
            };
            match self.frame_of_item.get(&item) {
                None => return item,
                Some(inner) => (frame, parent) = (*inner, Some(item)),
            }
        }
    }

    /// The pieces of an edge through all columns between its ends.
    fn chain(
        &mut self,
        edge: usize,
        (from, to): (usize, usize),
        label: Option<usize>,
        reversed: bool,
    ) {
        let columns = (
            self.sketch.vertices[from].column,
            self.sketch.vertices[to].column,
        );
        let heights = (
            self.sketch.vertices[from].before,
            self.sketch.vertices[to].before,
        );
        let mut links = Vec::new();
        let mut before = from;
        for column in columns.0 + 1..columns.1 {
            let item = self.passed(column, edge, (from, to));
            let size = match label == Some(column) {
                true => self.graph.edges[edge].label.unwrap_or_default(),
                false => (0.0, 2.0),
            };
            let vertex = self.vertex(column, item, size.0, size.1);
            self.sketch.vertices[vertex].label = label == Some(column);
            if let (Some(start), Some(end)) = heights {
                let way = (column - columns.0) as f64 / (columns.1 - columns.0) as f64;
                self.sketch.vertices[vertex].before = Some(start + (end - start) * way);
            }
            links.push(self.link(before, vertex));
            before = vertex;
        }
        links.push(self.link(before, to));
        self.sketch.chains.insert(edge, (links, reversed));
    }

    fn link(&mut self, from: usize, to: usize) -> usize {
        self.sketch.links.push(Link { from, to });
        self.sketch.links.len() - 1
    }
}
