//! See `rules/topology/missing-restart-policy.md`.

use super::Page;
use super::services::{Lack, lacking};
use crate::finding::Finding;
use crate::model::{Answer, Component, ComponentKind, System};

/// Long-running services that nothing starts again.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    let lacks = |component: &&Component| {
        let ends = matches!(
            component.kind,
            ComponentKind::InitJob | ComponentKind::Batch
        );
        let runs = component.in_compose && (component.image.is_some() || component.built);
        runs && component.restarts == Answer::No && !ends && !component.development
    };
    let lack = Lack {
        label: "nothing starts it again",
        one: "stays down when it fails: it has no restart policy",
        several: "stay down when they fail: they have no restart policy",
        help: "add `restart: unless-stopped`, or `restart: \"no\"` where that is meant",
    };
    lacking(page, system.components.iter().filter(lacks), &lack)
}
