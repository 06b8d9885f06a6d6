//! What nobody runs: functions of a program that no other code names, and what only they lead to.
//!
//! That nobody is seen to call a function says little, as not every call can be followed. Of one whose name stands nowhere
//! else, in no text of any Rust file, and that is no part of a library, nobody can: no attribute, no macro and no file that
//! could not be read. Of one that is allowed to be dead, the code decides: tests may name it. Of several implementations, those
//! are run whose types somebody makes.

use super::Functions;
use super::program::{CrateId, Program};
use super::subcommands::reached;
use crate::catalog::Catalog;
use crate::model::System;
use crate::read::rust::ir::{Attribute, Body, ExprKind};
use crate::source::{SourceKind, Sources};
use fixedbitset::FixedBitSet;
use foldhash::HashSet;
use memchr::memmem;
use rayon::prelude::*;
use smol_str::SmolStr;
use std::collections::BTreeSet;

/// The functions that are run by nobody, by their index in the call graph; `unmade` are those whose types nobody makes.
pub(super) fn unused(
    sources: &Sources,
    program: &Program<'_>,
    functions: &Functions,
    system: &System,
    catalog: &Catalog,
    unmade: &FixedBitSet,
) -> FixedBitSet {
    let graph = &system.call_graph;
    let mut called = FixedBitSet::with_capacity(graph.functions.len());
    for edge in graph.edges.iter().filter(|edge| edge.from != edge.to) {
        called.insert(edge.to);
    }
    // What has no beginning is a part of a program, or an excerpt of one.
    let mains = program.functions.iter().filter(|def| def.name == "main");
    let begun: BTreeSet<CrateId> = mains
        .map(|def| program.modules[def.module.0].krate)
        .collect();
    let may_be_unused = |at: &usize| {
        let node = &graph.functions[*at];
        let open = !called.contains(*at) && !node.called_unseen && !node.dispatched;
        let mut same = functions.same[*at].iter();
        open && same.all(|id| {
            let def = &program.functions[id.0];
            let krate = program.modules[def.module.0].krate;
            let program_alone = program.crates[krate.0].binary && begun.contains(&krate);
            let alone = program_alone || is_allowed_dead(def.attributes);
            let of_trait = def
                .owner
                .is_some_and(|owner| owner.implements.is_some() || owner.in_trait.is_some());
            let plain = |attribute: &Attribute| {
                let mut known = catalog.words.plain_attributes.iter();
                known.any(|known| attribute.path.last() == known)
            };
            // What a macro writes, it may call too.
            let written = def.part == 0;
            alone && written && !of_trait && def.name != "main" && def.attributes.iter().all(plain)
        })
    };
    let open: Vec<usize> = (0..graph.functions.len()).filter(may_be_unused).collect();
    if open.is_empty() && unmade.is_clear() {
        return FixedBitSet::with_capacity(graph.functions.len());
    }
    let name = |at: usize| &program.functions[functions.same[at][0].0].name;
    let wanted: HashSet<&SmolStr> = open.iter().map(|at| name(*at)).collect();
    let named = named(program, &wanted);
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); graph.functions.len()];
    let mut before = next.clone();
    for edge in &graph.edges {
        // What is called through a trait is not what nobody makes.
        if !unmade.contains(edge.to) {
            next[edge.from].push(edge.to);
        }
        before[edge.to].push(edge.from);
    }
    // Only what leads to a call matters.
    let calls = system.calls.iter().map(|call| call.function);
    let asking = reached(calls, &before, before.len());
    let is_root = |at: &usize| {
        let allowed = || {
            let mut same = functions.same[*at].iter();
            same.all(|id| is_allowed_dead(program.functions[id.0].attributes))
        };
        asking.contains(*at)
            && !named.contains(name(*at))
            && (allowed() || !stands_elsewhere(sources, name(*at)))
    };
    let mut roots = FixedBitSet::with_capacity(graph.functions.len());
    roots.extend(open.into_iter().filter(is_root));
    roots.union_with(unmade);
    // What anybody else leads to is run.
    let from_others = (0..graph.functions.len()).filter(|at| {
        let node = &graph.functions[*at];
        !roots.contains(*at) && (node.called_unseen || node.dispatched || !called.contains(*at))
    });
    let run = reached(from_others, &next, next.len());
    let mut left = reached(roots.ones(), &next, next.len());
    left.difference_with(&run);
    left
}

/// Whether somebody has said that nobody needs to run it: `#[allow(dead_code)]`.
fn is_allowed_dead(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        matches!(attribute.path.last(), "allow" | "expect") && attribute.arg("dead_code").is_some()
    })
}

/// Whether a name stands in the Rust files more than once: where it is given, and somewhere else.
fn stands_elsewhere(sources: &Sources, name: &str) -> bool {
    let finder = memmem::Finder::new(name);
    let part =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let count = |text: &[u8]| {
        let places = finder.find_iter(text);
        let whole = places.filter(|at| {
            let before = at.checked_sub(1).and_then(|at| text.get(at));
            !part(before) && !part(text.get(at + name.len()))
        });
        whole.take(2).count()
    };
    let texts: Vec<&[u8]> = sources
        .iter()
        .filter(|(_, source)| source.kind == SourceKind::Rust)
        .map(|(_, source)| source.text.as_bytes())
        .collect();
    texts
        .par_iter()
        .with_min_len(64)
        .map(|text| count(text))
        .sum::<usize>()
        > 1
}

/// Which of some names stand in the code of functions, constants and macros.
fn named<'n>(program: &Program<'_>, wanted: &HashSet<&'n SmolStr>) -> HashSet<&'n SmolStr> {
    let functions = program.functions.iter();
    let bodies = functions.filter_map(|def| Some((Some(&def.name), def.function.body.as_ref()?)));
    let constants = program.constants.iter();
    let constants = constants.filter_map(|def| Some((None, def.value?)));
    let macros = program.macros.values().flatten();
    let macros = macros.flat_map(|def| def.arms.iter().map(|arm| (None, &arm.template)));
    let all: Vec<(Option<&SmolStr>, &Body)> = bodies.chain(constants).chain(macros).collect();
    all.par_iter()
        .with_min_len(256)
        .flat_map_iter(|(own, body)| {
            // What names itself is named by nobody else.
            let others = move |name: &&'n SmolStr| Some(*name) != *own;
            names_in(body, wanted).into_iter().filter(others)
        })
        .collect()
}

fn names_in<'n>(body: &Body, wanted: &HashSet<&'n SmolStr>) -> Vec<&'n SmolStr> {
    let mut found = Vec::new();
    let mut look = |name: &SmolStr| found.extend(wanted.get(name).copied());
    for expr in &body.exprs {
        match &expr.kind {
            ExprKind::Path(path) => path.segments.iter().for_each(|part| look(&part.name)),
            ExprKind::Method { name, .. } | ExprKind::Field { name, .. } => look(name),
            _ => {}
        }
    }
    found
}
