//! See `rules/topology/dependency-not-health-gated.md`.

use super::Page;
use crate::finding::{Finding, Severity};
use crate::model::{Answer, Confidence, Evidence, Gate, StartOrder, System};
use std::collections::BTreeMap;

/// Own programs that start when a store or broker has been started, and not when it is ready: one
/// finding for each program, whatever it waits for; programs that share the lines are one.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    let mut clients: BTreeMap<&str, Vec<&StartOrder>> = BTreeMap::new();
    for order in &system.start_orders {
        let client = system.component(&order.client);
        let development = client.is_none_or(|client| client.development);
        if order.gate == Gate::Started
            && order.stateful_target
            && order.client_connects
            && !development
        {
            clients.entry(&order.client).or_default().push(order);
        }
    }
    let mut findings: Vec<Finding> = Vec::new();
    let mut others: BTreeMap<usize, usize> = BTreeMap::new();
    for (client, orders) in clients {
        let Some(finding) = found(system, page, client, &orders) else {
            continue;
        };
        // A fragment that many services share is one cause.
        match findings.iter().position(|known| known.span == finding.span) {
            Some(known) => *others.entry(known).or_default() += 1,
            None => findings.push(finding),
        }
    }
    for (index, count) in others {
        let plural = if count == 1 { "" } else { "s" };
        let message = &mut findings[index].message;
        message.push_str(&format!(
            "; {count} other service{plural} with the same fragment too"
        ));
    }
    findings
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
        others: Vec::new(),
        subject: client.to_owned(),
    })
}
