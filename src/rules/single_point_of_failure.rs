//! See `rules/topology/single-point-of-failure.md`.

use super::Page;
use crate::finding::Finding;
use crate::model::{Component, Confidence, Evidence, SinglePoint, System};
use std::collections::BTreeMap;

/// How many components a finding names.
const NAMED: usize = 4;

/// What runs once and is used by several: one finding for each system, the most used first.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    let mut systems: BTreeMap<&str, Vec<(&Component, &SinglePoint)>> = BTreeMap::new();
    for point in &system.single_points {
        if let Some(component) = system.component(&point.id) {
            let points = systems.entry(&component.group).or_default();
            points.push((component, point));
        }
    }
    let findings = systems.into_iter().filter_map(|(group, points)| {
        let span = points.first()?.0.evidence.first()?.span()?;
        let mut named: Vec<String> = points
            .iter()
            .take(NAMED)
            .map(|(component, point)| format!("{} ({})", component.name, weight(point)))
            .collect();
        if points.len() > NAMED {
            named.push(format!("{} more", points.len() - NAMED));
        }
        let evidence = points.iter().filter_map(|(component, point)| {
            let span = component.evidence.first()?.span()?;
            Some(Evidence::seen(span, felt_by(point)))
        });
        let rest = match points.len() {
            1 => "runs once: what uses it is down whenever it is",
            _ => "run once each: what uses them is down whenever they are",
        };
        Some(Finding {
            rule: page.id.clone(),
            severity: page.severity,
            confidence: Confidence::Medium,
            span,
            label: "there is one of it".to_owned(),
            message: format!("{} {rest}", named.join(", ")),
            help: "run several and spread them over machines, use a managed one, or write down that this may be down"
                .to_owned(),
            evidence: evidence.collect(),
            others: points
                .iter()
                .skip(1)
                .filter_map(|(component, _)| component.evidence.first()?.span())
                .collect(),
            subject: format!("{group}: single points"),
        })
    });
    findings.collect()
}

/// How much depends on it, in words.
fn weight(point: &SinglePoint) -> String {
    match (point.dependents.len(), point.only_way_to.len()) {
        (users, ways) if users >= ways => format!("{users} use it"),
        (_, ways) => format!("the only way to {ways}"),
    }
}

fn felt_by(point: &SinglePoint) -> String {
    let mut parts = Vec::new();
    if !point.dependents.is_empty() {
        parts.push(format!("used by {}", point.dependents.join(", ")));
    }
    if !point.only_way_to.is_empty() {
        parts.push(format!("the only way to {}", point.only_way_to.join(", ")));
    }
    parts.join("; ")
}
