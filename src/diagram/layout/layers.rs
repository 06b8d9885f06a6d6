//! Layers of an acyclic graph: each edge goes to a later layer, and edges are short.

/// For each vertex its layer, from 0. The edges must have no circle.
pub(super) fn layers(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let (mut after, mut before) = (vec![Vec::new(); count], vec![Vec::new(); count]);
    for (from, to) in edges {
        after[*from].push(*to);
        before[*to].push(*from);
    }
    let order = topological(&after, &before);
    let mut layer = vec![0_usize; count];
    for vertex in &order {
        let earlier = before[*vertex].iter().map(|from| layer[*from] + 1);
        layer[*vertex] = earlier.max().unwrap_or(0);
    }
    // A vertex with more edges on its right than on its left stands as far right as they allow, and
    // one that nothing comes from stands beside what it goes to.
    for _ in 0..4 {
        for vertex in order.iter().rev() {
            let latest = after[*vertex].iter().map(|to| layer[*to] - 1).min();
            let Some(latest) = latest else { continue };
            if after[*vertex].len() > before[*vertex].len() {
                layer[*vertex] = latest;
            }
        }
        for vertex in &order {
            let earliest = before[*vertex].iter().map(|from| layer[*from] + 1).max();
            let Some(earliest) = earliest else { continue };
            if before[*vertex].len() >= after[*vertex].len() {
                layer[*vertex] = earliest;
            }
        }
    }
    let first = layer.iter().copied().min().unwrap_or(0);
    for one in &mut layer {
        *one -= first;
    }
    layer
}

fn topological(after: &[Vec<usize>], before: &[Vec<usize>]) -> Vec<usize> {
    let mut open: Vec<usize> = before.iter().map(Vec::len).collect();
    let mut order: Vec<usize> = (0..after.len()).filter(|one| open[*one] == 0).collect();
    let mut at = 0;
    while let Some(vertex) = order.get(at).copied() {
        at += 1;
        for to in &after[vertex] {
            open[*to] -= 1;
            if open[*to] == 0 {
                order.push(*to);
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::layers;

    #[test]
    fn edges_go_on_and_are_short() {
        // 4 is only there for 3, and stands beside it.
        let edges = [(0, 1), (1, 2), (2, 3), (4, 3), (0, 3)];
        let layer = layers(5, &edges);
        assert!(edges.iter().all(|(a, b)| layer[*a] < layer[*b]));
        assert_eq!(layer[4], layer[3] - 1);
    }
}
