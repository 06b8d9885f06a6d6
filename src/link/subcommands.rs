//! What a program runs for each of its sub-commands: `shop serve` and `shop work` go on until somebody stops them, and
//! `shop import FILE` does one thing and ends.

use super::Functions;
use super::infer::Inferred;
use super::lasting::stays_in;
use super::program::{FunctionDef, FunctionId, Program, TypeShape};
use crate::catalog::{Catalog, split_words};
use crate::model::{CallEdge, CallGraph};
use crate::read::rust::ir::{Body, ExprKind, Pat, Path, TextRange, TypeRef};
use fixedbitset::FixedBitSet;
use std::collections::{BTreeMap, BTreeSet};

/// What sub-commands are told apart by.
pub(super) struct Subcommands<'a> {
    pub(super) program: &'a Program<'a>,
    pub(super) functions: &'a Functions,
    pub(super) inferred: &'a Inferred,
    pub(super) catalog: &'a Catalog,
    pub(super) graph: &'a CallGraph,
    /// The functions that serve or go on until somebody stops them, by their index in the call graph.
    pub(super) serves: &'a FixedBitSet,
}

/// What the sub-commands of the programs run.
#[derive(Default)]
pub(super) struct Found {
    /// The functions that run only for sub-commands that end, by their index in the call graph.
    pub(super) ended: FixedBitSet,
    /// The sub-commands that go on until somebody stops them, by the function that tells several of them apart.
    pub(super) roles: BTreeMap<usize, Vec<Role>>,
    /// Those that end, by the same function.
    pub(super) commands: BTreeMap<usize, Vec<Role>>,
}

/// A sub-command.
pub(super) struct Role {
    /// As somebody types it: `background-worker`.
    pub(super) name: String,
    /// Whether its name says that it is a process of the system: `worker`.
    pub(super) is_process: bool,
    /// The functions that it leads to.
    pub(super) leads: FixedBitSet,
}

/// A way that a function takes for one sub-command, and whether that ends.
struct Way {
    name: Option<String>,
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
    /// What the sub-commands run.
    pub(super) fn find(&self) -> Found {
        let enums = self.enums();
        let all = self.graph.functions.len();
        let mut ways: BTreeMap<usize, Vec<Way>> = BTreeMap::new();
        for (id, def) in self.program.functions.iter().enumerate() {
            let found = self.ways(&enums, def);
            if found.len() > 1 {
                ways.insert(self.functions.index[id], found);
            }
        }
        if ways.is_empty() {
            return Found::default();
        }
        let mut callers: Vec<Vec<usize>> = vec![Vec::new(); all];
        let passes = self.inferred.passes.iter();
        let index = |id: &FunctionId| self.functions.index[id.0];
        let passes = passes.map(|(from, to)| (index(from), index(to)));
        let edges = self.graph.edges.iter().map(|edge| (edge.from, edge.to));
        for (from, to) in edges.chain(passes.clone()) {
            callers[to].push(from);
        }
        let leads = reached(self.serves.ones(), &callers, all);
        let leading = self.graph.edges.iter();
        for edge in leading.filter(|edge| leads.contains(edge.to)) {
            for way in ways.get_mut(&edge.from).into_iter().flatten() {
                way.ends &= !way.holds(edge);
            }
        }
        // Where all of them end, nothing is told apart.
        ways.retain(|_, ways| ways.iter().any(|way| !way.ends));
        let mut called: Vec<Vec<usize>> = vec![Vec::new(); all];
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
        let mut ended = reached(begins.into_iter(), &called, all);
        let elsewhere = (0..all).filter(|at| !ended.contains(*at));
        ended.difference_with(&reached(elsewhere, &called, all));
        let roles = ways.iter().filter_map(|(at, ways)| {
            let roles = self.roles(*at, ways, false, &called);
            (roles.len() > 1).then_some((*at, roles))
        });
        let roles: BTreeMap<usize, Vec<Role>> = roles.collect();
        let commands = roles.keys().map(|at| {
            let commands = self.roles(*at, &ways[at], true, &called);
            (*at, commands)
        });
        Found {
            commands: commands.collect(),
            roles,
            ended,
        }
    }

    /// The ways of a function that end or go on, as far as their names are known.
    fn roles(&self, at: usize, ways: &[Way], ends: bool, called: &[Vec<usize>]) -> Vec<Role> {
        let lasting = ways.iter().filter(|way| way.ends == ends);
        // A sub-command that polls, or waits for a key, goes on too, and may be no process of the system.
        let words = &self.catalog.words.roles;
        let roles = lasting.filter_map(|way| {
            let name = way.name.clone()?;
            let mut parts = split_words(&name).into_iter();
            let is_process = parts.any(|word| words.contains(&word));
            let edges = self.graph.edges.iter().filter(|edge| edge.from == at);
            let begins = edges.filter(|edge| way.holds(edge)).map(|edge| edge.to);
            Some(Role {
                name,
                is_process,
                leads: reached(begins, called, called.len()),
            })
        });
        roles.collect()
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
        let arms = arms(body, enums, own).into_iter();
        let ways = arms.map(|(name, range)| Way {
            name,
            range,
            ends: !stays_in(body, Some(range), self.catalog),
        });
        ways.collect()
    }
}

/// The arms that are taken for sub-commands, with the names of these. `own` says that the function belongs to an enum of
/// sub-commands.
fn arms(body: &Body, enums: &BTreeSet<&str>, own: bool) -> Vec<(Option<String>, TextRange)> {
    let mut found = Vec::new();
    for expr in &body.exprs {
        let ExprKind::Match { value, arms } = &expr.kind else {
            continue;
        };
        let method = &body.get(*value).kind;
        let asked = matches!(method, ExprKind::Method { name, .. } if name == "subcommand");
        let names = arms.iter().map(|(pat, ..)| named(pat, enums, own));
        let names: Vec<Option<String>> = names.collect();
        if asked || names.iter().any(Option::is_some) {
            let ranges = arms.iter().map(|(.., arm)| body.get(*arm).range);
            found.extend(names.into_iter().zip(ranges));
        }
    }
    found
}

/// The sub-command that a pattern stands for: `Command::BackgroundWorker { .. }` is `background-worker`.
fn named(pat: &Pat, enums: &BTreeSet<&str>, own: bool) -> Option<String> {
    let known = |path: &Path| {
        let owner = path.segments.iter().rev().nth(1)?;
        let known = match owner.name.as_str() {
            "Self" => own,
            name => enums.contains(name),
        };
        known.then(|| split_words(path.last()).join("-"))
    };
    match pat {
        Pat::Bind(_, inner, _) => named(inner.as_deref()?, enums, own),
        Pat::Tuple(parts) | Pat::Or(parts) => parts.iter().find_map(|part| named(part, enums, own)),
        Pat::TupleStruct(path, parts) => {
            known(path).or_else(|| parts.iter().find_map(|part| named(part, enums, own)))
        }
        Pat::Struct(path, _) => known(path),
        Pat::Typed(inner, _) => named(inner, enums, own),
        Pat::Int(_) | Pat::Literal | Pat::Other => None,
    }
}

/// What is reached from these.
pub(super) fn reached(
    from: impl Iterator<Item = usize>,
    next: &[Vec<usize>],
    all: usize,
) -> FixedBitSet {
    let mut seen = FixedBitSet::with_capacity(all);
    let mut pending: Vec<usize> = from.collect();
    while let Some(at) = pending.pop() {
        if !seen.put(at) {
            pending.extend(&next[at]);
        }
    }
    seen
}
