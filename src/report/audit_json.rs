//! `audit --format json`: version 1 of the format that other tools read (README, "JSON").

use super::{EvidenceJson, ProblemJson, evidence, problems};
use crate::analysis::{Analysis, ReadCount};
use crate::model::{Answer, Basis, CallKind, Confidence, Endpoint, Label, OutboundCall, Via};
use crate::source::Span;
use serde::Serialize;

#[derive(Serialize)]
struct Report {
    version: u32,
    endpoints: Vec<EndpointJson>,
    calls: Vec<CallJson>,
    problems: Vec<ProblemJson>,
    read: ReadCount,
}

#[derive(Serialize)]
struct EndpointJson {
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
}

#[derive(Serialize)]
struct GuardsJson {
    timeout: bool,
    retry: bool,
    breaker: bool,
    /// Guards that could not be told; they stand as false above.
    unknown: Vec<&'static str>,
}

/// The whole report, ending in a line break.
///
/// # Errors
/// When a value cannot be written as JSON.
pub fn render(analysis: &Analysis) -> serde_json::Result<String> {
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
        problems: problems(&analysis.sources, &analysis.problems),
        read: analysis.read,
    };
    Ok(serde_json::to_string_pretty(&report)? + "\n")
}

fn place(analysis: &Analysis, span: Span) -> PlaceJson {
    let file = analysis.sources.get(span.source);
    PlaceJson {
        file: file.path.clone(),
        line: file.line_column(span.start).line,
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
    EndpointJson {
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
        plan: endpoint.plan.clone(),
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
    let guards = [
        ("timeout", &call.guards.timeout),
        ("retry", &call.guards.retry),
        ("breaker", &call.guards.breaker),
    ];
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
        function: analysis.system.call_graph.functions[call.function]
            .name
            .clone(),
        kind: call.kind,
        krate: call.krate.clone(),
        method: call.method.clone(),
        target: call.target.clone(),
        guards: GuardsJson {
            timeout: call.guards.timeout.answer == Answer::Yes,
            retry: call.guards.retry.answer == Answer::Yes,
            breaker: call.guards.breaker.answer == Answer::Yes,
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
    }
}
