//! See `rules/contract/operation-without-route.md`.

use super::Page;
use crate::finding::Finding;
use crate::model::{Confidence, Endpoint, System};

/// Operations of a contract that the package which serves it does not route.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    let known = |contract: usize| {
        let of_contract = system.endpoints.iter().filter(|endpoint| {
            let operation = endpoint.operation.as_ref();
            let same = operation.is_some_and(|operation| operation.contract == contract);
            same && !endpoint.deprecated
        });
        let (routed, open): (Vec<&Endpoint>, Vec<&Endpoint>) =
            of_contract.partition(|endpoint| endpoint.route.is_some());
        // Where most routes were not seen, those that are missing say nothing.
        routed.len() * 2 >= open.len() * 3
    };
    let clear: Vec<bool> = (0..system.contracts.len()).map(known).collect();
    let found = system.endpoints.iter().filter_map(|endpoint| {
        let operation = endpoint.operation.as_ref()?;
        if !clear[operation.contract] {
            return None;
        }
        let package = system.contracts[operation.contract].served_by.as_ref()?;
        let missing = endpoint.route.is_none() && !endpoint.deprecated;
        missing.then(|| finding(endpoint, package, page))?
    });
    found.collect()
}

fn finding(endpoint: &Endpoint, package: &str, page: &Page) -> Option<Finding> {
    let operation = endpoint.operation.as_ref()?;
    let name = endpoint.name();
    Some(Finding {
        rule: page.id.clone(),
        severity: page.severity,
        confidence: Confidence::Medium,
        span: operation.span,
        label: "answered 404 or 405".to_owned(),
        message: format!("the contract promises {name}, and `{package}` has no route for it"),
        help: "add the route, or take the operation out of the contract".to_owned(),
        evidence: Vec::new(),
        others: Vec::new(),
        subject: name,
    })
}
