//! Columns get their places, and edges their corners: between two columns each edge that changes
//! its height has a vertical piece in a slot of its own, in an order with few crossings.

use super::orient::positions;
use super::place::Heights;
use super::sketch::Sketch;
use super::{CLUSTER_PADDING, Layout, Reading, Rect, Route, SLOT, SizedGraph};
use std::collections::BTreeSet;

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
        let (first, last) = columns.spans[item];
        let (before, behind) = columns.sides[item];
        let (left, right) = (columns.places[first].0 - before, columns.places[last]);
        layout.clusters[cluster] = Some(Rect {
            x: left,
            y: start - top,
            width: right.0 + right.1 + behind - left,
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

/// For each item, the first and the last column with a node of it.
fn spans(sketch: &Sketch) -> Vec<(usize, usize)> {
    let mut spans: Vec<Option<(usize, usize)>> = vec![None; sketch.items.len()];
    for vertex in sketch.vertices.iter().filter(|one| one.node.is_some()) {
        for item in sketch.around(vertex.item) {
            let (first, last) = spans[item].unwrap_or((vertex.column, vertex.column));
            spans[item] = Some((first.min(vertex.column), last.max(vertex.column)));
        }
    }
    spans.into_iter().map(Option::unwrap_or_default).collect()
}

/// For each group, the space from its left side to what is in it, and from there to its right side:
/// more where another begins or ends with it.
fn sides(sketch: &Sketch, spans: &[(usize, usize)]) -> Vec<(f64, f64)> {
    let mut sides = vec![(0.0_f64, 0.0_f64); sketch.items.len()];
    // What is inside was made after what is around it.
    for (at, item) in sketch.items.iter().enumerate().rev() {
        if item.cluster.is_none() {
            continue;
        }
        sides[at].0 += CLUSTER_PADDING + item.title_before;
        sides[at].1 += CLUSTER_PADDING;
        if let Some(parent) = item.parent {
            if spans[parent].0 == spans[at].0 {
                sides[parent].0 = sides[parent].0.max(sides[at].0);
            }
            if spans[parent].1 == spans[at].1 {
                sides[parent].1 = sides[parent].1.max(sides[at].1);
            }
        }
    }
    sides
}

struct Columns {
    /// For each item its first and last column, and the space beside them.
    spans: Vec<(usize, usize)>,
    sides: Vec<(f64, f64)>,
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
    let spans = spans(sketch);
    let sides = sides(sketch, &spans);
    let (mut begins, mut ends_at) = (vec![0.0; widths.len() + 1], vec![0.0; widths.len() + 1]);
    for (item, one) in sketch.items.iter().enumerate() {
        let Some(cluster) = one.cluster else { continue };
        let (first, last) = spans[item];
        begins[first] = sides[item].0.max(begins[first]);
        ends_at[last] = sides[item].1.max(ends_at[last]);
        // The title must fit above what is in it.
        let room: f64 = widths[first..=last].iter().sum();
        let missing = graph.clusters[cluster].title_width - room;
        if missing > 0.0 && graph.reading == Reading::Right {
            widths[first] += missing;
        }
    }
    let mut slots = vec![None; sketch.links.len()];
    let mut places = Vec::new();
    let mut left = begins[0];
    for (column, width) in widths.iter().enumerate() {
        places.push((left, *width));
        left += width;
        let out = ends_at[column];
        if column + 1 == widths.len() {
            left += out;
            break;
        }
        let into = begins[column + 1];
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
        spans,
        sides,
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
    let mut slots = vec![usize::MAX; pieces.len()];
    for at in order {
        let known = |other: &usize| slots[*other] != usize::MAX;
        // Behind those that it would cross more often in front of, and else where there is room.
        let ahead = before.iter().filter(|(_, behind)| *behind == at);
        let ahead = ahead.map(|(ahead, _)| *ahead).filter(known);
        let least = ahead.map(|other| slots[other] + 1).max().unwrap_or(0);
        let all = (0..pieces.len()).filter(known);
        let taken: BTreeSet<usize> = all
            .filter(|other| pieces[*other].beside(&pieces[at]))
            .map(|other| slots[other])
            .collect();
        let mut free = (least..).filter(|slot| !taken.contains(slot));
        slots[at] = free.next().unwrap_or(least);
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
