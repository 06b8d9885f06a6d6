//! The order of what stands in a column: barycentres in both directions, then swaps of neighbours,
//! with items together and in one order in all columns of a layer.

use super::moves::{OwnOrder, neighbours, sift, swap_lines};
use super::sketch::Sketch;
use std::collections::BTreeMap;

/// How often sweeps and single moves take turns, and how many sweeps there are in each: few, so that
/// the picture stays near the order that its parts have of themselves, or many.
const CALM: (usize, usize) = (3, 2);
const BOLD: (usize, usize) = (1, 16);

/// The order of an older picture is kept if it has at most so many times the crossings of a new one.
const OLD_ORDER_MAY_COST: usize = 2;

/// How many ends of links are looked at in swaps: a bound on the work, the same on every machine.
const MOST_COMPARED: usize = 4_000_000;

/// Finds an order with few crossings; that of an older picture, where it is nearly as good.
pub(super) fn order(sketch: &mut Sketch) {
    let remembered = sketch.vertices.iter().any(|one| one.before.is_some());
    let start = snapshot(sketch);
    first_order(sketch);
    let mut left = MOST_COMPARED / 4;
    while left > 0 && sift(sketch, &mut left) {}
    let mut best = improved(sketch, CALM, &mut left);
    restore(sketch, start);
    let mut left = MOST_COMPARED / 2;
    let other = improved(sketch, BOLD, &mut left);
    // What stays as it is after a change is left only for something that is clearly better.
    if other.0 * 10 + 100 < best.0 * 9 {
        best = other;
    }
    if remembered {
        let new = best.clone();
        let old = [false, true].map(|lines| {
            restore(sketch, new.1.clone());
            as_before(sketch, lines);
            // Only what has no place in the older picture looks for a better one.
            let mut left = MOST_COMPARED;
            while left > 0 && swap_lines(sketch, &mut left) {}
            (crossings(sketch), snapshot(sketch))
        });
        let old = old.into_iter().min_by_key(|(crossings, _)| *crossings);
        if let Some(old) = old.filter(|one| one.0 <= new.0 * OLD_ORDER_MAY_COST + 10) {
            best = old;
        }
    }
    restore(sketch, best.1);
}

/// Nodes and groups in their own order, and lines between them where they are straight.
fn first_order(sketch: &mut Sketch) {
    let mut place: Vec<Option<f64>> = vec![None; sketch.vertices.len()];
    for vertices in &sketch.columns {
        let mut nodes: Vec<usize> = vertices
            .iter()
            .copied()
            .filter(|one| sketch.vertices[*one].node.is_some())
            .collect();
        nodes.sort_by_key(|one| sketch.vertices[*one].node);
        let middle = nodes.len() as f64 / 2.0;
        for (at, one) in nodes.iter().enumerate() {
            place[*one] = Some(at as f64 + 0.5 - middle);
        }
    }
    let chains: Vec<Vec<usize>> = sketch
        .chains
        .values()
        .map(|(links, _)| links.clone())
        .collect();
    for links in chains {
        let (Some(first), Some(last)) = (links.first(), links.last()) else {
            continue;
        };
        let (from, to) = (
            place[sketch.links[*first].from].unwrap_or(0.0),
            place[sketch.links[*last].to].unwrap_or(0.0),
        );
        for (at, link) in links.iter().enumerate().skip(1) {
            let way = at as f64 / links.len() as f64;
            place[sketch.links[*link].from] = Some(from + (to - from) * way);
        }
    }
    let kept: Vec<Option<f64>> = sketch.vertices.iter().map(|one| one.before).collect();
    for (vertex, place) in sketch.vertices.iter_mut().zip(place) {
        vertex.before = place;
    }
    as_before(sketch, true);
    for (vertex, kept) in sketch.vertices.iter_mut().zip(kept) {
        vertex.before = kept;
    }
}

/// Sweeps and single moves in turns, from the order that there is.
fn improved(
    sketch: &mut Sketch,
    (rounds, sweeps): (usize, usize),
    left: &mut usize,
) -> (usize, Snapshot) {
    let mut best = (crossings(sketch), snapshot(sketch));
    for round in 0..rounds {
        for sweep in 0..sweeps {
            sweep_columns(sketch, sweep % 2 == 0, (round + sweep / 2) % 2 == 1);
            let found = crossings(sketch);
            if found < best.0 {
                best = (found, snapshot(sketch));
            }
        }
        restore(sketch, best.1.clone());
        while *left > 0 && sift(sketch, left) {}
        let found = crossings(sketch);
        if found < best.0 {
            best = (found, snapshot(sketch));
        }
        if best.0 == 0 || *left == 0 {
            break;
        }
    }
    restore(sketch, best.1);
    if upside_down(sketch) {
        turn(sketch);
    }
    while *left > 0 && sift(sketch, left) {}
    (crossings(sketch), snapshot(sketch))
}

/// Whether more of what stands above each other is in the order that is not its own: a picture is
/// as good upside down, so that what is in it decides, the largest groups first.
fn upside_down(sketch: &Sketch) -> bool {
    let own = OwnOrder::new(sketch);
    let mut balance = 0_i64;
    for layer in &sketch.layers {
        for (at, one) in layer.items.iter().enumerate() {
            for other in &layer.items[at + 1..] {
                let weight = (own.size[*one] * own.size[*other]).pow(2);
                balance += own.sign(*one, *other) * weight;
            }
        }
    }
    let node = |vertex: usize| sketch.vertices[vertex].node;
    for vertices in &sketch.columns {
        let nodes: Vec<usize> = vertices.iter().filter_map(|one| node(*one)).collect();
        for (at, one) in nodes.iter().enumerate() {
            for other in &nodes[at + 1..] {
                balance += if one < other { 1 } else { -1 };
            }
        }
    }
    balance < 0
}

fn turn(sketch: &mut Sketch) {
    for column in &mut sketch.columns {
        column.reverse();
    }
    for layer in &mut sketch.layers {
        layer.items.reverse();
    }
}

/// Sorts everything, or all but lines, by where it was in an older picture; what was not there stays
/// where it is among the others.
fn as_before(sketch: &mut Sketch, lines: bool) {
    for layer in 0..sketch.layers.len() {
        let mut sums: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
        for (vertex, one) in sketch.vertices.iter().enumerate() {
            let Some(before) = one.before.filter(|_| lines || one.node.is_some()) else {
                continue;
            };
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
    let before: BTreeMap<usize, Option<f64>> = before
        .map(|(vertex, one)| (vertex, one.before.filter(|_| lines || one.node.is_some())))
        .collect();
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
pub(super) fn sort_column(
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

#[cfg(test)]
mod tests {
    use super::inversions;

    #[test]
    fn pairs_in_the_wrong_order_are_counted() {
        assert_eq!(inversions(&[0, 1, 2], 3), 0);
        assert_eq!(inversions(&[2, 1, 0], 3), 3);
        assert_eq!(inversions(&[1, 1, 0], 2), 2);
    }
}
