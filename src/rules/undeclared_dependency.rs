//! See `rules/topology/undeclared-dependency.md`.

use super::Page;
use crate::finding::Finding;
use crate::model::{Confidence, Evidence, System, Undeclared};
use std::collections::BTreeMap;

/// Hosts that are addressed and that nothing is called: one finding for each host of a system.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    let mut hosts: BTreeMap<(&str, &str), Vec<&Undeclared>> = BTreeMap::new();
    for undeclared in &system.undeclared {
        let component = system.component(&undeclared.from);
        let Some(component) = component.filter(|component| !component.development) else {
            continue;
        };
        let key = (component.group.as_str(), undeclared.host.as_str());
        hosts.entry(key).or_default().push(undeclared);
    }
    let findings = hosts.into_iter().filter_map(|((_, host), places)| {
        let (first, others) = places.split_first()?;
        let how = match &first.key {
            Some(key) => format!("`{key}` of {}", first.from),
            None => format!("the code of {}", first.from),
        };
        Some(Finding {
            rule: page.id.clone(),
            severity: page.severity,
            confidence: Confidence::Low,
            span: first.span,
            label: "nothing here has this name".to_owned(),
            message: format!("{how} addresses `{host}`, which no compose file here defines"),
            help: format!(
                "correct the name, or define the service; if another system runs `{host}`, say so with `external_links` or an external network"
            ),
            evidence: others
                .iter()
                .map(|one| Evidence::seen(one.span, format!("{} addresses it too", one.from)))
                .collect(),
            others: Vec::new(),
            subject: format!("{} {host}", first.from),
        })
    });
    findings.collect()
}
