//! Which functions a program runs only for sub-commands that do one thing and end, where another of its sub-commands
//! serves: `shop serve` and `shop import FILE`.

use super::Functions;
use super::commands::stays_in;
use super::infer::Inferred;
use super::program::{FunctionDef, FunctionId, Program, TypeShape};
use crate::catalog::Catalog;
use crate::model::{CallEdge, CallGraph};
use crate::read::rust::ir::{Body, ExprKind, Pat, Path, TextRange, TypeRef};
use fixedbitset::FixedBitSet;
use std::collections::{BTreeMap, BTreeSet};

/// What [`ended`] looks at.
pub(super) struct Subcommands<'a> {
    pub(super) program: &'a Program<'a>,
    pub(super) functions: &'a Functions,
    pub(super) inferred: &'a Inferred,
    pub(super) catalog: &'a Catalog,
    pub(super) graph: &'a CallGraph,
    /// The functions that serve or go on until somebody stops them, by their index in the call graph.
    pub(super) serves: &'a FixedBitSet,
}

/// A way that a function takes for one sub-command, and whether that ends.
struct Way {
    range: TextRange,
    ends: bool,
}

impl Way {
    /// Whether a call is made on it.
    fn holds(&self, edge: &CallEdge) -> bool {
        self.range.start <= edge.span.start && edge.span.end <= self.range.end
    }
}

impl Subcommands<'_> {
    /// The functions that run only for sub-commands that end, by their index in the call graph.
    pub(super) fn ended(&self) -> FixedBitSet {
        let enums = self.enums();
        let all = self.graph.functions.len();
        let mut called: Vec<Vec<usize>> = vec![Vec::new(); all];
        let mut callers: Vec<Vec<usize>> = vec![Vec::new(); all];
        let passes = self.inferred.passes.iter();
        let index = |id: &FunctionId| self.functions.index[id.0];
        let passes = passes.map(|(from, to)| (index(from), index(to)));
        let edges = self.graph.edges.iter().map(|edge| (edge.from, edge.to));
        for (from, to) in edges.chain(passes.clone()) {
            callers[to].push(from);
        }
        let leads = reached(self.serves.ones(), &callers, all);
        let mut ways: BTreeMap<usize, Vec<Way>> = BTreeMap::new();
        for (id, def) in self.program.functions.iter().enumerate() {
            let found = self.ways(&enums, def);
            if !found.is_empty() {
                ways.insert(self.functions.index[id], found);
            }
        }
        for edge in self
            .graph
            .edges
            .iter()
            .filter(|edge| leads.contains(edge.to))
        {
            for way in ways.get_mut(&edge.from).into_iter().flatten() {
                way.ends &= !way.holds(edge);
            }
        }
        // Where all of them end, or none, nothing is told apart.
        ways.retain(|_, ways| ways.iter().any(|way| way.ends) && ways.iter().any(|way| !way.ends));
        if ways.is_empty() {
            return FixedBitSet::new();
        }
        let mut begins: Vec<usize> = Vec::new();
        for edge in &self.graph.edges {
            let mut ways = ways.get(&edge.from).into_iter().flatten();
            match ways.any(|way| way.ends && way.holds(edge)) {
                true => begins.push(edge.to),
                false => called[edge.from].push(edge.to),
            }
        }
        for (from, to) in passes {
            called[from].push(to);
        }
        // What such a way begins goes on to all that is called there.
        let below = reached(begins.into_iter(), &called, all);
        let elsewhere = (0..all).filter(|at| !below.contains(*at));
        let elsewhere = reached(elsewhere, &called, all);
        let mut ended = below;
        ended.difference_with(&elsewhere);
        ended
    }

    /// The names of enums by which a library of command lines tells sub-commands apart.
    fn enums(&self) -> BTreeSet<&str> {
        let derives = &self.catalog.words.subcommands;
        let types = self.program.types.iter();
        let told = types.filter(|def| {
            let mut attributes = def.attributes.iter();
            matches!(def.shape, TypeShape::Enum(_))
                && attributes.any(|one| derives.iter().any(|known| known == one.path.last()))
        });
        told.map(|def| def.name.as_str()).collect()
    }

    /// The ways of a function for sub-commands; whether they end is said of what stands in them alone.
    fn ways(&self, enums: &BTreeSet<&str>, def: &FunctionDef<'_>) -> Vec<Way> {
        let Some(body) = def.function.body.as_ref() else {
            return Vec::new();
        };
        let own = def.owner.and_then(|owner| owner.self_type);
        let own =
            own.is_some_and(|ty| matches!(ty, TypeRef::Path(path) if enums.contains(path.last())));
        let ranges = arms(body, enums, own).into_iter();
        let ways = ranges.map(|range| Way {
            range,
            ends: !stays_in(body, Some(range), self.catalog),
        });
        ways.collect()
    }
}

/// The bodies of the arms that are taken for sub-commands. `own` says that the function belongs to
/// an enum of these.
fn arms(body: &Body, enums: &BTreeSet<&str>, own: bool) -> Vec<TextRange> {
    let mut found = Vec::new();
    for expr in &body.exprs {
        let ExprKind::Match { value, arms } = &expr.kind else {
            continue;
        };
        let asked =
            matches!(&body.get(*value).kind, ExprKind::Method { name, .. } if name == "subcommand");
        if asked || arms.iter().any(|(pat, ..)| names(pat, enums, own)) {
            found.extend(arms.iter().map(|(.., arm)| body.get(*arm).range));
        }
    }
    found
}

/// Whether a pattern names a variant of one of these enums.
fn names(pat: &Pat, enums: &BTreeSet<&str>, own: bool) -> bool {
    let known = |path: &Path| {
        let owner = path.segments.iter().rev().nth(1);
        owner.is_some_and(|owner| match owner.name.as_str() {
            "Self" => own,
            name => enums.contains(name),
        })
    };
    match pat {
        Pat::Bind(_, inner) => inner.iter().any(|inner| names(inner, enums, own)),
        Pat::Tuple(parts) | Pat::Or(parts) => parts.iter().any(|part| names(part, enums, own)),
        Pat::TupleStruct(path, parts) => {
            known(path) || parts.iter().any(|part| names(part, enums, own))
        }
        Pat::Struct(path, _) => known(path),
        Pat::Typed(inner, _) => names(inner, enums, own),
        Pat::Other => false,
    }
}

/// What is reached from these.
fn reached(from: impl Iterator<Item = usize>, next: &[Vec<usize>], all: usize) -> FixedBitSet {
    let mut seen = FixedBitSet::with_capacity(all);
    let mut pending: Vec<usize> = from.collect();
    while let Some(at) = pending.pop() {
        if !seen.put(at) {
            pending.extend(&next[at]);
        }
    }
    seen
}
