//! See `rules/topology/dependency-not-health-gated.md`.

use super::Page;
use crate::finding::{Finding, Severity};
use crate::model::{Answer, Confidence, Evidence, Gate, StartOrder, System};
use std::collections::BTreeMap;

/// Own programs that start when a store or broker has been started, and not when it is ready: one
/// finding for each program, whatever it waits for.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    let mut clients: BTreeMap<&str, Vec<&StartOrder>> = BTreeMap::new();
    for order in &system.start_orders {
        if order.gate == Gate::Started && order.stateful_target && order.client_connects {
            clients.entry(&order.client).or_default().push(order);
        }
    }
    clients
        .into_iter()
        .filter_map(|(client, orders)| found(system, page, client, &orders))
        .collect()
}

fn found(system: &System, page: &Page, client: &str, orders: &[&StartOrder]) -> Option<Finding> {
    let (first, others) = orders.split_first()?;
    let kind = |order: &StartOrder| {
        system
            .component(&order.target)
            .map_or("store", |target| target.kind.name())
    };
    let named: Vec<String> = orders
        .iter()
        .map(|order| format!("the {} {}", kind(order), order.target))
        .collect();
    let restarts = first.client_restarts == Answer::Yes;
    let unchecked: Vec<&str> = orders
        .iter()
        .filter(|order| order.target_healthcheck != Answer::Yes)
        .map(|order| order.target.as_str())
        .collect();
    let mut help = "wait with `condition: service_healthy`".to_owned();
    if !unchecked.is_empty() {
        help.push_str(&format!(
            ", and give {} a healthcheck",
            unchecked.join(" and ")
        ));
    }
    Some(Finding {
        rule: page.id.clone(),
        // A restart policy repeats the start; it hides the fault and does not mend it.
        severity: if restarts {
            Severity::Note
        } else {
            page.severity
        },
        confidence: if restarts {
            Confidence::Low
        } else {
            Confidence::Medium
        },
        span: first.span,
        label: "waits until the process exists, not until it answers".to_owned(),
        message: format!(
            "{client} starts before {} {} ready",
            named.join(" and "),
            if others.is_empty() { "is" } else { "are" }
        ),
        help,
        evidence: others
            .iter()
            .map(|order| Evidence::seen(order.span, "and here"))
            .collect(),
        subject: client.to_owned(),
    })
}
