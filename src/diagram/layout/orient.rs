//! Which edges run against the reading direction: an order of the vertices with few edges backwards
//! (Eades, Lin and Smyth 1993), improved by moving single vertices.

/// For each vertex its position, so that the weight of the edges from later to earlier is small.
pub(super) fn positions(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut left: Vec<bool> = vec![true; count];
    let (mut outgoing, mut incoming) = (vec![0_i64; count], vec![0_i64; count]);
    let (mut after, mut before) = (vec![Vec::new(); count], vec![Vec::new(); count]);
    for (from, to) in edges.iter().filter(|(from, to)| from != to) {
        outgoing[*from] += 1;
        incoming[*to] += 1;
        after[*from].push(*to);
        before[*to].push(*from);
    }
    let (mut head, mut tail): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut open = count;
    while open > 0 {
        let is_left = |vertex: &usize| left[*vertex];
        let sink = (0..count).filter(is_left).find(|one| outgoing[*one] == 0);
        let source = || (0..count).filter(is_left).find(|one| incoming[*one] == 0);
        let most = || {
            let open = (0..count).filter(is_left);
            open.max_by_key(|one| (outgoing[*one] - incoming[*one], std::cmp::Reverse(*one)))
        };
        // A vertex without edges is a source, so that it stands first.
        let source = source();
        let (taken, first) = match (source, sink) {
            (Some(source), _) => (source, true),
            (None, Some(sink)) => (sink, false),
            (None, None) => (most().unwrap_or(0), true),
        };
        left[taken] = false;
        open -= 1;
        for to in &after[taken] {
            incoming[*to] -= 1;
        }
        for from in &before[taken] {
            outgoing[*from] -= 1;
        }
        match first {
            true => head.push(taken),
            false => tail.push(taken),
        }
    }
    tail.reverse();
    head.extend(tail);
    sift(&mut head, &after, &before);
    let mut positions = vec![0; count];
    for (position, vertex) in head.iter().enumerate() {
        positions[*vertex] = position;
    }
    positions
}

/// Moves each vertex to where the fewest of its edges run backwards; twice over all of them.
fn sift(order: &mut Vec<usize>, after: &[Vec<usize>], before: &[Vec<usize>]) {
    if order.len() > 400 {
        return;
    }
    for vertex in 0..order.len() * 2 {
        let vertex = vertex % order.len();
        let Some(at) = order.iter().position(|one| *one == vertex) else {
            continue;
        };
        order.remove(at);
        // Edges backwards if it stood first, and how that changes with each place further on.
        let mut cost = before[vertex].len() as i64;
        let (mut best, mut best_at) = (i64::MAX, at);
        for place in 0..=order.len() {
            if cost < best || (cost == best && place == at) {
                (best, best_at) = (cost, place);
            }
            if let Some(passed) = order.get(place) {
                let count =
                    |list: &[usize]| list.iter().filter(|one| *one == passed).count() as i64;
                cost += count(&after[vertex]) - count(&before[vertex]);
            }
        }
        order.insert(best_at, vertex);
    }
}

#[cfg(test)]
mod tests {
    use super::positions;

    #[test]
    fn one_edge_of_a_circle_runs_backwards() {
        let edges = [(0, 1), (1, 2), (2, 0)];
        let positions = positions(3, &edges);
        let backwards = edges.iter().filter(|(a, b)| positions[*a] > positions[*b]);
        assert_eq!(backwards.count(), 1);
    }

    #[test]
    fn what_has_no_circle_has_no_edge_backwards() {
        let edges = [(3, 1), (1, 0), (3, 2), (2, 0)];
        let positions = positions(4, &edges);
        assert!(edges.iter().all(|(a, b)| positions[*a] < positions[*b]));
    }
}
