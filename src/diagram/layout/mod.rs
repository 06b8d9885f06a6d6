//! Where everything stands in a picture: a layered layout that knows groups, with edges at right
//! angles.
//!
//! The steps, each a file: `orient` makes the graph acyclic, groups first; `layers` gives each group
//! and free node a layer and `outline` each node a column in it; `sketch` makes vertices of nodes,
//! labels and edges that pass; `order` sorts what stands in a column, with
//! few crossings and groups together (`moves`); `place` turns orders into coordinates (`shortest`, as a
//! flow that `simplex` finds); `route` draws the edges. Groups never overlap by construction: a group is one item of one layer, and the order of
//! items is the same in all columns of a layer.
//!
//! A part that is too much for this (`sketch` says where that begins) stands in a plain `grid`.
//!
//! Sources: Sugiyama, Tagawa and Toda 1981 (layers, barycentres); Eades, Lin and Smyth 1993 (feedback
//! arc set); Sander 1996 (compound layering).

mod grid;
mod layered;
mod layers;
mod moves;
mod order;
mod orient;
mod outline;
mod place;
mod pull;
mod route;
mod shortest;
mod simplex;
mod sketch;

pub use layered::Layered;

/// What is to be drawn, with sizes in pixels.
#[derive(Clone, Debug, Default)]
pub struct SizedGraph {
    /// The boxes.
    pub nodes: Vec<SizedNode>,
    /// The lines between them.
    pub edges: Vec<SizedEdge>,
    /// The groups; each stands behind the one that it is in.
    pub clusters: Vec<SizedCluster>,
    /// The way it reads.
    pub reading: Reading,
}

/// The way that most lines run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// From the left to the right.
    #[default]
    Right,
    /// From the top down, for narrow pages.
    Down,
}

/// A box.
#[derive(Clone, Debug)]
pub struct SizedNode {
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
    /// Its group, by index.
    pub cluster: Option<usize>,
    /// Where its middle was in an older picture: what was above stays above.
    pub before: Option<(f64, f64)>,
}

/// A line.
#[derive(Clone, Debug)]
pub struct SizedEdge {
    /// Where it starts, by the node's index.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// Width and height of its label.
    pub label: Option<(f64, f64)>,
}

/// A group.
#[derive(Clone, Debug)]
pub struct SizedCluster {
    /// Width of its title.
    pub title_width: f64,
    /// The group that it is in.
    pub parent: Option<usize>,
}

/// A rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Its left side.
    pub x: f64,
    /// Its top.
    pub y: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

impl Rect {
    /// Whether two overlap by more than `margin`.
    #[must_use]
    pub fn overlaps(&self, other: &Self, margin: f64) -> bool {
        self.x + margin < other.x + other.width
            && other.x + margin < self.x + self.width
            && self.y + margin < other.y + other.height
            && other.y + margin < self.y + self.height
    }

    fn moved(mut self, x: f64, y: f64) -> Self {
        self.x += x;
        self.y += y;
        self
    }
}

/// Where an edge runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Route {
    /// Its corners, from its start to its end.
    pub points: Vec<(f64, f64)>,
    /// Where its label stands.
    pub label: Option<Rect>,
}

/// Where everything stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// Width of all of it.
    pub width: f64,
    /// Height of all of it.
    pub height: f64,
    /// For each node, its box.
    pub nodes: Vec<Rect>,
    /// For each group, its box; none for a group without nodes.
    pub clusters: Vec<Option<Rect>>,
    /// For each edge, its line.
    pub edges: Vec<Route>,
}

/// Something that gives a graph a layout. It never fails: what it cannot do well, it does plainly.
pub trait LayoutEngine {
    /// The layout of a graph, the same for the same graph.
    fn layout(&self, graph: &SizedGraph) -> Layout;
}

/// Space inside a group, on each side.
const CLUSTER_PADDING: f64 = 12.0;
/// The strip of a group's title.
const CLUSTER_TITLE: f64 = 22.0;
/// Space between two boxes, or groups, above each other.
const NODE_GAP: f64 = 20.0;
/// Space between two labels above each other; they have some of their own.
const LABEL_GAP: f64 = 2.0;
/// Space between a line and what is above or below it.
const LINE_GAP: f64 = 9.0;
/// Space between two lines that run beside each other.
const SLOT: f64 = 6.0;
/// Space between the ends of two lines at a box.
const PORT: f64 = 9.0;
/// Space between parts of a picture that nothing joins.
const PART_GAP: f64 = 36.0;

#[cfg(test)]
mod tests {
    use super::*;

    /// A small generator of numbers (xorshift), for graphs that are the same in each run.
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self, sides: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            usize::try_from(self.0 % (sides.max(1) as u64)).unwrap_or(0)
        }
    }

    fn random(seed: u64) -> SizedGraph {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let count = 1 + dice.roll(40);
        let groups = dice.roll(6);
        let nested = seed.is_multiple_of(2);
        let nodes = (0..count).map(|_| SizedNode {
            width: 60.0 + dice.roll(120) as f64,
            height: 36.0 + dice.roll(20) as f64,
            cluster: (groups > 0 && dice.roll(4) > 0).then(|| dice.roll(groups)),
            before: None,
        });
        let nodes: Vec<SizedNode> = nodes.collect();
        let edges = (0..dice.roll(count * 2 + 1)).map(|_| SizedEdge {
            from: dice.roll(count),
            to: dice.roll(count),
            label: (dice.roll(3) == 0).then(|| (30.0 + dice.roll(60) as f64, 14.0)),
        });
        SizedGraph {
            edges: edges.collect(),
            nodes,
            clusters: (0..groups)
                .map(|at| SizedCluster {
                    title_width: 40.0 + dice.roll(80) as f64,
                    // Every other graph has groups in groups.
                    parent: (nested && at > 0 && dice.roll(2) == 0).then(|| dice.roll(at)),
                })
                .collect(),
            reading: match seed % 3 {
                0 => Reading::Down,
                _ => Reading::Right,
            },
        }
    }

    /// Everything that must never happen in a picture, counted.
    fn faults(graph: &SizedGraph, layout: &Layout) -> Vec<String> {
        let mut found = Vec::new();
        let finite = |value: f64| value.is_finite();
        for (at, one) in layout.nodes.iter().enumerate() {
            if !(finite(one.x) && finite(one.y)) {
                found.push(format!("node {at} is nowhere"));
            }
            let inside = one.x >= -0.5
                && one.y >= -0.5
                && one.x + one.width <= layout.width + 0.5
                && one.y + one.height <= layout.height + 0.5;
            if !inside {
                found.push(format!("node {at} is outside the picture"));
            }
            for (other_at, other) in layout.nodes.iter().enumerate().skip(at + 1) {
                if one.overlaps(other, 0.5) {
                    found.push(format!("nodes {at} and {other_at} overlap"));
                }
            }
            for (cluster, area) in layout.clusters.iter().enumerate() {
                let Some(area) = area else { continue };
                let own = holds(graph, cluster, graph.nodes[at].cluster);
                let within = area.x <= one.x + 0.5
                    && area.y <= one.y + 0.5
                    && one.x + one.width <= area.x + area.width + 0.5
                    && one.y + one.height <= area.y + area.height + 0.5;
                if own && !within {
                    found.push(format!("node {at} is not in its group {cluster}"));
                }
                if !own && one.overlaps(area, 0.5) {
                    found.push(format!("node {at} is in the foreign group {cluster}"));
                }
            }
        }
        for (at, one) in layout.clusters.iter().enumerate() {
            for (other_at, other) in layout.clusters.iter().enumerate().skip(at + 1) {
                let (Some(one), Some(other)) = (one, other) else {
                    continue;
                };
                let inside = holds(graph, at, Some(other_at));
                if !inside && one.overlaps(other, 0.5) {
                    found.push(format!("groups {at} and {other_at} overlap"));
                }
                let within = one.x <= other.x + 0.5
                    && one.y <= other.y + 0.5
                    && other.x + other.width <= one.x + one.width + 0.5
                    && other.y + other.height <= one.y + one.height + 0.5;
                if inside && !within {
                    found.push(format!("group {other_at} is not in group {at}"));
                }
            }
        }
        found.extend(faults_of_edges(graph, layout));
        found
    }

    /// Whether a group is another, or around it.
    fn holds(graph: &SizedGraph, cluster: usize, mut inner: Option<usize>) -> bool {
        while let Some(at) = inner {
            if at == cluster {
                return true;
            }
            inner = graph.clusters[at].parent;
        }
        false
    }

    fn faults_of_edges(graph: &SizedGraph, layout: &Layout) -> Vec<String> {
        let mut found = Vec::new();
        for (at, (edge, route)) in graph.edges.iter().zip(&layout.edges).enumerate() {
            if edge.from == edge.to {
                continue;
            }
            let ends = (route.points.first(), route.points.last());
            let (Some(start), Some(end)) = ends else {
                found.push(format!("edge {at} is nowhere"));
                continue;
            };
            for (point, node) in [(start, edge.from), (end, edge.to)] {
                let area = layout.nodes[node];
                let touches = point.0 >= area.x - 1.0
                    && point.0 <= area.x + area.width + 1.0
                    && point.1 >= area.y - 1.0
                    && point.1 <= area.y + area.height + 1.0;
                if !touches {
                    found.push(format!("edge {at} does not end at node {node}"));
                }
            }
            for pair in route.points.windows(2) {
                let line = Rect {
                    x: pair[0].0.min(pair[1].0),
                    y: pair[0].1.min(pair[1].1),
                    width: (pair[0].0 - pair[1].0).abs(),
                    height: (pair[0].1 - pair[1].1).abs(),
                };
                if line.width > 0.1 && line.height > 0.1 {
                    found.push(format!("edge {at} is not at right angles"));
                }
                for (node, area) in layout.nodes.iter().enumerate() {
                    let foreign = node != edge.from && node != edge.to;
                    if foreign && crosses(&line, area) {
                        found.push(format!("edge {at} runs through node {node}"));
                    }
                }
                for (cluster, area) in layout.clusters.iter().enumerate() {
                    let Some(area) = area else { continue };
                    let of = |node: usize| holds(graph, cluster, graph.nodes[node].cluster);
                    if !of(edge.from) && !of(edge.to) && crosses(&line, area) {
                        found.push(format!("edge {at} runs through group {cluster}"));
                    }
                }
            }
            if edge.label.is_some() != route.label.is_some() {
                found.push(format!("the label of edge {at} is lost"));
            }
        }
        let labels: Vec<&Rect> = layout
            .edges
            .iter()
            .filter_map(|one| one.label.as_ref())
            .collect();
        for (at, one) in labels.iter().enumerate() {
            if layout.nodes.iter().any(|node| node.overlaps(one, 0.5)) {
                found.push("a label is on a node".to_owned());
            }
            if labels[at + 1..]
                .iter()
                .any(|other| other.overlaps(one, 0.5))
            {
                found.push("a label is on a label".to_owned());
            }
        }
        found
    }

    fn crosses(line: &Rect, area: &Rect) -> bool {
        line.x < area.x + area.width - 2.0
            && line.x + line.width > area.x + 2.0
            && line.y < area.y + area.height - 2.0
            && line.y + line.height > area.y + 2.0
    }

    #[test]
    fn five_hundred_graphs_pass_the_gates() {
        use rayon::prelude::*;
        (1..=500).into_par_iter().for_each(|seed| {
            let graph = random(seed);
            let layout = Layered.layout(&graph);
            let faults = faults(&graph, &layout);
            assert!(faults.is_empty(), "seed {seed}: {faults:?}");
            if seed % 5 == 0 {
                let again = Layered.layout(&graph);
                assert_eq!(layout, again, "seed {seed}: not the same twice");
            }
        });
    }

    #[test]
    fn what_is_too_much_stands_in_a_grid() {
        let node = |at: usize| SizedNode {
            width: 90.0,
            height: 42.0,
            cluster: (at % 3).checked_sub(1),
            before: None,
        };
        let edge = |at: usize| SizedEdge {
            from: at,
            to: at * 7 % 2100,
            label: None,
        };
        let cluster = |parent: Option<usize>| SizedCluster {
            title_width: 60.0,
            parent,
        };
        let graph = SizedGraph {
            nodes: (0..2100).map(node).collect(),
            edges: (0..2100).map(edge).collect(),
            clusters: vec![cluster(None), cluster(Some(0))],
            reading: Reading::Right,
        };
        let layout = Layered.layout(&graph);
        // Lines may run below boxes here; everything else holds.
        let faults = faults(&graph, &layout);
        let mut faults = faults
            .iter()
            .filter(|fault| !fault.contains("runs through"));
        assert_eq!(faults.next(), None);
        assert!(layout.width < layout.height * 4.0 && layout.height < layout.width * 4.0);
    }

    #[test]
    fn nothing_and_little_are_drawn() {
        let nothing = SizedGraph::default();
        assert!(Layered.layout(&nothing).nodes.is_empty());
        let one = SizedGraph {
            nodes: vec![SizedNode {
                width: 80.0,
                height: 40.0,
                cluster: None,
                before: None,
            }],
            edges: vec![SizedEdge {
                from: 0,
                to: 0,
                label: None,
            }],
            clusters: Vec::new(),
            reading: Reading::Right,
        };
        assert_eq!(Layered.layout(&one).nodes.len(), 1);
    }
}
