//! What is wrong with the order in which a handler or consumer does things.

use super::blocked::happens_with;
use super::unfold::{self, Condition, Occurrence};
use super::{Repeated, Replay};
use crate::catalog::{Catalog, split_words};
use crate::model::{
    CodeFault, CodeFaultKind, ComponentKind, EffectKind, Endpoint, Evidence, HandlerCode, System,
};
use crate::source::{Sources, Span};
use rayon::prelude::*;
use std::collections::BTreeSet;

impl Replay<'_> {
    /// The faults of a handler. What an endpoint says of its own keys is judged with `adds_up`:
    /// whether anything of it adds up on a repeat.
    pub(super) fn faults(&self, endpoint: &Endpoint, adds_up: bool) -> Vec<CodeFault> {
        let name = endpoint.name();
        let mut faults = self.races(&name);
        faults.extend(self.dual_writes(&name));
        if adds_up {
            faults.extend(self.key_ignored(endpoint));
        }
        faults.extend(self.key_stored_apart(endpoint));
        faults
    }

    /// A read that finds nothing, then an insert into the same table, and no unique key over what
    /// was looked for.
    fn races(&self, name: &str) -> Vec<CodeFault> {
        let mut faults = Vec::new();
        for insert in &self.unfolded.occurrences {
            let effect = self.effect(insert);
            if effect.kind != EffectKind::Insert || effect.conflict.is_some() || effect.only_once {
                continue;
            }
            let looked = insert
                .path
                .iter()
                .filter_map(|condition| match condition.as_ref() {
                    Condition::Arm {
                        told: Some((others, false)),
                        ..
                    } => Some(others),
                    _ => None,
                });
            let looked = looked
                .flatten()
                .map(|index| &self.unfolded.occurrences[*index]);
            let read = looked.into_iter().find(|read| self.is_race(read, insert));
            if let Some(read) = read {
                let target = self.target(insert).to_owned();
                faults.push(CodeFault {
                    kind: CodeFaultKind::CheckThenInsert,
                    span: self.effect(read).span,
                    name: name.to_owned(),
                    evidence: vec![Evidence::seen(
                        effect.span,
                        format!("inserted into `{target}` where nothing was found"),
                    )],
                    target,
                });
            }
        }
        faults
    }

    fn is_race(&self, read: &Occurrence, insert: &Occurrence) -> bool {
        let effect = self.effect(read);
        let looked_for: BTreeSet<&String> =
            effect.filter.iter().map(|column| &column.column).collect();
        let Some(table) = self.table(insert) else {
            return false;
        };
        let all = &self.unfolded.occurrences;
        let locked = all.iter().any(|other| self.effect(other).locks);
        let written =
            |column: &&String| insert.written.iter().any(|value| value.column == **column);
        let covered = table
            .keys
            .iter()
            .any(|key| key.columns.iter().all(|column| looked_for.contains(column)));
        effect.kind == EffectKind::Read
            && self.share_table(read, insert)
            && !looked_for.is_empty()
            && looked_for.iter().all(written)
            && !covered
            && !locked
    }

    /// A store is written to and a broker is published to, with no outbox between.
    fn dual_writes(&self, name: &str) -> Option<CodeFault> {
        let captured = self.system.components.iter().any(|component| {
            component.kind == ComponentKind::StreamProcessor
                && component.technology.as_deref().is_some_and(|technology| {
                    self.rules
                        .change_capture
                        .iter()
                        .any(|known| technology.contains(known.as_str()))
                })
        });
        let own = |occurrence: &&Occurrence| !occurrence.around;
        let all = self.unfolded.occurrences.iter().filter(own);
        let publish = all
            .clone()
            .find(|occurrence| self.effect(occurrence).kind == EffectKind::Publish)?;
        let outbox = |occurrence: &Occurrence| {
            let words = split_words(self.target(occurrence));
            words.iter().any(|word| self.rules.outboxes.contains(word))
        };
        let writes: Vec<&Occurrence> = all
            .clone()
            .filter(|occurrence| {
                let effect = self.effect(occurrence);
                effect.transactional && effect.kind.writes() && !self.bookkeeping(occurrence)
            })
            .collect();
        if captured || writes.iter().any(|write| outbox(write)) {
            return None;
        }
        let write = writes
            .iter()
            .find(|write| happens_with(write, publish) || happens_with(publish, write))?;
        let target = self.target(publish).to_owned();
        Some(CodeFault {
            kind: CodeFaultKind::DualWrite,
            span: self.effect(publish).span,
            name: name.to_owned(),
            evidence: vec![Evidence::seen(
                self.effect(write).span,
                format!("`{}` is written to", self.target(write)),
            )],
            target,
        })
    }

    /// The contract declares a key, and nothing on the way reads one.
    fn key_ignored(&self, endpoint: &Endpoint) -> Option<CodeFault> {
        let handler = endpoint.handler.as_ref()?;
        let operation = endpoint.operation.as_ref()?;
        let mut keys = operation.keys.iter();
        let key = keys.find(|key| key.header && !key.precondition && key.known.is_some())?;
        if endpoint.keys_at_gateway.is_some() {
            return None;
        }
        let read = self.keys_read(endpoint);
        let foreign = handler.foreign_layers.iter();
        let honoured = read.count() > 0
            || foreign
                .map(|path| path.to_lowercase())
                .any(|path| path.contains("idempot"))
            || self.unfolded.cut;
        (!honoured).then(|| CodeFault {
            kind: CodeFaultKind::KeyIgnored,
            span: key.span,
            name: endpoint.name(),
            target: key.name.clone(),
            evidence: vec![Evidence::seen(
                handler.span,
                format!(
                    "neither `{}` nor what is around it reads a key",
                    handler.function
                ),
            )],
        })
    }

    /// A key is stored in a table that may hold two of the same.
    pub(super) fn key_stored_apart(&self, endpoint: &Endpoint) -> Option<CodeFault> {
        let (key, _) = self.key(endpoint)?;
        // A cache that takes a key only once is a lock.
        let locked = self.unfolded.occurrences.iter().any(|occurrence| {
            let words = split_words(self.target(occurrence));
            words
                .iter()
                .any(|word| matches!(word.as_str(), "nx" | "setnx" | "hsetnx"))
        });
        if locked {
            return None;
        }
        let spoken = |column: &str| {
            let words = split_words(column).concat();
            words.contains("idempoten") || column == key.name
        };
        let stored = self.unfolded.occurrences.iter().find_map(|occurrence| {
            let effect = self.effect(occurrence);
            let insert = matches!(effect.kind, EffectKind::Insert | EffectKind::Upsert);
            let column = occurrence
                .written
                .iter()
                .find(|value| spoken(&value.column))?;
            insert.then_some((occurrence, column))
        });
        let (occurrence, column) = stored?;
        let table = self.table(occurrence)?;
        let unique = table
            .keys
            .iter()
            .any(|known| known.columns.contains(&column.column));
        (!unique).then(|| CodeFault {
            kind: CodeFaultKind::KeyStoredApart,
            span: self.effect(occurrence).span,
            name: endpoint.name(),
            target: self.target(occurrence).to_owned(),
            evidence: vec![Evidence::seen(
                key.span,
                format!("`{}` is read here", key.name),
            )],
        })
    }

    /// What a consumer does with a message that adds up, and what it does after it said that it is
    /// worked on.
    fn consumed(&self, name: &str) -> Vec<CodeFault> {
        let all = self.unfolded.occurrences.iter().enumerate();
        let Some((first, taking)) = all.clone().find(|(_, one)| self.effect(one).consumes) else {
            return Vec::new();
        };
        let mut faults = Vec::new();
        let work: Vec<(usize, &Occurrence)> = all
            .filter(|(index, one)| {
                *index > first && self.effect(one).kind.writes() && !self.bookkeeping(one)
            })
            .collect();
        let adding = work
            .iter()
            .find_map(|(index, one)| match self.repeated(one) {
                Repeated::AddsUp(reason) if self.blocked(*index).is_none() => Some((one, reason)),
                _ => None,
            });
        let taken = self.effect(taking);
        if let Some((one, reason)) = adding {
            faults.push(CodeFault {
                kind: CodeFaultKind::ConsumerWithoutDedupe,
                span: taken.span,
                name: name.to_owned(),
                target: self.target(one).to_owned(),
                evidence: vec![Evidence::seen(self.effect(one).span, reason)],
            });
        }
        let unacknowledged = taken.origin.is(crate::model::Origin::UNACKNOWLEDGED);
        let early = work
            .iter()
            .find_map(|(_, one)| Some((*one, one.acknowledged?)));
        let early = early.or_else(|| {
            let (_, one) = work.first().filter(|_| unacknowledged)?;
            Some((*one, taken.span))
        });
        if let Some((one, span)) = early {
            faults.push(CodeFault {
                kind: CodeFaultKind::AckBeforeWork,
                span,
                name: name.to_owned(),
                target: self.target(one).to_owned(),
                evidence: vec![Evidence::seen(
                    self.effect(one).span,
                    format!("`{}` is written to only after that", self.target(one)),
                )],
            });
        }
        faults
    }
}

/// The faults of everything that takes messages from a broker.
pub(super) fn of_consumers(
    system: &System,
    sources: &Sources,
    catalog: &Catalog,
    relevant: &[bool],
) -> Vec<CodeFault> {
    let consumes = |function: &usize| {
        let effects = system.traces[*function].effects.iter().flatten();
        let node = &system.call_graph.functions[*function];
        node.in_program
            && effects
                .into_iter()
                .any(|effect| system.effects[*effect].consumes)
    };
    let functions: Vec<usize> = (0..system.traces.len()).filter(consumes).collect();
    let found: Vec<Vec<CodeFault>> = functions
        .par_iter()
        .map(|function| {
            let code = HandlerCode::Functions(vec![*function]);
            let unfolded = unfold::unfold(system, relevant, &catalog.effects.log_words, &code, &[]);
            let replay = Replay::new(system, sources, &catalog.effects, &unfolded);
            replay.consumed(system.call_graph.name(*function))
        })
        .collect();
    found.into_iter().flatten().collect()
}

/// One fault of a place, whoever leads there.
pub(super) fn once(mut faults: Vec<CodeFault>) -> Vec<CodeFault> {
    faults.sort();
    let mut known: BTreeSet<(CodeFaultKind, Span)> = BTreeSet::new();
    faults.retain(|fault| known.insert((fault.kind, fault.span)));
    faults
}
