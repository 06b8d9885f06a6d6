//! See `rules/idempotency/check-then-insert-race.md`.

use super::Page;
use super::code_faults::{self, Saying};
use crate::finding::Finding;
use crate::model::{CodeFaultKind, System};

/// Rows that are looked for and inserted where there is none, with no unique key to decide.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    code_faults::check(system, page, CodeFaultKind::CheckThenInsert, |fault| {
        let table = &fault.target;
        Saying {
            message: format!(
                "two requests to {} at the same time both insert into `{table}`",
                fault.name
            ),
            label: "both find nothing here".to_owned(),
            help: format!(
                "add a unique index to `{table}` over what is looked for, and insert with `ON CONFLICT`"
            ),
        }
    })
}
