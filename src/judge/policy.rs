//! Guards together: in which order they stand, how they are set, and what comes of it along the
//! ways to a call.

use super::guards::Paths;
use crate::catalog::{Catalog, listed, split_words};
use crate::model::{
    Answer, Attempts, CallEdge, CallGraph, CallKind, Confidence, Endpoint, Evidence, GuardFault,
    GuardFaultKind, GuardKind, GuardLayer, Label, OutboundCall, Place, System, duration_in_words,
};
use petgraph::Direction;
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;
use std::collections::{BTreeSet, VecDeque};

/// How many states of the ways to one call are looked at.
const MAX_STATES: usize = 400;

/// Finds guards that do not do what they are there for, and queues without a bound.
pub(super) fn judge(system: &mut System, catalog: &Catalog) {
    let paths = Paths::new(&system.call_graph);
    let mut faults: Vec<GuardFault> = Vec::new();
    for (index, call) in system.calls.iter().enumerate() {
        for way in ways(&paths, call) {
            for (kind, place, evidence) in faults_of(call, &way, catalog.limits.retry_attempts) {
                faults.push(GuardFault {
                    kind,
                    call: index,
                    span: source_span(&place).unwrap_or(call.name_span),
                    evidence,
                    confidence: Confidence::High,
                });
            }
            faults.extend(retried_write(system, catalog, call, index, &way));
        }
        faults.extend(fanned_out(&paths, call, index));
    }
    // One place, one fault: the worst of the ways, at the first call.
    faults
        .sort_by(|a, b| (rank(a), a.span, b.kind, a.call).cmp(&(rank(b), b.span, a.kind, b.call)));
    faults.dedup_by(|b, a| (rank(a), a.span) == (rank(b), b.span));
    let fed: Vec<bool> = system
        .unbounded_buffers
        .iter()
        .map(|buffer| is_fed(&paths, system, buffer.function) && !is_signal(catalog, &buffer.item))
        .collect();
    system.guard_faults = faults;
    for (buffer, fed) in system.unbounded_buffers.iter_mut().zip(fed) {
        buffer.fed_from_outside = fed;
    }
}

fn rank(fault: &GuardFault) -> u8 {
    match fault.kind {
        GuardFaultKind::RetriedWrite => 0,
        GuardFaultKind::EndlessRetry => 1,
        GuardFaultKind::Amplified { .. } => 2,
        GuardFaultKind::Outlasted { .. } => 3,
        GuardFaultKind::BreakerPerCall => 4,
        GuardFaultKind::BreakerRetried => 5,
        GuardFaultKind::FannedOut => 6,
    }
}

/// The guards along each way to a call, from the inside out.
fn ways<'s>(paths: &Paths<'s>, call: &'s OutboundCall) -> Vec<Vec<&'s GuardLayer>> {
    let mut found: Vec<Vec<&GuardLayer>> = Vec::new();
    let mut seen = BTreeSet::new();
    let own: Vec<&GuardLayer> = call.layers.iter().collect();
    let mut queue = VecDeque::from([(NodeIndex::new(call.function), own)]);
    while let Some((node, layers)) = queue.pop_front() {
        if seen.len() >= MAX_STATES || !seen.insert((node, layers.clone())) {
            continue;
        }
        if paths.is_entry(node) && !found.contains(&layers) {
            found.push(layers.clone());
        }
        // A loop further out repeats more than the call: its work as a whole, a question to a user.
        let near = node == NodeIndex::new(call.function);
        for edge in paths.calls.edges_directed(node, Direction::Incoming) {
            let mut layers = layers.clone();
            let around = paths.graph.edges[*edge.weight()].guards.iter();
            for layer in around.filter(|layer| near || !layer.settings.by_hand) {
                if !layers.iter().any(|known| known.is(layer)) {
                    layers.push(layer);
                }
            }
            queue.push_back((edge.source(), layers));
        }
    }
    found
}

/// What is wrong with the guards on one way: the fault, which piece of evidence is the place to
/// mend it at, and the evidence.
fn faults_of(
    call: &OutboundCall,
    way: &[&GuardLayer],
    most: u32,
) -> Vec<(GuardFaultKind, Evidence, Vec<Evidence>)> {
    let mut found = Vec::new();
    let said = |layers: &[&GuardLayer]| -> Vec<Evidence> {
        layers.iter().map(|layer| said_of(layer)).collect()
    };
    let retries: Vec<&GuardLayer> = of_kind(way, GuardKind::Retry).collect();
    for retry in &retries {
        let endless = retry.settings.attempts == Some(Attempts::Unlimited);
        let hot = !retry.settings.by_hand || retry.settings.pauses == Some(false);
        if endless && hot && call.kind != CallKind::BrokerConsume {
            let evidence = Evidence::seen(call.name_span, "this call is made again without end");
            found.push((
                GuardFaultKind::EndlessRetry,
                retry.evidence.clone(),
                vec![evidence],
            ));
        }
    }
    let repeating: Vec<&GuardLayer> = retries
        .iter()
        .copied()
        .filter(|retry| attempts(retry).is_some_and(|attempts| attempts > 1))
        .collect();
    let product = repeating
        .iter()
        .filter_map(|retry| attempts(retry))
        .fold(1, u32::saturating_mul);
    if repeating.len() > 1 && product > most {
        found.push((
            GuardFaultKind::Amplified { attempts: product },
            Evidence::seen(call.name_span, ""),
            said(&repeating),
        ));
    }
    found.extend(outlasted(way));
    for (index, breaker) in way.iter().enumerate() {
        if breaker.kind != GuardKind::Breaker {
            continue;
        }
        if breaker.settings.made_per_call {
            found.push((
                GuardFaultKind::BreakerPerCall,
                breaker.evidence.clone(),
                vec![Evidence::seen(
                    call.name_span,
                    "the call that it is to stop",
                )],
            ));
        }
        let outside = way[index + 1..].iter().find(|layer| {
            layer.kind == GuardKind::Retry && !layer.settings.selective && !layer.settings.by_hand
        });
        if let Some(retry) = outside {
            found.push((
                GuardFaultKind::BreakerRetried,
                retry.evidence.clone(),
                said(&[breaker]),
            ));
        }
    }
    found
}

/// A timeout around attempts that may take longer together.
fn outlasted(way: &[&GuardLayer]) -> Option<(GuardFaultKind, Evidence, Vec<Evidence>)> {
    let (mut worst, mut inside) = (None::<u64>, Vec::new());
    let mut repeated = false;
    for layer in way {
        match layer.kind {
            GuardKind::Timeout => {
                let limit_ms = layer.settings.limit_ms?;
                if let Some(worst_ms) = worst.filter(|worst| *worst > limit_ms && repeated) {
                    let kind = GuardFaultKind::Outlasted { worst_ms, limit_ms };
                    return Some((kind, layer.evidence.clone(), inside));
                }
                worst = Some(worst.map_or(limit_ms, |worst| worst.min(limit_ms)));
                inside.push(said_of(layer));
            }
            GuardKind::Retry => {
                let attempts = attempts(layer)?;
                worst = worst.map(|worst| worst.saturating_mul(u64::from(attempts)));
                repeated |= attempts > 1 && worst.is_some();
                inside.push(said_of(layer));
            }
            GuardKind::Breaker | GuardKind::Bulkhead | GuardKind::Fallback => {}
        }
    }
    None
}

/// A write without a key that is sent again after it may have been done.
fn retried_write(
    system: &System,
    catalog: &Catalog,
    call: &OutboundCall,
    index: usize,
    way: &[&GuardLayer],
) -> Option<GuardFault> {
    let method = call.method.as_deref()?;
    let is_write = call.kind == CallKind::Http && matches!(method, "POST" | "PATCH");
    if !is_write || call.asks || call.key.answer != Answer::Unknown || !call.key.evidence.is_empty()
    {
        return None;
    }
    // A loop that pauses and never gives up is a supervisor: it begins its work anew.
    let supervises = |retry: &GuardLayer| {
        let settings = &retry.settings;
        settings.by_hand
            && settings.attempts == Some(Attempts::Unlimited)
            && settings.pauses == Some(true)
    };
    let retry = of_kind(way, GuardKind::Retry).find(|retry| {
        !retry.settings.only_unapplied && !retry.settings.selective && !supervises(retry)
    })?;
    let path = call.target.as_deref().map(path_of).unwrap_or_default();
    let answered_by = offered(system, method, path);
    if answered_by.is_some_and(|endpoint| endpoint.label == Label::Idempotent)
        || only_reads(catalog, path)
    {
        return None;
    }
    let mut evidence = vec![said_of(retry)];
    evidence.extend(answered_by.and_then(|endpoint| {
        let operation = endpoint.operation.as_ref()?;
        Some(Evidence::seen(
            operation.span,
            format!(
                "the operation that answers it is not idempotent: {}",
                endpoint.name()
            ),
        ))
    }));
    let named = path
        .split('/')
        .any(|part| !part.is_empty() && !part.starts_with('{'));
    let confidence = match answered_by {
        Some(endpoint) if endpoint.handler.is_some() => Confidence::High,
        None if named => Confidence::Medium,
        // What a contract alone says is said of its method.
        Some(_) | None => Confidence::Low,
    };
    Some(GuardFault {
        kind: GuardFaultKind::RetriedWrite,
        call: index,
        span: call.name_span,
        evidence,
        confidence,
    })
}

/// The endpoint of the system that a request goes to, by method and path.
fn offered<'s>(system: &'s System, method: &str, path: &str) -> Option<&'s Endpoint> {
    let asked: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let is_variable = |part: &str| part.starts_with('{');
    // A path of variables alone fits everything.
    if !asked.iter().any(|part| !is_variable(part)) {
        return None;
    }
    system.endpoints.iter().find(|endpoint| {
        let known: Vec<&str> = endpoint
            .path
            .split('/')
            .filter(|part| !part.is_empty())
            .collect();
        endpoint.method == method
            && known.len() == asked.len()
            && known
                .iter()
                .zip(&asked)
                .all(|(known, asked)| known == asked || (is_variable(known) && !asked.is_empty()))
    })
}

/// The path of a URL without its query; what stands for the host is left out.
fn path_of(target: &str) -> &str {
    let rest = target.split_once("://").map_or(target, |(_, rest)| rest);
    let from = rest.find('/').map_or("", |slash| &rest[slash..]);
    from.split(['?', '#']).next().unwrap_or(from)
}

/// Whether a path looks like a question, a log-in, an end of something, or one address for everything.
fn only_reads(catalog: &Catalog, path: &str) -> bool {
    let words = &catalog.words;
    let is_variable = |part: &str| part.starts_with('{') && part.ends_with('}');
    let mut parts = path.rsplit('/');
    let Some(last) = parts.find(|part| !part.is_empty() && !is_variable(part)) else {
        return false;
    };
    let parts = split_words(last);
    let ends = parts
        .last()
        .is_some_and(|last| words.sessions.contains(last) || words.mixed.contains(last));
    let effects = &catalog.effects;
    let may_come_again =
        |part: &String| listed(&effects.asking_words, part) || listed(&effects.ending_words, part);
    ends || words.asks(&parts) || parts.last().is_some_and(may_come_again)
}

/// A call that is made for every item of a collection at once, with nothing to hold it back.
fn fanned_out(paths: &Paths<'_>, call: &OutboundCall, index: usize) -> Option<GuardFault> {
    if !call.kind.is_request() || call.guards.bulkhead.answer == Answer::Yes {
        return None;
    }
    let mut evidence = Vec::new();
    let fault = |place: &Evidence, evidence: Vec<Evidence>| GuardFault {
        kind: GuardFaultKind::FannedOut,
        call: index,
        span: source_span(place).unwrap_or(call.name_span),
        evidence,
        confidence: Confidence::High,
    };
    evidence.push(Evidence::seen(
        call.name_span,
        "the call that is made for each",
    ));
    if let Some(place) = &call.fan_out {
        return Some(fault(place, evidence));
    }
    // Through one function or another, where each has a single caller.
    let mut node = NodeIndex::new(call.function);
    for _ in 0..4 {
        let callers = paths.calls.edges_directed(node, Direction::Incoming);
        let callers: Vec<_> = callers
            .map(|edge| &paths.graph.edges[*edge.weight()])
            .collect();
        let is_held =
            |edge: &&&CallEdge| (edge.guards.iter()).any(|layer| layer.kind == GuardKind::Bulkhead);
        // Whoever of them does it, and whatever order they stand in.
        let fanned = callers.iter().filter(|edge| !is_held(edge));
        let places = fanned.filter_map(|edge| edge.fan_out.as_ref());
        if let Some(place) = places.min_by_key(|place| source_span(place)) {
            return Some(fault(place, evidence));
        }
        let [edge] = callers[..] else {
            return None;
        };
        if edge.fan_out.is_some() || paths.is_entry(node) {
            return None;
        }
        node = NodeIndex::new(edge.from);
    }
    None
}

/// Whether a handler, or a consumer of messages, reaches a function.
fn is_fed(paths: &Paths<'_>, system: &System, function: usize) -> bool {
    let graph: &CallGraph = &system.call_graph;
    let entries = paths.entries(NodeIndex::new(function));
    let handled = entries.iter().any(|entry| {
        let function = &graph.functions[entry.index()];
        function.called_unseen && function.is_async
    });
    let consumes = |function: usize| {
        let mut calls = system.calls.iter();
        calls.any(|call| call.function == function && call.kind == CallKind::BrokerConsume)
    };
    handled || entries.iter().any(|entry| consumes(entry.index())) || consumes(function)
}

/// Whether what is queued is a signal and no work.
fn is_signal(catalog: &Catalog, item: &str) -> bool {
    let parts = split_words(item);
    parts
        .iter()
        .any(|part| catalog.words.signals.contains(part))
}

fn of_kind<'w>(way: &[&'w GuardLayer], kind: GuardKind) -> impl Iterator<Item = &'w GuardLayer> {
    way.iter().copied().filter(move |layer| layer.kind == kind)
}

fn attempts(retry: &GuardLayer) -> Option<u32> {
    match retry.settings.attempts? {
        Attempts::AtMost(number) => Some(number),
        Attempts::Unlimited => None,
    }
}

/// A guard with how it is set, in words.
fn said_of(layer: &GuardLayer) -> Evidence {
    let set = match (layer.kind, layer.settings.limit_ms, layer.settings.attempts) {
        (GuardKind::Retry, _, Some(Attempts::AtMost(number))) => format!("{number} attempts"),
        (GuardKind::Retry, _, Some(Attempts::Unlimited)) => "attempts without end".to_owned(),
        (GuardKind::Timeout, Some(limit), _) => format!("at most {}", duration_in_words(limit)),
        _ => layer.kind.name().to_owned(),
    };
    Evidence {
        place: layer.evidence.place,
        reason: format!("{set}: {}", layer.evidence.reason),
    }
}

fn source_span(evidence: &Evidence) -> Option<crate::source::Span> {
    match evidence.place {
        Place::Source(span) => Some(span),
        Place::Catalog(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_target_leaves_the_host_out() {
        assert_eq!(path_of("https://a.example/v1/orders?x=1"), "/v1/orders");
        assert_eq!(path_of("{base_url}/orders/{id}"), "/orders/{id}");
        assert_eq!(path_of("$ORDERS_URL"), "");
    }
}
