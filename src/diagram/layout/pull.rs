//! Where most of the lines to a box or group come from far away, and few from what stands just before
//! it, it goes to where most of them come from: those few then run backwards.

use super::layers;

/// What a line backwards counts, in columns.
const BACKWARDS: usize = 2;
/// How much shorter, in hundredths, everything must become: a few lines more or less decide nothing.
const WORTH: usize = 94;
/// Above this nothing is looked for.
const MOST_CHILDREN: usize = 200;
/// How many are moved at most.
const MOST_MOVED: usize = 4;

/// The layers of vertices with the edges of an acyclic graph; `length` says how long all edges are
/// with such layers.
pub(super) fn layers(
    count: usize,
    edges: &[(usize, usize)],
    length: impl Fn(&[usize]) -> usize,
) -> Vec<usize> {
    let mut edges = edges.to_vec();
    let mut layer = layers::layers(count, &edges);
    if count > MOST_CHILDREN {
        return layer;
    }
    for _ in 0..MOST_MOVED {
        let now = length(&layer);
        let best = candidates(count, &edges, &layer)
            .into_iter()
            .map(|(vertex, after)| {
                let turned = turned(&edges, &layer, vertex, after);
                let new = layers::layers(count, &turned);
                let backwards = edges.iter().zip(&turned);
                let backwards = backwards.filter(|(old, new)| old != new).count();
                (length(&new) + backwards * BACKWARDS, turned, new)
            })
            .min_by_key(|(length, ..)| *length);
        match best {
            Some((length, turned, new)) if length * 100 < now * WORTH => {
                (edges, layer) = (turned, new);
            }
            _ => break,
        }
    }
    layer
}

/// Vertices that only have edges to them, each with a layer that some of those come from, while
/// others come from later ones.
fn candidates(count: usize, edges: &[(usize, usize)], layer: &[usize]) -> Vec<(usize, usize)> {
    let mut is_end = vec![true; count];
    for (from, _) in edges {
        is_end[*from] = false;
    }
    let mut found = Vec::new();
    for vertex in (0..count).filter(|one| is_end[*one]) {
        let into = edges.iter().filter(|(_, to)| *to == vertex);
        let mut from: Vec<usize> = into.map(|(from, _)| layer[*from]).collect();
        from.sort_unstable();
        let (first, last) = (from.first().copied(), from.last().copied());
        from.dedup();
        if first != last {
            let earlier = from.into_iter().filter(|one| Some(*one) != last);
            found.extend(earlier.map(|after| (vertex, after)));
        }
    }
    found
}

/// The edges, with those to a vertex turned that come from behind a layer.
fn turned(
    edges: &[(usize, usize)],
    layer: &[usize],
    vertex: usize,
    after: usize,
) -> Vec<(usize, usize)> {
    let turn = |(from, to): &(usize, usize)| match *to == vertex && layer[*from] > after {
        true => (*to, *from),
        false => (*from, *to),
    };
    edges.iter().map(turn).collect()
}

#[cfg(test)]
mod tests {
    use super::layers;

    fn length(edges: &[(usize, usize)]) -> impl Fn(&[usize]) -> usize {
        move |layer| {
            let long = edges.iter().map(|(a, b)| layer[*a].abs_diff(layer[*b]));
            long.sum()
        }
    }

    /// 0, 1, 2, ... one behind the other, and 9 with many lines from the first and one from the last.
    fn hub(many: usize) -> Vec<(usize, usize)> {
        let mut edges: Vec<(usize, usize)> = (1..9).map(|at| (at - 1, at)).collect();
        edges.extend(vec![(0, 9); many]);
        edges.push((8, 9));
        edges
    }

    #[test]
    fn a_hub_stands_where_most_of_its_lines_come_from() {
        let edges = hub(12);
        let layer = layers(10, &edges, length(&edges));
        assert_eq!((layer[0], layer[9]), (0, 1));
        assert!(layer[8] > layer[9]);
    }

    #[test]
    fn one_line_more_turns_nothing() {
        let edges = hub(1);
        let layer = layers(10, &edges, length(&edges));
        assert!(edges.iter().all(|(from, to)| layer[*from] < layer[*to]));
    }
}
