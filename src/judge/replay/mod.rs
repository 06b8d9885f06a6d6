//! Labels by code: the handler is run twice in thought. What it did the first time decides how far
//! the same request comes the second time, and whether it adds anything on the way.

mod again;
pub(super) mod asked;
mod blocked;
mod branch;
mod changes;
mod faults;
mod known;
mod path;
mod reason;
mod run;
mod unfold;

use self::asked::{Asked, SEVERAL};
use self::changes::Changes;
use self::known::Known;
use self::reason::{Reason, Reasons, in_words};
use self::unfold::{Occurrence, Unfolded};
use super::idempotency::safe;
use super::media::is_json_patch;
use crate::catalog::{Catalog, split_words};
use crate::model::{
    CodeFault, Confidence, Effect, EffectKind, Endpoint, Evidence, GRPC_METHOD, HandlerCode, Key,
    KeyRead, KeyRequirement, Label, System, UnknownCall, Via, is_idempotent, is_safe,
};
use crate::source::{SourceId, Sources, Span};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Labels every endpoint whose handler was found by what the handler does.
pub(super) fn judge(system: &mut System, sources: &Sources, catalog: &Catalog) {
    let asked = asked::asked(system);
    let mut endpoints = std::mem::take(&mut system.endpoints);
    let known = Known::new(system, sources, catalog);
    let mut faults: BTreeMap<usize, Vec<CodeFault>> = BTreeMap::new();
    let mut pending: Vec<usize> = (0..endpoints.len()).collect();
    // What a request to another service does is known once that service has its labels.
    for _ in 0..MAX_ROUNDS {
        let (mut changed, mut asking) = (false, Vec::new());
        for (index, judged) in judged(&known, &endpoints, &asked, &pending) {
            let endpoint = &mut endpoints[index];
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
    faults.extend(faults::of_consumers(&known));
    endpoints.retain(|endpoint| !answers_nothing(endpoint));
    system.endpoints = endpoints;
    system.code_faults = faults::once(faults);
}

/// Whether an endpoint stands for whatever no route is for, and only says so.
fn answers_nothing(endpoint: &Endpoint) -> bool {
    let known = endpoint.handler.is_none() || endpoint.label == Label::Idempotent;
    endpoint.path.ends_with("/{fallback}") && endpoint.effects.is_empty() && known
}

/// How often labels may change the labels of those who ask.
const MAX_ROUNDS: usize = 4;

fn judged(
    known: &Known<'_>,
    endpoints: &[Endpoint],
    asked: &Asked,
    wanted: &[usize],
) -> Vec<(usize, Judged)> {
    let mut behind: BTreeMap<_, Vec<(usize, &HandlerCode)>> = BTreeMap::new();
    for index in wanted {
        if let Some(handler) = &endpoints[*index].handler {
            let programs = known.programs_of(&endpoints[*index].service, &handler.code);
            let same = behind.entry((programs, handler.layers.as_slice()));
            same.or_default().push((*index, &handler.code));
        }
    }
    // What middleware does is the same for all that are behind it.
    let judged = behind
        .into_par_iter()
        .flat_map(|((programs, layers), handlers)| {
            let entered = unfold::enter(known, layers, &programs);
            let handlers = handlers.into_par_iter().with_max_len(1);
            handlers.map(move |(index, code)| {
                let unfolded = entered.clone().unfold(code);
                let mut replay = Replay::new(known, &unfolded, endpoints, Some(asked));
                replay.answers = Some(&endpoints[index]);
                (index, replay.judge(&endpoints[index]))
            })
        });
    judged.collect()
}

/// How many reasons are given for a label; the effects list the rest.
const MAX_REASONS: usize = 8;

/// How many places are named where the trail ends.
const MAX_TRAILS: usize = 5;

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
enum Repeated<'r> {
    /// It adds up: why.
    AddsUp(Reason<'r>),
    /// It leaves what is there.
    Settles(Via, Reason<'r>),
    /// It is no intended state.
    Ignored,
}

/// Why an effect does not happen on the repeat.
struct Blocked<'r> {
    via: Via,
    span: Span,
    reason: Reason<'r>,
}

/// What the repeat of the request does.
#[derive(Default)]
struct Outcome<'r> {
    /// What adds up.
    adds_up: Vec<Effect>,
    /// Why it adds up.
    adds: Reasons<'r>,
    /// Why something that would add up does not.
    blocked: Reasons<'r>,
    /// Why the rest does not.
    settled: Reasons<'r>,
    /// The same of what stands around the handler.
    around: Reasons<'r>,
    /// By what the rest does not, and whether it stands around the handler.
    vias: BTreeSet<(bool, Via)>,
    /// Whether it changes anything.
    writes: bool,
    /// Whether the handler does, and not only what stands around it.
    own_writes: bool,
    /// The first thing that a safe method must not do.
    alarming: Option<Evidence>,
}

struct Replay<'s> {
    known: &'s Known<'s>,
    unfolded: &'s Unfolded<'s>,
    endpoints: &'s [Endpoint],
    /// The endpoints behind its requests.
    asked: Option<&'s Asked>,
    /// The endpoint that is judged.
    answers: Option<&'s Endpoint>,
    changes: Changes<'s>,
}

impl<'s> Replay<'s> {
    fn new(
        known: &'s Known<'s>,
        unfolded: &'s Unfolded<'s>,
        endpoints: &'s [Endpoint],
        asked: Option<&'s Asked>,
    ) -> Self {
        Self {
            known,
            unfolded,
            endpoints,
            asked,
            answers: None,
            changes: Changes::new(known, unfolded),
        }
    }

    fn judge(&self, endpoint: &'s Endpoint) -> Judged {
        let mut outcome = self.outcome(endpoint);
        let alarming = outcome.alarming.take();
        let upgrades = (endpoint.handler.as_ref()).is_some_and(|handler| handler.upgrades);
        let adds_up = std::mem::take(&mut outcome.adds_up);
        let (label, via, evidence) = self.verdict(endpoint, &outcome);
        Judged {
            label,
            via,
            confidence: self.confidence(),
            evidence,
            effects: self.effects(),
            faults: self.faults(endpoint, !adds_up.is_empty()),
            asks: self.asks(),
            adds_up,
            writes_though_safe: alarming.filter(|_| is_safe(&endpoint.method) && !upgrades),
        }
    }

    fn asks(&self) -> bool {
        let mut occurrences = self.unfolded.occurrences.iter();
        occurrences.any(|occurrence| self.answering(occurrence).is_some())
    }

    /// The endpoint that answers a request.
    fn answering(&self, occurrence: &Occurrence<'s>) -> Option<&'s Endpoint> {
        let index = self.asked?.get(&occurrence.effect)?;
        self.endpoints.get(*index)
    }

    /// Whether one of several endpoints answers a request, and nobody knows which.
    fn asks_one_of_several(&self, occurrence: &Occurrence<'s>) -> bool {
        let asked = self.asked.and_then(|asked| asked.get(&occurrence.effect));
        asked.is_some_and(|index| *index == SEVERAL)
    }

    /// Whether a request is answered by an endpoint of which nobody knows whether it may be repeated.
    fn asks_openly(&self, occurrence: &Occurrence<'s>) -> bool {
        let answering = self.answering(occurrence);
        answering.is_some_and(|endpoint| endpoint.label == Label::Unknown)
            || self.asks_one_of_several(occurrence)
    }

    /// Whether a request hands on the one that is judged: to another instance, which does the same.
    fn forwards(&self, occurrence: &Occurrence<'s>) -> bool {
        let answering = self.answering(occurrence);
        if let (Some(one), Some(own)) = (answering, self.answers) {
            return std::ptr::eq(one, own);
        }
        if answering.is_some() || self.asks_one_of_several(occurrence) {
            return false;
        }
        let Some(endpoint) = self
            .answers
            .filter(|endpoint| endpoint.method == GRPC_METHOD)
        else {
            return false;
        };
        let name = endpoint.path.rsplit('/').next().unwrap_or_default();
        let target = self.known.target(occurrence);
        split_words(name) == split_words(target.rsplit('/').next().unwrap_or(target))
    }

    /// What every effect does on the repeat.
    fn outcome(&self, endpoint: &Endpoint) -> Outcome<'s> {
        let mut outcome = Outcome::default();
        let (mut blocked, mut passed_over) = (Vec::new(), Vec::new());
        for (at, occurrence) in self.unfolded.occurrences.iter().enumerate() {
            let effect = self.known.effect(occurrence);
            let repeated = self.repeated(occurrence);
            if matches!(repeated, Repeated::Ignored) {
                continue;
            }
            if outcome.alarming.is_none() && self.alarms(occurrence) {
                let does = describe(effect.kind, self.known.target(occurrence));
                outcome.alarming = Some(Evidence::seen(effect.span, does));
            }
            outcome.writes |= effect.kind.writes();
            // What is put under a name, or kept in memory, may be a copy of what somebody unseen writes.
            let copies = effect.in_memory
                || matches!(
                    effect.kind,
                    EffectKind::Set | EffectKind::Remove | EffectKind::Count
                );
            // What is left alone where it is there is made once and for all, whatever else is done.
            let once = effect.conflict.as_ref().is_some_and(|known| !known.updates);
            outcome.own_writes |= effect.kind.writes() && !copies && !once && !occurrence.around;
            match repeated {
                Repeated::Ignored => {}
                Repeated::Settles(via, reason) => {
                    outcome.vias.insert((occurrence.around, via));
                    match occurrence.around {
                        true => outcome.around.add(effect.span, reason),
                        false => outcome.settled.add(effect.span, reason),
                    }
                }
                // What middleware does under a condition, it does for few requests.
                Repeated::AddsUp(_) if occurrence.around && occurrence.path.branches() => {
                    passed_over.push(at);
                }
                Repeated::AddsUp(reason) => match self.blocked(at) {
                    Some(why) => blocked.push((at, why)),
                    None => {
                        outcome.adds_up.push(self.listed(occurrence));
                        outcome.adds.add(effect.span, reason);
                    }
                },
            }
        }
        // Nobody asks for the rest where something adds up.
        if outcome.adds.is_empty() && !is_safe(&endpoint.method) {
            let why = |at: usize| Some((at, self.blocked(at)?));
            blocked.extend(passed_over.into_iter().filter_map(why));
            blocked.sort_by_key(|(at, _)| *at);
            for (at, blocked) in blocked {
                let around = self.unfolded.occurrences[at].around;
                outcome.vias.insert((around, blocked.via));
                match around {
                    true => outcome.around.add(blocked.span, blocked.reason),
                    false => outcome.blocked.add(blocked.span, blocked.reason),
                }
            }
        }
        outcome
    }

    /// The label that the outcome and the key deserve, by what, and why.
    fn verdict(
        &self,
        endpoint: &'s Endpoint,
        outcome: &Outcome<'s>,
    ) -> (Label, Via, Vec<Evidence>) {
        let method = endpoint.method.as_str();
        let handler = endpoint.handler.as_ref();
        let handler = handler.map_or_else(|| endpoint_span(endpoint), |handler| handler.span);
        if is_safe(method) {
            let evidence = vec![Evidence::seen(handler, safe(method))];
            return (Label::Idempotent, Via::Method, evidence);
        }
        if !outcome.adds.is_empty() {
            let adds = in_words(outcome.adds.iter(), MAX_REASONS);
            return match self.key(endpoint) {
                Some((key, evidence)) if self.key_stored_apart(endpoint).is_none() => {
                    let (label, via) = match key.required {
                        true => (Label::Idempotent, Via::Key),
                        false => (Label::NotIdempotent, Via::OptionalKey),
                    };
                    (label, via, evidence.into_iter().chain(adds).collect())
                }
                _ => match key_at_gateway(endpoint) {
                    Some((key, evidence)) => {
                        let required = key.requirement == KeyRequirement::Required;
                        let (label, via) = match required {
                            true => (Label::Idempotent, Via::Key),
                            false => (Label::NotIdempotent, Via::OptionalKey),
                        };
                        let evidence = std::iter::once(evidence).chain(adds);
                        (label, via, evidence.collect())
                    }
                    None => (Label::NotIdempotent, Via::None, adds),
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
        // Of a request nobody knows whether it acts, whatever else is done.
        let handed = !outcome.writes && !self.unfolded.handed.is_empty();
        let open = !outcome.own_writes && lost || handed || self.asks_for_something_unseen();
        if open && !is_idempotent(method) {
            return (Label::Unknown, Via::None, self.lost_at(handler));
        }
        // Why something that would add up does not comes first, and what stands around the handler last.
        let reasons = outcome.blocked.iter().chain(outcome.settled.iter());
        let reasons = reasons.chain(outcome.around.iter());
        let mut evidence = in_words(reasons, MAX_REASONS);
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
            let strongest = [Via::Precondition, Via::NaturalKey, Via::Upsert];
            // What stands around the handler counts where the handler does nothing of its own.
            let own = outcome.vias.iter().any(|(around, _)| !around);
            let holds = |via: &Via| outcome.vias.contains(&(!own, *via));
            let found = strongest.into_iter().find(holds);
            found.unwrap_or(Via::Effects)
        };
        if evidence.is_empty() {
            let reason = match (outcome.writes, self.unfolded.occurrences.is_empty()) {
                (true, _) => "what it does may be repeated",
                (false, _) if lost => {
                    "nothing was seen that it writes, and not all of it could be followed"
                }
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
    fn keys_read(&self, endpoint: &'s Endpoint) -> impl Iterator<Item = &'s KeyRead> {
        let system = self.known.system;
        let handler = endpoint.handler.as_ref();
        let layers = handler.map_or(&[][..], |handler| handler.layers.as_slice());
        let package = |function: &usize| &system.call_graph.functions[*function].package;
        let known = move |function: &usize| {
            let wanted = package(function);
            *wanted == endpoint.service || layers.iter().any(|layer| package(layer) == wanted)
        };
        let functions = self.known.reading_keys.iter();
        functions
            .filter(|function| self.unfolded.functions.contains(**function))
            .filter(|function| {
                self.unfolded.own.contains(**function) || self.is_kept_around(**function)
            })
            .filter(move |function| known(function))
            .flat_map(move |function| &system.traces[*function].keys)
            .filter(|key| key.field.as_ref().is_none_or(|field| self.looks_at(field)))
    }

    /// Whether anybody does something with a key that only middleware reads, in this function. What it, or who calls it,
    /// puts into the request, the handler must look at.
    fn is_kept_around(&self, reading: usize) -> bool {
        let traces = &self.known.system.traces;
        let calls = |function: usize| {
            let mut sites = traces[function].sites.iter();
            function == reading || sites.any(|site| site.functions.contains(&reading))
        };
        let mut around = self.unfolded.functions.ones();
        let mut own = self.unfolded.own.ones();
        !around.any(|function| traces[function].extends_request && calls(function))
            || own.any(|function| !traces[function].key_fields.is_empty())
    }

    /// Whether the handler looks at a field that is called like a key.
    fn looks_at(&self, field: &String) -> bool {
        let traces = &self.known.system.traces;
        let mut own = self.unfolded.own.ones();
        own.any(|function| traces[function].key_fields.contains(field))
    }

    /// The idempotency key that the code honours: a header that a function on the way reads, or a
    /// member of the request that is stored.
    fn key(&self, endpoint: &'s Endpoint) -> Option<(&'s KeyRead, Vec<Evidence>)> {
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
            .filter_map(|function| self.known.system.given_keys.get(function));
        let key = given.flatten().next()?;
        let stored = self.unfolded.occurrences.iter().find(|occurrence| {
            let effect = self.known.effect(occurrence);
            let written = self.unfolded.written(occurrence).map(|value| value.column);
            let filter = effect.filter.iter().map(|value| value.column.as_str());
            effect.kind.writes() && written.chain(filter).any(|column| column == key.name)
        })?;
        let stored = self.known.effect(stored);
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

    /// Whether nobody knows what an effect changes. What middleware sends somebody else asks whether the request may go on.
    fn is_unknown(&self, occurrence: &Occurrence<'s>) -> bool {
        let effect = self.known.effect(occurrence);
        let asks = occurrence.around && !effect.transactional;
        effect.kind == EffectKind::Unknown && effect.may_write && !asks
    }

    /// Whether something that it does could not be followed, and may write.
    fn lost(&self) -> bool {
        let mut occurrences = self.unfolded.occurrences.iter();
        self.unfolded.cut
            || occurrences.any(|occurrence| {
                let effect = self.known.effect(occurrence);
                let openly = effect.kind == EffectKind::Request && self.asks_openly(occurrence);
                self.is_unknown(occurrence) || openly
            })
    }

    /// Whether it sends a request whose method is not known, or of whose answer nobody knows what it does.
    fn asks_for_something_unseen(&self) -> bool {
        let mut occurrences = self.unfolded.occurrences.iter().enumerate();
        occurrences.any(|(at, occurrence)| {
            let effect = self.known.effect(occurrence);
            let unknown = self.is_unknown(occurrence);
            let openly = effect.kind == EffectKind::Request && self.asks_openly(occurrence);
            (unknown && !effect.transactional || openly) && self.blocked(at).is_none()
        })
    }

    /// What is awaited on the way and not known.
    fn unseen(&self) -> impl Iterator<Item = Span> {
        let functions = self.unfolded.own.ones();
        functions.flat_map(|function| self.known.system.traces[function].unseen.iter().copied())
    }

    fn unknown_calls(&self) -> impl Iterator<Item = &UnknownCall> {
        let calls = self.known.system.unknown_calls.iter();
        calls.filter(|call| self.unfolded.functions.contains(call.function))
    }

    /// Where the trail ends.
    fn lost_at(&self, handler: Span) -> Vec<Evidence> {
        let occurrences = self.unfolded.occurrences.iter();
        let unknown = occurrences
            .filter(|occurrence| {
                let effect = self.known.effect(occurrence);
                let openly = effect.kind == EffectKind::Request && self.asks_openly(occurrence);
                self.is_unknown(occurrence) || openly
            })
            .map(|occurrence| self.known.effect(occurrence))
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
            let reason = "what is awaited or handed over here was not found in the code, and may do anything";
            Evidence::seen(span, reason)
        });
        let handed = self.unfolded.handed.iter().map(|span| {
            let reason = "what is handed over here is worked on by code that may keep it, and nothing was seen of that";
            Evidence::seen(*span, reason)
        });
        let all = unknown.chain(unseen).chain(handed).chain(calls);
        let mut evidence: Vec<Evidence> = all.collect();
        dedup(&mut evidence);
        evidence.truncate(MAX_TRAILS);
        if evidence.is_empty() {
            evidence.push(Evidence::seen(
                handler,
                "it leads to more than is looked at",
            ));
        }
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

    /// Whether a safe method must not do this: it is lasting, and the handler's own doing. What only
    /// says when something was last used is not.
    fn alarms(&self, occurrence: &Occurrence<'s>) -> bool {
        let effect = self.known.effect(occurrence);
        let lasting = effect.transactional && effect.kind.writes();
        let sent = matches!(effect.kind, EffectKind::Mail | EffectKind::Publish);
        let stamps = || {
            let mut written = self.unfolded.written(occurrence).peekable();
            effect.kind == EffectKind::Update
                && written.peek().is_some()
                && written.all(|value| self.is_bookkeeping(value.column))
        };
        // `downloads = downloads + 1`, with or without a stamp beside it.
        let counts = || {
            let written = self.unfolded.written(occurrence);
            let written = written.filter(|value| !self.is_bookkeeping(value.column));
            // Of what is not seen to be written, nobody knows that it only counts.
            let mut written = written.peekable();
            effect.kind == EffectKind::Update
                && written.peek().is_some()
                && written.all(|value| value.relative)
        };
        let visits = || self.known.words(occurrence).visits;
        let plain = || !stamps() && !counts() && !visits() && !self.fills(occurrence);
        (lasting || sent) && !occurrence.around && !occurrence.later && plain()
    }

    /// Whether a row is inserted where one was looked for and is not there: a default, or a copy of what is elsewhere.
    fn fills(&self, occurrence: &Occurrence<'s>) -> bool {
        let kind = self.known.effect(occurrence).kind;
        matches!(kind, EffectKind::Insert | EffectKind::Upsert)
            && !self
                .branches_on(occurrence, occurrence.path, false)
                .is_empty()
    }

    fn listed(&self, occurrence: &Occurrence<'s>) -> Effect {
        let effect = self.known.effect(occurrence);
        Effect {
            kind: effect.kind.name().to_owned(),
            target: self.known.target(occurrence).to_owned(),
            span: effect.span,
        }
    }

    /// What is listed of what the handler does: everything but reads, once.
    fn effects(&self) -> Vec<Effect> {
        let mut listed = Vec::new();
        let mut known = BTreeSet::new();
        for occurrence in &self.unfolded.occurrences {
            let effect = self.known.effect(occurrence);
            let shown = effect.kind.writes() || effect.kind == EffectKind::RepeatableRequest;
            let target = self.known.target(occurrence);
            if shown && known.insert((effect.span, effect.kind, target)) {
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
        EffectKind::Remove => format!("it removes: `{target}`"),
        EffectKind::Publish => format!("it publishes: `{target}`"),
        EffectKind::Mail => "it sends mail".to_owned(),
        EffectKind::Request => format!("it asks another service to act: `{target}`"),
        _ => format!("it writes: `{target}`"),
    }
}
