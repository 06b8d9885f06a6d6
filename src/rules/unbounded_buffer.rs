//! See `rules/resilience/unbounded-buffer.md`.

use super::Page;
use crate::finding::Finding;
use crate::model::{Confidence, System};
use std::collections::BTreeSet;

/// Work that handlers and consumers put into queues without a bound; once for each kind of work.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let fed = system
        .unbounded_buffers
        .iter()
        .filter(|buffer| buffer.fed_from_outside)
        .filter(|buffer| seen.insert((&buffer.service, &buffer.item)));
    fed.map(|buffer| {
        let function = system.call_graph.name(buffer.function);
        let item = &buffer.item;
        Finding {
            rule: page.id.clone(),
            severity: page.severity,
            confidence: Confidence::Medium,
            span: buffer.span,
            label: "always has room, until the memory is full".to_owned(),
            message: format!("`{function}` puts `{item}` into a queue without a bound"),
            help: "use a bounded channel, and wait or refuse when it is full: whoever sends is then slowed down too".to_owned(),
            evidence: buffer.made.clone(),
            others: Vec::new(),
            subject: format!("{} {item}", buffer.service),
        }
    })
    .collect()
}
