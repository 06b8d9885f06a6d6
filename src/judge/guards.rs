//! Guards of a call as a meet over all paths: a call is guarded where it stands, or where every
//! path to its function is.

use crate::catalog::{Catalog, split_words};
use crate::model::{Answer, CallGraph, EntryPoint, Evidence, GuardKind, HandlerCode, System};
use crate::source::Span;
use fixedbitset::FixedBitSet;
use foldhash::HashMap;
use petgraph::Direction;
use petgraph::graph::{DiGraph, EdgeIndex, NodeIndex};
use petgraph::visit::{Dfs, EdgeFiltered, EdgeRef, Reversed};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How many entry points a call names; a logger is reached from everywhere.
const MAX_ENTRY_POINTS: usize = 20;

/// How many steps of a way are named, from the entry point on.
const MAX_STEPS: usize = 100;

/// Completes the guards of every call and names the entry points it is reached from.
pub(super) fn judge(system: &mut System, catalog: &Catalog) {
    let mut paths = Paths::new(&system.call_graph);
    paths.wait(waits(system, catalog));
    // A library that no program is built from is only offered.
    let linked: BTreeSet<&str> = system.linked.iter().flatten().map(String::as_str).collect();
    let functions = &system.call_graph.functions;
    let built = |at: NodeIndex| linked.contains(functions[at.index()].package.as_str());
    let has_program = functions.iter().any(|function| function.in_program);
    let middleware = Middleware::of(system, catalog);
    // What is asked of a function is asked once, however many calls it makes.
    let mut known: BTreeMap<usize, Function> = BTreeMap::new();
    for call in &mut system.calls {
        let function = NodeIndex::new(call.function);
        let of_function = known.entry(call.function).or_insert_with(|| {
            let entries = paths.entries(function);
            Function {
                reached: !has_program
                    || (entries.iter()).any(|entry| paths.runs(*entry) && built(*entry)),
                waited: !has_program || paths.waited.contains(call.function),
                handled: paths.handled(&entries),
                around: middleware.around(&entries),
                entered: !entries.is_empty(),
                entry_points: paths.entry_points(&entries),
                uncovered: BTreeMap::new(),
            }
        });
        call.reached = of_function.reached;
        call.waited = of_function.waited && (!call.detached || !has_program);
        call.entry_points.clone_from(&of_function.entry_points);
        for kind in GuardKind::ALL {
            let guard = call.guards.get_mut(kind);
            if guard.answer == Answer::Yes {
                continue;
            }
            if paths.covered(kind, function) {
                guard.answer = Answer::Yes;
                guard.evidence = paths.cover(kind, function);
                continue;
            }
            // In a circle that nothing enters there is no way to name.
            if of_function.entered {
                let way = of_function.uncovered.entry(kind);
                let way = way.or_insert_with(|| paths.uncovered(kind, function));
                guard.evidence.extend(way.iter().cloned());
            }
            // A router has the guard around this handler: for how much of it, nobody knows here.
            let handled = match middleware.around_closure(call.function, call.span) {
                Some(kinds) => kinds.contains(&kind),
                None => of_function.handled && of_function.around.contains(&kind),
            };
            if !handled {
                continue;
            }
            let package = functions[call.function].package.as_str();
            let mut layers = system.around_handlers.iter();
            let around = layers.find(|(of, layer)| {
                layer.kind == kind && are_built_together(&system.linked, of, package)
            });
            if let Some((_, layer)) = around {
                guard.answer = Answer::Unknown;
                guard.evidence = vec![layer.evidence.clone()];
            }
        }
    }
}

/// Whether some program is built from both of two packages, as far as anybody knows: what stands in one program does
/// nothing in another one.
fn are_built_together(linked: &BTreeSet<BTreeSet<String>>, one: &str, other: &str) -> bool {
    one == other
        || one.is_empty()
        || linked.is_empty()
        || linked
            .iter()
            .any(|packages| packages.contains(one) && packages.contains(other))
}

/// What middleware stands around which handler.
struct Middleware {
    /// By function.
    handlers: BTreeMap<usize, BTreeSet<GuardKind>>,
    /// By the function that a closure stands in, and its place.
    closures: Vec<(usize, Span, BTreeSet<GuardKind>)>,
}

impl Middleware {
    /// Reads it from the routes. What the system's own middleware does may be any guard.
    fn of(system: &System, catalog: &Catalog) -> Self {
        let mut found = Self {
            handlers: BTreeMap::new(),
            closures: Vec::new(),
        };
        let guards = |path: &String| {
            catalog
                .crates
                .find_type(path)
                .map(|known| known.entry.guard)
        };
        let handlers = system.endpoints.iter();
        for handler in handlers.filter_map(|endpoint| endpoint.handler.as_ref()) {
            let mut kinds: BTreeSet<GuardKind> = BTreeSet::new();
            for path in &handler.foreign_layers {
                match guards(path) {
                    Some(guard) => kinds.extend(guard),
                    None => kinds.extend(GuardKind::ALL),
                }
            }
            if !handler.layers.is_empty() {
                kinds.extend(GuardKind::ALL);
            }
            match &handler.code {
                HandlerCode::Functions(functions) => {
                    for function in functions {
                        let known = found.handlers.entry(*function).or_default();
                        known.extend(&kinds);
                    }
                }
                HandlerCode::Closure(function, span) => {
                    found.closures.push((*function, *span, kinds));
                }
            }
        }
        found
    }

    /// The guards that may be around any of these: around one that is no route's, all may.
    fn around(&self, entries: &[NodeIndex]) -> BTreeSet<GuardKind> {
        let mut kinds = BTreeSet::new();
        for entry in entries {
            match self.handlers.get(&entry.index()) {
                Some(known) => kinds.extend(known),
                None => kinds.extend(GuardKind::ALL),
            }
        }
        kinds
    }

    /// Those around the closure that something stands in, where it is a handler.
    fn around_closure(&self, function: usize, place: Span) -> Option<&BTreeSet<GuardKind>> {
        let mut closures = self.closures.iter();
        let (.., kinds) = closures.find(|(around, closure, _)| {
            *around == function
                && closure.source == place.source
                && closure.start <= place.start
                && place.end <= closure.end
        })?;
        Some(kinds)
    }
}

/// For each function, whether somebody may wait for it: it answers requests, or somebody unseen calls
/// it and its name doesn't say that it works in the background.
fn waits(system: &System, catalog: &Catalog) -> FixedBitSet {
    let functions = &system.call_graph.functions;
    let mut waits = FixedBitSet::with_capacity(functions.len());
    let background = |name: &str| {
        let words = &catalog.words.background;
        split_words(name).iter().any(|word| words.contains(word))
    };
    for (at, function) in functions.iter().enumerate() {
        let unseen = function.called_unseen || function.dispatched;
        waits.set(at, unseen && !background(&function.name));
    }
    let endpoints = system.endpoints.iter();
    for handler in endpoints.filter_map(|one| one.handler.as_ref()) {
        waits.extend(handler.code.functions().iter().copied());
    }
    waits
}

/// What the ways to a function say.
struct Function {
    reached: bool,
    waited: bool,
    handled: bool,
    around: BTreeSet<GuardKind>,
    entered: bool,
    entry_points: Vec<EntryPoint>,
    uncovered: BTreeMap<GuardKind, Vec<Evidence>>,
}

pub(super) struct Paths<'g> {
    pub(super) graph: &'g CallGraph,
    pub(super) calls: DiGraph<(), usize>,
    entries: Vec<bool>,
    covered: BTreeMap<GuardKind, Vec<bool>>,
    /// The functions for which somebody may wait; none where nobody has asked.
    waits: FixedBitSet,
    /// Those and all that they lead to.
    waited: FixedBitSet,
}

impl<'g> Paths<'g> {
    pub(super) fn new(graph: &'g CallGraph) -> Self {
        let mut calls = DiGraph::with_capacity(graph.functions.len(), graph.edges.len());
        for _ in &graph.functions {
            calls.add_node(());
        }
        for (index, edge) in graph.edges.iter().enumerate() {
            calls.add_edge(NodeIndex::new(edge.from), NodeIndex::new(edge.to), index);
        }
        let mut called = vec![false; graph.functions.len()];
        for edge in graph.edges.iter().filter(|edge| edge.from != edge.to) {
            called[edge.to] = true;
        }
        let functions = graph.functions.iter().zip(called);
        let entries = functions.map(|(function, called)| function.called_unseen || !called);
        let mut paths = Self {
            graph,
            calls,
            entries: entries.collect(),
            covered: BTreeMap::new(),
            waits: FixedBitSet::new(),
            waited: FixedBitSet::new(),
        };
        let reached = paths.reached();
        for kind in GuardKind::ALL {
            let covered = paths.meet(kind, &reached);
            paths.covered.insert(kind, covered);
        }
        paths
    }

    /// Somebody may wait for these functions.
    fn wait(&mut self, waits: FixedBitSet) {
        self.waited = FixedBitSet::with_capacity(self.graph.functions.len());
        let mut walk = Dfs::empty(&self.calls);
        let entries = waits.ones().map(NodeIndex::new);
        // What is begun and left to itself holds up nobody.
        let held = EdgeFiltered::from_fn(&self.calls, |edge| {
            !self.graph.edges[*edge.weight()].detached
        });
        walk.stack = entries.filter(|node| self.is_entry(*node)).collect();
        while let Some(node) = walk.next(&held) {
            self.waited.insert(node.index());
        }
        self.waits = waits;
    }

    pub(super) fn is_entry(&self, function: NodeIndex) -> bool {
        self.entries[function.index()]
    }

    fn all_entries(&self) -> impl Iterator<Item = NodeIndex> {
        self.calls
            .node_indices()
            .filter(|node| self.is_entry(*node))
    }

    /// Which functions are called by others on a way from an entry point.
    fn reached(&self) -> Vec<bool> {
        let mut reached = vec![false; self.graph.functions.len()];
        // One walk from all of them: each function is looked at once.
        let mut walk = Dfs::empty(&self.calls);
        walk.stack = self.all_entries().collect();
        while let Some(node) = walk.next(&self.calls) {
            reached[node.index()] = !self.is_entry(node);
        }
        reached
    }

    fn guards(&self, edge: usize, kind: GuardKind) -> bool {
        self.graph.edges[edge]
            .guards
            .iter()
            .any(|layer| layer.kind == kind)
    }

    /// The greatest set of functions that are reached under the guard only. Only functions that an
    /// entry point reaches count; a circle that nothing enters is not covered.
    fn meet(&self, kind: GuardKind, reached: &[bool]) -> Vec<bool> {
        let mut layers = self.graph.edges.iter().flat_map(|edge| &edge.guards);
        if !layers.any(|layer| layer.kind == kind) {
            return vec![false; reached.len()];
        }
        let mut covered = reached.to_vec();
        let mut pending: VecDeque<NodeIndex> = self.all_entries().collect();
        while let Some(open) = pending.pop_front() {
            for edge in self.calls.edges(open) {
                let target = edge.target();
                if covered[target.index()] && !self.guards(*edge.weight(), kind) {
                    covered[target.index()] = false;
                    pending.push_back(target);
                }
            }
        }
        covered
    }

    /// Whether all entry points are handlers.
    fn handled(&self, entries: &[NodeIndex]) -> bool {
        let is_handler = |entry: &NodeIndex| {
            let function = &self.graph.functions[entry.index()];
            function.called_unseen && function.is_async
        };
        !entries.is_empty() && entries.iter().all(is_handler)
    }

    fn covered(&self, kind: GuardKind, function: NodeIndex) -> bool {
        self.covered[&kind][function.index()]
    }

    /// The guards nearest to a covered function.
    fn cover(&self, kind: GuardKind, function: NodeIndex) -> Vec<Evidence> {
        let mut evidence = Vec::new();
        let mut walk = vec![function];
        let mut seen = vec![false; self.graph.functions.len()];
        while let Some(node) = walk.pop() {
            if std::mem::replace(&mut seen[node.index()], true) {
                continue;
            }
            for edge in self.calls.edges_directed(node, Direction::Incoming) {
                let guards = &self.graph.edges[*edge.weight()].guards;
                match guards.iter().find(|layer| layer.kind == kind) {
                    Some(layer) if !evidence.contains(&layer.evidence) => {
                        evidence.push(layer.evidence.clone());
                    }
                    Some(_) => {}
                    None => walk.push(edge.source()),
                }
            }
        }
        evidence.sort();
        evidence
    }

    /// A shortest way from an entry point to an uncovered function, from the outside in.
    fn uncovered(&self, kind: GuardKind, function: NodeIndex) -> Vec<Evidence> {
        let mut previous: HashMap<NodeIndex, EdgeIndex> = HashMap::default();
        let mut queue = VecDeque::from([function]);
        // A way from something that somebody waits for says most, and one from something that runs
        // more than one from a library's function.
        let waited = self.waited.contains(function.index());
        let (mut runs, mut offered) = (None, None);
        while let Some(node) = queue.pop_front() {
            if self.is_entry(node) {
                if self.waits(node) {
                    return self.way(node, &previous);
                }
                let other = match self.runs(node) {
                    true if !waited => return self.way(node, &previous),
                    true => &mut runs,
                    false => &mut offered,
                };
                other.get_or_insert(node);
            }
            for edge in self.calls.edges_directed(node, Direction::Incoming) {
                let source = edge.source();
                if source == function || previous.contains_key(&source) {
                    continue;
                }
                if !self.guards(*edge.weight(), kind) && !self.covered(kind, source) {
                    previous.insert(source, edge.id());
                    queue.push_back(source);
                }
            }
        }
        runs.or(offered)
            .map(|entry| self.way(entry, &previous))
            .unwrap_or_default()
    }

    fn way(&self, entry: NodeIndex, previous: &HashMap<NodeIndex, EdgeIndex>) -> Vec<Evidence> {
        let mut evidence = Vec::new();
        let mut at = entry;
        while let Some(edge) = previous.get(&at)
            && evidence.len() < MAX_STEPS
        {
            let call = &self.graph.edges[self.calls[*edge]];
            let (from, to) = (
                &self.graph.functions[call.from].name,
                &self.graph.functions[call.to].name,
            );
            evidence.push(Evidence::seen(call.span, format!("`{from}` calls `{to}`")));
            at = NodeIndex::new(call.to);
        }
        evidence
    }

    /// The entry points that reach a function.
    pub(super) fn entries(&self, function: NodeIndex) -> Vec<NodeIndex> {
        let callers = Reversed(&self.calls);
        let mut walk = Dfs::new(callers, function);
        std::iter::from_fn(|| walk.next(callers))
            .filter(|node| self.is_entry(*node))
            .collect()
    }

    /// Whether an entry point is run by somebody, and not only offered by a library.
    fn runs(&self, entry: NodeIndex) -> bool {
        let function = &self.graph.functions[entry.index()];
        function.in_program || function.called_unseen || function.dispatched
    }

    /// Whether somebody waits for an entry point.
    fn waits(&self, entry: NodeIndex) -> bool {
        self.waits.contains(entry.index())
    }

    fn entry_points(&self, entries: &[NodeIndex]) -> Vec<EntryPoint> {
        let named = |entry: &NodeIndex| {
            let function = &self.graph.functions[entry.index()];
            EntryPoint {
                function: function.name.clone(),
                span: function.span,
            }
        };
        let mut found: Vec<_> = entries.iter().map(named).collect();
        found.sort();
        found.truncate(MAX_ENTRY_POINTS);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CallEdge, FunctionNode, GuardLayer};
    use crate::source::{SourceId, Span};

    fn graph(functions: usize, edges: &[(usize, usize, bool)]) -> CallGraph {
        let span = Span::new(SourceId(0), 0, 0);
        let guard = |guarded: bool| {
            guarded.then(|| GuardLayer::new(GuardKind::Breaker, Evidence::seen(span, "breaker")))
        };
        CallGraph {
            functions: (0..functions)
                .map(|i| FunctionNode {
                    name: i.to_string(),
                    span,
                    called_unseen: false,
                    is_async: false,
                    dispatched: false,
                    in_program: true,
                    package: String::new(),
                })
                .collect(),
            edges: edges
                .iter()
                .map(|(from, to, guarded)| CallEdge {
                    from: *from,
                    to: *to,
                    span,
                    guards: guard(*guarded).into_iter().collect(),
                    fan_out: None,
                    detached: false,
                })
                .collect(),
        }
    }

    fn covered(graph: &CallGraph, function: usize) -> bool {
        Paths::new(graph).covered(GuardKind::Breaker, NodeIndex::new(function))
    }

    #[test]
    fn every_path_must_be_guarded() {
        assert!(covered(&graph(3, &[(0, 2, true), (1, 2, true)]), 2));
        assert!(!covered(&graph(3, &[(0, 2, true), (1, 2, false)]), 2));
    }

    #[test]
    fn a_guard_holds_for_everything_below_it() {
        let guarded = graph(
            4,
            &[(0, 1, true), (1, 2, false), (2, 1, false), (2, 3, false)],
        );
        assert!(covered(&guarded, 3));
        assert!(!covered(&guarded, 0));
    }

    #[test]
    fn a_circle_that_nothing_enters_is_not_covered() {
        assert!(!covered(&graph(2, &[(0, 1, false), (1, 0, false)]), 0));
    }

    #[test]
    fn the_uncovered_way_is_named_from_the_outside() {
        let graph = graph(3, &[(0, 1, false), (1, 2, false)]);
        let way = Paths::new(&graph).uncovered(GuardKind::Breaker, NodeIndex::new(2));
        let reasons: Vec<_> = way
            .iter()
            .map(|evidence| evidence.reason.as_str())
            .collect();
        assert_eq!(reasons, ["`0` calls `1`", "`1` calls `2`"]);
    }
}
