//! Which functions ask whether a write has failed because the row was there already, and do not try it again: for
//! these somebody has a unique key in mind, wherever it is made.

use super::Functions;
use super::program::Program;
use crate::catalog::{Catalog, split_words};
use crate::model::System;
use crate::read::rust::ir::{Body, Expr, ExprKind, Pat, TextRange};
use fixedbitset::FixedBitSet;
use rayon::prelude::*;

/// Longer texts are no messages of a database that somebody looks for, in bytes.
const MAX_TEXT: usize = 80;

/// Says of each trace whether its function answers conflicts.
pub(super) fn conflicts(
    program: &Program<'_>,
    functions: &Functions,
    catalog: &Catalog,
    system: &mut System,
) {
    let texts = &catalog.effects.conflict_texts;
    let speaking = |body: &Body, expr: &Expr| match &expr.kind {
        ExprKind::Method { name, .. } => is_conflict(name),
        ExprKind::Path(path) => is_conflict(path.last()),
        ExprKind::Str(text) => {
            text.len() < MAX_TEXT && texts.iter().any(|known| text.contains(known.as_str()))
        }
        ExprKind::Match { arms, .. } => arms.iter().any(|(pat, ..)| names_conflict(pat)),
        ExprKind::Let { pat, .. } => names_conflict(pat),
        _ => false,
    } && once(body, expr.range);
    let mut answers = FixedBitSet::with_capacity(system.traces.len());
    // What only looks at an error asks for its callers. What turns errors into others says nothing of one write.
    let mut helpers: Vec<&str> = Vec::new();
    for id in holding(program, &speaking) {
        let (def, at) = (&program.functions[id], functions.index[id]);
        let trace = &system.traces[at];
        match trace.effects.is_empty() && trace.sites.is_empty() {
            _ if def.name == "from" => {}
            true => helpers.push(def.name.as_str()),
            false => answers.insert(at),
        }
    }
    if !helpers.is_empty() {
        let calling = |body: &Body, expr: &Expr| match &expr.kind {
            ExprKind::Call { callee, .. } => {
                matches!(&body.get(*callee).kind, ExprKind::Path(path) if helpers.contains(&path.last()))
                    && once(body, expr.range)
            }
            _ => false,
        };
        answers.extend(
            holding(program, &calling)
                .into_iter()
                .map(|id| functions.index[id]),
        );
    }
    for at in answers.ones() {
        system.traces[at].answers_conflicts = true;
    }
}

/// The functions with an expression for which this holds.
fn holding(program: &Program<'_>, holds: &(dyn Fn(&Body, &Expr) -> bool + Sync)) -> Vec<usize> {
    let all = program.functions.par_iter().with_min_len(256).enumerate();
    let found = all.filter(|(_, def)| {
        let body = def.function.body.as_ref();
        body.is_some_and(|body| body.exprs.iter().any(|expr| holds(body, expr)))
    });
    found.map(|(id, _)| id).collect()
}

/// Whether a place is in no loop of a body: what is repeated there is tried again.
fn once(body: &Body, range: TextRange) -> bool {
    let mut loops = body.exprs.iter();
    !loops.any(|expr| {
        matches!(expr.kind, ExprKind::Loop { .. })
            && expr.range.start <= range.start
            && range.end <= expr.range.end
    })
}

/// Whether a pattern names a variant that says so: `DatabaseError(UniqueViolation, _)`.
fn names_conflict(pat: &Pat) -> bool {
    match pat {
        Pat::Bind(name, inner, _) => {
            is_conflict(name) || inner.iter().any(|inner| names_conflict(inner))
        }
        Pat::Tuple(parts) | Pat::Or(parts) => parts.iter().any(names_conflict),
        Pat::TupleStruct(path, parts) => {
            is_conflict(path.last()) || parts.iter().any(names_conflict)
        }
        Pat::Struct(path, _) => is_conflict(path.last()),
        Pat::Typed(inner, _) => names_conflict(inner),
        Pat::Int(_) | Pat::Literal | Pat::Other => false,
    }
}

/// Whether a name says that a unique key was hurt: `is_unique_violation`, `UniqueConstraintViolation`, `DuplicateKey`.
fn is_conflict(name: &str) -> bool {
    // Most names have neither word in them, and to split each takes time.
    if !name.contains("nique") && !name.contains("uplicate") {
        return false;
    }
    let words = split_words(name);
    let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    has(&["unique"]) && has(&["violation", "constraint", "violated", "conflict"])
        || has(&["duplicate"]) && has(&["key", "entry", "violation", "error"])
}
