//! What relations and components must have. Unknown is not no: only what is seen to be missing is
//! found.

use super::patterns::{Components, is_of_kind};
use super::{Policy, ends, place};
use crate::config::{ComponentPattern, Quality, RelationPattern, RequiredRelation, Requirement};
use crate::finding::Finding;
use crate::model::{
    Answer, Component, DeliveryFaultKind, Evidence, GuardKind, Relation, RelationKind,
};
use crate::source::Span;

impl Policy<'_> {
    /// What must be.
    pub(super) fn required(&self, requirement: &Requirement) -> Vec<Finding> {
        let mut findings = Vec::new();
        for quality in &requirement.has {
            if let Some(pattern) = &requirement.every {
                findings.extend(self.of_relations(pattern, *quality));
            }
            if let Some(pattern) = &requirement.component {
                findings.extend(self.of_components(pattern, *quality));
            }
        }
        if let (Some(pattern), Some(relation)) = (&requirement.component, &requirement.relation) {
            findings.extend(self.without_relation(pattern, relation));
        }
        findings
    }

    fn of_relations(&self, pattern: &RelationPattern, quality: Quality) -> Vec<Finding> {
        let from = Components::new(pattern.from.as_ref());
        let to = Components::new(pattern.to.as_ref());
        let relations = self.system.relations.iter();
        let fitting = relations.filter(|one| is_of_kind(one, pattern.relation.as_ref()));
        fitting
            .filter_map(|relation| {
                let (client, target) = ends(self.system, relation)?;
                if !from.fit(client) || !to.fit(target) {
                    return None;
                }
                let (span, mut evidence) =
                    self.relation_lacks(relation, client, target, quality)?;
                evidence.extend(relation.evidence.iter().take(1).cloned());
                let kind = relation.kind.name();
                let message = format!(
                    "`{}` {kind} `{}` without {}",
                    client.name,
                    target.name,
                    words(quality)
                );
                let subject = format!("{} {kind} {} {}", client.id, target.id, words(quality));
                Some(self.finding(span, message, subject, evidence))
            })
            .collect()
    }

    /// Where a relation is seen to lack something, and why.
    fn relation_lacks(
        &self,
        relation: &Relation,
        client: &Component,
        target: &Component,
        quality: Quality,
    ) -> Option<(Span, Vec<Evidence>)> {
        let guard = match quality {
            Quality::Timeout => GuardKind::Timeout,
            Quality::Retry => GuardKind::Retry,
            Quality::Breaker => GuardKind::Breaker,
            Quality::DeadLetter => return self.lacks_dead_letter(relation, client),
            // What is asked of a component is asked of the one that is used.
            _ => {
                let evidence = component_lacks(target, quality)?;
                return Some((place(relation, client)?, vec![evidence]));
            }
        };
        let mut calls = self.system.calls_behind(relation);
        let call = calls.find(|call| call.guards.get(guard).answer == Answer::No)?;
        Some((call.name_span, call.guards.get(guard).evidence.clone()))
    }

    /// A consumer without a dead letter is one place in the code; the relations that it stands for are
    /// those whose evidence holds the place, or else the only one there is.
    fn lacks_dead_letter(
        &self,
        relation: &Relation,
        client: &Component,
    ) -> Option<(Span, Vec<Evidence>)> {
        let consumed =
            |one: &&Relation| one.from == relation.from && one.kind == RelationKind::Consumes;
        let consumed: Vec<&Relation> = self.system.relations.iter().filter(consumed).collect();
        let holds = |one: &Relation, place: Span| {
            let mut spans = one.evidence.iter().filter_map(Evidence::span);
            spans.any(|span| span.contains(place))
        };
        let names = [Some(client.id.as_str()), client.package.as_deref()];
        let fault = self.system.delivery_faults.iter().find(|fault| {
            let named = names.iter().flatten().any(|name| **name == fault.service);
            let held = consumed.iter().any(|one| holds(one, fault.span));
            fault.kind == DeliveryFaultKind::NoDeadLetter
                && named
                && (holds(relation, fault.span) || (!held && consumed.len() == 1))
        })?;
        let evidence = Evidence::seen(fault.span, fault.reason.clone());
        Some((fault.span, vec![evidence]))
    }

    fn of_components(&self, pattern: &ComponentPattern, quality: Quality) -> Vec<Finding> {
        let wanted = Components::new(Some(pattern));
        let components = self.system.components.iter();
        components
            .filter(|component| wanted.fit(component))
            .filter_map(|component| {
                let evidence = component_lacks(component, quality)?;
                let message = format!("`{}` is without {}", component.name, words(quality));
                let subject = format!("{} {}", component.id, words(quality));
                Some(self.finding(evidence.span()?, message, subject, Vec::new()))
            })
            .collect()
    }

    fn without_relation(
        &self,
        pattern: &ComponentPattern,
        relation: &RequiredRelation,
    ) -> Vec<Finding> {
        let wanted = Components::new(Some(pattern));
        let to = Components::new(Some(&relation.to));
        let has = |component: &Component| {
            self.system.relations.iter().any(|one| {
                one.from == component.id
                    && is_of_kind(one, relation.kind.as_ref())
                    && self
                        .system
                        .component(&one.to)
                        .is_some_and(|target| to.fit(target))
            })
        };
        let kinds: Vec<&str> = relation
            .kind
            .iter()
            .flat_map(|kinds| kinds.list())
            .map(|kind| kind.name())
            .collect();
        let how = match kinds.as_slice() {
            [] => "does nothing with".to_owned(),
            kinds => format!("has no relation `{}` to", kinds.join("` or `")),
        };
        let components = self.system.components.iter();
        components
            .filter(|component| wanted.fit(component) && !has(component))
            .filter_map(|component| {
                let span = component.evidence.iter().find_map(Evidence::span)?;
                let message = format!(
                    "`{}` {how} what `{}` asks for",
                    component.name, self.written.id.value
                );
                let subject = format!("{} {how}", component.id);
                Some(self.finding(span, message, subject, Vec::new()))
            })
            .collect()
    }
}

/// Where a component is seen to lack something.
fn component_lacks(component: &Component, quality: Quality) -> Option<Evidence> {
    let span = component.evidence.iter().find_map(Evidence::span)?;
    let lacks = match quality {
        Quality::Healthcheck => component.healthcheck == Answer::No,
        Quality::RestartPolicy => component.restarts == Answer::No,
        Quality::Replicas => {
            component.in_compose && component.replicas.is_none_or(|(replicas, _)| replicas < 2)
        }
        Quality::Volume => component.in_compose && !component.keeps_data,
        Quality::Timeout | Quality::Retry | Quality::Breaker | Quality::DeadLetter => false,
    };
    lacks.then(|| Evidence::seen(span, format!("it is without {}", words(quality))))
}

fn words(quality: Quality) -> &'static str {
    match quality {
        Quality::Timeout => "a timeout",
        Quality::Retry => "a retry",
        Quality::Breaker => "a circuit breaker",
        Quality::DeadLetter => "a dead-letter target",
        Quality::Healthcheck => "a healthcheck",
        Quality::RestartPolicy => "a restart policy",
        Quality::Replicas => "a second instance",
        Quality::Volume => "a volume",
    }
}
