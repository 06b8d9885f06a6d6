//! See `rules/topology/missing-healthcheck.md`.

use super::Page;
use super::services::{Lack, lacking};
use crate::finding::Finding;
use crate::model::{Answer, Component, ComponentKind, Gate, RelationKind, System};

/// Services that others use and that do not say whether they are well.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    let lacks = |component: &&Component| {
        // What only shows how the others are doing asks again.
        let shows = |id: &str| {
            let kind = system.component(id).map(|one| (one.kind, one.built));
            matches!(
                kind,
                Some((ComponentKind::Observability | ComponentKind::Ui, false))
            )
        };
        let used = system.relations.iter().any(|relation| {
            relation.to == component.id
                && relation.kind != RelationKind::Scrapes
                && !shows(&relation.from)
        });
        // Whoever waits for its health is told by the gate's own rule.
        let gated = system
            .start_orders
            .iter()
            .any(|order| order.target == component.id && order.gate == Gate::Healthy);
        let ends = matches!(
            component.kind,
            ComponentKind::InitJob | ComponentKind::Batch
        );
        let open = component.in_compose && component.healthcheck == Answer::No && !ends;
        open && used && !gated && !component.development
    };
    let lack = Lack {
        label: "nobody can see whether it answers",
        one: "is used by others and has no healthcheck",
        several: "are used by others and have no healthcheck",
        help: "add a `healthcheck` that asks what its clients ask",
    };
    lacking(page, system.components.iter().filter(lacks), &lack)
}
