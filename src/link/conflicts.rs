//! Which functions ask whether a write has failed because the row was there already, and do not try it again: for
//! these somebody has a unique key in mind, wherever it is made.

use super::Functions;
use super::program::Program;
use crate::catalog::{Catalog, split_words};
use crate::model::System;
use crate::read::rust::ir::{Body, ExprKind, Pat, TextRange};
use fixedbitset::FixedBitSet;
use rayon::prelude::*;

/// How a function asks.
struct Asks {
    /// It does so itself.
    itself: bool,
    /// The names of the functions that it calls outside of loops.
    calls: Vec<String>,
}

/// Says of each trace whether its function answers conflicts.
pub(super) fn conflicts(
    program: &Program<'_>,
    functions: &Functions,
    catalog: &Catalog,
    system: &mut System,
) {
    let found: Vec<Option<Asks>> = program
        .functions
        .par_iter()
        .with_min_len(256)
        .map(|def| asks(def.function.body.as_ref()?, catalog))
        .collect();
    // What turns errors into others says nothing of one write; what only looks at an error asks for its callers.
    let mut helpers: Vec<&str> = Vec::new();
    let mut answers = FixedBitSet::with_capacity(system.traces.len());
    for (id, asks) in found.iter().enumerate() {
        let def = &program.functions[id];
        let at = functions.index[id];
        if !asks.as_ref().is_some_and(|asks| asks.itself) || def.name == "from" {
            continue;
        }
        let trace = &system.traces[at];
        match trace.effects.is_empty() && trace.sites.is_empty() {
            true => helpers.push(def.name.as_str()),
            false => answers.insert(at),
        }
    }
    for (id, asks) in found.iter().enumerate() {
        let mut calls = asks.iter().flat_map(|asks| &asks.calls);
        if calls.any(|name| helpers.contains(&name.as_str())) {
            answers.insert(functions.index[id]);
        }
    }
    for at in answers.ones() {
        system.traces[at].answers_conflicts = true;
    }
}

/// Whether a body speaks of a unique key that was hurt, and which functions it calls that may.
fn asks(body: &Body, catalog: &Catalog) -> Option<Asks> {
    let loops: Vec<TextRange> = body
        .exprs
        .iter()
        .filter(|expr| matches!(expr.kind, ExprKind::Loop { .. }))
        .map(|expr| expr.range)
        .collect();
    let once = |range: TextRange| {
        let mut around = loops.iter();
        !around.any(|one| one.start <= range.start && range.end <= one.end)
    };
    let mut found = Asks {
        itself: false,
        calls: Vec::new(),
    };
    for expr in &body.exprs {
        if !once(expr.range) {
            continue;
        }
        match &expr.kind {
            ExprKind::Method { name, .. } => found.itself |= is_conflict(name),
            ExprKind::Path(path) => {
                found.itself |= is_conflict(path.last());
            }
            ExprKind::Call { callee, .. } => {
                if let ExprKind::Path(path) = &body.get(*callee).kind {
                    found.calls.push(path.last().to_owned());
                }
            }
            ExprKind::Str(text) => {
                let mut known = catalog.effects.conflict_texts.iter();
                found.itself |= known.any(|known| text.contains(known.as_str()));
            }
            ExprKind::Match { arms, .. } => {
                found.itself |= arms.iter().any(|(pat, ..)| names_conflict(pat));
            }
            ExprKind::Let { pat, .. } => found.itself |= names_conflict(pat),
            _ => {}
        }
    }
    (found.itself || !found.calls.is_empty()).then_some(found)
}

/// Whether a pattern names a variant that says so: `DatabaseError(UniqueViolation, _)`.
fn names_conflict(pat: &Pat) -> bool {
    match pat {
        Pat::Bind(name, inner) => {
            is_conflict(name) || inner.iter().any(|inner| names_conflict(inner))
        }
        Pat::Tuple(parts) | Pat::Or(parts) => parts.iter().any(names_conflict),
        Pat::TupleStruct(path, parts) => {
            is_conflict(path.last()) || parts.iter().any(names_conflict)
        }
        Pat::Struct(path, _) => is_conflict(path.last()),
        Pat::Typed(inner, _) => names_conflict(inner),
        Pat::Other => false,
    }
}

/// Whether a name says that a unique key was hurt: `is_unique_violation`, `UniqueConstraintViolation`, `DuplicateKey`.
fn is_conflict(name: &str) -> bool {
    // Most names have neither word in them, and to split each takes time.
    if !name.to_ascii_lowercase().contains("uniq") && !name.contains("uplicate") {
        return false;
    }
    let words = split_words(name);
    let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    has(&["unique"]) && has(&["violation", "constraint", "violated", "conflict"])
        || has(&["duplicate"]) && has(&["key", "entry", "violation", "error"])
}
