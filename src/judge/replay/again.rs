//! What each effect does when it happens a second time: it adds up, or leaves what is there.

use super::path::{Condition, Path};
use super::reason::{Answering, Reason};
use super::unfold::{Occurrence, Value};
use super::{Repeated, Replay};
use crate::catalog::split_words;
use crate::model::{ColumnValue, EffectKind, KeyScope, Label, Origin, Table, TableKey, Via};

impl<'s> Replay<'s> {
    /// A unique key of the table that the insert fills with values that are the same the second
    /// time.
    pub(super) fn natural_key(&self, occurrence: &Occurrence<'s>) -> Option<&'s TableKey> {
        let effect = self.known.effect(occurrence);
        let table = self.known.table(occurrence)?;
        let written = self.unfolded.written(occurrence);
        let filled = |column: &String, nulls_alike: bool| {
            match written.clone().find(|known| known.column == column) {
                Some(value) => {
                    let origin = value.origin();
                    // An id is made by the server, unless it is seen to be sent.
                    let sent = column != "id" || origin.is(Origin::CLIENT);
                    // Who writes what happens on a conflict has a key in mind.
                    let unsure = match effect.conflict {
                        Some(_) => Origin::OPTIONAL,
                        None => Origin::OPTIONAL.and(Origin::UNSEEN),
                    };
                    sent && !origin.is_fresh()
                        && !self.is_next(origin, occurrence)
                        && !origin.is(unsure)
                        && !value.relative
                }
                // Of a record whose fields are not seen, whatever fills itself is left out.
                None => {
                    (effect.writes_unseen || nulls_alike)
                        && !table.defaulted.contains(column)
                        && column != "id"
                }
            }
        };
        let mut keys = table.keys.iter();
        keys.find(|key| {
            // A row that is new has not been deleted, unless the client says so.
            let unset = |column: &String| {
                let mut written = self.unfolded.written(occurrence);
                written.all(|value| value.column != *column || !value.origin().is(Origin::CLIENT))
            };
            let holds = match &key.scope {
                KeyScope::All => !key.columns.is_empty(),
                KeyScope::Unset(columns) => columns.iter().all(unset),
                KeyScope::Some => false,
            };
            let mut columns = key.columns.iter();
            holds
                && columns.all(|column| filled(column, key.nulls_alike))
                && !self.makes_way(key, occurrence)
        })
    }

    /// Whether a row is inserted where it is not there, and deleted where it is: by a branch on a look into its table.
    pub(super) fn toggles(&self, insert: &Occurrence<'s>) -> bool {
        if self.known.effect(insert).kind != EffectKind::Insert {
            return false;
        }
        let deletes = self.deletes_of(self.known.tables(insert));
        if deletes.is_empty() {
            return false;
        }
        let missing = self.branches_on(insert, insert.path, false);
        !missing.is_empty()
            && deletes.iter().any(|at| {
                let delete = self.unfolded.occurrences[*at].path;
                let parting = self.unfolded.paths.parting(insert.path, delete);
                parting.is_some_and(|branch| {
                    missing.contains(&branch)
                        && self.branches_on(insert, delete, true).contains(&branch)
                })
            })
    }

    /// The branches on a path that are taken where a look into the table of an insert found something, or nothing.
    pub(super) fn branches_on(&self, insert: &Occurrence<'s>, path: Path, found: bool) -> Vec<u32> {
        let paths = &self.unfolded.paths;
        let looks = |at: &usize| {
            let read = &self.unfolded.occurrences[*at];
            self.known.effect(read).kind == EffectKind::Read && self.known.share_table(read, insert)
        };
        let conditions = paths.telling(path).into_iter();
        let on_it = conditions.filter_map(|condition| match condition {
            Condition::Arm(arm) => {
                let (by, told) = arm.told?;
                let asks = told == found && paths.occurrences(by).iter().any(looks);
                asks.then_some(arm.branch)
            }
            Condition::Needs(_) | Condition::OneOf(_) => None,
        });
        on_it.collect()
    }

    /// Whether what has a key is deleted before something is inserted under it, or set aside: `SET revoked_at = now()`, where
    /// rows count that are not revoked.
    fn makes_way(&self, key: &TableKey, insert: &Occurrence<'s>) -> bool {
        let occurrences = &self.unfolded.occurrences;
        let deletes = self.deletes_of(self.known.tables(insert));
        let before = |at: usize| {
            let mut later = occurrences[at..].iter();
            later.any(|later| std::ptr::eq(later, insert))
        };
        if let KeyScope::Unset(columns) = &key.scope {
            let sets_aside = |(at, change): (usize, &Occurrence<'s>)| {
                let mut written = self.unfolded.written(change);
                let effect = self.known.effect(change);
                // Where more is asked of the row, it may be another one: one that has expired.
                let mut filter = effect.filter.iter().map(|filter| &filter.column);
                let plain = filter.all(|column| {
                    let known = key.columns.contains(column) || columns.contains(column);
                    known || column.ends_with("id")
                });
                plain
                    && effect.kind == EffectKind::Update
                    && self.known.share_table(change, insert)
                    && written.any(|value| columns.iter().any(|column| value.column == column))
                    && before(at)
                    && self.unfolded.happens_with(change, insert)
            };
            if occurrences.iter().enumerate().any(sets_aside) {
                return true;
            }
        }
        deletes.iter().any(|at| {
            let delete = &occurrences[*at];
            let before = before(*at);
            let filter = &self.known.effect(delete).filter;
            let of_key = |filter: &ColumnValue| key.columns.contains(&filter.column);
            before
                && !filter.is_empty()
                && filter.iter().all(of_key)
                && self.unfolded.happens_with(delete, insert)
        })
    }

    pub(super) fn is_bookkeeping(&self, column: &str) -> bool {
        let mut listed = self.known.rules.bookkeeping_columns.iter();
        listed.any(|known| known == column)
    }

    pub(super) fn holds_hash(&self, column: &str) -> bool {
        let words = split_words(column);
        words
            .iter()
            .any(|word| self.known.rules.hash_columns.contains(word))
    }

    /// Whether the request is there to add to what is changed: `POST /activity-logs` to `activity_log`.
    fn is_asked_for(&self, occurrence: &Occurrence<'s>) -> bool {
        let Some(endpoint) = self.answers.filter(|endpoint| endpoint.method == "POST") else {
            return false;
        };
        let plain = |name: &str| -> Vec<String> {
            let words = split_words(name).into_iter();
            words
                .map(|word| word.trim_end_matches('s').to_owned())
                .collect()
        };
        let last = endpoint.path.trim_end_matches('/').rsplit('/').next();
        !occurrence.around
            && last.is_some_and(|last| plain(last) == plain(self.known.target(occurrence)))
    }

    /// What an effect does when it happens again.
    pub(super) fn repeated(&self, occurrence: &Occurrence<'s>) -> Repeated<'s> {
        let effect = self.known.effect(occurrence);
        let target = self.known.target(occurrence);
        let log = occurrence.logs && self.known.words(occurrence).log;
        // What middleware keeps in memory is of all requests.
        let around = effect.in_memory && occurrence.around;
        let aside = log || self.known.bookkeeping(occurrence);
        if around || aside && !self.is_asked_for(occurrence) {
            return Repeated::Ignored;
        }
        let settles = |reason| Repeated::Settles(Via::Effects, reason);
        match effect.kind {
            EffectKind::RepeatableRequest => match self.answering(occurrence) {
                Some(endpoint) if endpoint.label == Label::NotIdempotent => {
                    Repeated::AddsUp(Reason::AsksAdding(target, Answering::by(endpoint)))
                }
                _ => {
                    let key = self.unfolded.origin(occurrence, effect.key);
                    match key.is(Origin::RANDOM) {
                        true => Repeated::AddsUp(Reason::AsksUnderAnotherKey(target)),
                        false => Repeated::Ignored,
                    }
                }
            },
            EffectKind::Request if self.forwards(occurrence) || self.asks_openly(occurrence) => {
                Repeated::Ignored
            }
            EffectKind::Read | EffectKind::Unknown | EffectKind::Count => Repeated::Ignored,
            EffectKind::Insert | EffectKind::Upsert => self.inserted(occurrence),
            EffectKind::Update => self.updated(occurrence),
            EffectKind::Delete if self.takes_next(occurrence) => {
                Repeated::AddsUp(Reason::TakesNext(target))
            }
            EffectKind::Delete => settles(Reason::Deletes(target)),
            // A name that is another one every time is of what was made here, or has been read.
            EffectKind::Remove => settles(Reason::Removes(target)),
            EffectKind::Set => {
                let key = self.unfolded.origin(occurrence, effect.key);
                match key.is(Origin::RANDOM) {
                    true => Repeated::AddsUp(Reason::SetsAnother(target)),
                    false => settles(Reason::Sets(target)),
                }
            }
            EffectKind::Append => Repeated::AddsUp(Reason::Appends(target)),
            EffectKind::Publish => Repeated::AddsUp(Reason::Publishes(target)),
            EffectKind::Mail => Repeated::AddsUp(Reason::Mails),
            EffectKind::Session => Repeated::AddsUp(Reason::BeginsSession),
            EffectKind::Request => {
                let answering = self.answering(occurrence);
                match answering.map(|endpoint| (endpoint.label, Answering::by(endpoint))) {
                    Some((Label::Idempotent, by)) => settles(Reason::AsksRepeatable(target, by)),
                    Some((Label::NotIdempotent, by)) => {
                        Repeated::AddsUp(Reason::AsksAdding(target, by))
                    }
                    _ => Repeated::AddsUp(Reason::Asks(target)),
                }
            }
        }
    }

    /// Whether a row may hurt some key of its table again, as far as its columns say: under another name they are not
    /// seen to be new.
    fn may_hurt_key(&self, table: &Table, insert: &Occurrence<'s>) -> bool {
        let written = self.unfolded.written(insert);
        let same = |column: &String| match written.clone().find(|value| value.column == column) {
            Some(value) => !value.origin().is_fresh() && !self.is_next(value.origin(), insert),
            None => column != "id" && !table.defaulted.contains(column),
        };
        let mut keys = table.keys.iter().filter(|key| !key.columns.is_empty());
        keys.any(|key| key.columns.iter().all(same))
    }

    pub(super) fn inserted(&self, occurrence: &Occurrence<'s>) -> Repeated<'s> {
        if self.updates(occurrence) {
            return self.updated(occurrence);
        }
        let effect = self.known.effect(occurrence);
        let target = self.known.target(occurrence);
        if self.toggles(occurrence) {
            return Repeated::AddsUp(Reason::Toggles(target));
        }
        let key = self.natural_key(occurrence);
        // What is put in the place of what was there is another one: a token that is made anew.
        let renewed = effect.conflict.as_ref().and_then(|conflict| {
            let mut written = self.unfolded.written(occurrence);
            written.find(|value| {
                conflict
                    .replaced
                    .iter()
                    .any(|column| column == value.column)
                    && !conflict.columns.iter().any(|column| column == value.column)
                    && value.origin().is(Origin::RANDOM)
                    && !self.holds_hash(value.column)
                    && !self.is_bookkeeping(value.column)
            })
        });
        if let Some(value) = renewed {
            return Repeated::AddsUp(Reason::Rotates(target, value.column));
        }
        if let Some(conflict) = &effect.conflict {
            let fresh = conflict.columns.iter().any(|column| {
                let mut written = self.unfolded.written(occurrence);
                let open = Origin::RANDOM.and(Origin::OPTIONAL);
                written.any(|value| {
                    let origin = value.origin();
                    value.column == column && (origin.is(open) || self.is_next(origin, occurrence))
                })
            });
            let known = self.known.table(occurrence);
            let named = !conflict.columns.is_empty() || key.is_some();
            let may_hurt = |table: &Table| conflict.any_key && self.may_hurt_key(table, occurrence);
            if !fresh && (named || known.is_none_or(may_hurt)) {
                let columns = match (conflict.columns.as_slice(), key) {
                    ([], Some(key)) => &key.columns,
                    (named, _) => named,
                };
                let reason = match conflict.updates {
                    true => Reason::ConflictChanges(target, columns),
                    false => Reason::ConflictIgnored(target, columns),
                };
                let (via, reason) = match effect.in_memory {
                    true => (Via::Effects, Reason::Keeps(target)),
                    false => (Via::Upsert, reason),
                };
                return Repeated::Settles(via, reason);
            }
        }
        if effect.in_memory {
            return Repeated::AddsUp(Reason::KeepsAnother(target));
        }
        if effect.only_once {
            return Repeated::Settles(Via::Upsert, Reason::InsertsOnce(target));
        }
        match key {
            Some(key) => {
                Repeated::Settles(Via::NaturalKey, Reason::InsertsUnique(target, &key.columns))
            }
            None if self.is_answered(occurrence) => {
                Repeated::Settles(Via::NaturalKey, Reason::AnswersConflict(target))
            }
            None => Repeated::AddsUp(Reason::Inserts(target)),
        }
    }

    /// Whether somebody answers that a row was there already which holds something that the client sends: its key
    /// may be made where nobody sees it.
    pub(super) fn is_answered(&self, insert: &Occurrence<'s>) -> bool {
        let sent = |value: &Value<'_>| {
            let origin = value.origin();
            let unsure = Origin::OPTIONAL.and(Origin::UNSEEN);
            origin.is(Origin::CLIENT) && !origin.is_fresh() && !origin.is(unsure)
        };
        let unseen = self.known.effect(insert).writes_unseen;
        insert.answered && (unseen || self.unfolded.written(insert).any(|value| sent(&value)))
    }

    /// Whether a statement looks for the first rows there are, and the request does not say for which.
    pub(super) fn looks_for_next(&self, occurrence: &Occurrence<'s>) -> bool {
        let Some(next) = &self.known.effect(occurrence).next else {
            return false;
        };
        let of_request = |filter: &ColumnValue| {
            let origin = self.unfolded.origin(occurrence, filter.origin);
            origin.is(Origin::CLIENT)
        };
        let named = |column: &String| next.filter.iter().any(|known| known.column == *column);
        let of_key = |table: &Table| {
            let mut keys = table.keys.iter().filter(|key| !key.columns.is_empty());
            keys.any(|key| key.columns.iter().all(named))
        };
        (next.skips_locked || !next.filter.iter().any(of_request))
            && !self.known.table(occurrence).is_some_and(of_key)
    }

    /// Whether a change takes the next rows of its table: those that it looks for itself, or those that were looked for
    /// before and are no longer found after it.
    pub(super) fn takes_next(&self, change: &Occurrence<'s>) -> bool {
        let effect = self.known.effect(change);
        let mut written = self.unfolded.written(change);
        let kept = effect.kind == EffectKind::Delete
            || written.any(|value| !self.is_bookkeeping(value.column));
        if !kept {
            return false;
        }
        if effect.next.is_some() {
            return self.looks_for_next(change);
        }
        let was_read = |filter: &ColumnValue| {
            let origin = self.unfolded.origin(change, filter.origin);
            origin.is(Origin::STORED) && !origin.is(Origin::CLIENT)
        };
        if effect.filter.is_empty() || !effect.filter.iter().all(was_read) {
            return false;
        }
        let before = self.unfolded.occurrences.iter();
        let mut before = before.take_while(|other| !std::ptr::eq(*other, change));
        before.any(|other| {
            let read = self.known.effect(other);
            read.kind == EffectKind::Read
                && self.known.share_table(other, change)
                && self.looks_for_next(other)
                && (effect.kind == EffectKind::Delete || self.sets_filter(change, read))
        })
    }

    /// Whether a change writes the value after one that was read before from its table.
    fn is_next(&self, origin: Origin, change: &Occurrence<'s>) -> bool {
        origin.is(Origin::COUNTED) && self.was_read(change)
    }

    /// Whether the table of a change is read before.
    pub(super) fn was_read(&self, change: &Occurrence<'s>) -> bool {
        let before = self.unfolded.occurrences.iter();
        let mut before = before.take_while(|other| !std::ptr::eq(*other, change));
        before.any(|other| {
            self.known.effect(other).kind == EffectKind::Read
                && self.known.share_table(other, change)
        })
    }

    /// Whether a row that is there is changed: by an update, or as the record that was read.
    pub(super) fn updates(&self, occurrence: &Occurrence<'s>) -> bool {
        let kind = self.known.effect(occurrence).kind;
        kind == EffectKind::Update || kind == EffectKind::Upsert && occurrence.loaded
    }

    pub(super) fn updated(&self, occurrence: &Occurrence<'s>) -> Repeated<'s> {
        let effect = self.known.effect(occurrence);
        let target = self.known.target(occurrence);
        let written = self.unfolded.written(occurrence);
        // Nothing is there under a name that is new every time: what is put there is added.
        let key = self.unfolded.origin(occurrence, effect.key);
        if effect.filter.is_empty() && !occurrence.loaded && key.is(Origin::RANDOM) {
            return Repeated::AddsUp(Reason::Inserts(target));
        }
        let mut written = written.filter(|value| !self.is_bookkeeping(value.column));
        let counts = |value: &Value<'_>| value.relative || self.is_next(value.origin(), occurrence);
        if let Some(value) = written.clone().find(counts) {
            return Repeated::AddsUp(Reason::Counts(target, value.column));
        }
        let other = Origin::RANDOM.and(Origin::RENEWED);
        let rotated =
            written.find(|value| value.origin().is(other) && !self.holds_hash(value.column));
        match rotated {
            Some(value) => Repeated::AddsUp(Reason::Rotates(target, value.column)),
            None if self.takes_next(occurrence) => Repeated::AddsUp(Reason::TakesNext(target)),
            None => Repeated::Settles(Via::Effects, Reason::Updates(target)),
        }
    }
}
