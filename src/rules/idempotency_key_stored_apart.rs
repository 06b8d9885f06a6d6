//! See `rules/idempotency/idempotency-key-stored-apart.md`.

use super::Page;
use super::code_faults::{self, Saying};
use crate::finding::Finding;
use crate::model::{CodeFaultKind, System};

/// Keys in tables that may hold two of the same.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    code_faults::check(system, page, CodeFaultKind::KeyStoredApart, |fault| {
        Saying {
        message: format!(
            "the idempotency key of {} is not unique in `{}`: two requests at the same time both store it",
            fault.name, fault.target
        ),
        label: "stored under no unique key".to_owned(),
        help: "make the key unique in the table, together with the caller, and insert it in the transaction of the effect"
            .to_owned(),
    }
    })
}
