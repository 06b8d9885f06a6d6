//! Why something that would add up does not: the repeat does not come so far, or is undone.

use super::path::Condition;
use super::reason::Reason;
use super::unfold::{Occurrence, Value};
use super::{Blocked, Repeated, Replay};
use crate::catalog::split_words;
use crate::model::{CodeEffect, ColumnValue, EffectKind, Origin, Via};

impl<'s> Replay<'s> {
    /// Rows that are removed and inserted anew: the repeat does the same to those of the first
    /// request.
    fn replaced(&self, at: usize) -> Option<Blocked<'s>> {
        let occurrence = &self.unfolded.occurrences[at];
        let effect = self.known.effect(occurrence);
        if !matches!(effect.kind, EffectKind::Insert | EffectKind::Upsert) {
            return None;
        }
        let written = self.unfolded.written(occurrence);
        let random = written.clone().any(|value| {
            value.column != "id"
                && value.origin().is(Origin::RANDOM)
                && !self.holds_hash(value.column)
        });
        if random {
            return None;
        }
        let deletes = self.deletes_of(self.known.tables(occurrence));
        let before = deletes.iter().take_while(|other| **other < at);
        let mut before = before.map(|other| &self.unfolded.occurrences[*other]);
        let removed = before.find(|other| {
            let delete = self.known.effect(other);
            let same_row = |filter: &ColumnValue| {
                written.clone().any(|value| value.column == filter.column)
                    && !self.unfolded.origin(other, filter.origin).is_fresh()
            };
            self.unfolded.happens_with(other, occurrence)
                && !delete.filter.is_empty()
                && delete.filter.iter().all(same_row)
        })?;
        Some(Blocked {
            via: Via::Effects,
            span: self.known.effect(removed).span,
            reason: Reason::Replaces(self.known.target(removed)),
        })
    }

    /// Why an occurrence does not happen on the repeat, or is undone.
    pub(super) fn blocked(&self, at: usize) -> Option<Blocked<'s>> {
        if self.toggles(&self.unfolded.occurrences[at]) {
            return None;
        }
        self.replaced(at)
            .or_else(|| self.not_reached(at))
            .or_else(|| self.undone(at))
    }

    /// A condition on the way to an occurrence that does not hold on the repeat.
    fn not_reached(&self, at: usize) -> Option<Blocked<'s>> {
        let path = self.unfolded.occurrences[at].path;
        let conditions = self.unfolded.paths.telling(path);
        self.one_that_fails(&conditions, at)
    }

    /// The first condition that does not hold on the repeat.
    fn one_that_fails(&self, conditions: &[Condition<'s>], at: usize) -> Option<Blocked<'s>> {
        let paths = &self.unfolded.paths;
        conditions.iter().find_map(|condition| match condition {
            Condition::Needs(other) => self.fails(*other, at),
            Condition::Arm(arm) => {
                let told = arm.told.and_then(|(others, something)| {
                    let mut others = paths.occurrences(others).iter();
                    others.find_map(|other| self.turned(*other, something, at))
                });
                told.or_else(|| self.field_changed(arm.fields, at))
                    .or_else(|| self.moved_on(arm.expects?, at))
            }
            Condition::OneOf(number) => {
                let mut implementations = paths.implementations(*number).iter();
                let first = self.one_that_fails(implementations.next()?, at)?;
                implementations
                    .all(|conditions| self.one_that_fails(conditions, at).is_some())
                    .then_some(first)
            }
        })
    }

    /// Something that fails in the transaction of an occurrence.
    fn undone(&self, at: usize) -> Option<Blocked<'s>> {
        let occurrence = &self.unfolded.occurrences[at];
        let transaction = occurrence.transaction?;
        if !self.known.effect(occurrence).transactional {
            return None;
        }
        let together = self.in_transaction(transaction).iter();
        let mut others = together.filter(|other| **other != at);
        others.find_map(|other| {
            let fails = self.fails(*other, at)?;
            // That there are no rows to read, change or delete is no failure where nobody asks.
            let needed = self.unfolded.needed.contains(*other);
            let other = &self.unfolded.occurrences[*other];
            if !needed && self.known.effect(other).kind != EffectKind::Insert {
                return None;
            }
            let together = self.unfolded.happens_with(other, occurrence);
            together.then_some(fails)
        })
    }

    /// An occurrence that fails the second time.
    fn fails(&self, other: usize, at: usize) -> Option<Blocked<'s>> {
        let occurrence = &self.unfolded.occurrences[other];
        let effect = self.known.effect(occurrence);
        match effect.kind {
            EffectKind::Insert if effect.conflict.is_none() => {
                let key = self.found(other).key?;
                Some(Blocked {
                    via: Via::NaturalKey,
                    span: effect.span,
                    reason: Reason::Fails(self.known.target(occurrence), &key.columns),
                })
            }
            EffectKind::Read | EffectKind::Update | EffectKind::Delete => {
                self.found_nothing(other, at)
            }
            _ => None,
        }
    }

    /// An occurrence that finds or does nothing the second time, by what the first time changed.
    fn found_nothing(&self, other: usize, at: usize) -> Option<Blocked<'s>> {
        let occurrence = &self.unfolded.occurrences[other];
        let effect = self.known.effect(occurrence);
        let target = self.known.target(occurrence);
        // A row that the same request has made is always there.
        let made = Origin::RANDOM.and(Origin::INSERTED);
        let own = |filter: &ColumnValue| self.unfolded.origin(occurrence, filter.origin).is(made);
        if effect.filter.iter().any(own) {
            return None;
        }
        let settled = |reason| {
            Some(Blocked {
                via: Via::Effects,
                span: effect.span,
                reason,
            })
        };
        match effect.kind {
            EffectKind::Delete | EffectKind::Update if self.takes_next(occurrence) => None,
            EffectKind::Delete => settled(Reason::NothingToDelete(target)),
            EffectKind::Update => {
                let own = effect.filter.iter().any(|filter| {
                    let mut written = self.unfolded.written(occurrence);
                    // `n = n - 1 where n > 0` changes something again and again.
                    written.any(|value| {
                        value.column == filter.column
                            && self.is_set(&value)
                            && !self.is_named_again(occurrence, &value, filter)
                    })
                });
                match effect.only_once || own {
                    true => settled(Reason::NothingToChange(target)),
                    false => None,
                }
            }
            EffectKind::Insert if effect.conflict.is_some() || effect.only_once => {
                match self.inserted(occurrence) {
                    Repeated::Settles(..) => settled(Reason::NothingInserted(target)),
                    _ => None,
                }
            }
            EffectKind::Insert => self.fails(other, at),
            EffectKind::Read if self.looks_for_next(occurrence) => None,
            EffectKind::Read => {
                let place = self.first_with(&self.found(other).hiding, at)?;
                let deleted = self.known.effect(place).kind == EffectKind::Delete;
                // A row takes the place of the one that was put aside.
                let back = match deleted {
                    true => self.put_back(place, effect),
                    false => self.first_with(&self.found(other).showing, at).is_some(),
                };
                if back {
                    return None;
                }
                let target = self.known.target(place);
                settled(match deleted {
                    true => Reason::Deleted(target),
                    false => Reason::Changed(target),
                })
            }
            _ => None,
        }
    }

    /// The first of some changes that happens whenever an occurrence does.
    fn first_with(&self, changes: &[usize], at: usize) -> Option<&'s Occurrence<'s>> {
        let occurrence = &self.unfolded.occurrences[at];
        let mut changes = changes.iter().map(|at| &self.unfolded.occurrences[*at]);
        changes.find(|change| self.unfolded.happens_with(change, occurrence))
    }

    /// Whether a change of its table makes a read find nothing.
    pub(super) fn hides(&self, change: &Occurrence<'s>, read: &CodeEffect) -> bool {
        let effect = self.known.effect(change);
        // What is deleted only where it is in a state may be left where it is looked for in any.
        let narrower = || {
            let said = |state: &&ColumnValue| state.constant && state.origin == Origin::REPEATABLE;
            let mut states = effect.filter.iter().filter(said);
            states.any(|state| read.filter.iter().all(|known| known.column != state.column))
        };
        match effect.kind {
            EffectKind::Delete => self.is_keyed(read) && !narrower(),
            _ if self.updates(change) => self.sets_filter(change, read),
            _ => false,
        }
    }

    /// Whether a change sets what says which rows a read looks for.
    pub(super) fn sets_filter(&self, change: &Occurrence<'s>, read: &CodeEffect) -> bool {
        self.unfolded.written(change).any(|value| {
            let mut filter = read.filter.iter();
            filter.any(|known| {
                // What was read may be written as it was.
                let as_it_was = !known.constant && value.origin().is(Origin::STORED);
                known.column == value.column
                    && !as_it_was
                    && !self.is_named_again(change, &value, known)
            }) && !self.is_bookkeeping(value.column)
        })
    }

    /// Whether something is inserted into a table after the rows were deleted that a read looks for by the same.
    fn put_back(&self, delete: &Occurrence<'s>, read: &CodeEffect) -> bool {
        let mut filter = self.known.effect(delete).filter.iter();
        let same = |by: &ColumnValue| read.filter.iter().any(|known| known.column == by.column);
        if !filter.all(same) {
            return false;
        }
        let mut after = self.unfolded.occurrences.iter();
        after.find(|other| std::ptr::eq(*other, delete));
        after.any(|other| {
            let kind = self.known.effect(other).kind;
            let mut written = self.unfolded.written(other);
            // Under a name that is new, it is another row.
            let new = written.any(|value| {
                let mut filter = read.filter.iter();
                filter.any(|by| by.column == value.column) && value.origin().is_fresh()
            });
            !new && matches!(kind, EffectKind::Insert | EffectKind::Upsert)
                && self.known.share_table(other, delete)
                && self.unfolded.happens_with(other, delete)
        })
    }

    /// Whether a read looks for what somebody asked for, and not for whatever there is: the next row of a queue.
    fn is_keyed(&self, read: &CodeEffect) -> bool {
        let unseen = self.known.rules.calls_of(&read.krate).is_some() || read.tables.is_empty();
        let mut filter = read.filter.iter();
        unseen || filter.any(|value| !value.constant)
    }

    /// Whether a statement looks for any row of a table at all: settings of which there is one row.
    fn asks_for_any(&self, read: &CodeEffect) -> bool {
        let seen = read.transactional && self.known.rules.calls_of(&read.krate).is_none();
        seen && read.tables.len() == 1 && !read.writes_unseen
    }

    /// Whether a change of its table makes a read find something: it inserts what is looked for. Of a row of several
    /// tables, it is one part.
    pub(super) fn shows(&self, change: &Occurrence<'s>, read: &CodeEffect) -> bool {
        let kind = self.known.effect(change).kind;
        let written = self.unfolded.written(change);
        let finds = |filter: &ColumnValue| match written
            .clone()
            .find(|value| value.column == filter.column)
        {
            Some(value) => !value.origin().is_fresh(),
            None => filter.column != "id",
        };
        // Of rows that others are joined to, those are found of which all that is asked for was inserted.
        let whole = |filter: &ColumnValue| {
            let mut written = written.clone();
            written.any(|value| value.column == filter.column) && finds(filter)
        };
        let tables = self.known.tables(change);
        let joined = || {
            let first = read.tables.first();
            let own = first.is_some_and(|first| tables.contains(&first.as_str()));
            own && !read.filter.is_empty() && read.filter.iter().all(whole)
        };
        let single = || {
            read.tables.len() <= 1
                && (!read.filter.is_empty() || self.asks_for_any(read))
                && read.filter.iter().all(finds)
        };
        matches!(kind, EffectKind::Insert | EffectKind::Upsert)
            && !change.loaded
            && (single() || joined())
    }

    /// A branch that goes the other way the second time: where something was found or done the
    /// first time and is not now, or the other way round.
    fn turned(&self, other: usize, something: bool, at: usize) -> Option<Blocked<'s>> {
        if something {
            return self.found_nothing(other, at);
        }
        let effect = self.known.effect(&self.unfolded.occurrences[other]);
        if effect.kind != EffectKind::Read {
            return None;
        }
        let added = self.first_with(&self.found(other).showing, at)?;
        // Of what is there once for all, nothing in the request is a key.
        let via = match effect.filter.is_empty() {
            true => Via::Effects,
            false => Via::NaturalKey,
        };
        Some(Blocked {
            via,
            span: effect.span,
            reason: Reason::FindsInserted(self.known.target(added)),
        })
    }

    /// A branch on a field that the handler changes.
    fn field_changed(&self, fields: &[String], at: usize) -> Option<Blocked<'s>> {
        if fields.is_empty() {
            return None;
        }
        let occurrence = &self.unfolded.occurrences[at];
        let begins = fields.iter().any(|field| self.is_beginning(field));
        let mut found: Option<(usize, &'s str)> = None;
        for (column, changes) in self.set_columns() {
            let same = fields.iter().any(|field| is_same_state(field, column));
            let ends = !same && begins && self.is_state(column);
            if !same && !ends {
                continue;
            }
            let mut changes = changes.iter().copied();
            let change = changes.find(|at| {
                let change = &self.unfolded.occurrences[*at];
                // A record that is written whole has its keys in it, as they were.
                let key = is_key(column) && self.known.effect(change).record.is_some();
                self.unfolded.happens_with(change, occurrence)
                    && (same && !key || self.was_read(change))
            });
            if let Some(change) = change
                && found.is_none_or(|(first, _)| change < first)
            {
                found = Some((change, column));
            }
        }
        let (change, column) = found?;
        let place = &self.unfolded.occurrences[change];
        Some(Blocked {
            via: Via::Effects,
            span: self.known.effect(place).span,
            reason: Reason::Depends(self.known.target(place), column),
        })
    }

    /// A branch on whether the client knows the count of changes, which a change moves on.
    fn moved_on(&self, counted: &'s str, at: usize) -> Option<Blocked<'s>> {
        let occurrence = &self.unfolded.occurrences[at];
        let counts = |name: &str| split_words(name).iter().any(|word| word == counted);
        let change = self.unfolded.occurrences.iter().find(|change| {
            let effect = self.known.effect(change);
            let mut written = self.unfolded.written(change);
            let moves = written.any(|value| counts(value.column))
                || effect.writes_unseen && counts(self.known.target(change));
            effect.kind.writes()
                && effect.transactional
                && moves
                && self.unfolded.happens_with(change, occurrence)
        })?;
        Some(Blocked {
            via: Via::Precondition,
            span: self.known.effect(change).span,
            reason: Reason::MovesOn(self.known.target(change), counted),
        })
    }

    /// Whether the column that names a row is only named once more where the row is changed: a record that is written whole
    /// has its keys in it.
    fn is_named_again(
        &self,
        change: &Occurrence<'s>,
        value: &Value<'_>,
        filter: &ColumnValue,
    ) -> bool {
        let whole = || {
            let mut written = self.unfolded.written(change);
            written.any(|value| value.column == "id")
        };
        let key = value.column == "id" || is_key(value.column) && (value.is_given() || whole());
        key && !filter.constant && !filter.differs
    }

    /// Whether a state is one that something begins in: pending, open, new.
    fn is_beginning(&self, state: &str) -> bool {
        let mut listed = self.known.rules.beginning_states.iter();
        listed.any(|known| spells_state(state, known))
    }

    /// Whether a column says in which state a record is, or since when.
    fn is_state(&self, column: &str) -> bool {
        let rules = self.known.rules;
        let words = split_words(column);
        let ended =
            column.ends_with("_at") && words.iter().any(|word| rules.ended_words.contains(word));
        ended || words.iter().any(|word| rules.state_columns.contains(word))
    }

    /// Whether a column gets a value that is not made of the one that was there, and that somebody
    /// cares for.
    pub(super) fn is_set(&self, value: &Value<'_>) -> bool {
        !value.relative && !self.is_bookkeeping(value.column)
    }
}

/// Whether a column names a row, of its own table or of another one.
fn is_key(column: &str) -> bool {
    column == "id" || column.ends_with("_id")
}

/// Whether a field or the method of a record is about the same as a column: `is_revoked` and `revoked_at`.
fn is_same_state(field: &str, column: &str) -> bool {
    field == column || spells_state(field, state_of(column))
}

/// Whether a field, method or variant names a state: `is_pending` and `Pending` name `pending`.
fn spells_state(name: &str, state: &str) -> bool {
    state_of(name).eq_ignore_ascii_case(state)
}

/// A name without what only says that it is a state.
fn state_of(name: &str) -> &str {
    let begins = ["is_", "has_been_", "was_", "has_"];
    let bare = begins.iter().find_map(|begin| name.strip_prefix(begin));
    let bare = bare.unwrap_or(name);
    bare.strip_suffix("_at").unwrap_or(bare)
}
