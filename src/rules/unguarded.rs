//! Calls that lack a guard, once per cause: the rules on breakers and timeouts share it.

use super::Page;
use crate::catalog::split_words;
use crate::finding::{Finding, Severity};
use crate::model::{Answer, Aside, CallKind, Confidence, Evidence, OutboundCall, System};
use crate::model::{GuardKind, before_path};
use crate::source::{SourceId, Span};
use petgraph::unionfind::UnionFind;
use std::collections::{BTreeMap, BTreeSet};

/// How mail gets a timeout: the asynchronous client of lettre has one for connecting alone.
const SMTP_TIMEOUT: &str = "run the sending inside `tokio::time::timeout`, with a bound shorter than the one of your own \
                            callers: a timeout of the transport bounds the connecting only";

/// What helps where a connection that lasts is opened: of the time until it stands, no client is told.
const SOCKET_TIMEOUT: &str = "put a timeout around the opening of the connection, and watch with pings whether it still stands";

/// How many hosts a function must have to choose from for what it asks them to be one cause.
const MANY_HOSTS: usize = 3;

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

/// Calls that one change mends: of one program or library, of one type (or of one file's free
/// functions), with one crate, to one host.
type Cause<'s> = (&'s str, &'s str, SourceId, &'s str, &'s str);

/// One finding for each cause; its further calls are evidence of the first.
pub(super) fn check(system: &System, page: &Page, words: &Words) -> Vec<Finding> {
    let mut causes: BTreeMap<Cause<'_>, Vec<&OutboundCall>> = BTreeMap::new();
    for call in &system.calls {
        if system.guard_demands.demand(words.guard, call.kind)
            && !call.local
            && !is_aside(call, words.guard)
            && call.guards.get(words.guard).answer == Answer::No
        {
            let owner = owner(system, call);
            // The methods of a type may stand in several files.
            let file = if owner.is_empty() {
                call.span.source
            } else {
                SourceId(0)
            };
            let cause = match call.kind.is_request() {
                true => (
                    call.service.as_str(),
                    owner,
                    file,
                    call.krate.as_str(),
                    host(call),
                ),
                // A store or broker has one client, which is made once.
                false => (
                    call.service.as_str(),
                    "",
                    SourceId(0),
                    call.krate.as_str(),
                    "",
                ),
            };
            causes.entry(cause).or_default().push(call);
        }
    }
    let calls = together(causes.into_values().collect(), words.guard);
    let found = calls.iter().map(|calls| found(system, page, calls, words));
    found.flatten().collect()
}

/// What two calls share where one change mends both.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Shared<'s> {
    /// The client, by where it is made: a timeout is set there.
    Client(&'s str, Span),
    /// The client, and the name by which it asks somebody.
    ClientAndName(&'s str, Span, &'s str),
    /// The client and the function that asks it.
    ClientAndFunction(&'s str, Span, usize),
    /// The host, which is known: a breaker stands before it.
    Host(&'s str, &'s str),
    /// The host, by what the file calls it.
    HostOfFile(&'s str, SourceId, &'s str, &'s str),
}

/// What a call shares with others, of which one guard is missing. Each request that goes to a host of its own is a matter of
/// that host, and a WebSocket one of whoever opens it.
fn shared(call: &OutboundCall, guard: GuardKind) -> Vec<Shared<'_>> {
    let (service, host) = (call.service.as_str(), host(call));
    let mut shared = Vec::new();
    let of_data = guard == GuardKind::Breaker && is_host_of_data(call);
    if let Some(client) = client(call).filter(|_| !of_data && !call.socket) {
        if guard == GuardKind::Timeout {
            shared.push(Shared::Client(service, client));
        }
        if says_who(host) {
            shared.push(Shared::ClientAndName(service, client, host));
        }
        if host.is_empty() || host.starts_with('{') {
            shared.push(Shared::ClientAndFunction(service, client, call.function));
        }
    }
    if call.kind == CallKind::Http && !host.is_empty() && !of_data && !call.socket {
        if guard == GuardKind::Breaker && !host.contains('{') {
            shared.push(Shared::Host(service, host));
        }
        let (file, krate) = (call.span.source, call.krate.as_str());
        shared.push(Shared::HostOfFile(service, file, krate, host));
    }
    shared
}

/// Whether the name of a value says whose address it holds, and not only that it is one: `{stock_url}`, not `{base_url}`.
fn says_who(host: &str) -> bool {
    let Some(name) = host.strip_prefix('{') else {
        return false;
    };
    let plain = [
        "address", "api", "base", "endpoint", "host", "path", "server", "target", "uri", "url",
    ];
    let mut words = split_words(name).into_iter();
    words.any(|word| !plain.contains(&word.as_str()) && word.parse::<usize>().is_err())
}

/// Where the client of a call is made.
fn client(call: &OutboundCall) -> Option<Span> {
    let evidence = call.guards.get(GuardKind::Timeout).evidence.first();
    evidence.and_then(Evidence::span)
}

/// Puts together what is one cause although several types, files or hosts have a part in it: a client and all that lack the
/// timeout which it lacks, a host and all who need a breaker before it, and a function that makes a client for each of the
/// hosts that it chooses among.
fn together(causes: Vec<Vec<&OutboundCall>>, guard: GuardKind) -> Vec<Vec<&OutboundCall>> {
    let mut same = UnionFind::new(causes.len());
    let mut by_function: BTreeMap<usize, Made> = BTreeMap::new();
    let mut sharing = BTreeMap::new();
    for (at, calls) in causes.iter().enumerate() {
        for call in calls.iter().filter(|call| call.kind.is_request()) {
            for key in shared(call, guard) {
                same.union(*sharing.entry(key).or_insert(at), at);
            }
            if call.kind == CallKind::Http {
                let made = by_function.entry(call.function).or_default();
                made.causes.insert(at);
                let here = |span: &Span| span.source == call.span.source;
                made.clients.extend(client(call).filter(here));
                made.hosts.insert(host(call));
            }
        }
    }
    let chooses = |made: &&Made| made.hosts.len().min(made.clients.len()) >= MANY_HOSTS;
    for made in by_function.values().filter(chooses) {
        let first = made.causes.first().copied().unwrap_or_default();
        made.causes.iter().for_each(|other| {
            same.union(first, *other);
        });
    }
    let mut joined: BTreeMap<usize, Vec<&OutboundCall>> = BTreeMap::new();
    let roots = same.into_labeling();
    let numbered = roots.iter().enumerate().rev();
    let firsts: BTreeMap<usize, usize> = numbered.map(|(at, root)| (*root, at)).collect();
    for (calls, root) in causes.into_iter().zip(roots) {
        joined.entry(firsts[&root]).or_default().extend(calls);
    }
    let in_order = joined.into_values().map(|mut calls| {
        calls.sort_by_key(|call| call.name_span);
        calls
    });
    in_order.collect()
}

/// What a function asks.
#[derive(Default)]
struct Made<'s> {
    /// The causes that its calls belong to.
    causes: BTreeSet<usize>,
    /// Where the clients are made that it uses.
    clients: BTreeSet<Span>,
    hosts: BTreeSet<&'s str>,
}

/// Whether a guard is of no use to what makes a call.
fn is_aside(call: &OutboundCall, guard: GuardKind) -> bool {
    match call.aside {
        Some(Aside::Command | Aside::Example | Aside::Unused) => true,
        Some(Aside::Probe) => guard == GuardKind::Breaker,
        // What lasts is opened anew when it breaks: nothing else runs into the other side meanwhile.
        None => guard == GuardKind::Breaker && call.socket,
    }
}

/// Whether each request goes to a host of its own, which the request or a record names (`https://{handle}/..`): one that is
/// down slows down nobody else.
fn is_host_of_data(call: &OutboundCall) -> bool {
    if call.of_data {
        return true;
    }
    let target = call.target.as_deref().unwrap_or("");
    let host = target.strip_prefix("https://{");
    let behind = host.and_then(|host| host.split_once('}'));
    behind.is_some_and(|(_, behind)| behind.is_empty() || behind.starts_with(['/', '?']))
}

/// The type whose method makes a call; empty for a free function.
fn owner<'s>(system: &'s System, call: &OutboundCall) -> &'s str {
    let name = system.call_graph.name(call.function);
    name.rsplit_once("::").map_or("", |(owner, _)| owner)
}

fn found(system: &System, page: &Page, calls: &[&OutboundCall], words: &Words) -> Option<Finding> {
    // What runs is shown first; what only a library offers, where nothing runs.
    let mut in_order = calls.iter().filter(|call| call.reached);
    let waited = in_order
        .clone()
        .find(|call| call.waited && !is_host_of_data(call));
    let waited = waited.or_else(|| in_order.clone().find(|call| call.waited));
    let first = waited.or(in_order.next()).or(calls.first())?;
    let others: Vec<_> = calls
        .iter()
        .filter(|call| call.name_span != first.name_span)
        .collect();
    let name = system.call_graph.name(first.function);
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
    let sends = match first.kind {
        CallKind::Http if first.socket => "opens a WebSocket".to_owned(),
        CallKind::Http => format!("sends an HTTP{method} request"),
        CallKind::Grpc => "sends a gRPC request".to_owned(),
        CallKind::Smtp => "sends a mail".to_owned(),
        CallKind::CloudSdk => "sends a cloud SDK request".to_owned(),
        CallKind::BrokerPublish => "publishes a message".to_owned(),
        CallKind::BrokerConsume => "takes a message".to_owned(),
        CallKind::Cache => "sends a command to a cache".to_owned(),
        CallKind::Db => "sends a statement to a database".to_owned(),
    };
    let more = match others.len() {
        0 => String::new(),
        1 => ", and one more like it".to_owned(),
        count => format!(", and {count} more like it"),
    };
    let mut evidence = first.guards.get(words.guard).evidence.clone();
    evidence.extend(
        others
            .iter()
            .map(|call| Evidence::seen(call.name_span, "and here")),
    );
    Some(Finding {
        rule: page.id.clone(),
        // A breaker is there for those who wait; the libraries of clouds give up repeating by themselves, and a mail is
        // handed to one relay.
        severity: if first.reached
            && (words.guard != GuardKind::Breaker
                || first.waited
                    && !is_host_of_data(first)
                    && !matches!(first.kind, CallKind::CloudSdk | CallKind::Smtp))
        {
            page.severity
        } else {
            Severity::Note
        },
        confidence: if first.reached {
            Confidence::High
        } else {
            Confidence::Medium
        },
        span: first.name_span,
        label: words.because.to_owned(),
        message: format!("`{name}` {sends}{target} without {}{more}", words.lacks),
        help: match (first.kind, words.guard) {
            // What the client can be told bounds the connecting only.
            (CallKind::Smtp, GuardKind::Timeout) => SMTP_TIMEOUT.to_owned(),
            (_, GuardKind::Timeout) if first.socket => SOCKET_TIMEOUT.to_owned(),
            _ => words.help.to_owned(),
        },
        evidence,
        others: others.iter().map(|call| call.name_span).collect(),
        subject: format!("{} {} {}", owner(system, first), first.krate, host(first)),
    })
}

/// The host of an HTTP request, as far as known; other targets are operations of one host.
fn host(call: &OutboundCall) -> &str {
    let target = call
        .target
        .as_deref()
        .filter(|_| call.kind == CallKind::Http)
        .map_or("", before_path);
    let rest = target.split_once("://").map_or(target, |(_, rest)| rest);
    // `{base_url}orders/1`: what is not known stands for the host, whatever follows it.
    match rest.split_once('}') {
        Some((base, _)) if base.starts_with('{') => base,
        _ => rest.split(['/', '?']).next().unwrap_or(rest),
    }
}
