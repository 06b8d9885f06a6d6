//! What the checklist lists: the same in every format, critical and open things first.

use super::operations::Operations;
use super::place::source_location;
use crate::analysis::Analysis;
use crate::model::{
    Answer, CallKind, Confidence, Endpoint, Label, OutboundCall, OutgoingRequest, UnknownCall,
    stable_id,
};
use crate::source::{Sources, Span};
use std::collections::BTreeMap;

/// Everything that a person is to look at.
pub(super) struct Checklist<'a> {
    /// By name.
    pub(super) services: Vec<ServiceList<'a>>,
    /// How the system is run.
    pub(super) operations: Operations,
    /// Database statements and cache commands that are not listed.
    pub(super) unlisted: (usize, usize),
    /// What may be an outbound call and could not be told, in words; empty where nothing is.
    pub(super) unknown: String,
    /// Those calls themselves, where they are asked for.
    pub(super) unknown_rows: Vec<UnknownRow<'a>>,
}

/// What may be an outbound call.
pub(super) struct UnknownRow<'a> {
    pub(super) call: &'a UnknownCall,
    /// The function around it.
    pub(super) function: &'a str,
    pub(super) file: String,
    pub(super) line: usize,
}

/// What belongs to one service.
#[derive(Default)]
pub(super) struct ServiceList<'a> {
    /// The service.
    pub(super) name: &'a str,
    /// Where its contracts start, and the version of the API.
    pub(super) contracts: Vec<(Span, Option<&'a str>)>,
    /// Write endpoints that are not idempotent, and those that could not be told.
    pub(super) open: Vec<EndpointRow<'a>>,
    /// Write endpoints that are idempotent.
    pub(super) idempotent: Vec<EndpointRow<'a>>,
    /// Calls, those to its own stores left out.
    pub(super) calls: Vec<CallRow<'a>>,
    /// Webhooks and callbacks.
    pub(super) outgoing: Vec<OutgoingRow<'a>>,
}

/// A write endpoint.
pub(super) struct EndpointRow<'a> {
    /// The endpoint.
    pub(super) endpoint: &'a Endpoint,
    /// The id by which checklists are merged.
    pub(super) id: String,
    /// Where it is declared.
    pub(super) file: String,
    /// The line, from 1.
    pub(super) line: usize,
    /// The first reason for the label.
    pub(super) why: &'a str,
}

/// An outbound call.
pub(super) struct CallRow<'a> {
    /// The call.
    pub(super) call: &'a OutboundCall,
    /// The id by which checklists are merged.
    pub(super) id: String,
    /// The function that makes it.
    pub(super) function: &'a str,
    /// Where it stands.
    pub(super) file: String,
    /// The line, from 1.
    pub(super) line: usize,
    /// The method and the target; a question mark for a target that is not known.
    pub(super) target: String,
}

impl CallRow<'_> {
    /// Whether there is something to do: a request with no timeout or no breaker on some path.
    pub(super) fn is_open(&self) -> bool {
        let guards = &self.call.guards;
        self.call.kind.is_request()
            && (guards.timeout.answer != Answer::Yes || guards.breaker.answer != Answer::Yes)
    }
}

/// A webhook or callback.
pub(super) struct OutgoingRow<'a> {
    /// The request.
    pub(super) request: &'a OutgoingRequest,
    /// The id by which checklists are merged.
    pub(super) id: String,
    /// Where it is declared.
    pub(super) file: String,
    /// The line, from 1.
    pub(super) line: usize,
}

/// How many of what; the numbers of a summary.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) endpoints: usize,
    pub(super) idempotent: usize,
    pub(super) not_idempotent: usize,
    pub(super) critical: usize,
    pub(super) unknown: usize,
    pub(super) requests: usize,
    pub(super) without_timeout: usize,
    pub(super) without_breaker: usize,
}

impl<'a> Checklist<'a> {
    /// The checklist; with what could not be told where `pedantic`.
    pub(super) fn new(analysis: &'a Analysis, pedantic: bool) -> Self {
        let system = &analysis.system;
        let mut services: BTreeMap<&str, ServiceList<'a>> = BTreeMap::new();
        for contract in &system.contracts {
            let version = contract.api_version.as_deref();
            let list = services.entry(&contract.service).or_default();
            list.contracts.push((contract.span, version));
        }
        for endpoint in system
            .endpoints
            .iter()
            .filter(|endpoint| endpoint.is_write())
        {
            let row = endpoint_row(analysis, endpoint);
            let list = services.entry(&endpoint.service).or_default();
            match endpoint.label {
                Label::Idempotent => list.idempotent.push(row),
                Label::NotIdempotent | Label::Unknown => list.open.push(row),
            }
        }
        for call in system.calls.iter().filter(|call| !is_store(call)) {
            let row = call_row(analysis, call);
            services.entry(&call.service).or_default().calls.push(row);
        }
        for request in &system.outgoing {
            let (file, line) = source_location(&analysis.sources, request.written.span);
            let parts = [&request.service, &request.name, &request.written.method];
            let list = services.entry(&request.service).or_default();
            list.outgoing.push(OutgoingRow {
                request,
                id: stable_id(&[
                    "outgoing",
                    parts[0],
                    parts[1],
                    parts[2],
                    &request.written.path,
                ]),
                file,
                line,
            });
        }
        let count = |kind| system.calls.iter().filter(|call| call.kind == kind).count();
        Self {
            services: services
                .into_iter()
                .map(|(name, mut list)| {
                    list.name = name;
                    list.open.sort_by_key(|row| {
                        let endpoint = row.endpoint;
                        let critical = endpoint.critical.is_none();
                        (
                            critical,
                            endpoint.deprecated,
                            endpoint.label != Label::NotIdempotent,
                        )
                    });
                    number_twins(&mut list.calls);
                    list
                })
                .filter(|list| !list.is_empty())
                .collect(),
            operations: Operations::new(analysis),
            unlisted: (count(CallKind::Db), count(CallKind::Cache)),
            unknown: unknown_line(system.unknown_calls.len(), pedantic),
            unknown_rows: if pedantic {
                unknown_rows(analysis)
            } else {
                Vec::new()
            },
        }
    }

    /// The numbers of all services together.
    pub(super) fn counts(&self) -> Counts {
        self.services.iter().fold(Counts::default(), |sum, list| {
            let one = list.counts();
            Counts {
                endpoints: sum.endpoints + one.endpoints,
                idempotent: sum.idempotent + one.idempotent,
                not_idempotent: sum.not_idempotent + one.not_idempotent,
                critical: sum.critical + one.critical,
                unknown: sum.unknown + one.unknown,
                requests: sum.requests + one.requests,
                without_timeout: sum.without_timeout + one.without_timeout,
                without_breaker: sum.without_breaker + one.without_breaker,
            }
        })
    }
}

impl ServiceList<'_> {
    fn is_empty(&self) -> bool {
        self.open.is_empty()
            && self.idempotent.is_empty()
            && self.calls.is_empty()
            && self.outgoing.is_empty()
    }

    /// The numbers of this service.
    pub(super) fn counts(&self) -> Counts {
        let not = |row: &&EndpointRow<'_>| row.endpoint.label == Label::NotIdempotent;
        let not_idempotent = self.open.iter().filter(not).count();
        let critical = self.open.iter().filter(not);
        let requests = || self.calls.iter().filter(|row| row.call.kind.is_request());
        let without = |answer: fn(&OutboundCall) -> Answer| {
            requests()
                .filter(|row| answer(row.call) == Answer::No)
                .count()
        };
        Counts {
            endpoints: self.open.len() + self.idempotent.len(),
            idempotent: self.idempotent.len(),
            not_idempotent,
            critical: critical
                .filter(|row| row.endpoint.critical.is_some())
                .count(),
            unknown: self.open.len() - not_idempotent,
            requests: requests().count(),
            without_timeout: without(|call| call.guards.timeout.answer),
            without_breaker: without(|call| call.guards.breaker.answer),
        }
    }

    /// Whether the CODEOWNERS file names an owner for any of its lines.
    pub(super) fn has_owners(&self) -> bool {
        let mut rows = self.open.iter().chain(&self.idempotent);
        rows.any(|row| !row.endpoint.owners.is_empty())
            || self.calls.iter().any(|row| !row.call.owners.is_empty())
    }
}

fn unknown_line(count: usize, pedantic: bool) -> String {
    if count == 0 {
        return String::new();
    }
    let (verb, more) = match (count, pedantic) {
        (1, true) => ("is", ""),
        (_, true) => ("are", ""),
        (1, false) => ("is", "; `--pedantic` lists it"),
        (_, false) => ("are", "; `--pedantic` lists them"),
    };
    format!(
        "{} of methods that do I/O elsewhere {verb} on something whose type could not be found{more}.",
        counted(count, "call")
    )
}

fn unknown_rows(analysis: &Analysis) -> Vec<UnknownRow<'_>> {
    let system = &analysis.system;
    let rows = system.unknown_calls.iter().map(|call| {
        let (file, line) = source_location(&analysis.sources, call.name_span);
        UnknownRow {
            call,
            function: system.call_graph.name(call.function),
            file,
            line,
        }
    });
    rows.collect()
}

fn endpoint_row<'a>(analysis: &'a Analysis, endpoint: &'a Endpoint) -> EndpointRow<'a> {
    let span = endpoint.operation.as_ref().map(|operation| operation.span);
    let span = span.or_else(|| endpoint.handler.as_ref().map(|handler| handler.span));
    let (file, line) = span.map_or_else(
        || (String::new(), 0),
        |span| source_location(&analysis.sources, span),
    );
    EndpointRow {
        endpoint,
        id: endpoint.id(),
        file,
        line,
        why: endpoint
            .evidence
            .first()
            .map_or("", |evidence| evidence.reason.as_str()),
    }
}

fn call_row<'a>(analysis: &'a Analysis, call: &'a OutboundCall) -> CallRow<'a> {
    let (file, line) = source_location(&analysis.sources, call.name_span);
    let function = analysis.system.call_graph.name(call.function);
    let method = call.method.as_deref().map(|method| format!("{method} "));
    let target = call.target.as_deref().unwrap_or("?");
    let target = format!("{}{target}", method.unwrap_or_default());
    CallRow {
        call,
        id: stable_id(&[
            "call",
            &call.service,
            &file,
            function,
            call.kind.name(),
            &target,
        ]),
        function,
        file,
        line,
        target,
    }
}

/// Two calls of one function to one target are told apart by their order.
fn number_twins(calls: &mut [CallRow<'_>]) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for row in calls {
        let count = seen.entry(row.id.clone()).or_default();
        *count += 1;
        if *count > 1 {
            row.id = stable_id(&[&row.id, &count.to_string()]);
        }
    }
}

fn is_store(call: &OutboundCall) -> bool {
    matches!(call.kind, CallKind::Db | CallKind::Cache)
}

/// How sure a verdict is, as a word.
pub(super) fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    }
}

/// `not idempotent` and so on, for people.
pub(super) fn label(label: Label) -> &'static str {
    match label {
        Label::Idempotent => "idempotent",
        Label::NotIdempotent => "not idempotent",
        Label::Unknown => "unknown",
    }
}

/// Whether a guard is there; what could not be told is a question to the reader.
pub(super) fn answer(answer: Answer) -> &'static str {
    match answer {
        Answer::Yes => "yes",
        Answer::No => "no",
        Answer::Unknown => "?",
    }
}

/// How a place in the table of a service is called: by its line where the service has one contract
/// and the place is in it, by its file and line otherwise.
pub(super) fn place_name(
    list: &ServiceList<'_>,
    sources: &Sources,
    file: &str,
    line: usize,
) -> String {
    let only = match list.contracts.as_slice() {
        [(span, _)] => sources.get(span.source).path == file,
        _ => false,
    };
    let name = file.rsplit('/').next().unwrap_or(file);
    if only {
        format!("line {line}")
    } else {
        format!("{name}:{line}")
    }
}

/// `1 contract`, `2 contracts`.
pub(super) fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// What was read, in one line.
pub(super) fn read_line(analysis: &Analysis) -> String {
    let read = analysis.read;
    let mut parts = Vec::new();
    for (number, noun) in [
        (read.openapi, "contract"),
        (read.rust, "Rust file"),
        (read.compose, "compose file"),
    ] {
        if number > 0 {
            parts.push(counted(number, noun));
        }
    }
    match parts.as_slice() {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
