//! What goes on until somebody stops it: servers, and loops without an end.

use crate::catalog::{Catalog, split_words};
use crate::read::rust::ir::{Body, Expr, ExprKind, TextRange};

/// Whether what a function does goes on until somebody stops it: it serves, or repeats something without end.
pub(super) fn stays(body: &Body, catalog: &Catalog) -> bool {
    stays_in(body, None, catalog)
}

/// Whether a function waits for those who ask it: it listens, accepts, serves.
pub(super) fn listens(body: &Body, catalog: &Catalog) -> bool {
    let listed = |name: &str| {
        let words = split_words(name);
        let mut first = words.first().into_iter();
        first.any(|first| catalog.words.listens.contains(first))
    };
    body.exprs.iter().any(|expr| match &expr.kind {
        ExprKind::Call { callee, .. } => {
            matches!(&body.get(*callee).kind, ExprKind::Path(path) if listed(path.last()))
        }
        ExprKind::Method { name, .. } => listed(name),
        _ => false,
    })
}

/// [`stays`], of a part of the function.
pub(super) fn stays_in(body: &Body, part: Option<TextRange>, catalog: &Catalog) -> bool {
    let listed = |name: &str| {
        let words = split_words(name);
        let mut first = words.first().into_iter();
        first.any(|first| catalog.words.serves.contains(first))
    };
    let inside = |expr: &&Expr| {
        part.is_none_or(|part| part.start <= expr.range.start && expr.range.end <= part.end)
    };
    // `while let Some(event) = socket.next().await` goes on as long as the other side tells something.
    let mut exprs = body.exprs.iter().filter(inside);
    let streams = exprs.any(|expr| match &expr.kind {
        ExprKind::Call { callee, .. } => match &body.get(*callee).kind {
            ExprKind::Path(path) => catalog
                .words
                .streams
                .iter()
                .any(|known| path.last() == known),
            _ => false,
        },
        _ => false,
    });
    let mut left: Option<Vec<u32>> = None;
    let mut exprs = body.exprs.iter().filter(inside);
    exprs.any(|expr| match &expr.kind {
        ExprKind::Call { callee, .. } => {
            matches!(&body.get(*callee).kind, ExprKind::Path(path) if listed(path.last()))
        }
        ExprKind::Method { name, .. } => listed(name),
        ExprKind::Loop {
            header: Some(header),
            ..
        } if matches!(body.get(*header).kind, ExprKind::Let { .. }) => streams,
        ExprKind::Loop {
            pat: None,
            header: None,
            body: inner,
        } => {
            let left = left.get_or_insert_with(|| loops_left(body));
            let start = body.get(*inner).range.start;
            left.binary_search(&start).is_err()
        }
        _ => false,
    })
}

/// The loops that are left by a jump, by where their bodies begin, in order: `break` leaves the one around it, `return` all,
/// and `break 'outer` perhaps all.
fn loops_left(body: &Body) -> Vec<u32> {
    let mut loops: Vec<TextRange> = Vec::new();
    let mut jumps: Vec<(u32, bool)> = Vec::new();
    for expr in &body.exprs {
        match &expr.kind {
            ExprKind::Loop { body: inner, .. } => loops.push(body.get(*inner).range),
            ExprKind::Jump {
                leaves: true,
                returns,
                labelled,
                ..
            } => jumps.push((expr.range.start, *returns || *labelled)),
            _ => {}
        }
    }
    loops.sort_unstable_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    jumps.sort_unstable();
    let (mut left, mut open): (Vec<u32>, Vec<TextRange>) = (Vec::new(), Vec::new());
    let mut next = loops.into_iter().peekable();
    for (place, returns) in jumps {
        while let Some(range) = next.next_if(|range| range.start <= place) {
            open.push(range);
        }
        open.retain(|range| range.end > place);
        match returns {
            true => left.extend(open.drain(..).map(|range| range.start)),
            false => left.extend(open.last().map(|range| range.start)),
        }
    }
    left.sort_unstable();
    left.dedup();
    left
}
