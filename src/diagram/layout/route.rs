//! Columns get their places, and edges their corners: between two columns each edge that changes
//! its height has a vertical piece in a slot of its own, in an order with few crossings.

use super::layered::Sketch;
use super::orient::positions;
use super::place::Heights;
use super::{CLUSTER_PADDING, Layout, Rect, Route, SLOT, SizedGraph};

/// What is left between the last slot and the next column: the head of an arrow needs it.
const ARROW_ROOM: f64 = 11.0;

/// Below this, a difference in height is none.
const FLAT: f64 = 0.6;

/// A vertical piece of an edge.
struct Piece {
    link: usize,
    /// Where it comes in, and where it goes out.
    start: f64,
    end: f64,
}

impl Piece {
    fn holds(&self, height: f64) -> bool {
        let (low, high) = (self.start.min(self.end), self.start.max(self.end));
        height > low - FLAT && height < high + FLAT
    }

    fn beside(&self, other: &Self) -> bool {
        let margin = 3.0;
        self.start.min(self.end) < other.start.max(other.end) + margin
            && other.start.min(other.end) < self.start.max(self.end) + margin
    }
}

/// The layout of a part; what is not of it is left empty.
pub(super) fn draw(graph: &SizedGraph, sketch: &Sketch, heights: &Heights) -> Layout {
    let ends = link_ends(sketch, heights);
    let columns = columns(graph, sketch, &ends);
    let top = heights
        .items
        .iter()
        .map(|(top, _)| *top)
        .fold(f64::MAX, f64::min);
    let bottom = heights
        .items
        .iter()
        .map(|(_, bottom)| *bottom)
        .fold(f64::MIN, f64::max);
    let mut layout = Layout {
        width: columns.width,
        height: (bottom - top).max(0.0),
        nodes: vec![Rect::default(); graph.nodes.len()],
        clusters: vec![None; graph.clusters.len()],
        edges: vec![Route::default(); graph.edges.len()],
    };
    for (at, vertex) in sketch.vertices.iter().enumerate() {
        if let Some(node) = vertex.node {
            let (left, width) = columns.places[vertex.column];
            layout.nodes[node] = Rect {
                x: left + (width - vertex.width) / 2.0,
                y: heights.middle[at] - vertex.height / 2.0 - top,
                width: vertex.width,
                height: vertex.height,
            };
        }
    }
    for (item, (start, end)) in heights.items.iter().enumerate() {
        let Some(cluster) = sketch.items[item].cluster else {
            continue;
        };
        let (first, last) = span(sketch, item);
        let (left, right) = (columns.places[first].0, columns.places[last]);
        layout.clusters[cluster] = Some(Rect {
            x: left - CLUSTER_PADDING,
            y: start - top,
            width: right.0 + right.1 - left + CLUSTER_PADDING * 2.0,
            height: end - start,
        });
    }
    for (edge, (links, reversed)) in &sketch.chains {
        let mut route = Route::default();
        for (at, link) in links.iter().enumerate() {
            let (from, to) = (sketch.links[*link].from, sketch.links[*link].to);
            let (start, end) = ends[*link];
            if at == 0
                && let Some(node) = sketch.vertices[from].node
            {
                let area = layout.nodes[node];
                route.points.push((area.x + area.width, start - top));
            }
            if let Some(slot) = columns.slots[*link] {
                route.points.push((slot, start - top));
                route.points.push((slot, end - top));
            }
            let vertex = &sketch.vertices[to];
            let (left, width) = columns.places[vertex.column];
            if vertex.label {
                route.label = Some(Rect {
                    x: left + (width - vertex.width) / 2.0,
                    y: heights.middle[to] - vertex.height / 2.0 - top,
                    width: vertex.width,
                    height: vertex.height,
                });
            }
            if let Some(node) = vertex.node {
                route.points.push((layout.nodes[node].x, end - top));
            }
        }
        route.points = simple(&route.points);
        if *reversed {
            route.points.reverse();
        }
        layout.edges[*edge] = route;
    }
    layout
}

/// Where each link starts and ends. A difference too small to be seen is none: the edge goes on at
/// the height that it has.
fn link_ends(sketch: &Sketch, heights: &Heights) -> Vec<(f64, f64)> {
    let mut ends = vec![(0.0, 0.0); sketch.links.len()];
    for (links, _) in sketch.chains.values() {
        let mut height: Option<f64> = None;
        for at in links {
            let (link, (out, into)) = (sketch.links[*at], heights.ports[*at]);
            let start = height.unwrap_or(heights.middle[link.from] + out);
            let end = heights.middle[link.to] + into;
            let end = if (start - end).abs() < FLAT {
                start
            } else {
                end
            };
            ends[*at] = (start, end);
            height = Some(end);
        }
    }
    ends
}

/// The first and the last column with a node of an item.
fn span(sketch: &Sketch, item: usize) -> (usize, usize) {
    let of = sketch.vertices.iter();
    let of = of.filter(|vertex| vertex.item == item && vertex.node.is_some());
    let columns: Vec<usize> = of.map(|vertex| vertex.column).collect();
    let first = columns.iter().copied().min().unwrap_or(0);
    (first, columns.iter().copied().max().unwrap_or(first))
}

struct Columns {
    /// Left side and width of each.
    places: Vec<(f64, f64)>,
    /// For each link, where its vertical piece stands.
    slots: Vec<Option<f64>>,
    width: f64,
}

fn columns(graph: &SizedGraph, sketch: &Sketch, ends: &[(f64, f64)]) -> Columns {
    let mut widths: Vec<f64> = sketch
        .columns
        .iter()
        .map(|vertices| {
            let widths = vertices.iter().map(|vertex| sketch.vertices[*vertex].width);
            widths.fold(0.0, f64::max)
        })
        .collect();
    let (mut begins, mut ends_at) = (vec![false; widths.len() + 1], vec![false; widths.len() + 1]);
    for (item, one) in sketch.items.iter().enumerate() {
        let Some(cluster) = one.cluster else { continue };
        let (first, last) = span(sketch, item);
        begins[first] = true;
        ends_at[last] = true;
        // The title must fit above what is in it.
        let room: f64 = widths[first..=last].iter().sum();
        let missing = graph.clusters[cluster].title_width - room;
        if missing > 0.0 {
            widths[first] += missing;
        }
    }
    let mut slots = vec![None; sketch.links.len()];
    let mut places = Vec::new();
    let mut left = if begins[0] { CLUSTER_PADDING } else { 0.0 };
    for (column, width) in widths.iter().enumerate() {
        places.push((left, *width));
        left += width;
        let out = if ends_at[column] {
            CLUSTER_PADDING
        } else {
            0.0
        };
        if column + 1 == widths.len() {
            left += out;
            break;
        }
        let into = if begins[column + 1] {
            CLUSTER_PADDING
        } else {
            0.0
        };
        let pieces = pieces(sketch, column, ends);
        let (of_piece, count) = slots_of(&pieces);
        for (piece, slot) in pieces.iter().zip(of_piece) {
            slots[piece.link] = Some(left + out + (slot + 1) as f64 * SLOT);
        }
        let nodes = sketch.columns[column + 1].iter();
        let mut nodes = nodes.map(|vertex| sketch.vertices[*vertex].node);
        let room = match nodes.any(|node| node.is_some()) {
            true => ARROW_ROOM,
            false => 0.0,
        };
        left += out + count as f64 * SLOT + room + SLOT + into;
    }
    Columns {
        places,
        slots,
        width: left,
    }
}

/// The links to the next column that change their height.
fn pieces(sketch: &Sketch, column: usize, ends: &[(f64, f64)]) -> Vec<Piece> {
    let vertices = sketch.columns[column].iter();
    let links = vertices.flat_map(|vertex| sketch.right[*vertex].iter().copied());
    links
        .map(|link| Piece {
            link,
            start: ends[link].0,
            end: ends[link].1,
        })
        .filter(|piece| (piece.start - piece.end).abs() >= FLAT)
        .collect()
}

/// For each piece its slot, and how many there are.
fn slots_of(pieces: &[Piece]) -> (Vec<usize>, usize) {
    // What crosses, and what would run on top of each other, if one stands left of the other.
    let cost = |left: &Piece, right: &Piece| {
        let crossings = usize::from(right.holds(left.end)) + usize::from(left.holds(right.start));
        let on_top = (left.end - right.start).abs() < 3.0;
        crossings + if on_top { 10 } else { 0 }
    };
    let mut before = Vec::new();
    for (at, one) in pieces.iter().enumerate() {
        for (other_at, other) in pieces.iter().enumerate().skip(at + 1) {
            let (ahead, behind) = (cost(one, other), cost(other, one));
            if ahead < behind {
                before.push((at, other_at));
            } else if behind < ahead {
                before.push((other_at, at));
            }
        }
    }
    let position = positions(pieces.len(), &before);
    let mut order: Vec<usize> = (0..pieces.len()).collect();
    order.sort_by_key(|at| position[*at]);
    let mut slots = vec![0; pieces.len()];
    for (rank, at) in order.iter().enumerate() {
        let earlier = order[..rank].iter();
        let beside = earlier.filter(|other| pieces[**other].beside(&pieces[*at]));
        slots[*at] = beside.map(|other| slots[*other] + 1).max().unwrap_or(0);
    }
    let count = slots.iter().map(|slot| slot + 1).max().unwrap_or(0);
    (slots, count)
}

/// Corners only: what lies on a straight line between its neighbours is left out.
fn simple(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::new();
    for point in points {
        while let [.., a, b] = kept.as_slice() {
            let flat = (a.1 - b.1).abs() < 0.01 && (b.1 - point.1).abs() < 0.01;
            let upright = (a.0 - b.0).abs() < 0.01 && (b.0 - point.0).abs() < 0.01;
            if !flat && !upright {
                break;
            }
            kept.pop();
        }
        kept.push(*point);
    }
    kept
}
