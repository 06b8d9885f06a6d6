//! Labels by code: the handler is run twice in thought. What it did the first time decides how far
//! the same request comes the second time, and whether it adds anything on the way.

mod again;
mod asked;
mod blocked;
mod faults;
mod unfold;

use self::asked::Asked;
use super::media::is_json_patch;
use crate::catalog::{Catalog, EffectRules, split_words};
use crate::model::{
    CodeEffect, CodeFault, Confidence, Effect, EffectKind, Endpoint, Evidence, HandlerCode, Key,
    KeyRead, KeyRequirement, Label, System, UnknownCall, Via, is_idempotent, is_safe,
};
use crate::source::{SourceId, Sources, Span};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use unfold::{Occurrence, Unfolded};

/// Labels every endpoint whose handler was found by what the handler does.
pub(super) fn judge(system: &mut System, sources: &Sources, catalog: &Catalog) {
    let relevant = unfold::relevant(system);
    let asked = asked::asked(system);
    let mut faults: BTreeMap<usize, Vec<CodeFault>> = BTreeMap::new();
    let mut pending: Vec<usize> = (0..system.endpoints.len()).collect();
    // What a request to another service does is known once that service has its labels.
    for _ in 0..MAX_ROUNDS {
        let judged = judged(system, sources, catalog, &relevant, &asked, &pending);
        let (mut changed, mut asking) = (false, Vec::new());
        for (index, judged) in judged {
            let endpoint = &mut system.endpoints[index];
            changed |= endpoint.label != judged.label;
            endpoint.effects = judged.effects;
            endpoint.adds_up = judged.adds_up;
            endpoint.label = judged.label;
            endpoint.via = judged.via;
            endpoint.confidence = judged.confidence;
            endpoint.evidence = judged.evidence;
            endpoint.writes_though_safe = judged.writes_though_safe;
            faults.insert(index, judged.faults);
            if judged.asks {
                asking.push(index);
            }
        }
        pending = asking;
        if !changed || pending.is_empty() {
            break;
        }
    }
    let mut faults: Vec<CodeFault> = faults.into_values().flatten().collect();
    faults.extend(faults::of_consumers(system, sources, catalog, &relevant));
    system.code_faults = faults::once(faults);
}

/// How often labels may change the labels of those who ask.
const MAX_ROUNDS: usize = 4;

fn judged(
    system: &System,
    sources: &Sources,
    catalog: &Catalog,
    relevant: &[bool],
    asked: &Asked,
    wanted: &[usize],
) -> Vec<(usize, Judged)> {
    let one = |index: &usize| {
        let endpoint = &system.endpoints[*index];
        let handler = endpoint.handler.as_ref()?;
        let log_words = &catalog.effects.log_words;
        let unfolded = unfold::unfold(system, relevant, log_words, &handler.code, &handler.layers);
        let mut replay = Replay::new(system, sources, &catalog.effects, &unfolded);
        replay.asked = Some(asked);
        Some((*index, replay.judge(endpoint)))
    };
    let found: Vec<Option<(usize, Judged)>> = wanted.par_iter().map(one).collect();
    found.into_iter().flatten().collect()
}

/// How many reasons are given for a label; the effects list the rest.
const MAX_REASONS: usize = 8;

/// What is said of an endpoint.
struct Judged {
    label: Label,
    via: Via,
    confidence: Confidence,
    evidence: Vec<Evidence>,
    effects: Vec<Effect>,
    adds_up: Vec<Effect>,
    writes_though_safe: Option<Evidence>,
    faults: Vec<CodeFault>,
    /// It sends a request to a service that is audited too.
    asks: bool,
}

/// What an effect does on the repeat.
enum Repeated {
    /// It adds up: why.
    AddsUp(String),
    /// It leaves what is there.
    Settles(Via, String),
    /// It is no intended state.
    Ignored,
}

/// Why an effect does not happen on the repeat.
struct Blocked {
    via: Via,
    evidence: Evidence,
}

/// What the repeat of the request does.
#[derive(Default)]
struct Outcome {
    /// What adds up.
    adds_up: Vec<Effect>,
    /// Why it adds up.
    adds: Vec<Evidence>,
    /// Why the rest does not.
    settled: Vec<Evidence>,
    /// By what the rest does not.
    vias: BTreeSet<Via>,
    /// Whether it changes anything.
    writes: bool,
    /// The first thing that a safe method must not do.
    alarming: Option<Evidence>,
}

struct Replay<'s> {
    system: &'s System,
    sources: &'s Sources,
    rules: &'s EffectRules,
    unfolded: &'s Unfolded,
    /// The endpoints behind its requests.
    asked: Option<&'s Asked>,
    /// The occurrences that change something.
    changes: Vec<usize>,
}

impl<'s> Replay<'s> {
    fn new(
        system: &'s System,
        sources: &'s Sources,
        rules: &'s EffectRules,
        unfolded: &'s Unfolded,
    ) -> Self {
        Self {
            system,
            sources,
            rules,
            unfolded,
            asked: None,
            changes: changes(system, unfolded),
        }
    }

    fn judge(&self, endpoint: &Endpoint) -> Judged {
        let mut outcome = self.outcome();
        let alarming = outcome.alarming.take();
        let adds_up = std::mem::take(&mut outcome.adds_up);
        let (label, via, evidence) = self.verdict(endpoint, outcome);
        Judged {
            label,
            via,
            confidence: self.confidence(),
            evidence,
            effects: self.effects(),
            faults: self.faults(endpoint, !adds_up.is_empty()),
            asks: self.asks(),
            adds_up,
            writes_though_safe: alarming.filter(|_| is_safe(&endpoint.method)),
        }
    }

    fn asks(&self) -> bool {
        let mut occurrences = self.unfolded.occurrences.iter();
        let known = |effect: &usize| self.asked.is_some_and(|asked| asked.contains_key(effect));
        occurrences.any(|occurrence| known(&occurrence.effect))
    }

    /// What every effect does on the repeat.
    fn outcome(&self) -> Outcome {
        let mut outcome = Outcome::default();
        let mut settled = Vec::new();
        for (at, occurrence) in self.unfolded.occurrences.iter().enumerate() {
            let effect = self.effect(occurrence);
            let seen = |reason: String| Evidence::seen(effect.span, reason);
            let repeated = self.repeated(occurrence);
            if !matches!(repeated, Repeated::Ignored) {
                let does = || seen(describe(effect.kind, self.target(occurrence)));
                if self.alarms(occurrence) {
                    outcome.alarming.get_or_insert_with(does);
                }
                outcome.writes |= effect.kind.writes();
            }
            match repeated {
                Repeated::Ignored => {}
                Repeated::Settles(via, reason) => {
                    outcome.vias.insert(via);
                    settled.push(seen(reason));
                }
                Repeated::AddsUp(reason) => match self.blocked(at) {
                    Some(blocked) => {
                        outcome.vias.insert(blocked.via);
                        outcome.settled.push(blocked.evidence);
                    }
                    // What middleware does under a condition, it does for few requests.
                    None if occurrence.around && !occurrence.branches.is_empty() => {}
                    None => {
                        outcome.adds_up.push(self.listed(occurrence));
                        outcome.adds.push(seen(reason));
                    }
                },
            }
        }
        // Why something that would add up does not comes first.
        outcome.settled.append(&mut settled);
        for evidence in [&mut outcome.adds, &mut outcome.settled] {
            dedup(evidence);
            evidence.truncate(MAX_REASONS);
        }
        outcome
    }

    /// The label that the outcome and the key deserve, by what, and why.
    fn verdict(&self, endpoint: &Endpoint, outcome: Outcome) -> (Label, Via, Vec<Evidence>) {
        let method = endpoint.method.as_str();
        let handler = endpoint.handler.as_ref();
        let handler = handler.map_or_else(|| endpoint_span(endpoint), |handler| handler.span);
        if is_safe(method) {
            let reason = format!("{method} is safe (RFC 9110 section 9.2.1)");
            let evidence = vec![Evidence::seen(handler, reason)];
            return (Label::Idempotent, Via::Method, evidence);
        }
        if !outcome.adds.is_empty() {
            return match self.key(endpoint) {
                Some((key, evidence)) if self.key_stored_apart(endpoint).is_none() => {
                    let (label, via) = match key.required {
                        true => (Label::Idempotent, Via::Key),
                        false => (Label::NotIdempotent, Via::OptionalKey),
                    };
                    (
                        label,
                        via,
                        evidence.into_iter().chain(outcome.adds).collect(),
                    )
                }
                _ => match key_at_gateway(endpoint) {
                    Some((key, evidence)) => {
                        let required = key.requirement == KeyRequirement::Required;
                        let (label, via) = match required {
                            true => (Label::Idempotent, Via::Key),
                            false => (Label::NotIdempotent, Via::OptionalKey),
                        };
                        let evidence = std::iter::once(evidence).chain(outcome.adds);
                        (label, via, evidence.collect())
                    }
                    None => (Label::NotIdempotent, Via::None, outcome.adds),
                },
            };
        }
        // A JSON Patch says in each request what is set and what is appended (RFC 6902).
        let operation = endpoint.operation.as_ref();
        let patched = operation.is_some_and(|operation| is_json_patch(operation)) && outcome.writes;
        if patched && endpoint.label == Label::NotIdempotent {
            return (endpoint.label, endpoint.via, endpoint.evidence.clone());
        }
        let lost = self.lost() || self.unseen().next().is_some();
        if !outcome.writes && lost && !is_idempotent(method) {
            return (Label::Unknown, Via::None, self.lost_at(handler));
        }
        let mut evidence = outcome.settled;
        let demanded = demanded(endpoint);
        let key = self.key(endpoint);
        let key = key.filter(|(key, _)| key.required || demanded.is_some());
        let via = if is_idempotent(method) {
            Via::Method
        } else if let Some((_, read)) = key {
            let demanded =
                demanded.map(|key| Evidence::seen(key.span, format!("`{}` is required", key.name)));
            evidence.splice(0..0, demanded.into_iter().chain(read));
            Via::Key
        } else {
            let strongest = [Via::NaturalKey, Via::Upsert];
            let found = strongest.into_iter().find(|via| outcome.vias.contains(via));
            found.unwrap_or(Via::Effects)
        };
        if evidence.is_empty() {
            let reason = match (outcome.writes, self.unfolded.occurrences.is_empty()) {
                (true, _) => "what it does may be repeated",
                (false, false) => "it only reads",
                (false, true) => {
                    "nothing that it does to a store, a broker or another service was seen"
                }
            };
            evidence.push(Evidence::seen(handler, reason));
        }
        (Label::Idempotent, via, evidence)
    }

    /// The headers that functions on the way read as keys. What a client library of the system does
    /// with its own requests is none of it: it belongs to another package.
    fn keys_read(&self, endpoint: &Endpoint) -> impl Iterator<Item = &'s KeyRead> {
        let system = self.system;
        let handler = endpoint.handler.as_ref();
        let layers = handler.map_or(&[][..], |handler| handler.layers.as_slice());
        let package = |function: &usize| &system.call_graph.functions[*function].package;
        let known: BTreeSet<&String> = layers
            .iter()
            .map(package)
            .chain([&endpoint.service])
            .collect();
        let functions: Vec<usize> = self
            .unfolded
            .functions
            .iter()
            .filter(|function| known.contains(package(function)))
            .copied()
            .collect();
        functions
            .into_iter()
            .flat_map(move |function| &system.traces[function].keys)
    }

    /// The idempotency key that the code honours: a header that a function on the way reads, or a
    /// member of the request that is stored.
    fn key(&self, endpoint: &Endpoint) -> Option<(&KeyRead, Vec<Evidence>)> {
        let handler = endpoint.handler.as_ref()?;
        let read = self.keys_read(endpoint);
        let mut headers =
            read.filter(|key| key.methods.is_empty() || key.methods.contains(&endpoint.method));
        if let Some(key) = headers.next() {
            let reason = match key.required {
                true => format!("`{}` is read, and the request fails without it", key.name),
                false => format!("`{}` is read where the client sends it", key.name),
            };
            return Some((key, vec![Evidence::seen(key.span, reason)]));
        }
        let HandlerCode::Functions(functions) = &handler.code else {
            return None;
        };
        let given = functions
            .iter()
            .filter_map(|function| self.system.given_keys.get(function));
        let key = given.flatten().next()?;
        let stored = self.unfolded.occurrences.iter().find(|occurrence| {
            let effect = self.effect(occurrence);
            let columns = occurrence.written.iter().map(|value| &value.column);
            let mut columns = columns.chain(effect.filter.iter().map(|value| &value.column));
            effect.kind.writes() && columns.any(|column| *column == key.name)
        })?;
        let stored = self.effect(stored);
        let evidence = vec![
            Evidence::seen(
                key.span,
                format!("`{}` is a member of the request", key.name),
            ),
            Evidence::seen(
                stored.span,
                format!("the key is stored in `{}`", stored.target),
            ),
        ];
        Some((key, evidence))
    }

    /// Whether something that it does could not be followed, and may write.
    fn lost(&self) -> bool {
        let mut occurrences = self.unfolded.occurrences.iter();
        self.unfolded.cut
            || occurrences.any(|occurrence| {
                let effect = self.effect(occurrence);
                effect.kind == EffectKind::Unknown && effect.transactional
            })
    }

    /// What is awaited on the way and not known.
    fn unseen(&self) -> impl Iterator<Item = Span> {
        let functions = self.unfolded.own.iter();
        functions.flat_map(|function| self.system.traces[*function].unseen.iter().copied())
    }

    fn unknown_calls(&self) -> impl Iterator<Item = &UnknownCall> {
        let calls = self.system.unknown_calls.iter();
        calls.filter(|call| {
            self.unfolded
                .functions
                .binary_search(&call.function)
                .is_ok()
        })
    }

    /// Where the trail ends.
    fn lost_at(&self, handler: Span) -> Vec<Evidence> {
        let occurrences = self.unfolded.occurrences.iter();
        let unknown = occurrences
            .map(|occurrence| self.effect(occurrence))
            .filter(|effect| effect.kind == EffectKind::Unknown)
            .map(|effect| {
                let reason = format!("what `{}` changes is not known", effect.target);
                Evidence::seen(effect.span, reason)
            });
        let calls = self.unknown_calls().map(|call| {
            let reason = format!(
                "`{}` may be I/O, and what it is called on is not known",
                call.method
            );
            Evidence::seen(call.name_span, reason)
        });
        let unseen = self.unseen().map(|span| {
            let reason = "what is awaited here was not found in the code, and may do anything";
            Evidence::seen(span, reason)
        });
        let mut evidence: Vec<Evidence> = unknown.chain(calls).chain(unseen).take(5).collect();
        if evidence.is_empty() {
            evidence.push(Evidence::seen(
                handler,
                "it leads to more than is looked at",
            ));
        }
        dedup(&mut evidence);
        evidence
    }

    /// High where all calls were told apart.
    fn confidence(&self) -> Confidence {
        let lost = self.lost() || self.unseen().next().is_some();
        match lost || self.unknown_calls().next().is_some() {
            true => Confidence::Medium,
            false => Confidence::High,
        }
    }

    /// The tables that an effect reads or writes.
    fn tables<'o>(&'o self, occurrence: &'o Occurrence) -> Vec<&'o str> {
        let known = &self.effect(occurrence).tables;
        let named = known
            .iter()
            .map(String::as_str)
            .filter(|name| !name.is_empty());
        let named: Vec<&str> = named.collect();
        match named.is_empty() {
            true => occurrence.table.as_deref().into_iter().collect(),
            false => named,
        }
    }

    /// To what it is done, in words.
    fn target<'o>(&'o self, occurrence: &'o Occurrence) -> &'o str {
        let named = self.effect(occurrence).target.as_str();
        match named.is_empty() {
            true => occurrence.table.as_deref().unwrap_or("a table"),
            false => named,
        }
    }

    fn share_table(&self, one: &Occurrence, other: &Occurrence) -> bool {
        let others = self.tables(other);
        self.tables(one).iter().any(|table| others.contains(table))
    }

    fn effect(&self, occurrence: &Occurrence) -> &CodeEffect {
        &self.system.effects[occurrence.effect]
    }

    /// Whether a safe method must not do this: it is lasting, and the handler's own doing. What only
    /// says when something was last used is not.
    fn alarms(&self, occurrence: &Occurrence) -> bool {
        let effect = self.effect(occurrence);
        let lasting = effect.transactional && effect.kind.writes();
        let sent = matches!(effect.kind, EffectKind::Mail | EffectKind::Publish);
        let mut written = occurrence.written.iter();
        let stamps = effect.kind == EffectKind::Update
            && !occurrence.written.is_empty()
            && written.all(|value| self.is_bookkeeping(&value.column));
        let words = split_words(self.target(occurrence));
        let visits = words
            .iter()
            .any(|word| self.rules.visit_tables.contains(word));
        (lasting || sent) && !occurrence.around && !occurrence.later && !stamps && !visits
    }

    fn listed(&self, occurrence: &Occurrence) -> Effect {
        let effect = self.effect(occurrence);
        Effect {
            kind: effect.kind.name().to_owned(),
            target: self.target(occurrence).to_owned(),
            span: effect.span,
        }
    }

    /// What is listed of what the handler does: everything but reads, once.
    fn effects(&self) -> Vec<Effect> {
        let mut listed = Vec::new();
        let mut known = BTreeSet::new();
        for occurrence in &self.unfolded.occurrences {
            let effect = self.effect(occurrence);
            let shown = effect.kind.writes() || effect.kind == EffectKind::RepeatableRequest;
            let target = self.target(occurrence);
            if shown && known.insert((effect.kind, target, effect.span)) {
                listed.push(self.listed(occurrence));
            }
        }
        listed
    }
}

/// The key that the contract requires.
fn demanded(endpoint: &Endpoint) -> Option<&Key> {
    let operation = endpoint.operation.as_ref()?;
    let mut keys = operation.keys.iter().filter(|key| !key.precondition);
    keys.find(|key| key.requirement == KeyRequirement::Required)
}

/// The key that the contract declares, where a gateway answers those who repeat it.
fn key_at_gateway(endpoint: &Endpoint) -> Option<(&Key, Evidence)> {
    let line = endpoint.keys_at_gateway?;
    let mut keys = endpoint.operation.as_ref()?.keys.iter();
    let key = keys.find(|key| key.header && !key.precondition && key.known.is_some())?;
    let reason = format!("a gateway answers a repeat of `{}`", key.name);
    Some((key, Evidence::known(line, reason)))
}

fn endpoint_span(endpoint: &Endpoint) -> Span {
    let operation = endpoint.operation.as_ref();
    operation.map_or_else(|| Span::new(SourceId(0), 0, 0), |operation| operation.span)
}

/// The occurrences that change something.
fn changes(system: &System, unfolded: &Unfolded) -> Vec<usize> {
    let all = unfolded.occurrences.iter().enumerate();
    all.filter(|(_, occurrence)| system.effects[occurrence.effect].kind.writes())
        .map(|(index, _)| index)
        .collect()
}

/// The same evidence once, in order.
fn dedup(evidence: &mut Vec<Evidence>) {
    let mut known = BTreeSet::new();
    evidence.retain(|one| known.insert(one.clone()));
}

/// What an effect does, in words.
fn describe(kind: EffectKind, target: &str) -> String {
    match kind {
        EffectKind::Insert => format!("it inserts into `{target}`"),
        EffectKind::Upsert => format!("it inserts into or changes `{target}`"),
        EffectKind::Update => format!("it changes `{target}`"),
        EffectKind::Delete => format!("it deletes from `{target}`"),
        EffectKind::Publish => format!("it publishes: `{target}`"),
        EffectKind::Mail => "it sends mail".to_owned(),
        EffectKind::Request => format!("it asks another service to act: `{target}`"),
        _ => format!("it writes: `{target}`"),
    }
}
