//! Who makes the types whose methods are called through a trait: what nobody makes in a program, nobody calls there.

use super::Functions;
use super::infer::Inferred;
use super::program::{Def, FunctionId, Program, TypeId, TypeShape};
use crate::model::CallGraph;
use crate::read::rust::ir::{ExprKind, ItemKind, Path, Statement, TypeRef};
use foldhash::{HashMap, HashSet};
use rayon::prelude::*;
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// How many types may lie around each other.
const MAX_AROUND: usize = 4;

/// Who makes a type that is called through a trait.
pub(super) struct Made<'p> {
    /// The trait, and the name of the function that is called.
    pub(super) called: (TypeId, &'p str),
    /// The functions that name the type: one of them makes it.
    pub(super) makers: Vec<usize>,
    /// Only functions of the type itself name it.
    pub(super) alone: bool,
}

/// For each function of an implementation that is called through its trait, by its index in the call graph, who makes its
/// type. Of types that no function is seen to name, none.
pub(super) fn made_by<'p>(
    program: &'p Program<'_>,
    functions: &Functions,
    inferred: &Inferred,
    graph: &CallGraph,
) -> BTreeMap<usize, Made<'p>> {
    let mut dispatched: Vec<(usize, &SmolStr, (TypeId, &str))> = Vec::new();
    for (id, of) in &inferred.dispatched {
        let def = &program.functions[id.0];
        let Some(owner) = def.owner.filter(|owner| owner.implements.is_some()) else {
            continue;
        };
        if let Some(TypeRef::Path(path)) = owner.self_type
            && let Some(last) = path.segments.last()
        {
            let called = (*of, def.name.as_str());
            dispatched.push((functions.index[id.0], &last.name, called));
        }
    }
    if dispatched.is_empty() {
        return BTreeMap::new();
    }
    let around = around(program, dispatched.iter().map(|(_, name, _)| *name));
    let wanted: HashSet<&SmolStr> = around.keys().copied().collect();
    let own = |id: usize| functions.index[id];
    let bodies: Vec<usize> = (0..program.functions.len()).collect();
    let naming: Vec<(usize, Vec<&SmolStr>)> = bodies
        .into_par_iter()
        .with_min_len(256)
        .map(|id| (own(id), named(program, FunctionId(id), &wanted)))
        .filter(|(_, names)| !names.is_empty())
        .collect();
    let mut makers: HashMap<&SmolStr, BTreeSet<usize>> = HashMap::default();
    for (at, names) in naming {
        for name in names {
            for made in &around[name] {
                makers.entry(*made).or_default().insert(at);
            }
        }
    }
    // What a static is or holds, everybody may use.
    let mut everywhere = Vec::new();
    for constant in &program.constants {
        types_in(constant.ty, &mut everywhere);
    }
    let everywhere: BTreeSet<&SmolStr> = everywhere
        .into_iter()
        .filter_map(|name| around.get(name))
        .flatten()
        .copied()
        .collect();
    let elsewhere = named_elsewhere(program, &wanted);
    dispatched.retain(|(_, name, _)| !everywhere.contains(name));
    let known = dispatched.into_iter().filter_map(|(at, name, called)| {
        // What it does itself makes it no more.
        let makers = makers.get(name)?.iter().copied();
        let same = |other: &usize| {
            *other != at && graph.functions[*other].span != graph.functions[at].span
        };
        let makers: Vec<usize> = makers.filter(same).collect();
        let own = |at: &usize| {
            let def = &program.functions[functions.same[*at][0].0];
            let owner = def.owner.and_then(|owner| owner.self_type);
            matches!(owner, Some(TypeRef::Path(path)) if path.last() == name)
        };
        let alone = !elsewhere.contains(name) && makers.iter().all(own);
        let made = Made {
            called,
            makers,
            alone,
        };
        (!made.makers.is_empty()).then_some((at, made))
    });
    known.collect()
}

/// Which of some types are named where it is not seen what is made: under another name, in templates of macros, statics and
/// associated types, and where a function asks for one.
fn named_elsewhere<'n>(
    program: &Program<'_>,
    wanted: &HashSet<&'n SmolStr>,
) -> HashSet<&'n SmolStr> {
    let mut found = HashSet::default();
    for (name, defs) in program.modules.iter().flat_map(|module| &module.names) {
        for def in defs {
            if let Def::Import(path) = def
                && let Some(last) = path.last()
                && last != name
            {
                found.extend(wanted.get(last).copied());
            }
        }
    }
    let macros = program.macros.values().flatten();
    let templates = macros.flat_map(|def| def.arms).map(|arm| &arm.template);
    let values = program.constants.iter().filter_map(|def| def.value);
    let mut seen = Vec::new();
    for expr in templates.chain(values).flat_map(|body| &body.exprs) {
        if let ExprKind::Path(path) | ExprKind::Struct { path, .. } = &expr.kind {
            for segment in &path.segments {
                seen.push(&segment.name);
                segment.args().iter().for_each(|ty| types_in(ty, &mut seen));
            }
        }
    }
    // What is asked for, somebody gives: an extractor, a state.
    for def in &program.functions {
        let parameters = def.function.parameters.iter();
        parameters.for_each(|(_, ty)| types_in(ty, &mut seen));
    }
    for def in &program.impls {
        for item in def.owner.items {
            if let ItemKind::Alias { target, .. } = &item.kind {
                types_in(target, &mut seen);
            }
        }
    }
    found.extend(seen.iter().filter_map(|name| wanted.get(*name).copied()));
    found
}

/// The names of types, each with those that lie in it: who makes an `App { poller: Poller }` by its `Default` makes a poller.
fn around<'p>(
    program: &'p Program<'_>,
    names: impl Iterator<Item = &'p SmolStr>,
) -> HashMap<&'p SmolStr, BTreeSet<&'p SmolStr>> {
    let mut found: HashMap<&SmolStr, BTreeSet<&SmolStr>> = HashMap::default();
    for name in names {
        found.entry(name).or_default().insert(name);
    }
    for _ in 0..MAX_AROUND {
        let mut more: Vec<(&SmolStr, &SmolStr)> = Vec::new();
        for def in &program.types {
            let mut inside = Vec::new();
            match def.shape {
                TypeShape::Struct(fields) => {
                    fields.iter().for_each(|(_, ty)| types_in(ty, &mut inside));
                }
                TypeShape::Enum(variants) => {
                    let fields = variants.iter().flat_map(|(_, fields)| fields);
                    fields.for_each(|(_, ty)| types_in(ty, &mut inside));
                }
                TypeShape::Alias(ty) => types_in(ty, &mut inside),
                TypeShape::Trait { .. } => {}
            }
            for name in inside {
                let made = found.get(name).into_iter().flatten();
                more.extend(made.map(|made| (&def.name, *made)));
            }
        }
        let mut grown = false;
        for (name, made) in more {
            grown |= found.entry(name).or_default().insert(made);
        }
        if !grown {
            break;
        }
    }
    found
}

/// The names of types within a type.
fn types_in<'t>(ty: &'t TypeRef, found: &mut Vec<&'t SmolStr>) {
    match ty {
        TypeRef::Path(path) => {
            for segment in &path.segments {
                found.push(&segment.name);
                segment.args().iter().for_each(|ty| types_in(ty, found));
            }
        }
        TypeRef::Tuple(parts) => parts.iter().for_each(|ty| types_in(ty, found)),
        TypeRef::Slice(inner) => types_in(inner, found),
        TypeRef::Traits(_) | TypeRef::Other => {}
    }
}

/// Which of some types a function names where it may make them: in its code, or in what it gives.
fn named<'n>(
    program: &Program<'_>,
    id: FunctionId,
    wanted: &HashSet<&'n SmolStr>,
) -> Vec<&'n SmolStr> {
    let def = &program.functions[id.0];
    let mut found = Vec::new();
    let mut seen = Vec::new();
    types_in(&def.function.returns, &mut seen);
    let own = def.owner.and_then(|owner| owner.self_type);
    let mut in_path = |path: &Path| {
        for segment in &path.segments {
            // `Self { .. }` in a function of the type.
            if segment.name == "Self" {
                if let Some(TypeRef::Path(own)) = own
                    && let Some(last) = own.segments.last()
                {
                    found.extend(wanted.get(&last.name).copied());
                }
            } else {
                found.extend(wanted.get(&segment.name).copied());
            }
            for ty in segment.args() {
                let mut inside = Vec::new();
                types_in(ty, &mut inside);
                found.extend(inside.iter().filter_map(|name| wanted.get(*name).copied()));
            }
        }
    };
    for expr in def.function.body.iter().flat_map(|body| &body.exprs) {
        match &expr.kind {
            ExprKind::Path(path) | ExprKind::Struct { path, .. } => in_path(path),
            // `settings.extract::<Poller>()`, `read!(Poller, ..)`.
            ExprKind::Method { turbofish, .. } => {
                turbofish.iter().for_each(|ty| types_in(ty, &mut seen));
            }
            ExprKind::Macro { types, .. } => types.iter().for_each(|ty| types_in(ty, &mut seen)),
            // `let poller: Poller = Default::default();`
            ExprKind::Block(block) => {
                for statement in &block.statements {
                    if let Statement::Let { ty: Some(ty), .. } = statement {
                        types_in(ty, &mut seen);
                    }
                }
            }
            _ => {}
        }
    }
    found.extend(seen.iter().filter_map(|name| wanted.get(*name).copied()));
    found.sort_unstable();
    found.dedup();
    found
}
