//! Single moves of what stands in a column or layer, to where there are fewer crossings.

use super::order::sort_column;
use super::sketch::Sketch;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What a crossing counts, and two boxes that are not in the order that they have of themselves: that
/// is the same after a change, so that it is only left where something is gained.
const CROSSING: i64 = 2;
const OWN_ORDER: i64 = 3;

/// The order that nodes and groups have of themselves: that of the graph.
pub(super) struct OwnOrder {
    /// For each item its first node, and how many there are in it.
    first: Vec<usize>,
    pub(super) size: Vec<i64>,
}

impl OwnOrder {
    pub(super) fn new(sketch: &Sketch) -> Self {
        let mut own = Self {
            first: vec![usize::MAX; sketch.items.len()],
            size: vec![0; sketch.items.len()],
        };
        for vertex in &sketch.vertices {
            let Some(node) = vertex.node else { continue };
            for item in sketch.around(vertex.item) {
                own.first[item] = own.first[item].min(node);
                own.size[item] += 1;
            }
        }
        own
    }

    /// 1 for two items in their order, -1 for two that are not, 0 where one is only a line.
    pub(super) fn sign(&self, above: usize, below: usize) -> i64 {
        if self.size[above] == 0 || self.size[below] == 0 {
            return 0;
        }
        if self.first[above] < self.first[below] {
            1
        } else {
            -1
        }
    }
}

/// For each vertex its place in its column.
fn positions(sketch: &Sketch) -> Vec<usize> {
    let mut position = vec![0; sketch.vertices.len()];
    for vertices in &sketch.columns {
        for (at, vertex) in vertices.iter().enumerate() {
            position[*vertex] = at;
        }
    }
    position
}

/// Moves each vertex within its item, and each item within its layer, to where it is best; whether
/// any was moved. Each move lowers what crossings and the order count, so that this ends.
pub(super) fn sift(sketch: &mut Sketch, left: &mut usize) -> bool {
    let mut position = positions(sketch);
    let vertices = sift_vertices(sketch, &mut position, left);
    let items = sift_items(sketch, &mut position, left);
    vertices || items
}

fn sift_vertices(sketch: &mut Sketch, position: &mut [usize], left: &mut usize) -> bool {
    let mut better = false;
    for column in 0..sketch.columns.len() {
        let mut order = sketch.columns[column].clone();
        order.sort_unstable();
        for vertex in order {
            let one = |at: usize| &sketch.vertices[at];
            let part = |other: usize| {
                let same = one(other).item == one(vertex).item;
                same.then(|| Cow::Owned(BTreeMap::from([(column, vec![other])])))
            };
            let own = |above: usize, below: usize| match (one(above).node, one(below).node) {
                (Some(above), Some(below)) if above < below => 1,
                (Some(_), Some(_)) => -1,
                _ => 0,
            };
            let at = position[vertex];
            let list = &sketch.columns[column];
            let to = best_place(sketch, (list, at), position, left, part, own);
            if to != at {
                let list = &mut sketch.columns[column];
                let moved = list.remove(at);
                list.insert(to, moved);
                for (at, vertex) in list.iter().enumerate() {
                    position[*vertex] = at;
                }
                better = true;
            }
        }
    }
    better
}

fn sift_items(sketch: &mut Sketch, position: &mut [usize], left: &mut usize) -> bool {
    let mut better = false;
    let members = members(sketch);
    let order = OwnOrder::new(sketch);
    let own = |above: usize, below: usize| {
        order.sign(above, below) * order.size[above].min(order.size[below])
    };
    for layer in 0..sketch.layers.len() {
        let mut items = sketch.layers[layer].items.clone();
        items.sort_unstable();
        for item in items {
            let list = &sketch.layers[layer].items;
            let at = list.iter().position(|one| *one == item).unwrap_or(0);
            let part = |other: usize| Some(Cow::Borrowed(&members[other]));
            let to = best_place(sketch, (list, at), position, left, part, own);
            if to == at {
                continue;
            }
            let list = &mut sketch.layers[layer].items;
            let moved = list.remove(at);
            list.insert(to, moved);
            for column in sketch.layers[layer].columns.clone() {
                sort_column(sketch, column, &BTreeMap::new(), false);
                for (at, vertex) in sketch.columns[column].iter().enumerate() {
                    position[*vertex] = at;
                }
            }
            better = true;
        }
    }
    better
}

/// Where in a list what stands at a place of it is best, going on only past what is a `part` of the
/// same; `own` says for two whether they are in their own order.
fn best_place<'m>(
    sketch: &Sketch,
    (list, at): (&[usize], usize),
    position: &[usize],
    left: &mut usize,
    part: impl Fn(usize) -> Option<Cow<'m, BTreeMap<usize, Vec<usize>>>>,
    own: impl Fn(usize, usize) -> i64,
) -> usize {
    let Some(moved) = part(list[at]) else {
        return at;
    };
    let mut best = (0, at);
    let mut gain = |above: usize, below: usize| -> Option<i64> {
        let (up, down) = match above == list[at] {
            true => (moved.clone(), part(below)?),
            false => (part(above)?, moved.clone()),
        };
        let pair = Pair {
            above: &up,
            below: &down,
        };
        let (gain, compared) = pair.gain(sketch, position);
        *left = left.saturating_sub(compared);
        (*left > 0).then(|| gain * CROSSING - own(above, below) * OWN_ORDER)
    };
    let mut sum = 0;
    for (place, other) in list.iter().enumerate().skip(at + 1) {
        let Some(gain) = gain(list[at], *other) else {
            break;
        };
        sum += gain;
        if sum > best.0 {
            best = (sum, place);
        }
    }
    sum = 0;
    for (place, other) in list[..at].iter().enumerate().rev() {
        let Some(gain) = gain(*other, list[at]) else {
            break;
        };
        sum += gain;
        if sum > best.0 {
            best = (sum, place);
        }
    }
    best.1
}

/// Neighbours in a column or layer that may change places: the vertices of each, by column.
struct Pair<'p> {
    above: &'p BTreeMap<usize, Vec<usize>>,
    below: &'p BTreeMap<usize, Vec<usize>>,
}

impl Pair<'_> {
    /// How many crossings fewer there are when they change places, and how many ends were compared.
    fn gain(&self, sketch: &Sketch, position: &[usize]) -> (i64, usize) {
        let moves = |vertex: usize| {
            let column = sketch.vertices[vertex].column;
            let of = |one: &BTreeMap<usize, Vec<usize>>| {
                one.get(&column).is_some_and(|list| list.contains(&vertex))
            };
            of(self.above) || of(self.below)
        };
        let (mut gain, mut compared) = (0, 0);
        for (column, above) in self.above {
            let Some(below) = self.below.get(column) else {
                continue;
            };
            for rightwards in [false, true] {
                // What moves along stays in its order: two such ends never cross anew.
                let ends = |vertices: &[usize], along: bool| -> Vec<usize> {
                    let mut ends: Vec<usize> = vertices
                        .iter()
                        .flat_map(|vertex| neighbours(sketch, *vertex, rightwards))
                        .filter(|end| moves(*end) == along)
                        .map(|end| position[end])
                        .collect();
                    ends.sort_unstable();
                    ends
                };
                let (above_out, above_in) = (ends(above, false), ends(above, true));
                let (below_out, below_in) = (ends(below, false), ends(below, true));
                gain += balance(&above_out, &below_out)
                    + balance(&above_out, &below_in)
                    + balance(&above_in, &below_out);
                compared += above_out.len() + above_in.len() + below_out.len() + below_in.len();
            }
        }
        (gain, compared + 1)
    }
}

/// What a vertex is linked to on one side.
pub(super) fn neighbours(
    sketch: &Sketch,
    vertex: usize,
    rightwards: bool,
) -> impl Iterator<Item = usize> + '_ {
    let links = match rightwards {
        true => &sketch.right[vertex],
        false => &sketch.left[vertex],
    };
    links.iter().map(move |link| match rightwards {
        true => sketch.links[*link].to,
        false => sketch.links[*link].from,
    })
}

/// Of two sorted lists, the pairs whose first is the larger, less those whose first is the smaller.
fn balance(first: &[usize], second: &[usize]) -> i64 {
    let mut balance = 0;
    for one in first {
        let smaller = second.partition_point(|other| other < one);
        let not_larger = second.partition_point(|other| other <= one);
        balance += smaller as i64 - (second.len() - not_larger) as i64;
    }
    balance
}

/// Swaps neighbours where that saves crossings and one of them is only a line; whether any was.
pub(super) fn swap_lines(sketch: &mut Sketch, left: &mut usize) -> bool {
    let mut better = false;
    let mut position = positions(sketch);
    for column in 0..sketch.columns.len() {
        for at in 1..sketch.columns[column].len() {
            let (above, below) = (sketch.columns[column][at - 1], sketch.columns[column][at]);
            let is_node = |vertex: usize| sketch.vertices[vertex].node.is_some();
            let stays = is_node(above) && is_node(below);
            if stays || sketch.vertices[above].item != sketch.vertices[below].item {
                continue;
            }
            let single = |vertex: usize| BTreeMap::from([(column, vec![vertex])]);
            let pair = Pair {
                above: &single(above),
                below: &single(below),
            };
            let (gain, compared) = pair.gain(sketch, &position);
            *left = left.saturating_sub(compared);
            if gain > 0 && *left > 0 {
                sketch.columns[column].swap(at - 1, at);
                position.swap(above, below);
                better = true;
            }
        }
    }
    let members = members(sketch);
    for layer in 0..sketch.layers.len() {
        for at in 1..sketch.layers[layer].items.len() {
            let items = &sketch.layers[layer].items;
            let (above, below) = (items[at - 1], items[at]);
            let has_node = |item: usize| {
                let mut vertices = members[item].values().flatten();
                vertices.any(|vertex| sketch.vertices[*vertex].node.is_some())
            };
            if has_node(above) && has_node(below) {
                continue;
            }
            let pair = Pair {
                above: &members[above],
                below: &members[below],
            };
            let (gain, compared) = pair.gain(sketch, &position);
            *left = left.saturating_sub(compared);
            if gain <= 0 || *left == 0 {
                continue;
            }
            sketch.layers[layer].items.swap(at - 1, at);
            for column in sketch.layers[layer].columns.clone() {
                sort_column(sketch, column, &BTreeMap::new(), false);
                for (at, vertex) in sketch.columns[column].iter().enumerate() {
                    position[*vertex] = at;
                }
            }
            better = true;
        }
    }
    better
}

/// For each item its vertices by column, those of items in it included.
fn members(sketch: &Sketch) -> Vec<BTreeMap<usize, Vec<usize>>> {
    let mut members: Vec<BTreeMap<usize, Vec<usize>>> = vec![BTreeMap::new(); sketch.items.len()];
    for (column, vertices) in sketch.columns.iter().enumerate() {
        for vertex in vertices {
            for item in sketch.around(sketch.vertices[*vertex].item) {
                members[item].entry(column).or_default().push(*vertex);
            }
        }
    }
    members
}

#[cfg(test)]
mod tests {
    use super::balance;

    #[test]
    fn swaps_are_weighed() {
        assert_eq!(balance(&[2, 3], &[1, 3]), 1);
        assert_eq!(balance(&[1], &[1]), 0);
        assert_eq!(balance(&[1], &[2, 2]), -2);
    }
}
