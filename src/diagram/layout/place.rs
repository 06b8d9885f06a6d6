//! Coordinates along a column: those with the shortest lines (`shortest`); where these are too much
//! work, every vertex as near as its neighbours allow to what it is linked to,
//! with straight long edges, in alternating sweeps. What a column or layer allows is kept in each
//! step by isotonic regression (pool adjacent violators; Ayer and others 1955).

use super::shortest;
use super::sketch::Sketch;
use super::{CLUSTER_PADDING, LABEL_GAP, LINE_GAP, NODE_GAP, PORT};
use std::collections::BTreeMap;

/// How often the layers are swept.
const ROUNDS: usize = 30;

/// How much a node wants to stand where it stood in an older picture.
pub(super) const REMEMBERED: f64 = 100.0;

/// Where everything stands along its column.
pub(super) struct Heights {
    /// For each vertex its middle.
    pub(super) middle: Vec<f64>,
    /// For each link where it leaves and where it arrives, from the middles of its ends.
    pub(super) ports: Vec<(f64, f64)>,
    /// For each item its top and bottom, padding included.
    pub(super) items: Vec<(f64, f64)>,
}

/// Places every vertex.
pub(super) fn place(sketch: &Sketch) -> Heights {
    let mut placer = Placer {
        sketch,
        ports: ports(sketch),
        middle: vec![0.0; sketch.vertices.len()],
        in_item: in_items(sketch),
        item_bulk: item_bulks(sketch),
    };
    match shortest::middles(&placer) {
        Some(middles) => placer.middle = middles,
        None => placer.relax_all(),
    }
    for _ in 0..3 {
        placer.straighten(true);
        placer.straighten(false);
    }
    let items = (0..sketch.items.len()).map(|item| placer.extent(item));
    Heights {
        items: items.collect(),
        middle: placer.middle,
        ports: placer.ports,
    }
}

/// How much of the picture a vertex takes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Bulk {
    Line,
    Label,
    Node,
}

fn bulk(sketch: &Sketch, vertex: usize) -> Bulk {
    let vertex = &sketch.vertices[vertex];
    match (vertex.node, vertex.label) {
        (Some(_), _) => Bulk::Node,
        (None, true) => Bulk::Label,
        (None, false) => Bulk::Line,
    }
}

/// For each item the largest of what is in it.
fn item_bulks(sketch: &Sketch) -> Vec<Bulk> {
    let mut bulks = vec![Bulk::Line; sketch.items.len()];
    for (at, vertex) in sketch.vertices.iter().enumerate() {
        for item in sketch.around(vertex.item) {
            bulks[item] = bulks[item].max(bulk(sketch, at));
        }
    }
    bulks
}

/// Space between two neighbours above each other.
fn between(above: Bulk, below: Bulk) -> f64 {
    match (above, below) {
        (Bulk::Line, Bulk::Line) => LINE_GAP,
        (Bulk::Node, Bulk::Node) => NODE_GAP,
        (Bulk::Label, Bulk::Label) => LABEL_GAP,
        (Bulk::Node, _) | (_, Bulk::Node) => LINE_GAP + 4.0,
        (Bulk::Label, Bulk::Line) | (Bulk::Line, Bulk::Label) => LINE_GAP - 3.0,
    }
}

pub(super) struct Placer<'s> {
    pub(super) sketch: &'s Sketch,
    pub(super) ports: Vec<(f64, f64)>,
    middle: Vec<f64>,
    /// For each item its vertices by column, in their order.
    pub(super) in_item: Vec<BTreeMap<usize, Vec<usize>>>,
    item_bulk: Vec<Bulk>,
}

fn in_items(sketch: &Sketch) -> Vec<BTreeMap<usize, Vec<usize>>> {
    let mut found = vec![BTreeMap::new(); sketch.items.len()];
    for (column, vertices) in sketch.columns.iter().enumerate() {
        for vertex in vertices {
            let item = sketch.vertices[*vertex].item;
            let columns: &mut BTreeMap<usize, Vec<usize>> = &mut found[item];
            columns.entry(column).or_default().push(*vertex);
        }
    }
    found
}

/// Where links leave and arrive: side by side, in the order of what they lead to.
fn ports(sketch: &Sketch) -> Vec<(f64, f64)> {
    let mut position = vec![0; sketch.vertices.len()];
    for vertices in &sketch.columns {
        for (at, vertex) in vertices.iter().enumerate() {
            position[*vertex] = at;
        }
    }
    let mut ports = vec![(0.0, 0.0); sketch.links.len()];
    for (at, vertex) in sketch.vertices.iter().enumerate() {
        if vertex.node.is_none() {
            continue;
        }
        let spread = |links: &[usize], end: &dyn Fn(usize) -> usize| -> Vec<(usize, f64)> {
            let mut links = links.to_vec();
            links.sort_by_key(|link| (position[end(*link)], *link));
            let count = links.len() as f64;
            let step = PORT.min((vertex.height - 8.0).max(2.0) / count);
            let first = -(count - 1.0) / 2.0 * step;
            let offset = |(index, link): (usize, usize)| (link, first + index as f64 * step);
            links.into_iter().enumerate().map(offset).collect()
        };
        for (link, offset) in spread(&sketch.right[at], &|link| sketch.links[link].to) {
            ports[link].0 = offset;
        }
        for (link, offset) in spread(&sketch.left[at], &|link| sketch.links[link].from) {
            ports[link].1 = offset;
        }
    }
    ports
}

impl Placer<'_> {
    /// Space between two vertices that stand above each other.
    pub(super) fn gap(&self, above: usize, below: usize) -> f64 {
        between(self.bulk(above), self.bulk(below))
    }

    /// Space between two items that stand above each other.
    pub(super) fn item_gap(&self, above: usize, below: usize) -> f64 {
        between(self.item_bulk[above], self.item_bulk[below])
    }

    fn bulk(&self, vertex: usize) -> Bulk {
        bulk(self.sketch, vertex)
    }

    /// Top and bottom of an item.
    fn extent(&self, item: usize) -> (f64, f64) {
        let one = &self.sketch.items[item];
        let (mut top, mut bottom) = (f64::MAX, f64::MIN);
        for vertex in self.in_item[item].values().flatten() {
            let half = self.sketch.vertices[*vertex].height / 2.0;
            top = top.min(self.middle[*vertex] - half);
            bottom = bottom.max(self.middle[*vertex] + half);
        }
        for layer in &one.inner {
            // In a layer the first item is the highest.
            let items = &self.sketch.layers[*layer].items;
            for inner in items.first().into_iter().chain(items.last()) {
                let (first, last) = self.extent(*inner);
                top = top.min(first);
                bottom = bottom.max(last);
            }
        }
        if top > bottom {
            return (0.0, 0.0);
        }
        if one.cluster.is_some() {
            top -= CLUSTER_PADDING + one.title_above;
            bottom += CLUSTER_PADDING;
            bottom = bottom.max(top + one.title_along);
        }
        (top, bottom)
    }

    /// What is done where the shortest lines would be too much work to find.
    fn relax_all(&mut self) {
        self.stack();
        for round in 0..ROUNDS {
            let count = self.sketch.outer.len();
            for at in 0..count {
                let at = if round % 2 == 0 { at } else { count - 1 - at };
                self.relax(self.sketch.outer[at], (f64::MIN, f64::MAX));
            }
        }
    }

    /// The first placement: everything below each other.
    fn stack(&mut self) {
        for layer in &self.sketch.outer {
            self.stack_layer(*layer);
        }
    }

    fn stack_layer(&mut self, layer: usize) {
        let items = &self.sketch.layers[layer].items;
        let mut top = 0.0;
        for (index, item) in items.iter().enumerate() {
            for inner in &self.sketch.items[*item].inner {
                self.stack_layer(*inner);
            }
            for vertices in self.in_item[*item].values() {
                let mut at = 0.0;
                for (index, vertex) in vertices.iter().enumerate() {
                    let half = self.sketch.vertices[*vertex].height / 2.0;
                    if index > 0 {
                        at += self.gap(vertices[index - 1], *vertex);
                    }
                    self.middle[*vertex] = at + half;
                    at += half * 2.0;
                }
            }
            if index > 0 {
                top += self.item_gap(items[index - 1], *item);
            }
            let (start, end) = self.extent(*item);
            self.shift(*item, top - start);
            top += end - start;
        }
        for item in items {
            self.shift(*item, -top / 2.0);
        }
    }

    fn shift(&mut self, item: usize, by: f64) {
        for vertex in self.in_item[item].values().flatten() {
            self.middle[*vertex] += by;
        }
        for layer in &self.sketch.items[item].inner {
            for inner in &self.sketch.layers[*layer].items {
                self.shift(*inner, by);
            }
        }
    }

    /// Where a vertex would like to stand, and how much.
    fn wish(&self, vertex: usize) -> (f64, f64) {
        let (mut sum, mut weight) = (0.0, 0.0);
        let thin = |at: usize| self.sketch.vertices[at].node.is_none();
        let mut add = |other: usize, at: f64| {
            let strength = strength(thin(vertex), thin(other));
            sum += at * strength;
            weight += strength;
        };
        for link in &self.sketch.left[vertex] {
            let (out, into) = self.ports[*link];
            let from = self.sketch.links[*link].from;
            add(from, self.middle[from] + out - into);
        }
        for link in &self.sketch.right[vertex] {
            let (out, into) = self.ports[*link];
            let to = self.sketch.links[*link].to;
            add(to, self.middle[to] + into - out);
        }
        // What was in an older picture stays near where it was there.
        let one = &self.sketch.vertices[vertex];
        if let (Some(before), Some(_)) = (one.before, one.node) {
            sum += before * REMEMBERED;
            weight += REMEMBERED;
        }
        match weight > 0.0 {
            true => (sum / weight, weight),
            false => (self.middle[vertex], 0.05),
        }
    }

    /// Moves what stands in a layer to where it would like to stand, as far as there is room between
    /// two bounds. Each step lowers the sum of the squares of all differences in height, so that
    /// nothing drifts.
    fn relax(&mut self, layer: usize, (least, most): (f64, f64)) {
        let items = &self.sketch.layers[layer].items;
        for (at, item) in items.iter().enumerate() {
            let above = at.checked_sub(1).map(|at| items[at]);
            let top = above.map_or(least, |other| {
                self.extent(other).1 + self.item_gap(other, *item)
            });
            let bottom = items.get(at + 1).map_or(most, |other| {
                self.extent(*other).0 - self.item_gap(*item, *other)
            });
            self.relax_item(*item, (top, bottom));
        }
        let extents: Vec<(f64, f64)> = items.iter().map(|item| self.extent(*item)).collect();
        let wishes: Vec<(f64, f64)> = items
            .iter()
            .zip(&extents)
            .map(|(item, (top, _))| {
                let (shift, weight) = self.wished_shift(*item);
                (top + shift, weight)
            })
            .collect();
        let apart: Vec<f64> = (1..items.len())
            .map(|at| {
                let (top, bottom) = extents[at - 1];
                bottom - top + self.item_gap(items[at - 1], items[at])
            })
            .collect();
        let last = extents.last().map_or(0.0, |(top, bottom)| bottom - top);
        let tops = bounded(&wishes, &apart, (least, most - last));
        for ((item, (top, _)), new) in items.iter().zip(&extents).zip(tops) {
            self.shift(*item, new - top);
        }
    }

    /// Moves what is in an item within the room that its neighbours leave.
    fn relax_item(&mut self, item: usize, (least, most): (f64, f64)) {
        let one = &self.sketch.items[item];
        let (top, bottom) = match one.cluster {
            Some(_) => (
                least + CLUSTER_PADDING + one.title_above,
                most - CLUSTER_PADDING,
            ),
            None => (least, most),
        };
        for layer in &one.inner {
            self.relax(*layer, (top, bottom));
        }
        let columns: Vec<usize> = self.in_item[item].keys().copied().collect();
        for column in columns {
            let vertices = self.in_item[item][&column].clone();
            let half = |at: usize| self.sketch.vertices[at].height / 2.0;
            let wishes: Vec<(f64, f64)> = vertices.iter().map(|one| self.wish(*one)).collect();
            let apart: Vec<f64> = vertices
                .windows(2)
                .map(|pair| half(pair[0]) + self.gap(pair[0], pair[1]) + half(pair[1]))
                .collect();
            let (Some(first), Some(last)) = (vertices.first(), vertices.last()) else {
                continue;
            };
            let bounds = (top + half(*first), bottom - half(*last));
            for (vertex, middle) in vertices.iter().zip(bounded(&wishes, &apart, bounds)) {
                self.middle[*vertex] = middle;
            }
        }
        // A title may be longer than what is beside it, which then cannot stand at the very end.
        let over = self.extent(item).1 - most;
        if over > 0.0 {
            self.shift(item, -over);
        }
    }

    /// How far an item as a whole would like to move, and how much.
    fn wished_shift(&self, item: usize) -> (f64, f64) {
        let (mut sum, mut weight) = (0.0, 0.0);
        self.pull(item, item, &mut sum, &mut weight);
        match weight > 0.0 {
            true => (sum / weight, weight),
            false => (0.0, 0.05),
        }
    }

    /// Adds up what pulls at the vertices of an item from outside of another that it is in: what is
    /// inside moves with it.
    fn pull(&self, item: usize, whole: usize, sum: &mut f64, weight: &mut f64) {
        for layer in &self.sketch.items[item].inner {
            for inner in &self.sketch.layers[*layer].items {
                self.pull(*inner, whole, sum, weight);
            }
        }
        let thin = |at: usize| self.sketch.vertices[at].node.is_none();
        for vertex in self.in_item[item].values().flatten() {
            let one = &self.sketch.vertices[*vertex];
            if let (Some(before), Some(_)) = (one.before, one.node) {
                *sum += (before - self.middle[*vertex]) * REMEMBERED;
                *weight += REMEMBERED;
            }
            let mut add = |other: usize, wish: f64| {
                if self.sketch.is_in(other, whole) {
                    return;
                }
                let strength = strength(thin(*vertex), thin(other));
                *sum += (wish - self.middle[*vertex]) * strength;
                *weight += strength;
            };
            for link in &self.sketch.left[*vertex] {
                let (out, into) = self.ports[*link];
                let from = self.sketch.links[*link].from;
                add(from, self.middle[from] + out - into);
            }
            for link in &self.sketch.right[*vertex] {
                let (out, into) = self.ports[*link];
                let to = self.sketch.links[*link].to;
                add(to, self.middle[to] + into - out);
            }
        }
    }
}

/// How much two ends of a link pull at each other: long edges are to be straight.
pub(super) fn strength(one_is_thin: bool, other_is_thin: bool) -> f64 {
    match (one_is_thin, other_is_thin) {
        (true, true) => 8.0,
        (false, false) => 1.0,
        _ => 2.0,
    }
}

impl Placer<'_> {
    /// Takes the small steps out of edges: what only passes, and a box at an edge's end that has no
    /// other, goes on at the height that the edge has, where nothing stands in the way.
    fn straighten(&mut self, rightwards: bool) {
        let links = |links: &[usize]| -> Vec<usize> {
            match rightwards {
                true => links.to_vec(),
                false => links.iter().rev().copied().collect(),
            }
        };
        let chains: Vec<Vec<usize>> = self
            .sketch
            .chains
            .values()
            .map(|(chain, _)| links(chain))
            .collect();
        for chain in chains {
            for link in chain {
                let (from, to) = (self.sketch.links[link].from, self.sketch.links[link].to);
                let (out, into) = self.ports[link];
                let (next, height) = match rightwards {
                    true => (to, self.middle[from] + out),
                    false => (from, self.middle[to] + into),
                };
                let lines = self.sketch.left[next].len() + self.sketch.right[next].len();
                let is_node = self.sketch.vertices[next].node.is_some();
                let port = if rightwards { into } else { out };
                // A box with one line stands where that is straight.
                let height = if is_node { height - port } else { height };
                if (!is_node || lines == 1) && self.fits(next, height) {
                    self.middle[next] = height;
                }
            }
        }
    }

    /// Whether a vertex can stand at a height without coming too near to anything.
    fn fits(&self, vertex: usize, height: f64) -> bool {
        let one = &self.sketch.vertices[vertex];
        let half = one.height / 2.0;
        let inside = &self.in_item[one.item][&one.column];
        let at = inside
            .iter()
            .position(|other| *other == vertex)
            .unwrap_or(0);
        let edge = |other: usize, sign: f64| {
            self.middle[other] + sign * self.sketch.vertices[other].height / 2.0
        };
        let above = at.checked_sub(1).map(|at| inside[at]);
        let below = inside.get(at + 1).copied();
        let free = above
            .is_none_or(|other| height - half - edge(other, 1.0) >= self.gap(other, vertex) - 0.01)
            && below.is_none_or(|other| {
                edge(other, -1.0) - height - half >= self.gap(vertex, other) - 0.01
            });
        let item = &self.sketch.items[one.item];
        // No group grows for it.
        let inside = self.sketch.around(one.item).all(|group| {
            let around = &self.sketch.items[group];
            if around.cluster.is_none() {
                return true;
            }
            let (top, bottom) = self.extent(group);
            let inner_top = top + CLUSTER_PADDING + around.title_above;
            height - half >= inner_top - 0.01 && height + half <= bottom - CLUSTER_PADDING + 0.01
        });
        if item.cluster.is_some() {
            return free && inside;
        }
        let order = &self.sketch.layers[item.layer].items;
        let at = order
            .iter()
            .position(|other| *other == one.item)
            .unwrap_or(0);
        // The item moves as a whole in what it reaches.
        let own = self.extent_with(one.item, vertex, height);
        let over = at.checked_sub(1).map(|at| order[at]);
        let under = order.get(at + 1).copied();
        free && inside
            && over.is_none_or(|other| {
                own.0 - self.extent(other).1 >= self.item_gap(other, one.item) - 0.01
            })
            && under.is_none_or(|other| {
                self.extent(other).0 - own.1 >= self.item_gap(one.item, other) - 0.01
            })
    }

    /// Top and bottom of a free item if one of its vertices stood elsewhere.
    fn extent_with(&self, item: usize, moved: usize, height: f64) -> (f64, f64) {
        let vertices = self.in_item[item].values().flatten();
        vertices.fold((f64::MAX, f64::MIN), |(top, bottom), vertex| {
            let half = self.sketch.vertices[*vertex].height / 2.0;
            let middle = match *vertex == moved {
                true => height,
                false => self.middle[*vertex],
            };
            (top.min(middle - half), bottom.max(middle + half))
        })
    }
}

/// As `spaced`, with the first at least at the one bound and the last at most at the other.
fn bounded(wishes: &[(f64, f64)], apart: &[f64], (least, most): (f64, f64)) -> Vec<f64> {
    let whole: f64 = apart.iter().sum();
    let values = spaced(wishes, apart);
    let mut offset = 0.0;
    let clamp = |(at, value): (usize, f64)| {
        if at > 0 {
            offset += apart[at - 1];
        }
        // All values without their distances lie between the same two bounds.
        (value - offset).min(most - whole).max(least) + offset
    };
    values.into_iter().enumerate().map(clamp).collect()
}

/// Values near their wishes (value, weight), each at least so far from the one before: the least
/// squares, by pooling neighbours that are too near.
fn spaced(wishes: &[(f64, f64)], apart: &[f64]) -> Vec<f64> {
    let mut offset = 0.0;
    let mut offsets = Vec::with_capacity(wishes.len());
    // Blocks: sum of weighted values, sum of weights, how many.
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for (at, (value, weight)) in wishes.iter().enumerate() {
        if at > 0 {
            offset += apart[at - 1];
        }
        offsets.push(offset);
        blocks.push(((value - offset) * weight, *weight, 1));
        while let [.., before, last] = blocks.as_slice() {
            if before.0 / before.1 <= last.0 / last.1 {
                break;
            }
            let joined = (before.0 + last.0, before.1 + last.1, before.2 + last.2);
            blocks.truncate(blocks.len() - 2);
            blocks.push(joined);
        }
    }
    let mut values = blocks
        .iter()
        .flat_map(|(sum, weight, count)| std::iter::repeat_n(sum / weight, *count));
    offsets
        .iter()
        .map(|offset| values.next().unwrap_or(0.0) + offset)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{bounded, spaced};

    #[test]
    fn wishes_are_kept_where_there_is_room() {
        assert_eq!(spaced(&[(0.0, 1.0), (50.0, 1.0)], &[20.0]), [0.0, 50.0]);
    }

    #[test]
    fn bounds_hold() {
        assert_eq!(
            bounded(&[(-9.0, 1.0), (50.0, 1.0)], &[20.0], (0.0, 40.0)),
            [0.0, 40.0]
        );
    }

    #[test]
    fn those_that_want_one_place_share_it() {
        assert_eq!(spaced(&[(10.0, 1.0), (10.0, 1.0)], &[20.0]), [0.0, 20.0]);
        assert_eq!(spaced(&[(10.0, 3.0), (10.0, 1.0)], &[20.0]), [5.0, 25.0]);
    }
}
