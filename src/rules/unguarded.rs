//! Calls that lack a guard, once per cause: the rules on breakers and timeouts share it.

use super::Found;
use crate::catalog::GuardKind;
use crate::model::{Answer, CallKind, Confidence, Evidence, OutboundCall, System};
use std::collections::BTreeMap;

/// The words a rule has for a missing guard.
pub(super) struct Words {
    /// The guard.
    pub(super) guard: GuardKind,
    /// What the call lacks: `a circuit breaker`.
    pub(super) lacks: &'static str,
    /// What happens then.
    pub(super) because: &'static str,
    /// What to do.
    pub(super) help: &'static str,
}

/// One finding for each function and target that lacks the guard; calls of the same function to
/// the same target are evidence of the first.
pub(super) fn check(system: &System, words: &Words) -> Vec<Found> {
    let mut causes: BTreeMap<(usize, &str, &str), Vec<&OutboundCall>> = BTreeMap::new();
    for call in &system.calls {
        if call.kind.is_request() && call.guards.get(words.guard).answer == Answer::No {
            let target = host(call.target.as_deref().unwrap_or(""));
            causes
                .entry((call.function, &call.krate, target))
                .or_default()
                .push(call);
        }
    }
    causes
        .into_values()
        .filter_map(|calls| found(system, &calls, words))
        .collect()
}

fn found(system: &System, calls: &[&OutboundCall], words: &Words) -> Option<Found> {
    let (first, others) = calls.split_first()?;
    let function = &system.call_graph.functions[first.function].name;
    let target = first
        .target
        .as_deref()
        .map(|target| format!(" to {target}"))
        .unwrap_or_default();
    let method = first
        .method
        .as_deref()
        .map(|method| format!(" {method}"))
        .unwrap_or_default();
    let mut evidence = first.guards.get(words.guard).evidence.clone();
    evidence.extend(
        others
            .iter()
            .map(|call| Evidence::seen(call.name_span, "and here")),
    );
    let kind = match first.kind {
        CallKind::Http => "an HTTP",
        CallKind::Grpc => "a gRPC",
        CallKind::Smtp => "an SMTP",
        _ => "a cloud SDK",
    };
    Some(Found {
        severity: None,
        confidence: Confidence::High,
        span: first.name_span,
        label: words.because.to_owned(),
        message: format!(
            "`{function}` sends {kind}{method} request{target} without {}",
            words.lacks
        ),
        help: words.help.to_owned(),
        evidence,
        subject: format!("{function} {} {target}", first.krate),
    })
}

/// The host of a URL, or the whole text where it is none.
fn host(target: &str) -> &str {
    let rest = target.split_once("://").map_or(target, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or(rest)
}
