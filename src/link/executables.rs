//! Which functions each program of the workspace runs: those of its own crate, what they call, and
//! what is called unseen (handlers, callbacks, methods of traits) in the packages that they reach.

use super::Functions;
use super::infer::Inferred;
use super::made::{Made, made_by};
use super::program::{CrateDef, CrateId, FunctionId, Program, TypeId};
use crate::model::{CallGraph, Executable, Lasts};
use crate::read::rust::ir::TypeRef;
use fixedbitset::FixedBitSet;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Every binary target with what it runs, ordered by name; and the implementations, by their indexes in the call graph,
/// whose types no program makes, where another one is made that does the same.
pub(super) fn executables(
    program: &Program<'_>,
    functions: &Functions,
    inferred: &Inferred,
    graph: &CallGraph,
) -> (Vec<Executable>, FixedBitSet) {
    let index = |id: FunctionId| functions.index[id.0];
    let mut called: Vec<Vec<usize>> = vec![Vec::new(); graph.functions.len()];
    for edge in &graph.edges {
        called[edge.from].push(edge.to);
    }
    for (from, to) in &inferred.passes {
        called[index(*from)].push(index(*to));
    }
    // What a trait of another crate demands is called by that crate.
    let mut demanded: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for at in inferred.demanded.iter().map(|id| index(*id)) {
        let package = graph.functions[at].package.as_str();
        demanded.entry(package).or_default().push(at);
    }
    let mut programs: BTreeMap<&str, usize> = BTreeMap::new();
    for krate in program.crates.iter().filter(|krate| krate.binary) {
        *programs.entry(krate.package.as_str()).or_default() += 1;
    }
    let makers = makers(program, functions, inferred);
    let mut made_by = made_by(program, functions, inferred, graph);
    // Of several that do the same, those are run that others than the type itself name.
    let named = made_by.values().filter(|made| !made.alone);
    let named: BTreeSet<(TypeId, &str)> = named.map(|made| made.called).collect();
    // What a library offers that no program here is built with, others make.
    let binaries = program.crates.iter().filter(|krate| krate.binary);
    let held: BTreeSet<&str> = binaries
        .flat_map(|krate| packages(program, krate))
        .collect();
    let mut unmade = FixedBitSet::with_capacity(graph.functions.len());
    made_by.retain(|at, made| {
        let held = held.contains(graph.functions[*at].package.as_str());
        let left = held && made.alone && named.contains(&made.called);
        unmade.set(*at, left);
        !left
    });
    let mut own: BTreeMap<CrateId, Vec<usize>> = BTreeMap::new();
    let mut of_package: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    // What stands in a program alone, no other one runs.
    let mut in_library = FixedBitSet::with_capacity(graph.functions.len());
    for (id, def) in program.functions.iter().enumerate() {
        let krate = program.modules[def.module.0].krate;
        let at = index(FunctionId(id));
        own.entry(krate).or_default().push(at);
        if !program.crates[krate.0].binary {
            in_library.insert(at);
        }
        let package = graph.functions[at].package.as_str();
        of_package.entry(package).or_default().push(at);
    }
    let crates = program.crates.iter().enumerate();
    let binaries: Vec<(usize, &CrateDef)> = crates.filter(|(_, krate)| krate.binary).collect();
    let runner = Runner {
        program,
        graph,
        called,
        demanded,
        programs,
        makers,
        own,
        of_package,
        in_library,
        unmade: &unmade,
    };
    let run = |made_by: &BTreeMap<usize, Made<'_>>| -> Vec<FixedBitSet> {
        let each = binaries.par_iter().with_max_len(1);
        each.map(|(at, krate)| runner.runs(CrateId(*at), krate, made_by))
            .collect()
    };
    let mut runs = run(&made_by);
    // Where nobody is seen to make a type, it is made where nobody sees it.
    let known = made_by.len();
    made_by.retain(|at, _| runs.iter().any(|runs| runs.contains(*at)));
    if made_by.len() < known {
        runs = run(&made_by);
    }
    let found = binaries
        .iter()
        .zip(runs)
        .map(|((_, krate), runs)| Executable {
            lasts: Lasts::default(),
            name: name(krate),
            package: krate.package.to_string(),
            directory: krate.directory.clone(),
            functions: runs.ones().collect(),
        });
    let mut found: Vec<Executable> = found.collect();
    found.sort_by(|a, b| (&a.name, &a.package).cmp(&(&b.name, &b.package)));
    (found, unmade)
}

/// What tells which functions a program runs, all by their indexes in the call graph.
struct Runner<'a> {
    program: &'a Program<'a>,
    graph: &'a CallGraph,
    /// What each function calls.
    called: Vec<Vec<usize>>,
    /// What traits of other crates demand, by package.
    demanded: BTreeMap<&'a str, Vec<usize>>,
    /// How many programs each package has.
    programs: BTreeMap<&'a str, usize>,
    /// For functions that are demanded, those that may make their types.
    makers: BTreeMap<usize, Vec<usize>>,
    /// What stands in each crate.
    own: BTreeMap<CrateId, Vec<usize>>,
    /// What stands in each package.
    of_package: BTreeMap<&'a str, Vec<usize>>,
    /// What stands in a library.
    in_library: FixedBitSet,
    /// The implementations whose types nobody makes.
    unmade: &'a FixedBitSet,
}

impl Runner<'_> {
    /// The functions that a program runs; `made_by` are those that are called through a trait, with who makes their types.
    fn runs(
        &self,
        at: CrateId,
        krate: &CrateDef,
        made_by: &BTreeMap<usize, Made<'_>>,
    ) -> FixedBitSet {
        let functions = &self.graph.functions;
        let packages = packages(self.program, krate);
        let mut runs = FixedBitSet::with_capacity(functions.len());
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        // The only program of a package runs what is in its library too.
        let start = match self.programs.get(krate.package.as_str()) == Some(&1) {
            true => self.of_package.get(krate.package.as_str()),
            false => self.own.get(&at),
        };
        let mut pending = start.cloned().unwrap_or_default();
        // What another program is there to serve, and what is called through a trait, this one runs where it makes the type
        // that does it.
        let mut waiting: Vec<usize> = Vec::new();
        loop {
            let Some(at) = pending.pop() else {
                let made = |at: &mut usize| {
                    let makers = made_by.get(at).map(|made| &made.makers);
                    let makers = makers.or(self.makers.get(at));
                    let mut makers = makers.into_iter().flatten();
                    makers.any(|maker| runs.contains(*maker))
                };
                pending.extend(waiting.extract_if(.., made));
                if pending.is_empty() {
                    return runs;
                }
                continue;
            };
            // An implementation in a package that it is not built with never runs in it.
            let package = functions[at].package.as_str();
            let foreign = package != krate.package.as_str();
            let apart = !packages.contains(package) || foreign && !self.in_library[at];
            if apart || self.unmade.contains(at) || runs.put(at) {
                continue;
            }
            for next in &self.called[at] {
                let own = functions[*next].package == *krate.package;
                match own || !made_by.contains_key(next) {
                    true => pending.push(*next),
                    false => waiting.push(*next),
                }
            }
            if seen.insert(package) {
                let foreign = *package != *krate.package && self.programs.contains_key(package);
                let demanded = self.demanded.get(package).into_iter().flatten();
                let (unsure, sure): (Vec<usize>, Vec<usize>) =
                    demanded.partition(|at| foreign && self.makers.contains_key(at));
                pending.extend(sure);
                waiting.extend(unsure);
            }
        }
    }
}

/// For each function that a trait of another crate demands of a type with functions of its own, those.
fn makers(
    program: &Program<'_>,
    functions: &Functions,
    inferred: &Inferred,
) -> BTreeMap<usize, Vec<usize>> {
    let mut own: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    let mut demanded = Vec::new();
    for (at, def) in program.functions.iter().enumerate() {
        let Some(TypeRef::Path(path)) = def.owner.and_then(|owner| owner.self_type) else {
            continue;
        };
        let package = program.crate_of(def.module).package.as_str();
        let owner = (package, path.last());
        let index = functions.index[at];
        if inferred.demanded.contains(&FunctionId(at)) {
            demanded.push((owner, index));
        } else if def.owner.is_some_and(|owner| owner.implements.is_none()) {
            own.entry(owner).or_default().push(index);
        }
    }
    let known = demanded.into_iter();
    known
        .filter_map(|(owner, index)| Some((index, own.get(&owner)?.clone())))
        .collect()
}

/// The packages of the workspace that a program or library is built from.
pub(super) fn packages<'p>(program: &'p Program<'_>, krate: &'p CrateDef) -> BTreeSet<&'p str> {
    let mut found = BTreeSet::from([krate.package.as_str()]);
    let mut pending = vec![krate];
    while let Some(krate) = pending.pop() {
        for behind in krate.dependencies.values() {
            let Some(library) = program.library(krate, behind) else {
                continue;
            };
            let library = &program.crates[library.0];
            if found.insert(library.package.as_str()) {
                pending.push(library);
            }
        }
    }
    found
}

/// For each program of the workspace, the packages of the workspace that it is built from.
pub(super) fn linked(program: &Program<'_>) -> BTreeSet<BTreeSet<String>> {
    let programs = program.crates.iter().filter(|krate| krate.binary);
    let packages = programs.map(|krate| packages(program, krate));
    packages
        .map(|packages| packages.into_iter().map(str::to_owned).collect())
        .collect()
}

/// The directories of what each package with a program is built from, by the package.
pub(super) fn built_from(program: &Program<'_>) -> BTreeMap<String, BTreeSet<String>> {
    let mut directories: BTreeMap<&str, &str> = BTreeMap::new();
    for krate in &program.crates {
        directories.insert(&krate.package, &krate.directory);
    }
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for krate in program.crates.iter().filter(|krate| krate.binary) {
        let own = found.entry(krate.package.to_string()).or_default();
        let packages = packages(program, krate).into_iter();
        own.extend(packages.filter_map(|one| Some((*directories.get(one)?).to_owned())));
    }
    found
}

/// A program's name as people write it: the package's, where it is the same with other signs.
fn name(krate: &CrateDef) -> String {
    match krate.package.replace('-', "_") == krate.name.as_str() {
        true => krate.package.to_string(),
        false => krate.target.to_string(),
    }
}
