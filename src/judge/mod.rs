//! Verdicts with their evidence: labels of endpoints, guards of calls, kinds of components. No
//! rule is known here.

mod guards;
mod idempotency;
mod media;
mod plan;
mod policy;
mod replay;
mod shape;
mod topology;

use crate::catalog::Catalog;
use crate::model::System;
use crate::source::Sources;

/// Fills in every verdict.
pub fn judge(system: &mut System, sources: &Sources, catalog: &Catalog) {
    system.guard_demands = catalog.guard_demands.clone();
    topology::judge(system, sources, catalog);
    guards::judge(system, catalog);
    topology::messages(system, sources, catalog);
    for endpoint in &mut system.endpoints {
        let mut gateways = catalog.gateways.iter();
        let before = gateways.find(|one| one.idempotency_keys_for.is_match(&endpoint.service));
        endpoint.keys_at_gateway = before.map(|gateway| gateway.line);
    }
    idempotency::judge(system, catalog);
    replay::judge(system, sources, catalog);
    policy::judge(system, catalog);
    plan::judge(system, catalog);
}
