//! See `rules/events/producer-weak-delivery.md`.

use super::{Page, delivery};
use crate::finding::Finding;
use crate::model::{DeliveryFaultKind, System};

/// Producers that may lose or double what they send.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    let label = "may be lost or stored twice";
    delivery::faults(system, page, DeliveryFaultKind::WeakDelivery, label)
}
