//! What a handler changes, by what is asked of it again and again.

use super::Replay;
use super::known::Known;
use super::unfold::{Occurrence, Unfolded};
use crate::model::{EffectKind, TableKey};
use foldhash::HashMap;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;

/// The occurrences that change something, by their numbers and in order, and what has been found
/// out of them.
pub(super) struct Changes<'s> {
    changes: OfTables<'s>,
    deletes: OfTables<'s>,
    of_transaction: HashMap<u32, Vec<usize>>,
    of_column: OnceCell<BTreeMap<&'s str, Vec<usize>>>,
    /// What has been found out of each occurrence.
    found: Vec<OnceCell<Box<Found<'s>>>>,
}

/// Occurrences by their tables, in order.
#[derive(Default)]
struct OfTables<'s>(HashMap<&'s str, Vec<usize>>);

impl<'s> OfTables<'s> {
    fn add(&mut self, tables: &[&'s str], at: usize) {
        for table in tables {
            self.0.entry(table).or_default().push(at);
        }
    }

    fn of(&self, tables: &[&'s str]) -> Cow<'_, [usize]> {
        match tables {
            [] => Cow::Borrowed(&[]),
            [only] => Cow::Borrowed(self.0.get(only).map_or(&[], Vec::as_slice)),
            several => {
                let found = several.iter().filter_map(|table| self.0.get(table));
                let mut found: Vec<usize> = found.flatten().copied().collect();
                found.sort_unstable();
                Cow::Owned(found)
            }
        }
    }
}

/// What may make an occurrence end in another way on the repeat.
#[derive(Default)]
pub(super) struct Found<'s> {
    /// The changes after which a read finds nothing, in order.
    pub(super) hiding: Vec<usize>,
    /// The inserts after which a read finds something, in order.
    pub(super) showing: Vec<usize>,
    /// The unique key on which an insert fails.
    pub(super) key: Option<&'s TableKey>,
}

impl<'s> Changes<'s> {
    pub(super) fn new(known: &Known<'s>, unfolded: &Unfolded<'s>) -> Self {
        let (mut changes, mut deletes) = (OfTables::default(), OfTables::default());
        let mut of_transaction: HashMap<u32, Vec<usize>> = HashMap::default();
        for (at, occurrence) in unfolded.occurrences.iter().enumerate() {
            if let Some(transaction) = occurrence.transaction {
                of_transaction.entry(transaction).or_default().push(at);
            }
            let kind = known.effect(occurrence).kind;
            if kind.writes() {
                changes.add(known.tables(occurrence), at);
            }
            if kind == EffectKind::Delete {
                deletes.add(known.tables(occurrence), at);
            }
        }
        let nothing_yet = unfolded.occurrences.iter().map(|_| OnceCell::new());
        Self {
            changes,
            deletes,
            of_transaction,
            of_column: OnceCell::new(),
            found: nothing_yet.collect(),
        }
    }
}

impl<'s> Replay<'s> {
    /// What deletes from tables, in order.
    pub(super) fn deletes_of(&self, tables: &[&'s str]) -> Cow<'_, [usize]> {
        self.changes.deletes.of(tables)
    }

    /// What happens in a transaction, in order.
    pub(super) fn in_transaction(&self, transaction: u32) -> &[usize] {
        let found = self.changes.of_transaction.get(&transaction);
        found.map_or(&[], Vec::as_slice)
    }

    /// What may make an occurrence end in another way on the repeat.
    pub(super) fn found(&self, at: usize) -> &Found<'s> {
        self.changes.found[at].get_or_init(|| {
            let occurrence = &self.unfolded.occurrences[at];
            let effect = self.known.effect(occurrence);
            Box::new(match effect.kind {
                EffectKind::Read => {
                    let changes = self.changes.changes.of(self.known.tables(occurrence));
                    let of = |holds: &dyn Fn(&Occurrence<'s>) -> bool| {
                        let held = |at: &&usize| holds(&self.unfolded.occurrences[**at]);
                        changes.iter().filter(held).copied().collect()
                    };
                    Found {
                        hiding: of(&|change| self.hides(change, effect)),
                        showing: of(&|change| self.shows(change, effect)),
                        key: None,
                    }
                }
                EffectKind::Insert => Found {
                    key: self.natural_key(occurrence),
                    ..Found::default()
                },
                _ => Found::default(),
            })
        })
    }

    /// The columns that updates set to a value, each with these, in order.
    pub(super) fn set_columns(&self) -> &BTreeMap<&'s str, Vec<usize>> {
        self.changes.of_column.get_or_init(|| {
            let mut of_column: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
            for (at, occurrence) in self.unfolded.occurrences.iter().enumerate() {
                if self.updates(occurrence) && !occurrence.written.of_type {
                    let written = self.unfolded.written(occurrence);
                    for value in written.filter(|value| self.is_set(value)) {
                        of_column.entry(value.column).or_default().push(at);
                    }
                }
            }
            of_column
        })
    }
}
