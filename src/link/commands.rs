//! Which calls are made beside the services: by commands that do one thing and end, by examples, and
//! by probes that only ask whether somebody is there.

use super::Functions;
use super::infer::Inferred;
use super::lasting::{listens, stays};
use super::program::{CrateDef, Program};
use super::subcommands::{Found, Subcommands};
use super::unused::unused;
use crate::catalog::{Catalog, split_words};
use crate::model::{Aside, CallKind, Executable, Lasts, ProgramRole, System};
use crate::read::rust::ir::{Body, ExprKind};
use crate::source::Sources;
use fixedbitset::FixedBitSet;
use rayon::prelude::*;
use std::collections::BTreeSet;

/// The directories of a package that shows how something is used.
pub(super) const EXAMPLES: [&str; 2] = ["example", "examples"];

/// Whether a package is called after the examples that it holds: `shop-examples`. One that is called an example may be what
/// the tree is there for.
pub(super) fn holds_examples(package: &str) -> bool {
    split_words(package).iter().any(|word| word == EXAMPLES[1])
}

/// How many sub-commands that end, and ask somebody outside, are too many to be shown one by one.
const MORE_COMMANDS: usize = 4;

/// What the sub-commands of a program that end are called together.
pub(super) const COMMANDS: &str = "commands";

/// Says of each call whether it is made beside the services.
pub(super) fn asides(
    sources: &Sources,
    program: &Program<'_>,
    functions: &Functions,
    inferred: &Inferred,
    catalog: &Catalog,
    unmade: &FixedBitSet,
    system: &mut System,
) {
    let words = &catalog.words;
    let Said {
        listening,
        serves,
        asks_user,
    } = said(program, functions, system, catalog);
    let lasts = |executable: &Executable| {
        let has = |set: &FixedBitSet| executable.functions.iter().any(|at| set.contains(*at));
        match (has(&listening), has(&serves)) {
            (true, _) => Lasts::Serves,
            (false, true) => Lasts::Repeats,
            (false, false) => Lasts::Ends,
        }
    };
    let how_long: Vec<Lasts> = system.executables.iter().map(lasts).collect();
    for (executable, lasts) in system.executables.iter_mut().zip(how_long) {
        executable.lasts = lasts;
    }
    let subcommands = Subcommands {
        program,
        functions,
        inferred,
        catalog,
        graph: &system.call_graph,
        serves: &serves,
    };
    let subcommands = subcommands.find();
    system.roles = roles(system, &subcommands);
    let how_long = system.roles.iter().map(|role| lasts(&role.program));
    let how_long: Vec<Lasts> = how_long.collect();
    for (role, lasts) in system.roles.iter_mut().zip(how_long) {
        role.program.lasts = lasts;
    }
    let is_command = |executable: &Executable| {
        let mut runs = executable.functions.iter();
        let names = [&executable.name, &executable.package];
        let named: Vec<Vec<String>> = names.iter().map(|name| split_words(name)).collect();
        let mut all = named.iter().flatten();
        let command = all.any(|word| words.commands.contains(word))
            || runs.clone().any(|at| asks_user.contains(*at));
        // What helps to build the system or tries it out does not serve in it, whatever it starts and waits for: `xtask`,
        // `oauth2-tester`. A `smoke-detector` may.
        let beside = named.iter().any(|name| match name.as_slice() {
            [only] if words.builders.contains(only) => true,
            all => all.last().is_some_and(|last| words.trials.contains(last)),
        });
        // It tells others what to do, if nobody asks it.
        let mut ends = words.consoles.iter();
        let controls = ends.any(|end| executable.name.ends_with(end.as_str()))
            && !runs.clone().any(|at| listening.contains(*at));
        beside || controls || command && !runs.any(|at| serves.contains(*at))
    };
    let mut in_command = FixedBitSet::new();
    let mut in_service = FixedBitSet::new();
    // What is in no program as far as seen is run as its package is: a library of command lines chooses what.
    let (mut commands, mut services) = (BTreeSet::new(), BTreeSet::new());
    for executable in &system.executables {
        let command = is_command(executable);
        let of = match command {
            true => &mut commands,
            false => &mut services,
        };
        of.insert(executable.package.clone());
        for at in &executable.functions {
            let of = match command || subcommands.ended.contains(*at) {
                true => &mut in_command,
                false => &mut in_service,
            };
            of.grow_and_insert(*at);
        }
    }
    // A library that others use is theirs too.
    services.extend(used_by_others(program));
    let unused = unused(sources, program, functions, system, catalog, unmade);
    let is_example = |path: &str| path.split('/').any(|part| EXAMPLES.contains(&part));
    let shows = |krate: &CrateDef| is_example(&krate.directory) || holds_examples(&krate.package);
    let only_examples = program.crates.iter().all(shows);
    for call in &mut system.calls {
        let function = call.function;
        let target = call.target.as_deref().unwrap_or("");
        let called = sources.slice(call.name_span);
        let called = called.rsplit("::").next().unwrap_or(called);
        call.socket = opens_socket(target)
            || call.kind == CallKind::Http && words.streams.iter().any(|known| known == called);
        let path = &sources.get(call.span.source).path;
        let name = system.call_graph.name(function);
        let probes = split_words(name.rsplit("::").next().unwrap_or(name));
        let tests = |word: &String| words.tests.contains(word);
        call.aside = if split_words(&call.service).iter().any(tests)
            || !only_examples && (is_example(path) || holds_examples(&call.service))
        {
            Some(Aside::Example)
        } else if unused.contains(function) {
            Some(Aside::Unused)
        } else if !in_service.contains(function)
            && (in_command.contains(function)
                || commands.contains(&call.service) && !services.contains(&call.service))
        {
            Some(Aside::Command)
        } else if probes.iter().any(|word| words.probes.contains(word)) {
            Some(Aside::Probe)
        } else {
            None
        };
    }
}

/// Whether an address is one of a connection that lasts.
fn opens_socket(target: &str) -> bool {
    let mut schemes = ["ws://", "wss://"].iter();
    schemes.any(|scheme| target.starts_with(scheme))
}

/// The packages whose libraries other packages use.
fn used_by_others<'p>(program: &'p Program<'_>) -> impl Iterator<Item = String> + 'p {
    program.crates.iter().flat_map(|krate| {
        let used = krate.dependencies.values();
        let owners = program.crates.iter().filter(move |other| {
            other.package != krate.package && used.clone().any(|name| *name == other.name)
        });
        owners.map(|owner| owner.package.to_string())
    })
}

/// What functions do that tell how long a program runs, by their indexes in the call graph.
struct Said {
    /// Those that wait for others who ask.
    listening: FixedBitSet,
    /// Those that go on until somebody stops them.
    serves: FixedBitSet,
    /// Those that read what stands behind the program's name.
    asks_user: FixedBitSet,
}

fn said(program: &Program<'_>, functions: &Functions, system: &System, catalog: &Catalog) -> Said {
    let (mut listening, consuming) = serving(system);
    let mut serves = listening.clone();
    serves.union_with(&consuming);
    let mut asks_user = FixedBitSet::new();
    let bodies = program.functions.par_iter().with_min_len(256);
    let said = bodies.map(|def| match def.function.body.as_ref() {
        Some(body) => (
            stays(body, catalog),
            listens(body, catalog),
            reads_arguments(body),
        ),
        None => (false, false, false),
    });
    let said: Vec<(bool, bool, bool)> = said.collect();
    for (id, (stays, listens, asks)) in said.into_iter().enumerate() {
        let at = functions.index[id];
        if listens {
            listening.grow_and_insert(at);
        }
        if stays {
            serves.grow_and_insert(at);
        }
        if asks {
            asks_user.grow_and_insert(at);
        }
    }
    Said {
        listening,
        serves,
        asks_user,
    }
}

/// The programs that run in several ways, as they run in each: with what that way leads to, and what no way leads to and
/// no sub-command that ends. Those that end and ask somebody outside are more of them.
fn roles(system: &System, subcommands: &Found) -> Vec<ProgramRole> {
    let mut found = Vec::new();
    for executable in &system.executables {
        let mut told = subcommands.roles.iter();
        let Some((at, roles)) = told.find(|(at, _)| executable.functions.contains(at)) else {
            continue;
        };
        let processes = roles.iter().filter(|role| role.is_process).count();
        for role in roles {
            let others = || roles.iter().filter(|other| other.name != role.name);
            let runs = |at: &usize| {
                let elsewhere = others().any(|other| other.leads.contains(*at));
                role.leads.contains(*at) || !elsewhere && !subcommands.ended.contains(*at)
            };
            let functions = executable.functions.iter().copied().filter(runs);
            let program = Executable {
                functions: functions.collect(),
                ..executable.clone()
            };
            found.push(ProgramRole {
                name: role.name.clone(),
                stands_alone: processes > 1 && role.is_process,
                ends: false,
                program,
            });
        }
        if processes < 2 {
            continue;
        }
        let asks = |program: &Executable| {
            let mut calls = system.calls.iter();
            calls.any(|call| call.kind.is_request() && program.functions.contains(&call.function))
        };
        let of = |runs: &dyn Fn(&usize) -> bool| {
            let ended = executable.functions.iter().copied();
            let ended = ended.filter(|at| subcommands.ended.contains(*at) && runs(at));
            Executable {
                functions: ended.collect(),
                ..executable.clone()
            }
        };
        let commands = subcommands.commands.get(at).into_iter().flatten();
        let apart: Vec<(String, Executable)> = commands
            .map(|role| (role.name.clone(), of(&|at| role.leads.contains(*at))))
            .filter(|(_, program)| asks(program))
            .collect();
        // Of many, all together say as much.
        let apart = match apart.len() {
            0 | MORE_COMMANDS.. => vec![(COMMANDS.to_owned(), of(&|_| true))],
            _ => apart,
        };
        let asking = apart.into_iter().filter(|(_, program)| asks(program));
        found.extend(asking.map(|(name, program)| ProgramRole {
            name,
            stands_alone: true,
            ends: true,
            program,
        }));
    }
    found
}

/// The functions that answer requests, and those that take messages from a broker.
fn serving(system: &System) -> (FixedBitSet, FixedBitSet) {
    let mut found = FixedBitSet::new();
    let mut consuming = FixedBitSet::new();
    let handlers = system
        .endpoints
        .iter()
        .filter_map(|one| one.handler.as_ref());
    for handler in handlers {
        let functions = handler.code.functions().iter();
        functions.for_each(|at| found.grow_and_insert(*at));
    }
    let consumes = system.calls.iter();
    for call in consumes.filter(|call| call.kind == CallKind::BrokerConsume) {
        consuming.grow_and_insert(call.function);
    }
    (found, consuming)
}

/// Whether a function reads what stands behind the program's name when somebody starts it.
fn reads_arguments(body: &Body) -> bool {
    body.exprs.iter().any(|expr| {
        let ExprKind::Call { callee, args } = &expr.kind else {
            return false;
        };
        let ExprKind::Path(path) = &body.get(*callee).kind else {
            return false;
        };
        let names: Vec<&str> = path.segments.iter().map(|one| one.name.as_str()).collect();
        let parses =
            |name: &str| matches!(name, "from_args" | "parse" | "parse_and_run" | "try_parse");
        match names.as_slice() {
            [.., "env", "args" | "args_os"] => true,
            [.., owner, name] => {
                args.is_empty() && parses(name) && owner.starts_with(char::is_uppercase)
            }
            _ => false,
        }
    })
}
