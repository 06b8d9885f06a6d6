//! What each effect does when it happens a second time: it adds up, or leaves what is there.

use super::unfold::Occurrence;
use super::{Repeated, Replay};
use crate::catalog::split_words;
use crate::model::{EffectKind, Label, Origin, Table, TableKey, Via};
use std::collections::BTreeMap;

impl Replay<'_> {
    /// The table of a name, of the database whose migrations stand nearest to the code.
    pub(super) fn table(&self, occurrence: &Occurrence) -> Option<&Table> {
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
    pub(super) fn natural_key(&self, occurrence: &Occurrence) -> Option<&TableKey> {
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

    pub(super) fn bookkeeping(&self, occurrence: &Occurrence) -> bool {
        let words = |name: &str| split_words(name).join(" ");
        let tables = self.tables(occurrence).into_iter();
        tables.chain([self.target(occurrence)]).any(|name| {
            let name = words(name);
            let mut listed = self.rules.bookkeeping_tables.iter();
            listed.any(|known| format!(" {name} ").contains(&format!(" {known} ")))
        })
    }

    pub(super) fn is_bookkeeping(&self, column: &str) -> bool {
        let mut listed = self.rules.bookkeeping_columns.iter();
        listed.any(|known| known == column)
    }

    pub(super) fn holds_hash(&self, column: &str) -> bool {
        let words = split_words(column);
        words
            .iter()
            .any(|word| self.rules.hash_columns.contains(word))
    }

    /// What an effect does when it happens again.
    pub(super) fn repeated(&self, occurrence: &Occurrence) -> Repeated {
        let effect = self.effect(occurrence);
        let target = self.target(occurrence);
        if occurrence.logs || self.bookkeeping(occurrence) {
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
                let known = self.asked.and_then(|asked| asked.get(&occurrence.effect));
                let answering = known.map(|index| &self.system.endpoints[*index]);
                match answering.map(|endpoint| (endpoint, endpoint.label)) {
                    Some((endpoint, Label::Idempotent)) => Repeated::Settles(
                        Via::Effects,
                        format!(
                            "`{target}` is {} of `{}`, which may be repeated",
                            endpoint.name(),
                            endpoint.service
                        ),
                    ),
                    Some((endpoint, Label::NotIdempotent)) => Repeated::AddsUp(format!(
                        "`{target}` is {} of `{}`, which may not be repeated",
                        endpoint.name(),
                        endpoint.service
                    )),
                    _ => Repeated::AddsUp(format!("another service is asked to act: `{target}`")),
                }
            }
        }
    }

    pub(super) fn inserted(&self, occurrence: &Occurrence) -> Repeated {
        if self.updates(occurrence) {
            return self.updated(occurrence);
        }
        let effect = self.effect(occurrence);
        let target = self.target(occurrence);
        let key = self.natural_key(occurrence);
        let columns = |columns: &[String]| columns.join(", ");
        if let Some(conflict) = &effect.conflict {
            let fresh = conflict.columns.iter().any(|column| {
                let mut written = occurrence.written.iter();
                written.any(|value| {
                    let origin = value.origin;
                    let open = Origin::RANDOM.and(Origin::OPTIONAL);
                    value.column == *column && origin.is(open)
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

    /// Whether a row that is there is changed: by an update, or as the record that was read.
    pub(super) fn updates(&self, occurrence: &Occurrence) -> bool {
        let kind = self.effect(occurrence).kind;
        kind == EffectKind::Update || kind == EffectKind::Upsert && occurrence.loaded
    }

    pub(super) fn updated(&self, occurrence: &Occurrence) -> Repeated {
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
}
