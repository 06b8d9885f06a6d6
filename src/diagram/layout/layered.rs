//! From a graph to a sketch (vertices in columns, linked from column to column), and from the
//! sketch to a layout.

use super::orient::positions;
use super::{
    Layout, LayoutEngine, PART_GAP, PORT, Rect, Route, SizedGraph, layers, order, place, route,
};
use std::collections::BTreeMap;

/// Up to so many lines, a box grows by its lines.
const MAX_PORTS: usize = 24;

/// The layered layout.
#[derive(Clone, Copy, Debug, Default)]
pub struct Layered;

/// What stands in a column: a node, the label of an edge, or an edge that passes.
#[derive(Clone, Debug)]
pub(super) struct Vertex {
    pub(super) column: usize,
    /// The item it belongs to.
    pub(super) item: usize,
    pub(super) width: f64,
    pub(super) height: f64,
    /// The node it is.
    pub(super) node: Option<usize>,
    /// It is the label of its edge.
    pub(super) label: bool,
}

/// A piece of an edge between two neighbouring columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) from: usize,
    pub(super) to: usize,
}

/// What stays together in a layer: a group, a free node, or an edge that passes.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) layer: usize,
    /// The group it is.
    pub(super) cluster: Option<usize>,
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
    /// For each column its vertices, from the top.
    pub(super) columns: Vec<Vec<usize>>,
    pub(super) links: Vec<Link>,
    /// For each vertex the links to the next column, and those from the one before.
    pub(super) right: Vec<Vec<usize>>,
    pub(super) left: Vec<Vec<usize>>,
    /// For each edge its links from left to right, and whether it runs against them.
    pub(super) chains: BTreeMap<usize, (Vec<usize>, bool)>,
}

impl LayoutEngine for Layered {
    fn layout(&self, graph: &SizedGraph) -> Layout {
        let parts = parts(graph);
        let mut laid: Vec<(Vec<usize>, Layout)> = Vec::new();
        for nodes in parts {
            let mut sketch = sketch(graph, &nodes);
            order::order(&mut sketch);
            let heights = place::place(&sketch);
            let part = route::draw(graph, &sketch, &heights);
            laid.push((nodes, part));
        }
        pack(graph, laid)
    }
}

/// What belongs together: nodes that edges or groups join, in the order of their first nodes.
fn parts(graph: &SizedGraph) -> Vec<Vec<usize>> {
    let mut home: Vec<usize> = (0..graph.nodes.len()).collect();
    let find = |home: &Vec<usize>, mut at: usize| {
        while home[at] != at {
            at = home[at];
        }
        at
    };
    let mut join = |a: usize, b: usize| {
        let (a, b) = (find(&home, a), find(&home, b));
        home[a.max(b)] = a.min(b);
    };
    for edge in &graph.edges {
        join(edge.from, edge.to);
    }
    let mut first: BTreeMap<usize, usize> = BTreeMap::new();
    for (node, sized) in graph.nodes.iter().enumerate() {
        if let Some(cluster) = sized.cluster {
            join(*first.entry(cluster).or_insert(node), node);
        }
    }
    let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for node in 0..graph.nodes.len() {
        let mut at = node;
        while home[at] != at {
            at = home[at];
        }
        parts.entry(at).or_default().push(node);
    }
    parts.into_values().collect()
}

/// Which groups and free nodes there are in a part, and in which columns their nodes stand.
struct Outline {
    /// Groups and free nodes, in the order of their first nodes.
    outer: Vec<(Option<usize>, Vec<usize>)>,
    outer_of: BTreeMap<usize, usize>,
    outer_layer: Vec<usize>,
    /// For each layer, how many columns of nodes it has, and the number of the first.
    depth: Vec<usize>,
    start: Vec<usize>,
    /// For each node its column within its group.
    inner_column: BTreeMap<usize, usize>,
    edges: Vec<Oriented>,
}

/// An edge from left to right.
struct Oriented {
    edge: usize,
    from: usize,
    to: usize,
    reversed: bool,
}

impl Outline {
    fn new(graph: &SizedGraph, nodes: &[usize]) -> Self {
        let mut outer: Vec<(Option<usize>, Vec<usize>)> = Vec::new();
        let mut outer_of: BTreeMap<usize, usize> = BTreeMap::new();
        for node in nodes {
            let cluster = graph.nodes[*node].cluster;
            let known = cluster.and_then(|cluster| {
                let mut known = outer.iter();
                known.position(|(known, _)| *known == Some(cluster))
            });
            let at = known.unwrap_or_else(|| {
                outer.push((cluster, Vec::new()));
                outer.len() - 1
            });
            outer[at].1.push(*node);
            outer_of.insert(*node, at);
        }
        let of_part = |at: &usize| {
            let edge = &graph.edges[*at];
            edge.from != edge.to && outer_of.contains_key(&edge.from)
        };
        let edges: Vec<usize> = (0..graph.edges.len()).filter(of_part).collect();
        let ends = |at: usize| (graph.edges[at].from, graph.edges[at].to);
        let between: Vec<(usize, usize)> = edges
            .iter()
            .map(|at| (outer_of[&ends(*at).0], outer_of[&ends(*at).1]))
            .filter(|(from, to)| from != to)
            .collect();
        let outer_position = positions(outer.len(), &between);
        let outer_layer = layers::layers(outer.len(), &oriented(&between, &outer_position));
        let mut inner_position: BTreeMap<usize, usize> = BTreeMap::new();
        let mut inner_column: BTreeMap<usize, usize> = BTreeMap::new();
        let mut depth = vec![1_usize; outer_layer.iter().max().map_or(0, |last| last + 1)];
        for (at, (_, members)) in outer.iter().enumerate() {
            let index = |node: usize| members.iter().position(|one| *one == node);
            let inside: Vec<(usize, usize)> = edges
                .iter()
                .map(|edge| ends(*edge))
                .filter(|(from, to)| outer_of[from] == at && outer_of[to] == at)
                .filter_map(|(from, to)| Some((index(from)?, index(to)?)))
                .collect();
            let position = positions(members.len(), &inside);
            let column = layers::layers(members.len(), &oriented(&inside, &position));
            for (inner, node) in members.iter().enumerate() {
                inner_position.insert(*node, position[inner]);
                inner_column.insert(*node, column[inner]);
                let depth = &mut depth[outer_layer[at]];
                *depth = (*depth).max(column[inner] + 1);
            }
        }
        let start = depth.iter().scan(0, |sum, depth| {
            let start = *sum;
            *sum += depth;
            Some(start)
        });
        let orient = |edge: usize| {
            let (from, to) = ends(edge);
            let (a, b) = (outer_of[&from], outer_of[&to]);
            let ahead = match a == b {
                true => inner_position[&from] <= inner_position[&to],
                false => outer_position[a] <= outer_position[b],
            };
            let (from, to) = if ahead { (from, to) } else { (to, from) };
            Oriented {
                edge,
                from,
                to,
                reversed: !ahead,
            }
        };
        Self {
            start: start.collect(),
            edges: edges.into_iter().map(orient).collect(),
            outer,
            outer_layer,
            outer_of,
            depth,
            inner_column,
        }
    }

    /// The column of a node, labels not counted.
    fn column(&self, node: usize) -> usize {
        self.start[self.outer_layer[self.outer_of[&node]]] + self.inner_column[&node]
    }

    /// For each edge with a label, the column behind which the label stands: of many edges that
    /// leave one box, where they end; else where they start.
    fn label_gaps(&self, graph: &SizedGraph) -> BTreeMap<usize, usize> {
        let (mut outgoing, mut incoming) = (BTreeMap::new(), BTreeMap::new());
        for edge in &self.edges {
            *outgoing.entry(edge.from).or_insert(0) += 1;
            *incoming.entry(edge.to).or_insert(0) += 1;
        }
        let labelled = self.edges.iter();
        let labelled = labelled.filter(|one| graph.edges[one.edge].label.is_some());
        labelled
            .map(|one| {
                let gap = match outgoing[&one.from] >= incoming[&one.to] {
                    true => self.column(one.to) - 1,
                    false => self.column(one.from),
                };
                (one.edge, gap)
            })
            .collect()
    }
}

/// Each edge along the order of the positions.
fn oriented(edges: &[(usize, usize)], position: &[usize]) -> Vec<(usize, usize)> {
    let along = |(a, b): &(usize, usize)| match position[*a] <= position[*b] {
        true => (*a, *b),
        false => (*b, *a),
    };
    edges.iter().map(along).collect()
}

/// Columns and layers; a column of labels has its own place between two of nodes. Gives where each
/// column of nodes (and each of labels, `true`) is.
fn frame(
    outline: &Outline,
    gaps: &BTreeMap<usize, usize>,
    sketch: &mut Sketch,
) -> BTreeMap<(usize, bool), usize> {
    let mut column_at: BTreeMap<(usize, bool), usize> = BTreeMap::new();
    for (start, depth) in outline.start.iter().zip(&outline.depth) {
        let mut inner = Layer::default();
        for column in *start..start + depth {
            column_at.insert((column, false), sketch.columns.len());
            inner.columns.push(sketch.columns.len());
            sketch.columns.push(Vec::new());
            if !gaps.values().any(|gap| *gap == column) {
                continue;
            }
            column_at.insert((column, true), sketch.columns.len());
            if column + 1 < start + depth {
                inner.columns.push(sketch.columns.len());
            } else {
                // Between two layers: a layer of its own, in which every edge is an item.
                sketch.layers.push(std::mem::take(&mut inner));
                sketch.layers.push(Layer {
                    columns: vec![sketch.columns.len()],
                    items: Vec::new(),
                });
            }
            sketch.columns.push(Vec::new());
        }
        if !inner.columns.is_empty() {
            sketch.layers.push(inner);
        }
    }
    column_at
}

/// The sketch of a part.
fn sketch(graph: &SizedGraph, nodes: &[usize]) -> Sketch {
    let outline = Outline::new(graph, nodes);
    let gaps = outline.label_gaps(graph);
    let mut sketch = Sketch::default();
    let column_at = frame(&outline, &gaps, &mut sketch);
    let mut layer_of_column = vec![0; sketch.columns.len()];
    for (layer, one) in sketch.layers.iter().enumerate() {
        for column in &one.columns {
            layer_of_column[*column] = layer;
        }
    }
    let mut builder = Builder {
        graph,
        sketch,
        layer_of_column,
        item_of: BTreeMap::new(),
    };
    let mut vertex_of: BTreeMap<usize, usize> = BTreeMap::new();
    for (at, (cluster, members)) in outline.outer.iter().enumerate() {
        for node in members {
            let column = column_at[&(outline.column(*node), false)];
            let item = builder.item(column, ItemKey::Outer(at), *cluster);
            let sized = &graph.nodes[*node];
            let vertex = builder.vertex(column, item, sized.width, sized.height);
            builder.sketch.vertices[vertex].node = Some(*node);
            vertex_of.insert(*node, vertex);
        }
    }
    for one in &outline.edges {
        let label = gaps.get(&one.edge).map(|gap| column_at[&(*gap, true)]);
        let ends = (vertex_of[&one.from], vertex_of[&one.to]);
        builder.chain(one.edge, ends, label, one.reversed);
    }
    linked(builder.sketch)
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
    sketch
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum ItemKey {
    /// A group or free node.
    Outer(usize),
    /// An edge that passes.
    Edge(usize),
}

struct Builder<'g> {
    graph: &'g SizedGraph,
    sketch: Sketch,
    layer_of_column: Vec<usize>,
    item_of: BTreeMap<(usize, ItemKey), usize>,
}

impl Builder<'_> {
    fn item(&mut self, column: usize, key: ItemKey, cluster: Option<usize>) -> usize {
        let layer = self.layer_of_column[column];
        if let Some(known) = self.item_of.get(&(layer, key)) {
            return *known;
        }
        let item = self.sketch.items.len();
        self.sketch.items.push(Item { layer, cluster });
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
        });
        self.sketch.columns[column].push(vertex);
        vertex
    }

    /// The pieces of an edge through all columns between its ends.
    fn chain(
        &mut self,
        edge: usize,
        (from, to): (usize, usize),
        label: Option<usize>,
        reversed: bool,
    ) {
        let (start, end) = (
            self.sketch.vertices[from].clone(),
            self.sketch.vertices[to].clone(),
        );
        let (first, last) = (
            self.sketch.items[start.item].layer,
            self.sketch.items[end.item].layer,
        );
        let mut links = Vec::new();
        let mut before = from;
        for column in start.column + 1..end.column {
            let layer = self.layer_of_column[column];
            // Within the layers of its ends it is a part of what it ends at.
            let item = match layer {
                layer if layer == first => start.item,
                layer if layer == last => end.item,
                _ => self.item(column, ItemKey::Edge(edge), None),
            };
            let size = match label == Some(column) {
                true => self.graph.edges[edge].label.unwrap_or_default(),
                false => (0.0, 2.0),
            };
            let vertex = self.vertex(column, item, size.0, size.1);
            self.sketch.vertices[vertex].label = label == Some(column);
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

/// Puts the parts beside and below each other, the highest first, in rows about twice as wide as
/// all of it is high.
fn pack(graph: &SizedGraph, mut parts: Vec<(Vec<usize>, Layout)>) -> Layout {
    let mut whole = Layout {
        nodes: vec![Rect::default(); graph.nodes.len()],
        clusters: vec![None; graph.clusters.len()],
        edges: vec![Route::default(); graph.edges.len()],
        ..Layout::default()
    };
    let area: f64 = parts
        .iter()
        .map(|(_, part)| (part.width + PART_GAP) * (part.height + PART_GAP))
        .sum();
    let widest = parts.iter().map(|(_, part)| part.width).fold(0.0, f64::max);
    let limit = widest.max((area * 2.0).sqrt());
    parts.sort_by(|(a_nodes, a), (b_nodes, b)| {
        b.height
            .total_cmp(&a.height)
            .then_with(|| a_nodes.cmp(b_nodes))
    });
    let (mut x, mut y, mut row) = (0.0_f64, 0.0_f64, 0.0_f64);
    for (nodes, part) in parts {
        if x > 0.0 && x + part.width > limit {
            x = 0.0;
            y += row + PART_GAP;
            row = 0.0;
        }
        for node in &nodes {
            whole.nodes[*node] = part.nodes[*node].moved(x, y);
        }
        for (cluster, area) in part.clusters.iter().enumerate() {
            if let Some(area) = area {
                whole.clusters[cluster] = Some(area.moved(x, y));
            }
        }
        for (edge, route) in part.edges.into_iter().enumerate() {
            if route.points.is_empty() {
                continue;
            }
            let points = route.points.into_iter();
            whole.edges[edge] = Route {
                points: points.map(|(px, py)| (px + x, py + y)).collect(),
                label: route.label.map(|label| label.moved(x, y)),
            };
        }
        whole.width = whole.width.max(x + part.width);
        whole.height = whole.height.max(y + part.height);
        x += part.width + PART_GAP;
        row = row.max(part.height);
    }
    // A line from a box to itself stands beside it and says so.
    for (at, edge) in graph.edges.iter().enumerate() {
        if edge.from == edge.to {
            whole.edges[at] = itself(&whole.nodes[edge.from]);
        }
    }
    whole
}

/// A small hook at the upper right corner of a box.
fn itself(area: &Rect) -> Route {
    let (right, top) = (area.x + area.width, area.y);
    Route {
        points: vec![
            (right - 18.0, top),
            (right - 18.0, top - 8.0),
            (right - 6.0, top - 8.0),
            (right - 6.0, top),
        ],
        label: None,
    }
}
