//! From a graph to a layout: its parts one by one, then put beside each other.

use super::sketch::Sketch;
use super::{
    Layout, LayoutEngine, PART_GAP, Reading, Rect, Route, SizedGraph, grid, order, place, route,
};
use std::collections::BTreeMap;

/// The layered layout.
#[derive(Clone, Copy, Debug, Default)]
pub struct Layered;

impl LayoutEngine for Layered {
    fn layout(&self, graph: &SizedGraph) -> Layout {
        match graph.reading {
            Reading::Right => laid_out(graph),
            // The same on its side.
            Reading::Down => turned(laid_out(&turned_graph(graph))),
        }
    }
}

fn laid_out(graph: &SizedGraph) -> Layout {
    let mut laid: Vec<(Vec<usize>, Layout)> = Vec::new();
    for nodes in parts(graph) {
        let part = match Sketch::new(graph, &nodes) {
            Some(mut sketch) => {
                order::order(&mut sketch);
                let heights = place::place(&sketch);
                route::draw(graph, &sketch, &heights)
            }
            None => grid::draw(graph, &nodes),
        };
        laid.push((nodes, part));
    }
    pack(graph, laid)
}

fn turned_graph(graph: &SizedGraph) -> SizedGraph {
    let mut graph = graph.clone();
    for node in &mut graph.nodes {
        std::mem::swap(&mut node.width, &mut node.height);
        node.before = node.before.map(|(x, y)| (y, x));
    }
    for edge in &mut graph.edges {
        edge.label = edge.label.map(|(width, height)| (height, width));
    }
    graph
}

fn turned(layout: Layout) -> Layout {
    let area = |one: Rect| Rect {
        x: one.y,
        y: one.x,
        width: one.height,
        height: one.width,
    };
    let route = |one: Route| Route {
        points: one.points.into_iter().map(|(x, y)| (y, x)).collect(),
        label: one.label.map(area),
    };
    Layout {
        width: layout.height,
        height: layout.width,
        nodes: layout.nodes.into_iter().map(area).collect(),
        clusters: layout
            .clusters
            .into_iter()
            .map(|one| one.map(area))
            .collect(),
        edges: layout.edges.into_iter().map(route).collect(),
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
        let mut next = sized.cluster;
        while let Some(cluster) = next {
            join(*first.entry(cluster).or_insert(node), node);
            next = graph.clusters[cluster].parent.filter(|one| *one < cluster);
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

/// Rows of boxes, the highest first, in the width that makes the smallest picture which is neither a
/// ribbon nor a tower.
fn best_rows(sizes: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let widest = sizes.iter().map(|(width, _)| *width).fold(0.0, f64::max);
    let all: f64 = sizes.iter().map(|(width, _)| width + PART_GAP).sum();
    let mut best: Option<(f64, Vec<(f64, f64)>)> = None;
    let mut limit = widest;
    while limit < all * 1.3 + 1.0 {
        let places = rows(sizes, limit);
        let (mut width, mut height) = (1.0_f64, 1.0_f64);
        for ((x, y), size) in places.iter().zip(sizes) {
            width = width.max(x + size.0);
            height = height.max(y + size.1);
        }
        let shape = (width / height / 2.5).max(height / width).max(1.0);
        let cost = width * height * shape;
        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
            best = Some((cost, places));
        }
        limit = limit.max(1.0) * 1.25;
    }
    best.map(|(_, places)| places).unwrap_or_default()
}

/// Where boxes stand in rows of at most a width.
fn rows(sizes: &[(f64, f64)], limit: f64) -> Vec<(f64, f64)> {
    let (mut x, mut y, mut row) = (0.0_f64, 0.0_f64, 0.0_f64);
    let place = |(width, height): &(f64, f64)| {
        if x > 0.0 && x + width > limit {
            x = 0.0;
            y += row + PART_GAP;
            row = 0.0;
        }
        let place = (x, y);
        x += width + PART_GAP;
        row = row.max(*height);
        place
    };
    sizes.iter().map(place).collect()
}

/// Puts the parts beside and below each other.
fn pack(graph: &SizedGraph, mut parts: Vec<(Vec<usize>, Layout)>) -> Layout {
    let mut whole = Layout {
        nodes: vec![Rect::default(); graph.nodes.len()],
        clusters: vec![None; graph.clusters.len()],
        edges: vec![Route::default(); graph.edges.len()],
        ..Layout::default()
    };
    parts.sort_by(|(a_nodes, a), (b_nodes, b)| {
        b.height
            .total_cmp(&a.height)
            .then_with(|| a_nodes.cmp(b_nodes))
    });
    let sizes: Vec<(f64, f64)> = parts
        .iter()
        .map(|(_, one)| (one.width, one.height))
        .collect();
    let places = best_rows(&sizes);
    for ((nodes, part), (x, y)) in parts.into_iter().zip(places) {
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
