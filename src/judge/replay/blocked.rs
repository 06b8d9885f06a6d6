//! Why something that would add up does not: the repeat does not come so far, or is undone.

use super::unfold::{Condition, Occurrence};
use super::{Blocked, Repeated, Replay};
use crate::model::{CodeEffect, EffectKind, Evidence, Origin, Via};

impl Replay<'_> {
    /// Rows that are removed and inserted anew: the repeat does the same to those of the first
    /// request.
    pub(super) fn replaced(&self, at: usize) -> Option<Blocked> {
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
    pub(super) fn blocked(&self, at: usize) -> Option<Blocked> {
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
    pub(super) fn fails(&self, other: usize, at: usize) -> Option<Blocked> {
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
    pub(super) fn found_nothing(&self, other: usize, at: usize) -> Option<Blocked> {
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
                        // `n = n - 1 where n > 0` changes something again and again.
                        value.column == filter.column
                            && !value.relative
                            && !self.is_bookkeeping(&value.column)
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
    pub(super) fn hides(&self, change: &Occurrence, read: &Occurrence) -> bool {
        if !self.share_table(change, read) {
            return false;
        }
        let (written, updates) = (&change.written, self.updates(change));
        let (change, read) = (self.effect(change), self.effect(read));
        match change.kind {
            EffectKind::Delete => true,
            _ if updates => written.iter().any(|value| {
                let mut filter = read.filter.iter();
                !self.is_bookkeeping(&value.column)
                    && filter.any(|known| known.column == value.column)
            }),
            _ => false,
        }
    }

    /// What changes something whenever an occurrence happens.
    pub(super) fn changes_with(
        &self,
        at: usize,
    ) -> impl Iterator<Item = (&Occurrence, &CodeEffect)> {
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
    pub(super) fn turned(&self, other: usize, something: bool, at: usize) -> Option<Blocked> {
        if something {
            return self.found_nothing(other, at);
        }
        let effect = self.effect(&self.unfolded.occurrences[other]);
        if effect.kind != EffectKind::Read {
            return None;
        }
        let added = self.changes_with(at).find(|(place, change)| {
            let inserts =
                matches!(change.kind, EffectKind::Insert | EffectKind::Upsert) && !place.loaded;
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
    pub(super) fn field_changed(&self, fields: &[String], at: usize) -> Option<Blocked> {
        if fields.is_empty() {
            return None;
        }
        let changes = self.changes_with(at);
        let mut updates = changes.filter(|(place, _)| self.updates(place));
        updates.find_map(|(place, change)| {
            let mut written = place.written.iter();
            let value = written.find(|value| {
                fields.contains(&value.column)
                    && !value.relative
                    && !self.is_bookkeeping(&value.column)
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
pub(super) fn happens_with(other: &Occurrence, at: &Occurrence) -> bool {
    let mut taken = at.branches.iter();
    other.branches.iter().all(|(branch, arms)| {
        let same = taken.find(|(known, _)| known >= branch);
        same.is_some_and(|(known, way)| known == branch && way & !arms == 0)
    })
}

/// Whether a read looks for what an insert has written.
pub(super) fn finds_again(read: &CodeEffect, insert: &Occurrence) -> bool {
    !read.filter.is_empty()
        && read.filter.iter().all(|filter| {
            let mut written = insert.written.iter();
            match written.find(|value| value.column == filter.column) {
                Some(value) => !value.origin.is_fresh(),
                None => filter.column != "id",
            }
        })
}
