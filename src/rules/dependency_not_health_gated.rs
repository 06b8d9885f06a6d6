//! See `rules/topology/dependency-not-health-gated.md`.

use super::Found;
use crate::finding::Severity;
use crate::model::{Answer, Confidence, Gate, System};

/// Own programs that start when a store or broker has been started, and not when it is ready.
pub(super) fn check(system: &System) -> Vec<Found> {
    let mut findings = Vec::new();
    for order in &system.start_orders {
        if order.gate != Gate::Started || !order.stateful_target || !order.client_connects {
            continue;
        }
        let kind = system.component(&order.target).map_or("store", |target| target.kind.name());
        let restarts = order.client_restarts == Answer::Yes;
        let mut help = format!("wait for it with `condition: service_healthy` under `depends_on: {}`", order.target);
        if order.target_healthcheck != Answer::Yes {
            help.push_str(", and give it a healthcheck");
        }
        findings.push(Found {
            // A restart policy repeats the start; it hides the fault and does not mend it.
            severity: restarts.then_some(Severity::Note),
            confidence: if restarts { Confidence::Low } else { Confidence::Medium },
            span: order.span,
            label: "waits until the process exists, not until it answers".to_owned(),
            message: format!("{} starts before the {kind} {} is ready", order.client, order.target),
            help,
            evidence: system.component(&order.target).map(|target| target.evidence.clone()).unwrap_or_default(),
            subject: format!("{} -> {}", order.client, order.target),
        });
    }
    findings
}
