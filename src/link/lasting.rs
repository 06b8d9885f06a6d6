//! What goes on until somebody stops it: servers, and loops without an end.

use crate::catalog::{Catalog, split_words};
use crate::read::rust::ir::{Body, Expr, ExprKind, TextRange};

/// Whether what a function does goes on until somebody stops it: it serves, or repeats something without end.
pub(super) fn stays(body: &Body, catalog: &Catalog) -> bool {
    stays_in(body, None, catalog)
}

/// [`stays`], of a part of the function.
pub(super) fn stays_in(body: &Body, part: Option<TextRange>, catalog: &Catalog) -> bool {
    let listed = |name: &str| {
        let words = split_words(name);
        let mut first = words.first().into_iter();
        first.any(|first| catalog.words.serves.contains(first))
    };
    // Where a loop is left.
    let mut left: Option<Vec<u32>> = None;
    let leaves = || {
        let jumps = body.exprs.iter();
        let jumps = jumps.filter(|expr| matches!(&expr.kind, ExprKind::Jump { leaves: true, .. }));
        let mut places: Vec<u32> = jumps.map(|expr| expr.range.start).collect();
        places.sort_unstable();
        places
    };
    let inside = |expr: &&Expr| {
        part.is_none_or(|part| part.start <= expr.range.start && expr.range.end <= part.end)
    };
    let mut exprs = body.exprs.iter().filter(inside);
    exprs.any(|expr| match &expr.kind {
        ExprKind::Call { callee, .. } => {
            matches!(&body.get(*callee).kind, ExprKind::Path(path) if listed(path.last()))
        }
        ExprKind::Method { name, .. } => listed(name),
        ExprKind::Loop {
            pat: None,
            header: None,
            body: inner,
        } => {
            let range = body.get(*inner).range;
            let places = left.get_or_insert_with(leaves);
            let next = places.partition_point(|place| *place < range.start);
            places.get(next).is_none_or(|place| *place >= range.end)
        }
        _ => false,
    })
}
