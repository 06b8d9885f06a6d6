//! `audit --format json`: version 1 of the format that other tools read (README, "JSON").

use super::operations::{Operations, StoreRow};
use super::{EvidenceJson, ProblemJson, evidence, problems};
use crate::analysis::{Analysis, ReadCount};
use crate::model::{
    Answer, Attempts, Basis, CallKind, ComponentKind, Confidence, Endpoint, GuardKind, Label,
    OutboundCall, OutgoingRequest, Plan, Remedy, Replication, SinglePoint, Via,
};
use crate::read::openapi::Outgoing;
use crate::source::Span;
use serde::Serialize;

#[derive(Serialize)]
struct Report {
    version: u32,
    endpoints: Vec<EndpointJson>,
    calls: Vec<CallJson>,
    /// How many calls may be I/O and could not be told.
    unknown_calls: usize,
    /// They themselves, where they are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown: Option<Vec<UnknownJson>>,
    outgoing: Vec<OutgoingJson>,
    operations: OperationsJson,
    problems: Vec<ProblemJson>,
    read: ReadCount,
}

/// How the system is run.
#[derive(Serialize)]
struct OperationsJson {
    stores: Vec<StoreJson>,
    single_points: Vec<SinglePointJson>,
    backpressure: Vec<BackpressureJson>,
}

/// A store, broker or registry.
#[derive(Serialize)]
struct StoreJson {
    members: Vec<String>,
    kind: ComponentKind,
    technology: String,
    instances: u32,
    protocol: Option<Replication>,
    /// How many copies a setting asks for.
    copies: Option<u32>,
    /// How many of them must be in sync to write.
    min_insync: Option<u32>,
    /// How many are lost before it takes no more writes.
    writes_survive: Option<u32>,
    keeps_data: bool,
    used_by: Vec<String>,
    copies_in_words: String,
    when_one_is_lost: String,
    file: String,
    line: usize,
}

/// What runs once, and whose loss several feel.
#[derive(Serialize)]
struct SinglePointJson {
    id: String,
    dependents: Vec<String>,
    only_way_to: Vec<String>,
    file: String,
    line: usize,
}

/// A place where whoever sends is not slowed down.
#[derive(Serialize)]
struct BackpressureJson {
    place: String,
    what: String,
    bounded: bool,
    file: String,
    line: usize,
}

/// A method that may be I/O, on something whose type could not be found.
#[derive(Serialize)]
struct UnknownJson {
    service: String,
    file: String,
    line: usize,
    function: String,
    method: String,
    crates: Vec<String>,
}

#[derive(Serialize)]
struct EndpointJson {
    id: String,
    service: String,
    method: String,
    path: String,
    operation_id: Option<String>,
    spec: Option<PlaceJson>,
    handler: Option<HandlerJson>,
    label: Label,
    via: Via,
    basis: Basis,
    confidence: Confidence,
    effects: Vec<EffectJson>,
    evidence: Vec<EvidenceJson>,
    plan: String,
    remedy: Option<Remedy>,
    contract_change: Option<String>,
    compensation: Option<CompensationJson>,
    critical: bool,
    deprecated: bool,
    tags: Vec<String>,
    owners: Vec<String>,
}

#[derive(Serialize)]
struct CompensationJson {
    text: String,
    operation: Option<String>,
    spec: Option<PlaceJson>,
}

/// A webhook or callback: a request that the service sends.
#[derive(Serialize)]
struct OutgoingJson {
    service: String,
    kind: Outgoing,
    name: String,
    method: String,
    path: String,
    operation_id: Option<String>,
    spec: PlaceJson,
    /// By what the receiver tells a repeat.
    delivery_id: Option<String>,
}

#[derive(Serialize)]
struct PlaceJson {
    file: String,
    line: usize,
}

#[derive(Serialize)]
struct HandlerJson {
    file: String,
    line: usize,
    function: String,
}

#[derive(Serialize)]
struct EffectJson {
    kind: String,
    target: String,
    file: String,
    line: usize,
}

#[derive(Serialize)]
struct CallJson {
    service: String,
    file: String,
    line: usize,
    function: String,
    kind: CallKind,
    #[serde(rename = "crate")]
    krate: String,
    method: Option<String>,
    target: Option<String>,
    guards: GuardsJson,
    evidence: Vec<EvidenceJson>,
    entry_points: Vec<HandlerJson>,
    owners: Vec<String>,
}

#[derive(Serialize)]
struct GuardsJson {
    timeout: bool,
    retry: bool,
    breaker: bool,
    bulkhead: bool,
    fallback: bool,
    /// Guards that could not be told; they stand as false above.
    unknown: Vec<&'static str>,
    /// Those seen in the call's own function and client, from the inside out.
    order: Vec<LayerJson>,
}

#[derive(Serialize)]
struct LayerJson {
    guard: &'static str,
    /// How long a timeout is.
    #[serde(skip_serializing_if = "Option::is_none")]
    milliseconds: Option<u64>,
    /// How often a retry calls, the first time included; none where it never ends or is not seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts: Option<u32>,
}

/// The whole report, ending in a line break; calls that could not be told are listed where
/// `pedantic`, and counted otherwise.
///
/// # Errors
/// When a value cannot be written as JSON.
pub fn render(analysis: &Analysis, pedantic: bool) -> serde_json::Result<String> {
    let report = Report {
        version: 1,
        endpoints: analysis
            .system
            .endpoints
            .iter()
            .map(|endpoint| endpoint_json(analysis, endpoint))
            .collect(),
        calls: analysis
            .system
            .calls
            .iter()
            .map(|call| call_json(analysis, call))
            .collect(),
        unknown_calls: analysis.system.unknown_calls.len(),
        unknown: pedantic.then(|| unknown(analysis)),
        outgoing: analysis
            .system
            .outgoing
            .iter()
            .map(|request| outgoing_json(analysis, request))
            .collect(),
        operations: operations_json(analysis),
        problems: problems(&analysis.sources, &analysis.problems),
        read: analysis.read,
    };
    Ok(serde_json::to_string_pretty(&report)? + "\n")
}

fn operations_json(analysis: &Analysis) -> OperationsJson {
    let system = &analysis.system;
    let listed = Operations::new(analysis);
    let store = |row: StoreRow| {
        let cluster = system.clusters.get(row.cluster)?;
        Some(StoreJson {
            members: cluster.members.clone(),
            kind: cluster.kind,
            technology: cluster.technology.clone(),
            instances: cluster.instances,
            protocol: cluster.protocol,
            copies: cluster.factor.as_ref().map(|factor| factor.value),
            min_insync: cluster.min_insync.as_ref().map(|needed| needed.value),
            writes_survive: cluster.writes_survive,
            keeps_data: cluster.keeps_data,
            used_by: cluster.used_by.clone(),
            copies_in_words: row.copies,
            when_one_is_lost: row.when_lost,
            file: row.file,
            line: row.line,
        })
    };
    let point = |point: &SinglePoint| {
        let span = system.component(&point.id)?.evidence.first()?.span()?;
        let PlaceJson { file, line } = place(analysis, span);
        Some(SinglePointJson {
            id: point.id.clone(),
            dependents: point.dependents.clone(),
            only_way_to: point.only_way_to.clone(),
            file,
            line,
        })
    };
    OperationsJson {
        single_points: system.single_points.iter().filter_map(point).collect(),
        stores: listed.stores.into_iter().filter_map(store).collect(),
        backpressure: listed
            .backpressure
            .into_iter()
            .map(|row| BackpressureJson {
                place: row.name,
                what: row.says,
                bounded: row.bounded,
                file: row.file,
                line: row.line,
            })
            .collect(),
    }
}

fn unknown(analysis: &Analysis) -> Vec<UnknownJson> {
    let calls = analysis.system.unknown_calls.iter().map(|call| {
        let PlaceJson { file, line } = place(analysis, call.name_span);
        UnknownJson {
            service: call.service.clone(),
            file,
            line,
            function: analysis.system.call_graph.name(call.function).to_owned(),
            method: call.method.clone(),
            crates: call.crates.clone(),
        }
    });
    calls.collect()
}

fn place(analysis: &Analysis, span: Span) -> PlaceJson {
    let file = analysis.sources.get(span.source);
    PlaceJson {
        file: file.path.clone(),
        line: file.line(span.start),
    }
}

fn endpoint_json(analysis: &Analysis, endpoint: &Endpoint) -> EndpointJson {
    let operation = endpoint.operation.as_ref();
    let effects = endpoint.effects.iter().map(|effect| {
        let PlaceJson { file, line } = place(analysis, effect.span);
        EffectJson {
            kind: effect.kind.clone(),
            target: effect.target.clone(),
            file,
            line,
        }
    });
    let plan = endpoint.plan.as_ref();
    let change = plan.map(|plan| plan.contract_change.clone());
    EndpointJson {
        id: endpoint.id(),
        service: endpoint.service.clone(),
        method: endpoint.method.clone(),
        path: endpoint.path.clone(),
        operation_id: operation.and_then(|operation| operation.id.clone()),
        spec: operation.map(|operation| place(analysis, operation.span)),
        handler: endpoint
            .handler
            .as_ref()
            .map(|handler| function(analysis, &handler.function, handler.span)),
        label: endpoint.label,
        via: endpoint.via,
        basis: endpoint.basis,
        confidence: endpoint.confidence,
        effects: effects.collect(),
        evidence: evidence(&analysis.sources, &endpoint.evidence),
        plan: plan.map(Plan::text).unwrap_or_default(),
        remedy: plan.map(|plan| plan.remedy),
        contract_change: change.filter(|change| !change.is_empty()),
        compensation: plan
            .and_then(|plan| plan.compensation.as_ref())
            .map(|undo| CompensationJson {
                text: undo.text.clone(),
                operation: undo.operation.as_ref().map(|(name, _)| name.clone()),
                spec: undo
                    .operation
                    .as_ref()
                    .map(|(_, span)| place(analysis, *span)),
            }),
        critical: endpoint.critical.is_some(),
        deprecated: endpoint.deprecated,
        tags: operation.map_or_else(Vec::new, |operation| operation.tags.clone()),
        owners: endpoint.owners.clone(),
    }
}

fn outgoing_json(analysis: &Analysis, request: &OutgoingRequest) -> OutgoingJson {
    OutgoingJson {
        service: request.service.clone(),
        kind: request.kind,
        name: request.name.clone(),
        method: request.written.method.clone(),
        path: request.written.path.clone(),
        operation_id: request.written.id.clone(),
        spec: place(analysis, request.written.span),
        delivery_id: request.delivery_id.as_ref().map(|(name, _)| name.clone()),
    }
}

fn function(analysis: &Analysis, name: &str, span: Span) -> HandlerJson {
    let PlaceJson { file, line } = place(analysis, span);
    HandlerJson {
        file,
        line,
        function: name.to_owned(),
    }
}

fn call_json(analysis: &Analysis, call: &OutboundCall) -> CallJson {
    let PlaceJson { file, line } = place(analysis, call.name_span);
    let guards = GuardKind::ALL.map(|kind| (kind.name(), call.guards.get(kind)));
    let has = |kind| call.guards.get(kind).answer == Answer::Yes;
    let order = call.layers.iter().map(|layer| LayerJson {
        guard: layer.kind.name(),
        milliseconds: layer.settings.limit_ms,
        attempts: match layer.settings.attempts {
            Some(Attempts::AtMost(number)) => Some(number),
            Some(Attempts::Unlimited) | None => None,
        },
    });
    let mut reasons = call.evidence.clone();
    for (_, guard) in guards {
        reasons.extend(
            guard
                .evidence
                .iter()
                .filter(|_| guard.answer == Answer::Yes)
                .cloned(),
        );
    }
    CallJson {
        service: call.service.clone(),
        file,
        line,
        function: analysis.system.call_graph.name(call.function).to_owned(),
        kind: call.kind,
        krate: call.krate.clone(),
        method: call.method.clone(),
        target: call.target.clone(),
        guards: GuardsJson {
            timeout: has(GuardKind::Timeout),
            retry: has(GuardKind::Retry),
            breaker: has(GuardKind::Breaker),
            bulkhead: has(GuardKind::Bulkhead),
            fallback: has(GuardKind::Fallback),
            order: order.collect(),
            unknown: guards
                .iter()
                .filter(|(_, guard)| guard.answer == Answer::Unknown)
                .map(|(name, _)| *name)
                .collect(),
        },
        evidence: evidence(&analysis.sources, &reasons),
        entry_points: call
            .entry_points
            .iter()
            .map(|entry| function(analysis, &entry.function, entry.span))
            .collect(),
        owners: call.owners.clone(),
    }
}
