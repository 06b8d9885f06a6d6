//! Services that lack the same thing: one finding for each system.

use super::Page;
use crate::finding::Finding;
use crate::model::{Component, Confidence, Evidence};
use std::collections::BTreeMap;

/// What is said of services that lack something.
pub(super) struct Lack {
    /// What is said at the place.
    pub(super) label: &'static str,
    /// What is said of one.
    pub(super) one: &'static str,
    /// What is said of several.
    pub(super) several: &'static str,
    /// What to do.
    pub(super) help: &'static str,
}

/// One finding for each system, at the first of its services; it names all of them.
pub(super) fn lacking<'c>(
    page: &Page,
    components: impl Iterator<Item = &'c Component>,
    lack: &Lack,
) -> Vec<Finding> {
    let mut systems: BTreeMap<&str, Vec<&Component>> = BTreeMap::new();
    for component in components {
        systems.entry(&component.group).or_default().push(component);
    }
    let findings = systems.into_iter().filter_map(|(system, components)| {
        let places: Vec<_> = components
            .iter()
            .filter_map(|component| component.evidence.first()?.span())
            .collect();
        let (first, others) = places.split_first()?;
        let names: Vec<&str> = components.iter().map(|one| one.name.as_str()).collect();
        let names = names.join(", ");
        let said = if others.is_empty() {
            lack.one
        } else {
            lack.several
        };
        Some(Finding {
            rule: page.id.clone(),
            severity: page.severity,
            confidence: Confidence::High,
            span: *first,
            label: lack.label.to_owned(),
            message: format!("{names} {said}"),
            help: lack.help.to_owned(),
            evidence: others
                .iter()
                .map(|span| Evidence::seen(*span, "and here"))
                .collect(),
            others: others.to_vec(),
            subject: format!("{system}: {names}"),
        })
    });
    findings.collect()
}
