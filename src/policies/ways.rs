//! Ways over several relations that must not be.

use super::patterns::{Components, is_of_kind};
use super::{Policy, place};
use crate::config::RelationPattern;
use crate::finding::Finding;
use crate::model::{ComponentKind, Confidence, Evidence, Relation};
use std::collections::{BTreeMap, VecDeque};

/// One finding for each pair: the shortest way between the two.
pub(super) fn forbidden(
    policy: &Policy<'_>,
    pattern: &RelationPattern,
    from: &Components,
    to: &Components,
) -> Vec<Finding> {
    let mut leaving: BTreeMap<&str, Vec<&Relation>> = BTreeMap::new();
    for relation in &policy.system.relations {
        if is_of_kind(relation, pattern.relation.as_ref()) {
            leaving.entry(&relation.from).or_default().push(relation);
        }
    }
    let mut findings = Vec::new();
    for start in policy.system.components.iter().filter(|one| from.fit(one)) {
        // For each component that is reached, the relation of the last step.
        let mut reached: BTreeMap<&str, &Relation> = BTreeMap::new();
        let mut pending = VecDeque::from([start.id.as_str()]);
        while let Some(at) = pending.pop_front() {
            // What is handed to a collector goes nowhere on behalf of who handed it over.
            let component = policy.system.component(at);
            let collects = component.is_some_and(|one| one.kind == ComponentKind::Observability);
            if collects && at != start.id {
                continue;
            }
            for relation in leaving.get(at).into_iter().flatten() {
                let next = relation.to.as_str();
                if next != start.id && !reached.contains_key(next) {
                    reached.insert(next, relation);
                    pending.push_back(next);
                }
            }
        }
        for end in reached.keys() {
            let target = policy.system.component(end).filter(|one| to.fit(one));
            let (Some(target), Some(way)) = (target, way(&reached, end)) else {
                continue;
            };
            let names: Vec<&str> = way
                .iter()
                .filter_map(|step| policy.system.component(&step.to))
                .map(|component| component.name.as_str())
                .collect();
            let Some(span) = way.first().and_then(|step| place(step, start)) else {
                continue;
            };
            let message = match names.len() {
                1 => format!("`{}` reaches `{}`", start.name, target.name),
                _ => format!(
                    "`{}` reaches `{}`: {} -> {}",
                    start.name,
                    target.name,
                    start.name,
                    names.join(" -> ")
                ),
            };
            let subject = format!("{} reaches {}", start.id, target.id);
            let evidence = way.iter().filter_map(|step| seen(step)).collect();
            let mut finding = policy.finding(span, message, subject, evidence);
            if way.iter().any(|step| !step.certain) {
                finding.confidence = Confidence::Medium;
            }
            findings.push(finding);
        }
    }
    findings
}

/// The steps that lead to a component.
fn way<'r>(reached: &BTreeMap<&str, &'r Relation>, end: &str) -> Option<Vec<&'r Relation>> {
    let mut steps: Vec<&Relation> = vec![reached.get(end)?];
    // No way has more steps than there are components.
    while steps.len() <= reached.len() {
        let first = steps.last()?;
        match reached.get(first.from.as_str()) {
            Some(before) => steps.push(before),
            None => break,
        }
    }
    steps.reverse();
    Some(steps)
}

/// A step with where it is seen.
fn seen(step: &Relation) -> Option<Evidence> {
    let span = step.evidence.iter().find_map(Evidence::span)?;
    let reason = format!("`{}` {} `{}`", step.from, step.kind.name(), step.to);
    Some(Evidence::seen(span, reason))
}
