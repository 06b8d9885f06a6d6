//! Labels by code: the handler is run twice in thought. What it did the first time decides how far
//! the same request comes the second time, and whether it adds anything on the way.

mod unfold;

use crate::catalog::{Catalog, EffectRules, split_words};
use crate::model::{
    CodeEffect, Confidence, Effect, EffectKind, Endpoint, Evidence, HandlerCode, KeyRead, Label,
    Origin, System, Table, TableKey, UnknownCall, Via, is_idempotent, is_safe,
};
use crate::source::{SourceId, Sources, Span};
use std::collections::{BTreeMap, BTreeSet};
use unfold::{Condition, Occurrence, Unfolded};

/// Labels every endpoint whose handler was found by what the handler does.
pub(super) fn judge(system: &mut System, sources: &Sources, catalog: &Catalog) {
    let relevant = unfold::relevant(system);
    let judged: Vec<Option<Judged>> = system
        .endpoints
        .iter()
        .map(|endpoint| {
            let handler = endpoint.handler.as_ref()?;
            let unfolded = unfold::unfold(system, &relevant, &handler.code, &handler.layers);
            let replay = Replay {
                system,
                sources,
                rules: &catalog.effects,
                unfolded: &unfolded,
                changes: changes(system, &unfolded),
            };
            Some(replay.judge(endpoint))
        })
        .collect();
    for (endpoint, judged) in system.endpoints.iter_mut().zip(judged) {
        if let Some(judged) = judged {
            endpoint.effects = judged.effects;
            endpoint.label = judged.label;
            endpoint.via = judged.via;
            endpoint.confidence = judged.confidence;
            endpoint.evidence = judged.evidence;
            endpoint.writes_though_safe = judged.writes_though_safe;
        }
    }
}

/// What is said of an endpoint.
struct Judged {
    label: Label,
    via: Via,
    confidence: Confidence,
    evidence: Vec<Evidence>,
    effects: Vec<Effect>,
    writes_though_safe: Option<Evidence>,
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

struct Replay<'s> {
    system: &'s System,
    sources: &'s Sources,
    rules: &'s EffectRules,
    unfolded: &'s Unfolded,
    /// The occurrences that change something.
    changes: Vec<usize>,
}

impl Replay<'_> {
    fn judge(&self, endpoint: &Endpoint) -> Judged {
        let method = endpoint.method.as_str();
        let (mut adds, mut reasons, mut vias) = (Vec::new(), Vec::new(), BTreeSet::new());
        let mut writes: Option<Evidence> = None;
        for (at, occurrence) in self.unfolded.occurrences.iter().enumerate() {
            let effect = self.effect(occurrence);
            let repeated = self.repeated(occurrence);
            let seen = |reason: String| Evidence::seen(effect.span, reason);
            if effect.kind.writes() && !matches!(repeated, Repeated::Ignored) {
                let target = self.target(occurrence);
                writes.get_or_insert_with(|| seen(describe(effect.kind, target)));
            }
            match repeated {
                Repeated::Ignored => {}
                Repeated::Settles(via, reason) => {
                    vias.insert(via);
                    reasons.push(seen(reason));
                }
                Repeated::AddsUp(reason) => match self.blocked(at) {
                    Some(blocked) => {
                        vias.insert(blocked.via);
                        reasons.push(blocked.evidence);
                    }
                    // What middleware does under a condition, it does for few requests.
                    None if occurrence.around && !occurrence.branches.is_empty() => {}
                    None => adds.push(seen(reason)),
                },
            }
        }
        dedup(&mut adds);
        dedup(&mut reasons);
        let handler = endpoint
            .handler
            .as_ref()
            .map_or(endpoint_span(endpoint), |h| h.span);
        let (label, via, evidence) = if is_safe(method) {
            let reason = format!("{method} is safe (RFC 9110 section 9.2.1)");
            (
                Label::Idempotent,
                Via::Method,
                vec![Evidence::seen(handler, reason)],
            )
        } else if let Some((key, evidence)) = self.key(endpoint).filter(|_| !adds.is_empty()) {
            let (label, via) = match key.required {
                true => (Label::Idempotent, Via::Key),
                false => (Label::NotIdempotent, Via::OptionalKey),
            };
            (label, via, evidence.into_iter().chain(adds).collect())
        } else if !adds.is_empty() {
            (Label::NotIdempotent, Via::None, adds)
        } else if writes.is_none() && self.lost() && !is_idempotent(method) {
            (Label::Unknown, Via::None, self.lost_at(handler))
        } else {
            let key = self.key(endpoint).filter(|(key, _)| key.required);
            let via = if is_idempotent(method) {
                Via::Method
            } else if let Some((_, evidence)) = key {
                reasons.splice(0..0, evidence);
                Via::Key
            } else {
                let strongest = [Via::NaturalKey, Via::Upsert];
                let found = strongest.into_iter().find(|via| vias.contains(via));
                found.unwrap_or(Via::Effects)
            };
            if reasons.is_empty() {
                let reason = match writes {
                    None => "nothing that it does to a store, a broker or another service was seen",
                    Some(_) => "what it does may be repeated",
                };
                reasons.push(Evidence::seen(handler, reason));
            }
            (Label::Idempotent, via, reasons)
        };
        Judged {
            label,
            via,
            confidence: self.confidence(),
            evidence,
            effects: self.effects(),
            writes_though_safe: writes.filter(|_| is_safe(method)),
        }
    }

    /// The idempotency key that the code honours: a header that a function on the way reads, or a
    /// member of the request that is stored.
    fn key(&self, endpoint: &Endpoint) -> Option<(&KeyRead, Vec<Evidence>)> {
        let handler = endpoint.handler.as_ref()?;
        let traces = self.unfolded.functions.iter();
        let read = traces.flat_map(|function| &self.system.traces[*function].keys);
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
        let mut evidence: Vec<Evidence> = unknown.chain(calls).take(5).collect();
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
        match self.lost() || self.unknown_calls().next().is_some() {
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

    /// What is listed of what the handler does: everything but reads, once.
    fn effects(&self) -> Vec<Effect> {
        let mut listed = Vec::new();
        let mut known = BTreeSet::new();
        for occurrence in &self.unfolded.occurrences {
            let effect = self.effect(occurrence);
            let shown = effect.kind.writes() || effect.kind == EffectKind::RepeatableRequest;
            let target = self.target(occurrence);
            if shown && known.insert((effect.kind, target, effect.span)) {
                listed.push(Effect {
                    kind: effect.kind.name().to_owned(),
                    target: target.to_owned(),
                    span: effect.span,
                });
            }
        }
        listed
    }

    /// The table of a name, of the database whose migrations stand nearest to the code.
    fn table(&self, occurrence: &Occurrence) -> Option<&Table> {
        let tables = self.tables(occurrence);
        let (name, effect) = (*tables.first()?, self.effect(occurrence));
        let file = &self.sources.get(effect.span.source).path;
        let near = |directory: &str| {
            let a = directory.split('/');
            a.zip(file.split('/')).take_while(|(a, b)| a == b).count()
        };
        let known: &BTreeMap<String, BTreeMap<String, Table>> = &self.system.schemas;
        let with_table = known.iter().filter(|(_, tables)| tables.contains_key(name));
        let (_, tables) = with_table.max_by_key(|(directory, _)| near(directory))?;
        tables.get(name)
    }

    /// A unique key of the table that the insert fills with values that are the same the second
    /// time.
    fn natural_key(&self, occurrence: &Occurrence) -> Option<&TableKey> {
        let effect = self.effect(occurrence);
        let table = self.table(occurrence)?;
        let filled = |column: &String| {
            match occurrence
                .written
                .iter()
                .find(|known| known.column == *column)
            {
                Some(value) => {
                    let origin = value.origin;
                    // An id is made by the server, unless it is seen to be sent.
                    let sent = column != "id" || origin.is(Origin::CLIENT);
                    // Who writes what happens on a conflict has a key in mind.
                    let unsure = match effect.conflict {
                        Some(_) => Origin::OPTIONAL,
                        None => Origin::OPTIONAL.and(Origin::UNSEEN),
                    };
                    sent && !origin.is_fresh() && !origin.is(unsure) && !value.relative
                }
                // Of a record whose fields are not seen, whatever fills itself is left out.
                None => effect.writes_unseen && !table.defaulted.contains(column) && column != "id",
            }
        };
        table
            .keys
            .iter()
            .find(|key| !key.partial && !key.columns.is_empty() && key.columns.iter().all(filled))
    }

    fn bookkeeping(&self, occurrence: &Occurrence) -> bool {
        let words = |name: &str| split_words(name).join(" ");
        let tables = self.tables(occurrence).into_iter();
        tables.chain([self.target(occurrence)]).any(|name| {
            let name = words(name);
            let mut listed = self.rules.bookkeeping_tables.iter();
            listed.any(|known| format!(" {name} ").contains(&format!(" {known} ")))
        })
    }

    fn is_bookkeeping(&self, column: &str) -> bool {
        let mut listed = self.rules.bookkeeping_columns.iter();
        listed.any(|known| known == column)
    }

    fn holds_hash(&self, column: &str) -> bool {
        let words = split_words(column);
        words
            .iter()
            .any(|word| self.rules.hash_columns.contains(word))
    }

    /// What an effect does when it happens again.
    fn repeated(&self, occurrence: &Occurrence) -> Repeated {
        let effect = self.effect(occurrence);
        let target = self.target(occurrence);
        if self.bookkeeping(occurrence) {
            return Repeated::Ignored;
        }
        match effect.kind {
            EffectKind::Read | EffectKind::RepeatableRequest | EffectKind::Unknown => {
                Repeated::Ignored
            }
            EffectKind::Insert | EffectKind::Upsert => self.inserted(occurrence),
            EffectKind::Update => self.updated(occurrence),
            EffectKind::Delete => Repeated::Settles(
                Via::Effects,
                format!("`{target}` is deleted from: the repeat finds nothing to delete"),
            ),
            EffectKind::Set if occurrence.origin(effect.origin).is(Origin::RANDOM) => {
                Repeated::AddsUp(format!(
                    "`{target}` gets a name that is another one every time"
                ))
            }
            EffectKind::Set => {
                Repeated::Settles(Via::Effects, format!("`{target}` is set to a value"))
            }
            EffectKind::Count => Repeated::Ignored,
            EffectKind::Append => Repeated::AddsUp(format!("`{target}` is added to")),
            EffectKind::Publish => Repeated::AddsUp(format!("a message is published: `{target}`")),
            EffectKind::Mail => Repeated::AddsUp("mail is sent".to_owned()),
            EffectKind::Session => {
                Repeated::AddsUp("each time a session is begun that the server keeps".to_owned())
            }
            EffectKind::Request => {
                Repeated::AddsUp(format!("another service is asked to act: `{target}`"))
            }
        }
    }

    fn inserted(&self, occurrence: &Occurrence) -> Repeated {
        let effect = self.effect(occurrence);
        let target = self.target(occurrence);
        let key = self.natural_key(occurrence);
        let columns = |columns: &[String]| columns.join(", ");
        if let Some(conflict) = &effect.conflict {
            let fresh = conflict.columns.iter().any(|column| {
                let mut written = occurrence.written.iter();
                written.any(|value| {
                    let origin = value.origin;
                    value.column == *column && origin.is(Origin::RANDOM)
                })
            });
            let known = self.table(occurrence).is_some();
            if !fresh && (!conflict.columns.is_empty() || key.is_some() || !known) {
                let what = match conflict.updates {
                    true => "changed",
                    false => "left alone",
                };
                let on = match (conflict.columns.as_slice(), key) {
                    ([], Some(key)) => columns(&key.columns),
                    (named, _) => columns(named),
                };
                return Repeated::Settles(
                    Via::Upsert,
                    format!("a row of `{target}` that is there already ({on}) is {what}"),
                );
            }
        }
        if effect.only_once {
            return Repeated::Settles(
                Via::Upsert,
                format!("a row of `{target}` is inserted only where there is none"),
            );
        }
        match key {
            Some(key) => Repeated::Settles(
                Via::NaturalKey,
                format!(
                    "`{target}` is unique by {}: the repeat inserts nothing",
                    columns(&key.columns)
                ),
            ),
            None => Repeated::AddsUp(format!("each time a row is inserted into `{target}`")),
        }
    }

    fn updated(&self, occurrence: &Occurrence) -> Repeated {
        let target = self.target(occurrence);
        let state = |column: &str| !self.is_bookkeeping(column);
        let mut written = occurrence
            .written
            .iter()
            .filter(|value| state(&value.column));
        if let Some(value) = written.clone().find(|value| value.relative) {
            return Repeated::AddsUp(format!(
                "`{}` of `{target}` is changed by an amount",
                value.column
            ));
        }
        let rotated = written
            .find(|value| value.origin.is(Origin::RANDOM) && !self.holds_hash(&value.column));
        if let Some(value) = rotated {
            return Repeated::AddsUp(format!(
                "`{}` of `{target}` gets another value every time",
                value.column
            ));
        }
        Repeated::Settles(Via::Effects, format!("`{target}` is set to values"))
    }

    /// Rows that are removed and inserted anew: the repeat does the same to those of the first
    /// request.
    fn replaced(&self, at: usize) -> Option<Blocked> {
        let occurrence = &self.unfolded.occurrences[at];
        let effect = self.effect(occurrence);
        if !matches!(effect.kind, EffectKind::Insert | EffectKind::Upsert) {
            return None;
        }
        let random = occurrence.written.iter().any(|value| {
            let origin = value.origin;
            value.column != "id" && origin.is(Origin::RANDOM) && !self.holds_hash(&value.column)
        });
        let mut before = self.unfolded.occurrences[..at].iter().filter(|other| {
            let delete = self.effect(other);
            let same_rows = !delete.filter.is_empty()
                && delete.filter.iter().all(|filter| {
                    let fresh = other.origin(filter.origin).is_fresh();
                    let mut written = occurrence.written.iter();
                    !fresh && written.any(|value| value.column == filter.column)
                });
            delete.kind == EffectKind::Delete
                && self.share_table(other, occurrence)
                && same_rows
                && happens_with(other, occurrence)
        });
        let removed = before.next().filter(|_| !random)?;
        let reason = format!(
            "rows of `{}` are removed and inserted anew",
            self.target(removed)
        );
        Some(Blocked {
            via: Via::Effects,
            evidence: Evidence::seen(self.effect(removed).span, reason),
        })
    }

    /// Why an occurrence does not happen on the repeat, or is undone.
    fn blocked(&self, at: usize) -> Option<Blocked> {
        let occurrence = &self.unfolded.occurrences[at];
        if let Some(replaced) = self.replaced(at) {
            return Some(replaced);
        }
        let by_condition = occurrence
            .path
            .iter()
            .find_map(|condition| match condition.as_ref() {
                Condition::Needs(other) => self.fails(*other, at),
                Condition::Arm { told, fields, .. } => {
                    let told = told.as_ref().and_then(|(others, something)| {
                        let mut others = others.iter();
                        others.find_map(|other| self.turned(*other, *something, at))
                    });
                    told.or_else(|| self.field_changed(fields, at))
                }
            });
        by_condition.or_else(|| {
            let transaction = occurrence.transaction?;
            if !self.effect(occurrence).transactional {
                return None;
            }
            let all = self.unfolded.occurrences.iter().enumerate();
            let same =
                all.filter(|(other, known)| *other != at && known.transaction == Some(transaction));
            let mut same = same.filter(|(_, other)| happens_with(other, occurrence));
            same.find_map(|(other, _)| self.fails(other, at))
        })
    }

    /// An occurrence that fails the second time.
    fn fails(&self, other: usize, at: usize) -> Option<Blocked> {
        let occurrence = &self.unfolded.occurrences[other];
        let effect = self.effect(occurrence);
        match effect.kind {
            EffectKind::Insert if effect.conflict.is_none() => {
                let key = self.natural_key(occurrence)?;
                let reason = format!(
                    "`{}` is unique by {}: the repeat fails here",
                    self.target(occurrence),
                    key.columns.join(", ")
                );
                Some(Blocked {
                    via: Via::NaturalKey,
                    evidence: Evidence::seen(effect.span, reason),
                })
            }
            EffectKind::Read | EffectKind::Update | EffectKind::Delete => {
                self.found_nothing(other, at)
            }
            _ => None,
        }
    }

    /// An occurrence that finds or does nothing the second time, by what the first time changed.
    fn found_nothing(&self, other: usize, at: usize) -> Option<Blocked> {
        let occurrence = &self.unfolded.occurrences[other];
        let effect = self.effect(occurrence);
        let settled = |reason: String| {
            Some(Blocked {
                via: Via::Effects,
                evidence: Evidence::seen(effect.span, reason),
            })
        };
        let target = self.target(occurrence);
        match effect.kind {
            EffectKind::Delete => {
                settled(format!("the repeat finds nothing to delete in `{target}`"))
            }
            EffectKind::Update => {
                let own = effect.filter.iter().any(|filter| {
                    let mut written = occurrence.written.iter();
                    written.any(|value| {
                        value.column == filter.column && !self.is_bookkeeping(&value.column)
                    })
                });
                if effect.only_once || own {
                    return settled(format!("the repeat finds nothing to change in `{target}`"));
                }
                None
            }
            EffectKind::Insert if effect.conflict.is_some() || effect.only_once => {
                match self.inserted(occurrence) {
                    Repeated::Settles(..) => {
                        settled(format!("the repeat inserts nothing into `{target}`"))
                    }
                    _ => None,
                }
            }
            EffectKind::Insert => self.fails(other, at),
            EffectKind::Read => {
                let mut changes = self.changes_with(at);
                let (place, change) = changes.find(|(place, _)| self.hides(place, occurrence))?;
                settled(format!(
                    "the repeat does not find what the first request {} in `{}`",
                    match change.kind {
                        EffectKind::Delete => "deleted",
                        _ => "changed",
                    },
                    self.target(place)
                ))
            }
            _ => None,
        }
    }

    /// Whether a change makes a read find nothing.
    fn hides(&self, change: &Occurrence, read: &Occurrence) -> bool {
        if !self.share_table(change, read) {
            return false;
        }
        let (written, change) = (&change.written, self.effect(change));
        let read = self.effect(read);
        match change.kind {
            EffectKind::Delete => true,
            EffectKind::Update => written.iter().any(|value| {
                let mut filter = read.filter.iter();
                !self.is_bookkeeping(&value.column)
                    && filter.any(|known| known.column == value.column)
            }),
            _ => false,
        }
    }

    /// What changes something whenever an occurrence happens.
    fn changes_with(&self, at: usize) -> impl Iterator<Item = (&Occurrence, &CodeEffect)> {
        let occurrence = &self.unfolded.occurrences[at];
        let changes = self
            .changes
            .iter()
            .map(|index| &self.unfolded.occurrences[*index]);
        changes
            .filter(move |other| happens_with(other, occurrence))
            .map(|other| (other, self.effect(other)))
    }

    /// A branch that goes the other way the second time: where something was found or done the
    /// first time and is not now, or the other way round.
    fn turned(&self, other: usize, something: bool, at: usize) -> Option<Blocked> {
        if something {
            return self.found_nothing(other, at);
        }
        let effect = self.effect(&self.unfolded.occurrences[other]);
        if effect.kind != EffectKind::Read {
            return None;
        }
        let added = self.changes_with(at).find(|(place, change)| {
            let inserts = matches!(change.kind, EffectKind::Insert | EffectKind::Upsert);
            let same = self.share_table(place, &self.unfolded.occurrences[other]);
            inserts && same && finds_again(effect, place)
        })?;
        let (added, _) = added;
        Some(Blocked {
            via: Via::NaturalKey,
            evidence: Evidence::seen(
                effect.span,
                format!(
                    "the repeat finds what the first request inserted into `{}`",
                    self.target(added)
                ),
            ),
        })
    }

    /// A branch on a field that the handler changes.
    fn field_changed(&self, fields: &[String], at: usize) -> Option<Blocked> {
        if fields.is_empty() {
            return None;
        }
        let changes = self.changes_with(at);
        let mut updates = changes.filter(|(_, change)| change.kind == EffectKind::Update);
        updates.find_map(|(place, change)| {
            let mut written = place.written.iter();
            let value = written.find(|value| {
                fields.contains(&value.column) && !self.is_bookkeeping(&value.column)
            })?;
            let reason = format!(
                "it depends on `{}`, which the first request has changed in `{}`",
                value.column,
                self.target(place)
            );
            Some(Blocked {
                via: Via::Effects,
                evidence: Evidence::seen(change.span, reason),
            })
        })
    }
}

/// Whether every branch that one occurrence asks for is taken where the other happens.
fn happens_with(other: &Occurrence, at: &Occurrence) -> bool {
    let mut taken = at.branches.iter();
    other.branches.iter().all(|(branch, arms)| {
        let same = taken.find(|(known, _)| known >= branch);
        same.is_some_and(|(known, way)| known == branch && way & !arms == 0)
    })
}

/// Whether a read looks for what an insert has written.
fn finds_again(read: &CodeEffect, insert: &Occurrence) -> bool {
    !read.filter.is_empty()
        && read.filter.iter().all(|filter| {
            let mut written = insert.written.iter();
            match written.find(|value| value.column == filter.column) {
                Some(value) => !value.origin.is_fresh(),
                None => filter.column != "id",
            }
        })
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
