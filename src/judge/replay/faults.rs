//! What is wrong with the order in which a handler or consumer does things.

use super::known::Known;
use super::path::Condition;
use super::unfold::{self, Occurrence};
use super::{Repeated, Replay};
use crate::model::{
    CodeFault, CodeFaultKind, ColumnValue, EffectKind, Endpoint, Evidence, HandlerCode, Table,
    TableKey,
};
use crate::source::Span;
use rayon::prelude::*;
use std::collections::BTreeSet;

impl<'s> Replay<'s> {
    /// The faults of a handler. What an endpoint says of its own keys is judged with `adds_up`:
    /// whether anything of it adds up on a repeat.
    pub(super) fn faults(&self, endpoint: &'s Endpoint, adds_up: bool) -> Vec<CodeFault> {
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
            let effect = self.known.effect(insert);
            if effect.kind != EffectKind::Insert
                || effect.conflict.is_some()
                || effect.only_once
                || self.is_answered(insert)
            {
                continue;
            }
            let paths = &self.unfolded.paths;
            let looked = paths.telling(insert.path).into_iter();
            let looked = looked.filter_map(|condition| match condition {
                Condition::Arm(arm) => arm.told.filter(|(_, something)| !something),
                Condition::Needs(_) | Condition::OneOf(_) => None,
            });
            let looked = looked.flat_map(|(others, _)| paths.occurrences(others));
            let mut looked = looked.map(|index| &self.unfolded.occurrences[*index]);
            let read = looked.find(|read| self.is_race(read, insert));
            if let Some(read) = read {
                let target = self.known.target(insert).to_owned();
                faults.push(CodeFault {
                    kind: CodeFaultKind::CheckThenInsert,
                    span: self.known.effect(read).span,
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

    fn is_race(&self, read: &Occurrence<'s>, insert: &Occurrence<'s>) -> bool {
        let effect = self.known.effect(read);
        let looked_for = |wanted: &String| {
            let mut filter = effect.filter.iter();
            filter.any(|known| known.column == *wanted)
        };
        let written = |wanted: &ColumnValue| {
            let mut written = self.unfolded.written(insert);
            written.any(|value| value.column == wanted.column)
        };
        let covered = |table: &Table| {
            let mut keys = table.keys.iter();
            let narrower = |key: &TableKey| {
                let mut filter = effect.filter.iter();
                !key.columns.is_empty() && filter.all(|known| key.columns.contains(&known.column))
            };
            // Of a list that was found by a part of a key, the rest is compared in memory.
            keys.any(|key| key.columns.iter().all(looked_for) || effect.many && narrower(key))
        };
        // The same where more is asked of the list, and the row is one that fills a key.
        let kept_apart = || {
            let key = self.natural_key(insert).filter(|_| effect.many);
            key.is_some_and(|key| key.columns.iter().any(looked_for))
        };
        let all = &self.unfolded.occurrences;
        effect.kind == EffectKind::Read
            && self.known.share_table(read, insert)
            && !effect.filter.is_empty()
            && effect.filter.iter().all(written)
            && self
                .known
                .table(insert)
                .is_some_and(|table| !covered(table))
            && !kept_apart()
            && !all.iter().any(|other| self.known.effect(other).locks)
    }

    /// A store is written to and a broker is published to, with no outbox between.
    fn dual_writes(&self, name: &str) -> Option<CodeFault> {
        let all = self.unfolded.occurrences.iter();
        let all = all.filter(|occurrence| !occurrence.around);
        let mut publishing = all.clone();
        let publish = publishing
            .find(|occurrence| self.known.effect(occurrence).kind == EffectKind::Publish)?;
        let mut writes = all.filter(|occurrence| {
            let effect = self.known.effect(occurrence);
            effect.transactional && effect.kind.writes() && !self.known.bookkeeping(occurrence)
        });
        let mut outboxes = writes.clone().map(|write| self.known.words(write).outbox);
        if self.known.captured || outboxes.any(|outbox| outbox) {
            return None;
        }
        let together = |write: &&Occurrence<'s>| {
            let unfolded = self.unfolded;
            unfolded.happens_with(write, publish) || unfolded.happens_with(publish, write)
        };
        let write = writes.find(together)?;
        let target = self.known.target(publish).to_owned();
        Some(CodeFault {
            kind: CodeFaultKind::DualWrite,
            span: self.known.effect(publish).span,
            name: name.to_owned(),
            evidence: vec![Evidence::seen(
                self.known.effect(write).span,
                format!("`{}` is written to", self.known.target(write)),
            )],
            target,
        })
    }

    /// The contract declares a key, and nothing on the way reads one.
    fn key_ignored(&self, endpoint: &'s Endpoint) -> Option<CodeFault> {
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
    pub(super) fn key_stored_apart(&self, endpoint: &'s Endpoint) -> Option<CodeFault> {
        let (key, _) = self.key(endpoint)?;
        let spoken = |column: &str| self.known.key_columns.contains(column) || column == key.name;
        let stored = self.unfolded.occurrences.iter().find_map(|occurrence| {
            let effect = self.known.effect(occurrence);
            if !matches!(effect.kind, EffectKind::Insert | EffectKind::Upsert) {
                return None;
            }
            let mut written = self.unfolded.written(occurrence);
            let value = written.find(|value| spoken(value.column))?;
            Some((occurrence, value.column))
        });
        let (occurrence, column) = stored?;
        let table = self.known.table(occurrence)?;
        // A cache that takes a key only once is a lock.
        let mut occurrences = self.unfolded.occurrences.iter();
        if occurrences.any(|occurrence| self.known.words(occurrence).once) {
            return None;
        }
        let unique = table
            .keys
            .iter()
            .any(|known| known.columns.iter().any(|known| known == column));
        (!unique).then(|| CodeFault {
            kind: CodeFaultKind::KeyStoredApart,
            span: self.known.effect(occurrence).span,
            name: endpoint.name(),
            target: self.known.target(occurrence).to_owned(),
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
        let Some((first, taking)) = all.clone().find(|(_, one)| self.known.effect(one).consumes)
        else {
            return Vec::new();
        };
        let mut faults = Vec::new();
        let work: Vec<(usize, &Occurrence<'s>)> = all
            .filter(|(index, one)| {
                *index > first
                    && self.known.effect(one).kind.writes()
                    && !self.known.bookkeeping(one)
            })
            .collect();
        let adding = work
            .iter()
            .find_map(|(index, one)| match self.repeated(one) {
                Repeated::AddsUp(reason) if self.blocked(*index).is_none() => Some((one, reason)),
                _ => None,
            });
        let taken = self.known.effect(taking);
        if let Some((one, reason)) = adding {
            faults.push(CodeFault {
                kind: CodeFaultKind::ConsumerWithoutDedupe,
                span: taken.span,
                name: name.to_owned(),
                target: self.known.target(one).to_owned(),
                evidence: vec![Evidence::seen(
                    self.known.effect(one).span,
                    reason.to_string(),
                )],
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
                target: self.known.target(one).to_owned(),
                evidence: vec![Evidence::seen(
                    self.known.effect(one).span,
                    format!("`{}` is written to only after that", self.known.target(one)),
                )],
            });
        }
        faults
    }
}

/// The faults of everything that takes messages from a broker.
pub(super) fn of_consumers(known: &Known<'_>) -> Vec<CodeFault> {
    let system = known.system;
    // What a program runs may stand in its library.
    let run: BTreeSet<usize> = system
        .executables
        .iter()
        .flat_map(|program| program.functions.iter().copied())
        .collect();
    let consumes = |function: &usize| {
        let mut effects = system.traces[*function].effects.iter().flatten();
        let node = &system.call_graph.functions[*function];
        (node.in_program || run.contains(function))
            && effects.any(|effect| system.effects[*effect].consumes)
    };
    let functions: Vec<usize> = (0..system.traces.len()).filter(consumes).collect();
    let found: Vec<Vec<CodeFault>> = functions
        .par_iter()
        .with_max_len(1)
        .map(|function| {
            let code = HandlerCode::Functions(vec![*function]);
            let programs = known.programs_of("", &code);
            let unfolded = unfold::enter(known, &[], &programs).unfold(&code);
            let replay = Replay::new(known, &unfolded, &[], None);
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
