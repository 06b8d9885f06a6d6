//! Endpoints that have one cause are one finding.

use crate::finding::Finding;
use crate::model::{Endpoint, Evidence};
use crate::source::Span;
use std::collections::BTreeMap;

/// How many other endpoints of a cause are named.
const MAX_NAMED: usize = 5;

/// One finding for the endpoints that have the same cause, the first thing that adds up; it names
/// the others. A critical path, and what rests on the contract alone, is told by itself.
pub(super) fn by_cause<'e>(
    endpoints: impl Iterator<Item = &'e Endpoint>,
    say: impl Fn(&Endpoint) -> Option<Finding>,
) -> Vec<Finding> {
    let mut groups: Vec<(&Endpoint, Vec<&Endpoint>)> = Vec::new();
    let mut known: BTreeMap<Span, usize> = BTreeMap::new();
    for endpoint in endpoints {
        let cause = endpoint.adds_up.first().map(|effect| effect.span);
        let cause = cause.filter(|_| endpoint.critical.is_none());
        match cause.and_then(|cause| known.get(&cause)) {
            Some(index) => groups[*index].1.push(endpoint),
            None => {
                known.extend(cause.map(|cause| (cause, groups.len())));
                groups.push((endpoint, Vec::new()));
            }
        }
    }
    let findings = groups.into_iter().filter_map(|(first, others)| {
        let mut finding = say(first)?;
        for other in others.iter().take(MAX_NAMED) {
            let span = other
                .handler
                .as_ref()
                .map_or(finding.span, |handler| handler.span);
            let reason = format!("{} does so too", other.name());
            finding.evidence.push(Evidence::seen(span, reason));
        }
        let more = others.len().saturating_sub(MAX_NAMED);
        if more > 0 {
            let reason = format!("and so do {more} more endpoints");
            finding.evidence.push(Evidence::seen(finding.span, reason));
        }
        Some(finding)
    });
    findings.collect()
}
