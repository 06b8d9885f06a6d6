//! The user's own rules: `policies` of `seaworthy.yaml`, asked of the model like any other rule.

mod patterns;
mod required;
mod ways;

use crate::config::{Config, PolicyEntry, RelationPattern, Spanned, nearest};
use crate::finding::{Finding, Severity};
use crate::model::{Component, Confidence, Evidence, Relation, System};
use crate::problem::Problem;
use crate::rules::Page;
use crate::source::{Sources, Span};
use patterns::Components;
use std::collections::BTreeMap;

/// The group of the user's own rules.
pub const GROUP: &str = "policies";

/// What the user's rules find, and the names in them that nothing has: such a rule would never find
/// anything.
#[must_use]
pub fn check(system: &System, sources: &Sources, config: &Config) -> (Vec<Finding>, Vec<Problem>) {
    let (mut findings, mut problems) = (Vec::new(), Vec::new());
    for written in &config.file.policies {
        let Some(span) = config.span(sources, written.start, written.end) else {
            continue;
        };
        let policy = Policy {
            system,
            written: &written.value,
            span,
        };
        problems.extend(policy.unknown_names());
        findings.extend(match (&written.value.forbid, &written.value.require) {
            (Some(forbidden), _) => policy.forbidden(forbidden),
            (None, Some(requirement)) => policy.required(requirement),
            (None, None) => Vec::new(),
        });
    }
    (findings, problems)
}

/// The pages of the user's rules, by their ids: made of what the user says of them.
#[must_use]
pub fn pages(config: &Config) -> BTreeMap<String, Page> {
    let page = |written: &Spanned<PolicyEntry>| {
        let policy = &written.value;
        let page = Page {
            id: policy.id.value.clone(),
            group: GROUP.to_owned(),
            severity: severity(policy),
            summary: policy.reason.clone(),
            inputs: Vec::new(),
            body: format!("# {}\n\n{}\n", policy.id.value, policy.reason),
        };
        (policy.id.value.clone(), page)
    };
    config.file.policies.iter().map(page).collect()
}

fn severity(policy: &PolicyEntry) -> Severity {
    policy.severity.unwrap_or(Severity::Error)
}

/// A rule of the user's, and where it stands.
struct Policy<'a> {
    system: &'a System,
    written: &'a PolicyEntry,
    span: Span,
}

impl Policy<'_> {
    /// A finding of this rule. `subject` names what it is about.
    fn finding(
        &self,
        at: Span,
        message: String,
        subject: String,
        evidence: Vec<Evidence>,
    ) -> Finding {
        let rule = Evidence::seen(self.span, "the rule stands here");
        Finding {
            rule: self.written.id.value.clone(),
            severity: severity(self.written),
            confidence: Confidence::High,
            span: at,
            label: format!("against `{}`", self.written.id.value),
            message,
            help: self.written.reason.trim().trim_end_matches('.').to_owned(),
            evidence: evidence.into_iter().chain([rule]).collect(),
            others: Vec::new(),
            subject,
        }
    }

    /// Relations that must not be.
    fn forbidden(&self, pattern: &RelationPattern) -> Vec<Finding> {
        let from = Components::new(pattern.from.as_ref());
        let to = Components::new(pattern.to.as_ref());
        if pattern.transitive {
            return ways::forbidden(self, pattern, &from, &to);
        }
        let relations = self.system.relations.iter();
        relations
            .filter(|relation| patterns::is_of_kind(relation, pattern.relation.as_ref()))
            .filter_map(|relation| {
                let (client, target) = ends(self.system, relation)?;
                let fits = from.fit(client) && to.fit(target);
                fits.then_some((relation, client, target))
            })
            .filter_map(|(relation, client, target)| {
                let kind = relation.kind.name();
                let message = format!("`{}` {kind} `{}`", client.name, target.name);
                let subject = format!("{} {kind} {}", client.id, target.id);
                let mut finding = self.finding(
                    place(relation, client)?,
                    message,
                    subject,
                    relation.evidence.clone(),
                );
                if !relation.certain {
                    finding.confidence = Confidence::Medium;
                }
                Some(finding)
            })
            .collect()
    }

    /// Names, without a `*`, that no component has.
    fn unknown_names(&self) -> Vec<Problem> {
        let components = &self.system.components;
        let known = |name: &str| {
            components
                .iter()
                .any(|component| component.id == name || component.name == name)
        };
        let named = self.written.plain_names().into_iter();
        let unknown = named.filter(|name| !known(name));
        unknown
            .map(|name| {
                let names = components.iter().map(|component| component.name.as_str());
                let help = match nearest(&name, names) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => "name a component that `seaworthy diagram --format json` lists, or use a glob".to_owned(),
                };
                let rule = &self.written.id.value;
                let message = format!("the rule `{rule}` speaks of `{name}`, and nothing is called so");
                Problem::new(self.span, message, help)
            })
            .collect()
    }
}

/// The two components of a relation.
fn ends<'s>(system: &'s System, relation: &Relation) -> Option<(&'s Component, &'s Component)> {
    Some((
        system.component(&relation.from)?,
        system.component(&relation.to)?,
    ))
}

/// Where a relation is seen, or the component that acts.
fn place(relation: &Relation, client: &Component) -> Option<Span> {
    let seen = relation.evidence.iter().find_map(Evidence::span);
    seen.or_else(|| client.evidence.iter().find_map(Evidence::span))
}
