//! In which column each node stands: groups and nodes of one level get layers, and what is in a
//! group gets columns of its own within the layer of the group.

use super::orient::positions;
use super::{SizedGraph, pull};
use std::collections::{BTreeMap, BTreeSet};

/// What stands in a group: a node, or another group.
#[derive(Clone, Debug)]
pub(super) enum Child {
    Node(usize),
    Group(Box<Branch>),
}

/// A group (none: the part of the picture) and what is in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Branch {
    pub(super) cluster: Option<usize>,
    pub(super) children: Vec<Child>,
    /// For each layer in it, its first column and how many it has.
    pub(super) layers: Vec<(usize, usize)>,
}

/// Where a node stands in the order of columns.
#[derive(Clone, Debug, Default)]
pub(super) struct Seat {
    /// Its column, labels not counted.
    pub(super) column: usize,
    /// At each level from the outermost: which child it is in, and that child's position.
    pub(super) path: Vec<(usize, usize)>,
}

/// An edge from left to right.
#[derive(Clone, Copy, Debug)]
pub(super) struct Oriented {
    pub(super) edge: usize,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) reversed: bool,
}

/// The columns of a part of the graph.
#[derive(Clone, Debug, Default)]
pub(super) struct Outline {
    pub(super) root: Branch,
    pub(super) seats: BTreeMap<usize, Seat>,
    pub(super) edges: Vec<Oriented>,
}

impl Branch {
    /// Whether there are groups in it.
    pub(super) fn is_nested(&self) -> bool {
        let mut children = self.children.iter();
        children.any(|child| matches!(child, Child::Group(_)))
    }
}

impl Outline {
    pub(super) fn new(graph: &SizedGraph, nodes: &[usize]) -> Self {
        let mut outline = Self {
            root: tree(graph, nodes),
            ..Self::default()
        };
        let mut edges = Vec::new();
        let of_part: BTreeSet<usize> = nodes.iter().copied().collect();
        for (at, edge) in graph.edges.iter().enumerate() {
            if edge.from != edge.to && of_part.contains(&edge.from) {
                edges.push((at, edge.from, edge.to));
            }
        }
        let ends: Vec<(usize, usize)> = edges.iter().map(|(_, from, to)| (*from, *to)).collect();
        let connected = ends.iter().flat_map(|(from, to)| [*from, *to]).collect();
        let mut root = std::mem::take(&mut outline.root);
        arrange(&mut root, &ends, &connected, &mut outline.seats);
        outline.root = root;
        outline.edges = edges
            .into_iter()
            .map(|(edge, from, to)| {
                let ahead = outline.is_ahead(from, to);
                let (from, to) = if ahead { (from, to) } else { (to, from) };
                Oriented {
                    edge,
                    from,
                    to,
                    reversed: !ahead,
                }
            })
            .collect();
        outline
    }

    /// Whether the first stands before the second, where they first are in different children.
    fn is_ahead(&self, from: usize, to: usize) -> bool {
        let (from, to) = (&self.seats[&from].path, &self.seats[&to].path);
        let mut levels = from.iter().zip(to);
        let parting = levels.find(|(a, b)| a.0 != b.0);
        parting.is_none_or(|(a, b)| a.1 <= b.1)
    }

    /// For each edge with a label, the column behind which the label stands: of many edges that
    /// leave one box, where they end; else where they start.
    pub(super) fn label_gaps(&self, graph: &SizedGraph) -> BTreeMap<usize, usize> {
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
                    true => self.seats[&one.to].column - 1,
                    false => self.seats[&one.from].column,
                };
                (one.edge, gap)
            })
            .collect()
    }
}

/// The groups of some nodes and what is in them, in the order of their first nodes.
pub(super) fn tree(graph: &SizedGraph, nodes: &[usize]) -> Branch {
    let mut root = Branch::default();
    for node in nodes {
        let mut path = Vec::new();
        let mut next = graph.nodes[*node].cluster;
        while let Some(cluster) = next {
            // A group stands behind the one that it is in: a circle would not.
            path.push(cluster);
            next = graph.clusters[cluster].parent.filter(|one| *one < cluster);
        }
        let mut branch = &mut root;
        for cluster in path.into_iter().rev() {
            branch = inside(branch, cluster);
        }
        branch.children.push(Child::Node(*node));
    }
    root
}

/// The group in a branch, made where it is not there yet.
fn inside(branch: &mut Branch, cluster: usize) -> &mut Branch {
    let mut known = branch.children.iter();
    let at = known
        .position(|child| matches!(child, Child::Group(group) if group.cluster == Some(cluster)));
    let at = at.unwrap_or_else(|| {
        branch.children.push(Child::Group(Box::new(Branch {
            cluster: Some(cluster),
            ..Branch::default()
        })));
        branch.children.len() - 1
    });
    match &mut branch.children[at] {
        Child::Group(group) => group,
        // The place was just found or made as a group.
        Child::Node(_) => unreachable!("a group stands here"),
    }
}

/// Gives everything in a branch its column, from 0 on; gives how many there are.
fn arrange(
    branch: &mut Branch,
    edges: &[(usize, usize)],
    connected: &BTreeSet<usize>,
    seats: &mut BTreeMap<usize, Seat>,
) -> usize {
    let mut child_of: BTreeMap<usize, usize> = BTreeMap::new();
    for (at, child) in branch.children.iter().enumerate() {
        mark(child, at, &mut child_of);
    }
    let inside: Vec<(usize, usize)> = edges
        .iter()
        .filter(|(from, to)| child_of.contains_key(from) && child_of.contains_key(to))
        .copied()
        .collect();
    let between: Vec<(usize, usize)> = inside
        .iter()
        .map(|(from, to)| (child_of[from], child_of[to]))
        .filter(|(from, to)| from != to)
        .collect();
    let count = branch.children.len();
    let mut needed = vec![1_usize; count];
    for (at, child) in branch.children.iter_mut().enumerate() {
        match child {
            Child::Node(node) => {
                seats.insert(*node, Seat::default());
            }
            Child::Group(group) => needed[at] = arrange(group, &inside, connected, seats),
        }
    }
    let position = positions(count, &between);
    let length = |layer: &[usize]| {
        let first = first_columns(&depths(layer, &needed));
        let column = |node: usize| first[layer[child_of[&node]]] + seats[&node].column;
        let long = inside.iter().map(|(a, b)| column(*a).abs_diff(column(*b)));
        long.sum()
    };
    let mut layer = pull::layers(count, &oriented(&between, &position), length);
    spread(branch, connected, &mut layer);
    let depth = depths(&layer, &needed);
    let first = first_columns(&depth);
    branch.layers = first.iter().copied().zip(depth.iter().copied()).collect();
    for (node, child) in child_of {
        let seat = seats.entry(node).or_default();
        seat.column += branch.layers[layer[child]].0;
        // Edges run from layer to layer.
        seat.path.insert(0, (child, layer[child]));
    }
    for (at, child) in branch.children.iter_mut().enumerate() {
        if let Child::Group(group) = child {
            moved(group, branch.layers[layer[at]].0);
        }
    }
    depth.iter().sum()
}

/// For each layer how many columns it has: as many as the deepest of what is in it.
fn depths(layer: &[usize], needed: &[usize]) -> Vec<usize> {
    let mut depth = vec![1; layer.iter().max().map_or(0, |last| last + 1)];
    for (layer, needed) in layer.iter().zip(needed) {
        depth[*layer] = needed.max(&depth[*layer]).to_owned();
    }
    depth
}

/// For each layer its first column.
fn first_columns(depth: &[usize]) -> Vec<usize> {
    let first = depth.iter().scan(0, |next, depth| {
        let first = *next;
        *next += depth;
        Some(first)
    });
    first.collect()
}

/// Gives what nothing is connected to the emptiest layers of its group, and as many of them as make
/// it about as wide as high.
fn spread(branch: &Branch, connected: &BTreeSet<usize>, layer: &mut [usize]) {
    let alone = |child: &Child| matches!(child, Child::Node(node) if !connected.contains(node));
    let children = branch.children.iter().enumerate();
    let loose: Vec<usize> = children
        .filter(|(_, child)| alone(child))
        .map(|(at, _)| at)
        .collect();
    if loose.len() < 4 {
        return;
    }
    let side = (loose.len() as f64 * 0.75).sqrt().ceil() as usize;
    let count = layer.iter().max().map_or(1, |last| last + 1).max(side);
    let mut filled = vec![0_usize; count];
    for (at, child) in branch.children.iter().enumerate() {
        if !alone(child) {
            filled[layer[at]] += 1;
        }
    }
    for at in loose {
        let emptiest = (0..count).min_by_key(|one| filled[*one]).unwrap_or(0);
        layer[at] = emptiest;
        filled[emptiest] += 1;
    }
}

/// Moves the layers of a group, and of those in it.
fn moved(branch: &mut Branch, by: usize) {
    for (first, _) in &mut branch.layers {
        *first += by;
    }
    for child in &mut branch.children {
        if let Child::Group(group) = child {
            moved(group, by);
        }
    }
}

fn mark(child: &Child, at: usize, child_of: &mut BTreeMap<usize, usize>) {
    match child {
        Child::Node(node) => {
            child_of.insert(*node, at);
        }
        Child::Group(group) => {
            for inner in &group.children {
                mark(inner, at, child_of);
            }
        }
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
