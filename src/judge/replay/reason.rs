//! Why something is said of an effect. It is put into words only where somebody reads it.

use crate::model::{Endpoint, Evidence};
use crate::source::Span;
use std::collections::BTreeSet;
use std::fmt;

/// Why something is said of an effect, with the table or target that it is done to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason<'r> {
    /// It deletes.
    Deletes(&'r str),
    /// What has a name is removed.
    Removes(&'r str),
    /// A key gets a value.
    Sets(&'r str),
    /// A random key gets a value.
    SetsAnother(&'r str),
    /// Something is added to the end.
    Appends(&'r str),
    /// A message is sent.
    Publishes(&'r str),
    /// Mail is sent.
    Mails,
    /// A session is begun.
    BeginsSession,
    /// Somebody unknown is asked.
    Asks(&'r str),
    AsksUnderAnotherKey(&'r str),
    /// An endpoint is asked that may be repeated.
    AsksRepeatable(&'r str, Answering<'r>),
    /// An endpoint is asked that may not be repeated.
    AsksAdding(&'r str, Answering<'r>),
    /// What the process keeps has an entry under a key.
    Keeps(&'r str),
    /// What the process keeps has one entry more.
    KeepsAnother(&'r str),
    /// A row is inserted.
    Inserts(&'r str),
    /// A row is inserted, or removed where it is there.
    Toggles(&'r str),
    /// A row is inserted only where there is none.
    InsertsOnce(&'r str),
    /// No second row has the same in these columns.
    InsertsUnique(&'r str, &'r [String]),
    /// That the row was there already is answered.
    AnswersConflict(&'r str),
    /// A row with the same in these columns is changed.
    ConflictChanges(&'r str, &'r [String]),
    /// A row with the same in these columns is left alone.
    ConflictIgnored(&'r str, &'r [String]),
    /// Columns get values.
    Updates(&'r str),
    /// A column is changed by an amount.
    Counts(&'r str, &'r str),
    /// A column gets a random value.
    Rotates(&'r str, &'r str),
    /// The next rows are changed or removed.
    TakesNext(&'r str),

    /// The repeat fails, as no second row has the same in these columns.
    Fails(&'r str, &'r [String]),
    /// The repeat finds nothing to delete.
    NothingToDelete(&'r str),
    /// The repeat finds nothing to change.
    NothingToChange(&'r str),
    /// The repeat inserts nothing.
    NothingInserted(&'r str),
    /// The repeat does not find what was deleted.
    Deleted(&'r str),
    /// The repeat does not find what was changed.
    Changed(&'r str),
    /// The repeat finds what was inserted.
    FindsInserted(&'r str),
    /// Rows are removed and inserted anew.
    Replaces(&'r str),
    /// A column has changed on which it depends.
    Depends(&'r str, &'r str),
    /// The client says which revision it expects, and the first request has moved it on.
    MovesOn(&'r str, &'r str),
}

/// The endpoint behind a request.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Answering<'r> {
    method: &'r str,
    path: &'r str,
    service: &'r str,
}

impl<'r> Answering<'r> {
    pub(super) fn by(endpoint: &'r Endpoint) -> Self {
        Self {
            method: &endpoint.method,
            path: &endpoint.path,
            service: &endpoint.service,
        }
    }
}

impl fmt::Display for Answering<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} of `{}`", self.method, self.path, self.service)
    }
}

impl fmt::Display for Reason<'_> {
    #[expect(clippy::too_many_lines, reason = "one arm for each reason")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |columns: &[String]| columns.join(", ");
        match self {
            Self::Deletes(target) => write!(
                f,
                "`{target}` is deleted from: the repeat finds nothing to delete"
            ),
            Self::Removes(target) => write!(
                f,
                "`{target}` removes what has this name: the repeat removes nothing more"
            ),
            Self::Sets(target) => write!(f, "`{target}` is set to a value"),
            Self::SetsAnother(target) => {
                write!(f, "`{target}` gets a name that is another one every time")
            }
            Self::Appends(target) => write!(f, "`{target}` is added to"),
            Self::Publishes(target) => write!(f, "a message is published: `{target}`"),
            Self::Mails => f.write_str("mail is sent"),
            Self::BeginsSession => {
                f.write_str("each time a session is begun that the server keeps")
            }
            Self::Toggles(target) => write!(
                f,
                "`{target}` is inserted into, and deleted from where the row is there: the repeat takes it away again"
            ),
            Self::Asks(target) => write!(f, "another service is asked to act: `{target}`"),
            Self::AsksUnderAnotherKey(target) => write!(
                f,
                "another service is asked to act: `{target}`, under a key that each request makes anew"
            ),
            Self::AsksRepeatable(target, answering) => {
                write!(f, "`{target}` is {answering}, which may be repeated")
            }
            Self::AsksAdding(target, answering) => {
                write!(f, "`{target}` is {answering}, which may not be repeated")
            }
            Self::TakesNext(target) => write!(
                f,
                "each time the next rows of `{target}` are taken, and those of the first time are no longer among them"
            ),
            Self::Keeps(target) => {
                write!(
                    f,
                    "`{target}`, kept in memory, has one entry under the same key"
                )
            }
            Self::KeepsAnother(target) => {
                write!(
                    f,
                    "each time an entry is added to `{target}`, which is kept in memory"
                )
            }
            Self::Inserts(target) => write!(f, "each time a row is inserted into `{target}`"),
            Self::InsertsOnce(target) => write!(
                f,
                "a row of `{target}` is inserted only where there is none"
            ),
            Self::InsertsUnique(target, columns) => write!(
                f,
                "`{target}` is unique by {}: the repeat inserts nothing",
                joined(columns)
            ),
            Self::AnswersConflict(target) => write!(
                f,
                "that a row of `{target}` is there already is answered: a unique key keeps the repeat from inserting one"
            ),
            Self::ConflictChanges(target, columns) => write!(
                f,
                "a row of `{target}` that is there already{} is changed",
                in_brackets(columns)
            ),
            Self::ConflictIgnored(target, columns) => write!(
                f,
                "a row of `{target}` that is there already{} is left alone",
                in_brackets(columns)
            ),
            Self::Updates(target) => write!(f, "`{target}` is set to values"),
            Self::Counts(target, column) => {
                write!(f, "`{column}` of `{target}` is changed by an amount")
            }
            Self::Rotates(target, column) => {
                write!(f, "`{column}` of `{target}` gets another value every time")
            }
            Self::Fails(target, columns) => write!(
                f,
                "`{target}` is unique by {}: the repeat fails here",
                joined(columns)
            ),
            Self::NothingToDelete(target) => {
                write!(f, "the repeat finds nothing to delete in `{target}`")
            }
            Self::NothingToChange(target) => {
                write!(f, "the repeat finds nothing to change in `{target}`")
            }
            Self::NothingInserted(target) => {
                write!(f, "the repeat inserts nothing into `{target}`")
            }
            Self::Deleted(target) => write!(
                f,
                "the repeat does not find what the first request deleted in `{target}`"
            ),
            Self::Changed(target) => write!(
                f,
                "the repeat does not find what the first request changed in `{target}`"
            ),
            Self::FindsInserted(target) => write!(
                f,
                "the repeat finds what the first request inserted into `{target}`"
            ),
            Self::Replaces(target) => {
                write!(f, "rows of `{target}` are removed and inserted anew")
            }
            Self::MovesOn(target, counted) => write!(
                f,
                "the request says which {counted} it expects, and the first one has moved it on in `{target}`"
            ),
            Self::Depends(target, column) => write!(
                f,
                "it depends on `{column}`, which the first request has changed in `{target}`"
            ),
        }
    }
}

/// Reasons with their places, each once, in order.
#[derive(Default)]
pub(super) struct Reasons<'r> {
    known: BTreeSet<(Span, Reason<'r>)>,
    ordered: Vec<(Span, Reason<'r>)>,
}

impl<'r> Reasons<'r> {
    pub(super) fn add(&mut self, span: Span, reason: Reason<'r>) {
        if self.known.insert((span, reason)) {
            self.ordered.push((span, reason));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ordered.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(Span, Reason<'r>)> {
        self.ordered.iter()
    }
}

/// The first of some reasons in words, each once.
pub(super) fn in_words<'a, 'r: 'a>(
    mut reasons: impl Iterator<Item = &'a (Span, Reason<'r>)>,
    most: usize,
) -> Vec<Evidence> {
    let mut evidence: Vec<Evidence> = Vec::new();
    while evidence.len() < most
        && let Some((span, reason)) = reasons.next()
    {
        let seen = Evidence::seen(*span, reason.to_string());
        if !evidence.contains(&seen) {
            evidence.push(seen);
        }
    }
    evidence
}

/// The columns of a conflict, where they are named.
fn in_brackets(columns: &[String]) -> String {
    match columns {
        [] => String::new(),
        columns => format!(" ({})", columns.join(", ")),
    }
}
