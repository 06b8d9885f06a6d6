//! See `rules/events/consumer-without-dedupe.md`.

use super::Page;
use super::code_faults::{self, Saying};
use crate::finding::Finding;
use crate::model::{CodeFaultKind, System};

/// Consumers that work twice on a message that is delivered twice.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    code_faults::check(
        system,
        page,
        CodeFaultKind::ConsumerWithoutDedupe,
        |fault| {
            Saying {
        message: format!("`{}` works twice on a message that is delivered twice", fault.name),
        label: "delivered at least once".to_owned(),
        help: "store the message's id under a unique key in the transaction of the work, or make the work an upsert"
            .to_owned(),
    }
        },
    )
}
