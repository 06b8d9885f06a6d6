//! The order of what stands in a column: barycentres in both directions, then swaps of neighbours,
//! with items together and in one order in all columns of a layer.

use super::sketch::Sketch;
use std::collections::BTreeMap;

/// How often the columns are swept, there and back.
const SWEEPS: usize = 8;

/// How often sweeps and swaps take turns.
const ROUNDS: usize = 4;

/// The order of an older picture is kept if it has at most so many times the crossings of a new one.
const OLD_ORDER_MAY_COST: usize = 2;

/// How many ends of links are looked at in swaps: a bound on the work, the same on every machine.
const MOST_COMPARED: usize = 4_000_000;

/// Finds an order with few crossings; that of an older picture, where it is nearly as good.
pub(super) fn order(sketch: &mut Sketch) {
    let remembered = sketch.vertices.iter().any(|one| one.before.is_some());
    let mut best = (crossings(sketch), snapshot(sketch));
    let mut left = MOST_COMPARED;
    for round in 0..ROUNDS {
        for sweep in 0..SWEEPS * 2 {
            sweep_columns(sketch, sweep % 2 == 0, (round + sweep / 2) % 2 == 1);
            let found = crossings(sketch);
            if found < best.0 {
                best = (found, snapshot(sketch));
            }
        }
        restore(sketch, best.1.clone());
        while left > 0 && swap_neighbours(sketch, &mut left, Movable::All) {}
        let found = crossings(sketch);
        if found < best.0 {
            best = (found, snapshot(sketch));
        }
        if best.0 == 0 || left == 0 {
            break;
        }
    }
    if remembered {
        restore(sketch, best.1.clone());
        as_before(sketch);
        // Only what has no place in the older picture looks for a better one.
        let mut left = MOST_COMPARED;
        while left > 0 && swap_neighbours(sketch, &mut left, Movable::Lines) {}
        let old = crossings(sketch);
        if old <= best.0 * OLD_ORDER_MAY_COST + 10 {
            best = (old, snapshot(sketch));
        }
    }
    restore(sketch, best.1);
}

/// Sorts everything by where it was in an older picture; what was not there stays where it is among
/// the others.
fn as_before(sketch: &mut Sketch) {
    for layer in 0..sketch.layers.len() {
        let mut sums: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
        for (vertex, one) in sketch.vertices.iter().enumerate() {
            let Some(before) = one.before else { continue };
            let mut around = sketch.around(sketch.vertices[vertex].item);
            if let Some(item) = around.find(|item| sketch.items[*item].layer == layer) {
                let sum = sums.entry(item).or_default();
                // Where a line passed is only guessed.
                let weight = if one.node.is_some() { 1.0 } else { 1e-6 };
                sum.0 += before * weight;
                sum.1 += weight;
            }
        }
        let items = sketch.layers[layer].items.clone();
        sketch.layers[layer].items = sorted(&items, false, |item| {
            let (sum, count) = sums.get(&item)?;
            Some(sum / count)
        });
    }
    let before = sketch.vertices.iter().enumerate();
    let before: BTreeMap<usize, Option<f64>> =
        before.map(|(vertex, one)| (vertex, one.before)).collect();
    for column in 0..sketch.columns.len() {
        sort_column(sketch, column, &before, false);
    }
}

type Snapshot = (Vec<Vec<usize>>, Vec<Vec<usize>>);

fn snapshot(sketch: &Sketch) -> Snapshot {
    let items = sketch.layers.iter().map(|layer| layer.items.clone());
    (sketch.columns.clone(), items.collect())
}

fn restore(sketch: &mut Sketch, (columns, items): Snapshot) {
    sketch.columns = columns;
    for (layer, items) in sketch.layers.iter_mut().zip(items) {
        layer.items = items;
    }
}

/// Positions of the vertices of a column.
fn positions(sketch: &Sketch, column: usize) -> BTreeMap<usize, usize> {
    let vertices = sketch.columns[column].iter().enumerate();
    vertices
        .map(|(position, vertex)| (*vertex, position))
        .collect()
}

/// The mean position of what a vertex is linked to on one side.
fn mean(
    sketch: &Sketch,
    vertex: usize,
    rightwards: bool,
    known: &BTreeMap<usize, usize>,
) -> Option<f64> {
    let ends = neighbours(sketch, vertex, !rightwards);
    let positions: Vec<usize> = ends.filter_map(|end| known.get(&end).copied()).collect();
    match positions.len() {
        0 => None,
        count => Some(positions.iter().sum::<usize>() as f64 / count as f64),
    }
}

/// Sorts all columns one after the other by what comes in from the side, items first.
fn sweep_columns(sketch: &mut Sketch, rightwards: bool, turn_ties: bool) {
    let count = sketch.columns.len();
    for step in 0..count {
        let column = if rightwards { step } else { count - 1 - step };
        let neighbour = match rightwards {
            true => column.checked_sub(1),
            false => Some(column + 1).filter(|next| *next < count),
        };
        let Some(neighbour) = neighbour else { continue };
        let known = positions(sketch, neighbour);
        let means: BTreeMap<usize, Option<f64>> = sketch.columns[column]
            .iter()
            .map(|vertex| (*vertex, mean(sketch, *vertex, rightwards, &known)))
            .collect();
        for layer in sketch.layers_of[column].clone() {
            let columns = &sketch.layers[layer].columns;
            let first = if rightwards {
                columns.first()
            } else {
                columns.last()
            };
            if first == Some(&column) {
                sort_items(sketch, layer, &means, turn_ties);
            }
        }
        sort_column(sketch, column, &means, turn_ties);
    }
    // The order of items holds in all columns.
    for column in 0..count {
        sort_column(sketch, column, &BTreeMap::new(), false);
    }
}

fn sort_items(
    sketch: &mut Sketch,
    layer: usize,
    means: &BTreeMap<usize, Option<f64>>,
    turn_ties: bool,
) {
    let mut sums: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    for (vertex, mean) in means {
        let Some(mean) = mean else { continue };
        let mut around = sketch.around(sketch.vertices[*vertex].item);
        if let Some(item) = around.find(|item| sketch.items[*item].layer == layer) {
            let sum = sums.entry(item).or_default();
            sum.0 += mean;
            sum.1 += 1.0;
        }
    }
    let items = sketch.layers[layer].items.clone();
    let keys: BTreeMap<usize, f64> = sums
        .into_iter()
        .map(|(item, (sum, count))| (item, sum / count))
        .collect();
    sketch.layers[layer].items = sorted(&items, turn_ties, |item| keys.get(&item).copied());
}

/// Sorts those that have a key among the places that they hold; the others stay.
fn sorted(list: &[usize], turn_ties: bool, key: impl Fn(usize) -> Option<f64>) -> Vec<usize> {
    let mut keyed: Vec<(f64, usize)> = list
        .iter()
        .filter_map(|one| Some((key(*one)?, *one)))
        .collect();
    if turn_ties {
        keyed.reverse();
    }
    keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut keyed = keyed.into_iter();
    let place = |one: &usize| match key(*one) {
        Some(_) => keyed.next().map_or(*one, |(_, one)| one),
        None => *one,
    };
    list.iter().map(place).collect()
}

/// Sorts a column by the order of its items, and by means within each.
fn sort_column(
    sketch: &mut Sketch,
    column: usize,
    means: &BTreeMap<usize, Option<f64>>,
    turn_ties: bool,
) {
    let mut of_item: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for vertex in &sketch.columns[column] {
        let item = sketch.vertices[*vertex].item;
        of_item.entry(item).or_default().push(*vertex);
    }
    let mut order = Vec::new();
    if let Some(outermost) = sketch.layers_of[column].first() {
        let key = |vertex: usize| means.get(&vertex).copied().flatten();
        let within = |vertices: &[usize]| sorted(vertices, turn_ties, key);
        gather(sketch, *outermost, column, &of_item, &within, &mut order);
    }
    sketch.columns[column] = order;
}

fn gather(
    sketch: &Sketch,
    layer: usize,
    column: usize,
    of_item: &BTreeMap<usize, Vec<usize>>,
    within: &impl Fn(&[usize]) -> Vec<usize>,
    order: &mut Vec<usize>,
) {
    for item in &sketch.layers[layer].items {
        if let Some(vertices) = of_item.get(item) {
            order.extend(within(vertices));
        }
        if let Some(inner) = sketch.inner_layer(*item, column) {
            gather(sketch, inner, column, of_item, within, order);
        }
    }
}

/// Crossings between all neighbouring columns.
pub(super) fn crossings(sketch: &Sketch) -> usize {
    let columns = 1..sketch.columns.len();
    columns.map(|column| crossings_before(sketch, column)).sum()
}

/// Crossings of the links that come in from the column before.
fn crossings_before(sketch: &Sketch, column: usize) -> usize {
    let known = positions(sketch, column - 1);
    let mut ends: Vec<usize> = Vec::new();
    for vertex in &sketch.columns[column] {
        let links = sketch.left[*vertex].iter();
        let mut from: Vec<usize> = links
            .filter_map(|link| known.get(&sketch.links[*link].from).copied())
            .collect();
        from.sort_unstable();
        ends.extend(from);
    }
    inversions(&ends, sketch.columns[column - 1].len())
}

/// Pairs in the wrong order, counted with a Fenwick tree.
fn inversions(list: &[usize], size: usize) -> usize {
    let mut tree = vec![0_usize; size + 1];
    let mut found = 0;
    for (before, one) in list.iter().enumerate() {
        let (mut at, mut not_above) = (one + 1, 0);
        while at > 0 {
            not_above += tree[at];
            at &= at - 1;
        }
        found += before - not_above;
        let mut at = one + 1;
        while at <= size {
            tree[at] += 1;
            at += at & at.wrapping_neg();
        }
    }
    found
}

/// What may change places.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Movable {
    /// Everything.
    All,
    /// Nodes and groups stay in their order; lines go between them.
    Lines,
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
fn neighbours(
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

/// Swaps neighbours where that saves crossings; whether any was.
fn swap_neighbours(sketch: &mut Sketch, left: &mut usize, movable: Movable) -> bool {
    let mut better = false;
    let mut position = vec![0; sketch.vertices.len()];
    for vertices in &sketch.columns {
        for (at, vertex) in vertices.iter().enumerate() {
            position[*vertex] = at;
        }
    }
    for column in 0..sketch.columns.len() {
        for at in 1..sketch.columns[column].len() {
            let (above, below) = (sketch.columns[column][at - 1], sketch.columns[column][at]);
            let is_node = |vertex: usize| sketch.vertices[vertex].node.is_some();
            let stays = movable == Movable::Lines && is_node(above) && is_node(below);
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
            if movable == Movable::Lines && has_node(above) && has_node(below) {
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
    use super::{balance, inversions};

    #[test]
    fn pairs_in_the_wrong_order_are_counted() {
        assert_eq!(inversions(&[0, 1, 2], 3), 0);
        assert_eq!(inversions(&[2, 1, 0], 3), 3);
        assert_eq!(inversions(&[1, 1, 0], 2), 2);
    }

    #[test]
    fn swaps_are_weighed() {
        assert_eq!(balance(&[2, 3], &[1, 3]), 1);
        assert_eq!(balance(&[1], &[1]), 0);
        assert_eq!(balance(&[1], &[2, 2]), -2);
    }
}
