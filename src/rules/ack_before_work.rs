//! See `rules/events/ack-before-work.md`.

use super::Page;
use super::code_faults::{self, Saying};
use crate::finding::Finding;
use crate::model::{CodeFaultKind, System};

/// Messages that are acknowledged before they are worked on.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    code_faults::check(system, page, CodeFaultKind::AckBeforeWork, |fault| Saying {
        message: format!(
            "`{}` loses the message when it crashes at its work",
            fault.name
        ),
        label: "counts as worked on from here".to_owned(),
        help: "acknowledge after the work has been committed".to_owned(),
    })
}
