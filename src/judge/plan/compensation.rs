//! Compensating transactions: what undoes a step that cannot be rolled back.

use super::Case;
use crate::model::{Compensation, Endpoint, quoted, unnamed_path};

/// How to undo a critical endpoint, and the operation of the same contract that does it.
pub(super) fn compensation(case: &Case<'_>) -> Option<Compensation> {
    case.endpoint.critical.as_ref()?;
    let words = &case.context.catalog.words;
    // The last word of the path decides: `/orders/{id}/refunds` is about a refund.
    let literal = case
        .shape
        .segments
        .iter()
        .rev()
        .filter(|segment| !segment.parameter);
    let entry = literal
        .flat_map(|segment| segment.words.iter().rev())
        .find_map(|word| {
            let mut known = words.compensations.iter();
            known.find(|entry| entry.of.contains(word) || entry.undo.contains(word))
        })?;
    let undoes = case.shape.last_word(&entry.undo).is_some();
    if undoes {
        // It is itself what takes something back.
        return None;
    }
    let operation = undoing(case, &entry.undo);
    let when = format!("When a later step fails, {}", entry.what);
    let text = match &operation {
        _ if entry.undo.is_empty() => format!("{when}."),
        Some(other) => format!(
            "{when} with {}, under a key made from this request's, so that it happens once too.",
            quoted(&other.name())
        ),
        None => format!(
            "{when}: the contract has no operation for it, so add one ({}), with a key of its own.",
            quoted(&proposal(case, &entry.undo[0]))
        ),
    };
    Some(Compensation {
        text,
        operation: operation.and_then(|other| {
            let written = other.operation.as_ref()?;
            Some((other.name(), written.span))
        }),
    })
}

/// The operation that undoes the case: of those with a word for it, the one whose path has most
/// in common.
fn undoing<'a>(case: &Case<'a>, undo: &[String]) -> Option<&'a Endpoint> {
    let siblings = case.context.by_contract.get(&case.operation.contract)?;
    let own: Vec<&str> = case
        .shape
        .segments
        .iter()
        .map(|segment| segment.text)
        .collect();
    let item = format!("{}/{{}}", unnamed_path(&case.endpoint.path));
    let common = |other: &Endpoint| {
        let theirs = other.path.split(['/', ':']).filter(|text| !text.is_empty());
        let same = own.iter().zip(theirs).take_while(|(a, b)| **a == *b);
        same.count()
    };
    siblings
        .iter()
        .copied()
        .filter(|other| other.is_write() && other.path != case.endpoint.path)
        .filter(|other| {
            let last = other
                .path
                .rsplit(['/', ':'])
                .find(|text| !text.contains('{'));
            let words = crate::catalog::split_words(last.unwrap_or(""));
            let said = words.iter().any(|word| undo.contains(word)) && common(other) > 0;
            let deleted = other.method == "DELETE" && unnamed_path(&other.path) == item;
            said || deleted
        })
        // The first of the best: `max_by_key` would take the last.
        .rev()
        .max_by_key(|other| common(other))
        .filter(|other| common(other) + 1 >= own.len().min(2))
}

/// What an operation that undoes the case could be called.
fn proposal(case: &Case<'_>, undo: &str) -> String {
    let path = case.endpoint.path.trim_end_matches('/');
    if case.shape.names_one() {
        format!("POST {path}/{undo}")
    } else {
        format!("POST {path}/{{id}}/{undo}")
    }
}
