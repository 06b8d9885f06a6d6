//! See `rules/topology/health-gate-without-healthcheck.md`.

use super::Page;
use crate::finding::Finding;
use crate::model::{Answer, Confidence, Gate, System};

/// Gates on the health of a service that never reports any.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    let mut findings = Vec::new();
    for order in &system.start_orders {
        if order.gate != Gate::Healthy || order.target_healthcheck != Answer::No {
            continue;
        }
        findings.push(Finding {
            rule: page.id.clone(),
            severity: page.severity,
            confidence: Confidence::High,
            span: order.span,
            label: "neither the service nor its image has a healthcheck".to_owned(),
            message: format!(
                "{} never starts: it waits for {} to be healthy, which it cannot be",
                order.client, order.target
            ),
            help: format!(
                "add a `healthcheck` to {}, or wait for `service_started`",
                order.target
            ),
            evidence: system
                .component(&order.target)
                .map(|target| target.evidence.clone())
                .unwrap_or_default(),
            others: Vec::new(),
            subject: format!("{} -> {}", order.client, order.target),
        });
    }
    findings
}
