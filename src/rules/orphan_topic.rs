//! See `rules/events/orphan-topic.md`.

use super::Page;
use crate::finding::Finding;
use crate::model::{Component, ComponentKind, Confidence, RelationKind, System};
use std::collections::BTreeSet;

/// Topics with one end, in systems that hold both ends of others.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    let topics: Vec<(&Component, bool, bool)> = system
        .components
        .iter()
        .filter(|component| component.kind == ComponentKind::Topic && !component.development)
        .map(|topic| {
            let has = |kind: RelationKind| {
                let mut relations = system.relations.iter();
                relations.any(|relation| relation.to == topic.id && relation.kind == kind)
            };
            let (sent, taken) = (has(RelationKind::Publishes), has(RelationKind::Consumes));
            (topic, sent, taken)
        })
        .collect();
    let whole: BTreeSet<&str> = topics
        .iter()
        .filter(|(_, sent, taken)| *sent && *taken)
        .map(|(topic, ..)| topic.group.as_str())
        .collect();
    let orphans = topics
        .iter()
        .filter(|(topic, sent, taken)| sent != taken && whole.contains(topic.group.as_str()));
    let findings = orphans.filter_map(|(topic, sent, _)| {
        let span = topic.evidence.first()?.span()?;
        let (message, label) = match sent {
            true => (
                format!(
                    "messages are sent to `{}`, and nothing here takes them",
                    topic.name
                ),
                "nothing takes from it",
            ),
            false => (
                format!(
                    "messages are taken from `{}`, and nothing here sends any",
                    topic.name
                ),
                "nothing sends to it",
            ),
        };
        Some(Finding {
            rule: page.id.clone(),
            severity: page.severity,
            confidence: Confidence::Low,
            span,
            label: label.to_owned(),
            message,
            help: "correct the name, remove it, or audit the other system too".to_owned(),
            evidence: Vec::new(),
            others: Vec::new(),
            subject: topic.name.clone(),
        })
    });
    findings.collect()
}
