//! The label of an endpoint from its contract: what a client may rely on.

use super::media::{MERGE_PATCH, is_json_patch, is_media};
use super::shape::{Shape, Writes};
use crate::catalog::{Catalog, split_words};
use crate::model::{
    Confidence, ContractInfo, Endpoint, Evidence, Key, KeyRequirement, Label, Operation, System,
    Via, is_idempotent, is_safe,
};
use crate::read::openapi::{ContractOperation, Remark};
use crate::source::Span;
use std::collections::BTreeSet;

/// Labels every endpoint, and finds the critical ones.
pub(super) fn judge(system: &mut System, catalog: &Catalog) {
    let mut paths = system.endpoints.iter().map(|endpoint| &endpoint.path);
    let pays = paths.any(|path| {
        let words = split_words(path);
        words.iter().any(|word| catalog.words.pays.contains(word))
    });
    let replaced = replaced(&system.endpoints);
    for endpoint in &mut system.endpoints {
        let mut words = endpoint.path.split(['/', '.']).map(str::to_lowercase);
        let last = words.clone().next_back().unwrap_or_default();
        let mut last = split_words(&last).into_iter();
        endpoint.landing = last.any(|word| catalog.words.landings.contains(&word));
        endpoint.listed = !words.any(|word| catalog.words.unlisted.contains(&word));
        endpoint.listed &= !matches!(endpoint.method.as_str(), "HEAD" | "OPTIONS" | "ANY");
        let Some(operation) = endpoint.operation.clone() else {
            if let Some(route) = endpoint.route.filter(|_| is_safe(&endpoint.method)) {
                endpoint.label = Label::Idempotent;
                endpoint.via = Via::Method;
                endpoint.confidence = Confidence::High;
                endpoint.evidence = vec![Evidence::seen(route, safe(&endpoint.method))];
            }
            if let Some(handler) = &endpoint.handler {
                let (method, path) = (&endpoint.method, &endpoint.path);
                let name = handler.function.rsplit("::").next().map(str::to_owned);
                let route = ContractOperation::unwritten(method, path, name, handler.span);
                let shape = Shape::new(endpoint, &route, &catalog.words);
                endpoint.critical = critical(endpoint, &route, &shape, catalog, pays);
            }
            continue;
        };
        let shape = Shape::new(endpoint, &operation, &catalog.words);
        let critical = critical(endpoint, &operation, &shape, catalog, pays);
        let writes = shape.writes().filter(|_| is_safe(&endpoint.method));
        let writes = writes.map(|writes| contradiction(&operation, &writes));
        let twin = endpoint.method == "PATCH" && replaced.contains(&body_of(endpoint));
        let verdict = match verdict(endpoint, &operation, &shape, &system.contracts, catalog) {
            verdict if twin && says_nothing(&verdict) => {
                by_twin(&operation, &shape).unwrap_or(verdict)
            }
            verdict => verdict,
        };
        endpoint.critical = critical;
        endpoint.writes_though_safe = writes;
        endpoint.label = verdict.label;
        endpoint.via = verdict.via;
        endpoint.confidence = verdict.confidence;
        endpoint.evidence = verdict.evidence;
        if let Some(extension) = &operation.retried_by
            && endpoint.label == Label::NotIdempotent
        {
            let name = &extension.name;
            let reason =
                format!("`{name}`: clients that are generated from the contract repeat it");
            endpoint
                .evidence
                .push(Evidence::seen(extension.span, reason));
        }
    }
}

/// Of a media type that names no format for changes.
const OPEN_MEDIA: &str = "does not say whether members are set or changed";

/// A body: its contract, the path that it is sent to, and where its members are declared.
type SentTo = (usize, String, Vec<Span>);

/// The body of an endpoint's operation; without members where it has none.
fn body_of(endpoint: &Endpoint) -> SentTo {
    let operation = endpoint.operation.as_ref();
    let body = operation.and_then(|operation| operation.body.as_ref());
    let members = body.into_iter().flat_map(|body| &body.members);
    (
        operation.map_or(usize::MAX, |operation| operation.contract),
        endpoint.path.clone(),
        members.map(|member| member.span).collect(),
    )
}

/// The bodies that a PUT takes.
fn replaced(endpoints: &[Endpoint]) -> BTreeSet<SentTo> {
    // One of which the contract speaks in words may do anything.
    let silent = |endpoint: &&Endpoint| {
        let operation = endpoint.operation.as_ref();
        operation.is_some_and(|one| one.remark.is_none() && one.extensions.is_empty())
    };
    let puts = endpoints.iter().filter(|endpoint| endpoint.method == "PUT");
    let puts = puts.filter(silent);
    let bodies = puts.map(body_of);
    bodies
        .filter(|(_, _, members)| !members.is_empty())
        .collect()
}

/// Whether a verdict rests on nothing but that the media type of a PATCH says nothing.
fn says_nothing(verdict: &Verdict) -> bool {
    let first = verdict.evidence.first();
    verdict.label == Label::NotIdempotent
        && first.is_some_and(|evidence| evidence.reason.contains(OPEN_MEDIA))
}

/// What a PATCH does that takes the body which the PUT of its path takes: many frameworks route both to one handler.
fn by_twin(operation: &Operation, shape: &Shape<'_>) -> Option<Verdict> {
    // What the contract says of it in words counts more.
    let said = operation.remark.is_some() || shape.counts_on();
    let sets = shape.counter_member().is_none() && !is_json_patch(operation) && !said;
    let reason = "PUT takes the same members at this path, and sets them: so does PATCH; the contract does not say so";
    let evidence = Evidence::seen(operation.span, reason.to_owned());
    sets.then(|| Verdict::new(Label::Idempotent, Via::Effects, Confidence::Low, evidence))
}

/// Why a safe method may be repeated.
pub(super) fn safe(method: &str) -> String {
    format!("{method} is safe (RFC 9110 section 9.2.1)")
}

/// Why a second execution would cost somebody money or goods; the user's globs count first. `pays` says that paths of
/// the system speak of paying.
fn critical(
    endpoint: &Endpoint,
    operation: &ContractOperation,
    shape: &Shape<'_>,
    catalog: &Catalog,
    pays: bool,
) -> Option<Evidence> {
    if !endpoint.is_write() || catalog.critical.never.is_match(&endpoint.path) {
        return None;
    }
    if catalog.critical.paths.is_match(&endpoint.path) {
        let reason = "the configuration lists the path as critical";
        return Some(Evidence::seen(operation.span, reason));
    }
    // To change one thing that is there, or to end it, costs nothing the second time.
    if shape.ends_something() || shape.names_one() {
        return None;
    }
    let (word, place) = shape.critical(pays)?;
    let reason = format!("`{word}` in {place}: a second execution costs somebody money or goods");
    Some(Evidence::seen(operation.span, reason))
}

/// What says that a safe method writes.
fn contradiction(operation: &Operation, writes: &Writes<'_>) -> Evidence {
    match writes {
        Writes::ByName(why) => Evidence::seen(operation.span, format!("it seems to write: {why}")),
        Writes::ByAnswer(answer) => Evidence::seen(
            answer.span,
            format!(
                "it answers {} Created (RFC 9110 section 15.3.2)",
                answer.code
            ),
        ),
    }
}

struct Verdict {
    label: Label,
    via: Via,
    confidence: Confidence,
    evidence: Vec<Evidence>,
}

impl Verdict {
    fn new(label: Label, via: Via, confidence: Confidence, evidence: Evidence) -> Self {
        Self {
            label,
            via,
            confidence,
            evidence: vec![evidence],
        }
    }

    fn and(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }
}

/// What the sentence on idempotency in a description says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Idempotent,
    NotIdempotent,
    /// A key can be sent.
    Key,
    Nothing,
}

fn verdict(
    endpoint: &Endpoint,
    operation: &Operation,
    shape: &Shape<'_>,
    contracts: &[ContractInfo],
    catalog: &Catalog,
) -> Verdict {
    let method = endpoint.method.as_str();
    let here = |reason: String| Evidence::seen(operation.span, reason);
    let remark = operation.remark.as_ref();
    let said = remark.map_or(Says::Nothing, says);
    let quoted = remark.map(quote);
    if let Some(refused) = refuses(operation, catalog) {
        return Verdict::new(Label::NotIdempotent, Via::None, Confidence::Medium, refused);
    }
    if is_safe(method) {
        let safe = here(safe(method));
        return match shape.writes() {
            None | Some(Writes::ByAnswer(_)) => {
                Verdict::new(Label::Idempotent, Via::Method, Confidence::Medium, safe)
            }
            Some(why @ Writes::ByName(_)) => {
                Verdict::new(Label::Unknown, Via::None, Confidence::Low, safe)
                    .and([contradiction(operation, &why)])
            }
        };
    }
    if is_idempotent(method) {
        if let Some(evidence) = quoted.filter(|_| said == Says::NotIdempotent) {
            return Verdict::new(Label::NotIdempotent, Via::None, Confidence::Low, evidence);
        }
        let reason = format!("{method} is idempotent by its definition (RFC 9110 section 9.2.2)");
        let evidence = here(reason);
        return Verdict::new(Label::Idempotent, Via::Method, Confidence::Medium, evidence);
    }
    by_key(operation, KeyRequirement::Required, catalog)
        .or_else(|| by_precondition(operation))
        .or_else(|| by_declaration(operation, catalog))
        .or_else(|| {
            let evidence = quoted.clone().filter(|_| said == Says::Idempotent)?;
            Some(Verdict::new(
                Label::Idempotent,
                Via::Declared,
                Confidence::Low,
                evidence,
            ))
        })
        .or_else(|| by_shape(endpoint, operation, shape))
        .or_else(|| by_key(operation, KeyRequirement::Optional, catalog))
        .or_else(|| {
            let evidence = quoted.clone().filter(|_| said == Says::Key)?;
            let verdict = Verdict::new(
                Label::NotIdempotent,
                Via::OptionalKey,
                Confidence::Low,
                evidence,
            );
            Some(verdict.and([here(
                "and the operation declares no such parameter".to_owned(),
            )]))
        })
        .unwrap_or_else(|| {
            by_definition(endpoint, operation, shape, &contracts[operation.contract])
        })
}

/// What holds where nothing speaks for the operation, the most specific reason first.
fn by_definition(
    endpoint: &Endpoint,
    operation: &Operation,
    shape: &Shape<'_>,
    contract: &ContractInfo,
) -> Verdict {
    // RFC 9110 section 9.2.2 and RFC 5789 section 2: the method alone promises nothing.
    let reason = "no key or precondition is required";
    let whole = contract.remark.as_ref().map(|remark| {
        let reason = format!("the description of the whole API says: \"{}\"", remark.text);
        Evidence::seen(remark.span, reason)
    });
    let evidence = patch_reason(endpoint, operation, shape)
        .into_iter()
        .chain([Evidence::seen(operation.span, reason)])
        .chain(operation.remark.as_ref().map(quote))
        .chain(whole);
    Verdict {
        label: Label::NotIdempotent,
        via: Via::None,
        confidence: Confidence::Low,
        evidence: evidence.collect(),
    }
}

fn quote(remark: &Remark) -> Evidence {
    Evidence::seen(
        remark.span,
        format!("its description says: \"{}\"", remark.text),
    )
}

/// Reads a sentence for what it promises. A condition promises nothing.
fn says(remark: &Remark) -> Says {
    let text = remark.text.to_lowercase();
    // `Idempotent.`, `Idempotent: granting twice creates one grant`.
    let flat = text.trim_start().strip_prefix("idempotent");
    let flat = flat.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '.', ',', ';']));
    let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    if has(&[
        "not idempotent",
        "non-idempotent",
        "nonidempotent",
        "n't idempotent",
    ]) {
        Says::NotIdempotent
    } else if has(&[
        "idempotency key",
        "idempotency-key",
        "idempotency_key",
        "idempotence key",
    ]) {
        Says::Key
    } else if (flat
        || has(&[
            "is idempotent",
            "are idempotent",
            "idempotent operation",
            "idempotently",
        ]))
        && !has(&["if ", "when ", "unless", "make ", "should", "provided"])
    {
        Says::Idempotent
    } else {
        Says::Nothing
    }
}

/// A declaration that the operation is not idempotent.
fn refuses(operation: &Operation, catalog: &Catalog) -> Option<Evidence> {
    let extension = operation.extensions.iter().find(|extension| {
        let known = catalog.keys.declaration(&extension.name);
        extension.value == "false" && known.is_some_and(|known| !known.value.accepts_key)
    })?;
    let reason = format!("the contract declares `{}: false`", extension.name);
    Some(Evidence::seen(extension.span, reason))
}

/// What a key among the parameters and body members says.
fn by_key(
    operation: &Operation,
    requirement: KeyRequirement,
    catalog: &Catalog,
) -> Option<Verdict> {
    let mut keys = operation.keys.iter().filter(|key| !key.precondition);
    let key = keys.find(|key| key.requirement == requirement)?;
    let (label, via, what) = match requirement {
        KeyRequirement::Required => (Label::Idempotent, Via::Key, "is required"),
        KeyRequirement::Optional => (
            Label::NotIdempotent,
            Via::OptionalKey,
            "is accepted but not required",
        ),
    };
    let seen = Evidence::seen(key.span, format!("`{}` {what}", key.name));
    let answers = operation.responses.iter().filter_map(|answer| {
        let known = key
            .answers
            .iter()
            .any(|code| answer.code == code.to_string());
        known.then(|| Evidence::seen(answer.span, format!("{} belongs to the key", answer.code)))
    });
    let verdict = Verdict::new(label, via, Confidence::Medium, seen);
    Some(verdict.and([why_key(key, catalog)]).and(answers))
}

/// Why a name is taken for a key.
fn why_key(key: &Key, catalog: &Catalog) -> Evidence {
    let weak = match key.header {
        true => catalog.keys.header(&key.name),
        false => catalog.keys.field(&key.name),
    }
    .is_some_and(|entry| entry.value.weak);
    match key.known {
        Some(line) if !weak => Evidence::known(line, "it carries an idempotency key"),
        _ => Evidence::seen(key.span, "its description speaks of idempotency"),
    }
}

/// A required precondition: a conditional header that must be sent, or one that the server
/// insists on (428, RFC 6585 section 3).
fn by_precondition(operation: &Operation) -> Option<Verdict> {
    let mut conditions = operation.keys.iter().filter(|key| key.precondition);
    if let Some(key) = conditions
        .clone()
        .find(|key| key.requirement == KeyRequirement::Required)
    {
        let evidence = Evidence::seen(
            key.span,
            format!("`{}` is required: a repeat no longer matches", key.name),
        );
        let verdict = Verdict::new(
            Label::Idempotent,
            Via::Precondition,
            Confidence::Medium,
            evidence,
        );
        return Some(verdict);
    }
    let insists = operation
        .responses
        .iter()
        .find(|answer| answer.code == "428")?;
    let reason = "it answers 428 Precondition Required (RFC 6585 section 3)".to_owned();
    let declared = conditions.next().map(|key| {
        Evidence::seen(
            key.span,
            format!("`{}` is declared, though not as required", key.name),
        )
    });
    let evidence = Evidence::seen(insists.span, reason);
    let verdict = Verdict::new(
        Label::Idempotent,
        Via::Precondition,
        Confidence::Low,
        evidence,
    );
    Some(verdict.and(declared))
}

/// An extension that declares the operation idempotent.
fn by_declaration(operation: &Operation, catalog: &Catalog) -> Option<Verdict> {
    let extension = operation.extensions.iter().find(|extension| {
        let known = catalog.keys.declaration(&extension.name);
        known.is_some_and(|known| !known.value.accepts_key)
    })?;
    let reason = format!("the contract declares `{}`", extension.name);
    let evidence = Evidence::seen(extension.span, reason);
    Some(Verdict::new(
        Label::Idempotent,
        Via::Declared,
        Confidence::Low,
        evidence,
    ))
}

/// What media types, answers and names show.
fn by_shape(endpoint: &Endpoint, operation: &Operation, shape: &Shape<'_>) -> Option<Verdict> {
    let media = operation
        .body
        .as_ref()
        .map_or(&[][..], |body| &body.media_types);
    if endpoint.method == "PATCH"
        && !media.is_empty()
        && media.iter().all(|media| is_media(media, MERGE_PATCH))
    {
        let reason =
            format!("`{MERGE_PATCH}` sets members to values: a repeat sets the same (RFC 7396)");
        let evidence = Evidence::seen(operation.span, reason);
        return Some(Verdict::new(
            Label::Idempotent,
            Via::Effects,
            Confidence::Medium,
            evidence,
        ));
    }
    if let Some(answer) = shape.says_it_is_there() {
        let text: String = answer
            .description
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let text: String = text.chars().take(120).collect();
        let reason = format!("a repeat is answered {}: \"{text}\"", answer.code);
        let evidence = Evidence::seen(answer.span, reason);
        return Some(Verdict::new(
            Label::Idempotent,
            Via::NaturalKey,
            Confidence::Low,
            evidence,
        ));
    }
    if endpoint.method != "POST" {
        return None;
    }
    if let Some(name) = shape.mixed() {
        let reason = format!("`{name}` serves reads and writes: it depends on the body");
        let evidence = Evidence::seen(operation.span, reason);
        return Some(Verdict::new(
            Label::Unknown,
            Via::None,
            Confidence::Low,
            evidence,
        ));
    }
    let reason = match (shape.reads(), shape.sets()) {
        (Some(why), _) => format!("it only reads by its name and answers ({why})"),
        (None, Some(why)) => format!("it sets values by its name ({why})"),
        (None, None) => return None,
    };
    let reason = format!("{reason}; the contract does not say so");
    let evidence = Evidence::seen(operation.span, reason);
    Some(Verdict::new(
        Label::Idempotent,
        Via::Effects,
        Confidence::Low,
        evidence,
    ))
}

/// What the media types of a PATCH say against it.
fn patch_reason(endpoint: &Endpoint, operation: &Operation, shape: &Shape<'_>) -> Option<Evidence> {
    let body = operation
        .body
        .as_ref()
        .filter(|_| endpoint.method == "PATCH")?;
    if let Some(member) = shape.counter_member() {
        let reason = format!("`{}` changes a value by an amount", member.name);
        return Some(Evidence::seen(member.span, reason));
    }
    let reason = if is_json_patch(operation) {
        "JSON Patch may append, move and copy, and a repeat does so again (RFC 6902 section 4)"
            .to_owned()
    } else {
        let media = body.media_types.first()?;
        format!("`{media}` {OPEN_MEDIA} (RFC 5789 section 2)")
    };
    Some(Evidence::seen(body.span, reason))
}
