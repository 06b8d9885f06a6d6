//! The plain layout for what is too much for a good one: boxes in rows, groups around theirs, lines
//! below them.

use super::outline::{Branch, Child, tree};
use super::{CLUSTER_PADDING, CLUSTER_TITLE, Layout, NODE_GAP, Rect, Route, SizedGraph};

/// What has its place within a group: nodes and groups with their areas.
#[derive(Default)]
struct Block {
    width: f64,
    height: f64,
    nodes: Vec<(usize, Rect)>,
    clusters: Vec<(usize, Rect)>,
}

/// The layout of a part; what is not of it is left empty.
pub(super) fn draw(graph: &SizedGraph, nodes: &[usize]) -> Layout {
    let block = block(graph, &tree(graph, nodes));
    let mut layout = Layout {
        width: block.width,
        height: block.height,
        nodes: vec![Rect::default(); graph.nodes.len()],
        clusters: vec![None; graph.clusters.len()],
        edges: vec![Route::default(); graph.edges.len()],
    };
    let mut here = vec![false; graph.nodes.len()];
    for (node, area) in block.nodes {
        layout.nodes[node] = area;
        here[node] = true;
    }
    for (cluster, area) in block.clusters {
        layout.clusters[cluster] = Some(area);
    }
    for (at, edge) in graph.edges.iter().enumerate() {
        if edge.from == edge.to || !here[edge.from] {
            continue;
        }
        let (from, to) = (&layout.nodes[edge.from], &layout.nodes[edge.to]);
        let start = (from.x + from.width, from.y + from.height / 2.0);
        let end = (to.x, to.y + to.height / 2.0);
        let middle = f64::midpoint(start.0, end.0);
        layout.edges[at] = Route {
            points: vec![start, (middle, start.1), (middle, end.1), end],
            label: edge.label.map(|(width, height)| Rect {
                x: middle - width / 2.0,
                y: f64::midpoint(start.1, end.1) - height / 2.0,
                width,
                height,
            }),
        };
    }
    layout
}

/// A group, with what is in it in rows that make it about as wide as high.
fn block(graph: &SizedGraph, branch: &Branch) -> Block {
    let inner = |child: &Child| match child {
        Child::Group(group) => block(graph, group),
        Child::Node(node) => {
            let sized = &graph.nodes[*node];
            let area = Rect {
                x: 0.0,
                y: 0.0,
                width: sized.width,
                height: sized.height,
            };
            Block {
                width: sized.width,
                height: sized.height,
                nodes: vec![(*node, area)],
                clusters: Vec::new(),
            }
        }
    };
    let blocks: Vec<Block> = branch.children.iter().map(inner).collect();
    let area: f64 = blocks
        .iter()
        .map(|one| (one.width + NODE_GAP) * (one.height + NODE_GAP))
        .sum();
    let limit = (area * 1.5).sqrt();
    let (padding, title) = match branch.cluster {
        Some(_) => (CLUSTER_PADDING, CLUSTER_TITLE),
        None => (0.0, 0.0),
    };
    let mut whole = Block::default();
    let (mut x, mut y, mut row) = (padding, padding + title, 0.0_f64);
    for one in blocks {
        if x > padding && x + one.width > limit {
            (x, y) = (padding, y + row + NODE_GAP);
            row = 0.0;
        }
        let moved = |(at, area): (usize, Rect)| (at, area.moved(x, y));
        whole.nodes.extend(one.nodes.into_iter().map(moved));
        whole.clusters.extend(one.clusters.into_iter().map(moved));
        whole.width = whole.width.max(x + one.width);
        whole.height = whole.height.max(y + one.height);
        x += one.width + NODE_GAP;
        row = row.max(one.height);
    }
    if let Some(cluster) = branch.cluster {
        let title = graph.clusters[cluster].title_width + padding * 2.0;
        whole.width = (whole.width + padding).max(title);
        whole.height += padding;
        let area = Rect {
            x: 0.0,
            y: 0.0,
            width: whole.width,
            height: whole.height,
        };
        whole.clusters.push((cluster, area));
    }
    whole
}
