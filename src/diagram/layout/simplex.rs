//! Values that keep apart what must be apart and are as near as that allows to where others pull
//! them: the least sum of weighted distances, found as a flow of least cost by the network simplex
//! method, with trees that keep it from going round (Cunningham 1976).

/// The work that may be done, in vertices and arcs looked at: the same on every machine.
const MOST_WORK: usize = 40_000_000;

/// What is asked for; numbers are whole, so that no rounding decides.
#[derive(Clone, Debug, Default)]
pub(super) struct Problem {
    /// How many values there are.
    pub(super) count: usize,
    /// `(a, b, distance, weight)`: value `b` wants to be value `a` plus the distance.
    pub(super) pulls: Vec<(usize, usize, i64, i64)>,
    /// `(a, b, distance)`: value `b` is at least value `a` plus the distance. There is no circle.
    pub(super) apart: Vec<(usize, usize, i64)>,
}

impl Problem {
    /// The values; none where that would be too much work.
    pub(super) fn solve(&self) -> Option<Vec<i64>> {
        let mut tree = Tree::new(self);
        let mut next = 0;
        while let Some(entering) = tree.entering(&mut next) {
            tree.pivot(entering);
            if tree.work > MOST_WORK {
                return None;
            }
        }
        tree.values.truncate(self.count);
        Some(tree.values)
    }
}

/// No bound, and no vertex.
const FREE: i64 = i64::MAX;
const NONE: usize = usize::MAX;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    InTree,
    Empty,
    Full,
}

struct Arc {
    from: usize,
    to: usize,
    cost: i64,
    bound: i64,
    flow: i64,
    state: State,
}

/// A spanning tree of the network; the vertex behind the last one is its root.
struct Tree {
    arcs: Vec<Arc>,
    /// How many of the arcs are asked for; the others lead to the root.
    real: usize,
    values: Vec<i64>,
    parent: Vec<usize>,
    /// The arc to the parent.
    arc: Vec<usize>,
    depth: Vec<usize>,
    children: Vec<Vec<usize>>,
    work: usize,
}

impl Tree {
    fn new(problem: &Problem) -> Self {
        let root = problem.count;
        let mut supply = vec![0_i64; root];
        let arc = |from, to, cost, bound| Arc {
            from,
            to,
            cost,
            bound,
            flow: 0,
            state: State::Empty,
        };
        let mut arcs = Vec::new();
        // A pull may be anything from minus its weight to its weight; counted from the least.
        for (a, b, distance, weight) in &problem.pulls {
            arcs.push(arc(*a, *b, *distance, weight * 2));
            supply[*a] += weight;
            supply[*b] -= weight;
        }
        for (a, b, distance) in &problem.apart {
            arcs.push(arc(*b, *a, -distance, FREE));
        }
        let real = arcs.len();
        let dearest = arcs.iter().map(|one| one.cost.abs()).max().unwrap_or(0);
        let out_of_reach = (dearest + 1) * (root as i64 + 1);
        let mut values = vec![0; root + 1];
        for (vertex, supply) in supply.iter().enumerate() {
            let (from, to, cost) = match *supply >= 0 {
                true => (vertex, root, 0),
                false => (root, vertex, out_of_reach),
            };
            values[vertex] = cost;
            arcs.push(Arc {
                flow: supply.abs(),
                state: State::InTree,
                ..arc(from, to, cost, FREE)
            });
        }
        let mut children = vec![Vec::new(); root + 1];
        children[root] = (0..root).collect();
        let mut parent = vec![root; root];
        parent.push(NONE);
        let mut depth = vec![1; root];
        depth.push(0);
        Self {
            real,
            values,
            parent,
            arc: (real..real + root).chain([NONE]).collect(),
            depth,
            children,
            arcs,
            work: 0,
        }
    }

    fn reduced_cost(&self, arc: &Arc) -> i64 {
        arc.cost + self.values[arc.from] - self.values[arc.to]
    }

    /// The arc that saves most among the next so many; none where no arc saves anything.
    fn entering(&mut self, next: &mut usize) -> Option<usize> {
        let block = self.real.isqrt().max(20);
        let (mut best, mut best_at) = (0, None);
        for step in 1..=self.real {
            let at = *next;
            *next = if at + 1 < self.real { at + 1 } else { 0 };
            let arc = &self.arcs[at];
            let cost = match arc.state {
                State::InTree => 0,
                State::Empty => self.reduced_cost(arc),
                State::Full => -self.reduced_cost(arc),
            };
            if cost < best {
                (best, best_at) = (cost, Some(at));
            }
            self.work += 1;
            if step % block == 0 && best_at.is_some() {
                break;
            }
        }
        best_at
    }

    fn join(&self, mut a: usize, mut b: usize) -> usize {
        while a != b {
            if self.depth[a] >= self.depth[b] {
                a = self.parent[a];
            } else {
                b = self.parent[b];
            }
        }
        a
    }

    /// How much more can flow through the arc above a vertex, upwards or downwards.
    fn room(&self, vertex: usize, upwards: bool) -> i64 {
        let arc = &self.arcs[self.arc[vertex]];
        let along = (arc.from == vertex) == upwards;
        match (along, arc.bound) {
            (false, _) => arc.flow,
            (true, FREE) => FREE,
            (true, bound) => bound - arc.flow,
        }
    }

    fn push(&mut self, vertex: usize, upwards: bool, amount: i64) {
        let arc = &mut self.arcs[self.arc[vertex]];
        let along = (arc.from == vertex) == upwards;
        arc.flow += if along { amount } else { -amount };
    }

    /// Lets as much flow through an arc as can, and takes it into the tree for the one that is then
    /// full or empty.
    fn pivot(&mut self, entering: usize) {
        let arc = &self.arcs[entering];
        let (first, second) = match arc.state {
            State::Full => (arc.to, arc.from),
            _ => (arc.from, arc.to),
        };
        let join = self.join(first, second);
        let mut amount = arc.bound;
        let mut leaving = None;
        let mut at = first;
        while at != join {
            let room = self.room(at, false);
            if room < amount {
                (amount, leaving) = (room, Some((at, first, second)));
            }
            at = self.parent[at];
        }
        at = second;
        while at != join {
            let room = self.room(at, true);
            if room <= amount {
                (amount, leaving) = (room, Some((at, second, first)));
            }
            at = self.parent[at];
        }
        if amount > 0 {
            for (end, upwards) in [(first, false), (second, true)] {
                let mut at = end;
                while at != join {
                    self.push(at, upwards, amount);
                    at = self.parent[at];
                    self.work += 1;
                }
            }
        }
        let arc = &mut self.arcs[entering];
        match arc.state {
            State::Full => arc.flow -= amount,
            _ => arc.flow += amount,
        }
        let Some((top, inner, outer)) = leaving else {
            arc.state = match arc.state {
                State::Full => State::Empty,
                _ => State::Full,
            };
            return;
        };
        arc.state = State::InTree;
        let left = &mut self.arcs[self.arc[top]];
        left.state = if left.flow == 0 {
            State::Empty
        } else {
            State::Full
        };
        self.hang(entering, top, inner, outer);
    }

    /// Hangs what is below `top` to another place: `inner` below `outer`, by an arc.
    fn hang(&mut self, arc: usize, top: usize, inner: usize, outer: usize) {
        let (mut at, mut above, mut by) = (inner, outer, arc);
        loop {
            let (parent, old) = (self.parent[at], self.arc[at]);
            self.work += self.children[parent].len() / 8;
            if let Some(place) = self.children[parent].iter().position(|one| *one == at) {
                self.children[parent].swap_remove(place);
            }
            (self.parent[at], self.arc[at]) = (above, by);
            self.children[above].push(at);
            if at == top {
                break;
            }
            (above, by, at) = (at, old, parent);
        }
        let arc = &self.arcs[arc];
        let value = match arc.from == inner {
            true => self.values[outer] - arc.cost,
            false => self.values[outer] + arc.cost,
        };
        let by = value - self.values[inner];
        let mut open = vec![inner];
        while let Some(vertex) = open.pop() {
            self.values[vertex] += by;
            self.depth[vertex] = self.depth[self.parent[vertex]] + 1;
            open.extend(&self.children[vertex]);
            self.work += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Problem;

    fn cost(problem: &Problem, values: &[i64]) -> i64 {
        let pulls = problem.pulls.iter();
        pulls
            .map(|(a, b, distance, weight)| (values[*b] - values[*a] - distance).abs() * weight)
            .sum()
    }

    #[test]
    fn values_are_as_near_as_they_may_be() {
        // Two want to stand where a third stands, which stands between them.
        let problem = Problem {
            count: 3,
            pulls: vec![(0, 1, 0, 3), (0, 2, 0, 1)],
            apart: vec![(1, 2, 10)],
        };
        let values = problem.solve().unwrap();
        assert_eq!(values[1] - values[0], 0);
        assert_eq!(values[2] - values[0], 10);
    }

    #[test]
    fn no_single_move_makes_it_better() {
        let mut seed = 7_u64;
        let mut roll = |sides: u64| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed % sides
        };
        for _ in 0..50 {
            let count = 12;
            let mut problem = Problem {
                count,
                ..Problem::default()
            };
            for at in 1..count {
                let other = roll(at as u64) as usize;
                let distance = roll(9) as i64 - 4;
                problem
                    .pulls
                    .push((other, at, distance, roll(5) as i64 + 1));
                let other = roll(at as u64) as usize;
                problem.apart.push((other, at, roll(6) as i64));
            }
            let values = problem.solve().unwrap();
            let holds = |values: &[i64]| {
                let mut apart = problem.apart.iter();
                apart.all(|(a, b, distance)| values[*b] - values[*a] >= *distance)
            };
            assert!(holds(&values));
            for moved in 1..1 << count {
                for by in [-1, 1] {
                    let mut other = values.clone();
                    for (at, value) in other.iter_mut().enumerate() {
                        *value += if moved >> at & 1 == 1 { by } else { 0 };
                    }
                    assert!(!holds(&other) || cost(&problem, &other) >= cost(&problem, &values));
                }
            }
        }
    }
}
