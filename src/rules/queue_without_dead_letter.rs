//! See `rules/events/queue-without-dead-letter.md`.

use super::{Page, delivery};
use crate::finding::Finding;
use crate::model::{DeliveryFaultKind, System};

/// Queues from which a message that cannot be worked never goes away.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    let label = "what fails here comes again, or is lost";
    delivery::faults(system, page, DeliveryFaultKind::NoDeadLetter, label)
}
