//! See `rules/events/dual-write-without-outbox.md`.

use super::Page;
use super::code_faults::{self, Saying};
use crate::finding::Finding;
use crate::model::{CodeFaultKind, System};

/// Units of work that write to a store and publish to a broker.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    code_faults::check(system, page, CodeFaultKind::DualWrite, |fault| Saying {
        message: format!(
            "{} writes to its store and publishes, and a crash between the two leaves one of them out",
            fault.name
        ),
        label: "published apart from the transaction".to_owned(),
        help:
            "write the message into an outbox table in the same transaction, and publish from there"
                .to_owned(),
    })
}
