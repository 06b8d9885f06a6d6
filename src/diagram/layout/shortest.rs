//! Coordinates along a column with the shortest lines in all, straight long ones first, in groups and
//! a picture that are no higher than they must be (after Gansner, Koutsofios, North and Vo 1993).

use super::CLUSTER_PADDING;
use super::place::{Placer, REMEMBERED, strength};
use super::simplex::Problem;

/// So many steps to a pixel.
const STEPS: f64 = 10.0;
/// What a line, the height of a group and that of the picture count; and that a box stands in the
/// middle, where nothing else decides.
const LINE: i64 = 8;
const GROUP: i64 = 12;
const PICTURE: i64 = 1000;
const MIDDLE: i64 = 1;

/// For each vertex its middle; none where that would be too much work.
pub(super) fn middles(placer: &Placer<'_>) -> Option<Vec<f64>> {
    let mut builder = Builder::new(placer);
    builder.pulls();
    builder.columns();
    for layer in &placer.sketch.outer {
        builder.layer(*layer, (builder.whole, 0.0));
    }
    let values = builder.problem.solve()?;
    let vertices = &values[..placer.sketch.vertices.len()];
    Some(vertices.iter().map(|one| *one as f64 / STEPS).collect())
}

/// A value for each vertex, then top and bottom of each item that is a group, the axis of the
/// picture, and its own top and bottom.
struct Builder<'p, 's> {
    placer: &'p Placer<'s>,
    problem: Problem,
    axis: usize,
    whole: usize,
}

impl<'p, 's> Builder<'p, 's> {
    fn new(placer: &'p Placer<'s>) -> Self {
        let axis = placer.sketch.vertices.len() + placer.sketch.items.len() * 2;
        Self {
            placer,
            problem: Problem {
                count: axis + 3,
                ..Problem::default()
            },
            axis,
            whole: axis + 1,
        }
    }

    fn pulls(&mut self) {
        let sketch = self.placer.sketch;
        let thin = |at: usize| sketch.vertices[at].node.is_none();
        let pulls = &mut self.problem.pulls;
        for (link, (out, into)) in sketch.links.iter().zip(&self.placer.ports) {
            let weight = strength(thin(link.from), thin(link.to)) as i64 * LINE;
            let distance = ((out - into) * STEPS).round() as i64;
            pulls.push((link.from, link.to, distance, weight));
        }
        for (at, vertex) in sketch.vertices.iter().enumerate() {
            match (vertex.node, vertex.before) {
                (Some(_), Some(before)) => {
                    let weight = REMEMBERED as i64 * LINE;
                    pulls.push((self.axis, at, (before * STEPS).round() as i64, weight));
                }
                (Some(_), None) => pulls.push((self.axis, at, 0, MIDDLE)),
                (None, _) => {}
            }
        }
        pulls.push((self.whole, self.whole + 1, 0, PICTURE));
    }

    /// What stands above each other in a column.
    fn columns(&mut self) {
        for vertices in &self.placer.sketch.columns {
            for pair in vertices.windows(2) {
                let gap = self.placer.gap(pair[0], pair[1]);
                let distance = self.half(pair[0]) + gap + self.half(pair[1]);
                self.apart(pair[0], pair[1], distance);
            }
        }
    }

    /// The items of a layer within what is around them, whose title takes some space, and groups
    /// apart from everything above and below them.
    fn layer(&mut self, layer: usize, (around, title): (usize, f64)) {
        let placer = self.placer;
        let padding = if around == self.whole {
            0.0
        } else {
            CLUSTER_PADDING
        };
        let mut group: Option<usize> = None;
        let mut since: Vec<usize> = Vec::new();
        for item in &placer.sketch.layers[layer].items {
            for (top, bottom, half) in self.ends(*item) {
                self.apart(around, top, padding + title + half);
                self.apart(bottom, around + 1, padding + half);
            }
            if let Some(above) = group {
                self.items_apart(above, *item);
            }
            if placer.sketch.items[*item].cluster.is_some() {
                self.group(*item);
                for above in since.drain(..) {
                    self.items_apart(above, *item);
                }
                group = Some(*item);
            } else {
                since.push(*item);
            }
        }
    }

    fn group(&mut self, item: usize) {
        let placer = self.placer;
        let one = &placer.sketch.items[item];
        let top = self.top(item);
        self.problem.pulls.push((top, top + 1, 0, GROUP));
        self.apart(top, top + 1, one.title_along.max(1.0));
        for vertex in placer.in_item[item].values().flatten() {
            let space = CLUSTER_PADDING + self.half(*vertex);
            self.apart(top, *vertex, space + one.title_above);
            self.apart(*vertex, top + 1, space);
        }
        for inner in &one.inner {
            self.layer(*inner, (top, one.title_above));
        }
    }

    fn items_apart(&mut self, above: usize, below: usize) {
        let gap = self.placer.item_gap(above, below);
        for (_, bottom, upper_half) in self.ends(above) {
            for (top, _, lower_half) in self.ends(below) {
                self.apart(bottom, top, upper_half + gap + lower_half);
            }
        }
    }

    /// The highest and the lowest value of an item, and how far it reaches beyond them: of a group
    /// two of its own, else all of its vertices.
    fn ends(&self, item: usize) -> Vec<(usize, usize, f64)> {
        if self.placer.sketch.items[item].cluster.is_some() {
            let top = self.top(item);
            return vec![(top, top + 1, 0.0)];
        }
        let vertices = self.placer.in_item[item].values().flatten();
        vertices
            .map(|vertex| (*vertex, *vertex, self.half(*vertex)))
            .collect()
    }

    fn top(&self, item: usize) -> usize {
        self.placer.sketch.vertices.len() + item * 2
    }

    fn half(&self, vertex: usize) -> f64 {
        self.placer.sketch.vertices[vertex].height / 2.0
    }

    fn apart(&mut self, above: usize, below: usize, distance: f64) {
        let distance = (distance * STEPS).ceil() as i64;
        self.problem.apart.push((above, below, distance));
    }
}
