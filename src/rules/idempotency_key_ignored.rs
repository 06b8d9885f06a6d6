//! See `rules/idempotency/idempotency-key-ignored.md`.

use super::Page;
use super::code_faults::{self, Saying};
use crate::finding::Finding;
use crate::model::{CodeFaultKind, System};

/// Keys that the contract declares and the code does not read.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    code_faults::check(system, page, CodeFaultKind::KeyIgnored, |fault| {
        Saying {
        message: format!(
            "{} promises `{}`, and nothing that answers it reads the key",
            fault.name, fault.target
        ),
        label: "clients rely on it when they repeat".to_owned(),
        help: "read the key, store it in the transaction of the effect, and answer a repeat with the stored answer"
            .to_owned(),
    }
    })
}
