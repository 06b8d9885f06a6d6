//! See `rules/contract/operation-without-route.md`.

use super::Page;
use crate::finding::Finding;
use crate::model::{Confidence, Endpoint, System};

/// Operations of a contract that the package which serves it does not route.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    let known = known(system);
    let found = system.endpoints.iter().filter_map(|endpoint| {
        let package = missing(system, &known, endpoint)?;
        finding(endpoint, package, page)
    });
    found.collect()
}

/// The package that serves the contract of an operation and has no route for it; none where there is one, or nobody knows.
pub(super) fn missing<'s>(
    system: &'s System,
    known: &[bool],
    endpoint: &Endpoint,
) -> Option<&'s String> {
    let operation = endpoint.operation.as_ref()?;
    let missing = known[operation.contract] && endpoint.route.is_none() && !endpoint.deprecated;
    let package = system.contracts[operation.contract].served_by.as_ref();
    package.filter(|_| missing)
}

/// Of each contract, whether its routes were seen.
pub(super) fn known(system: &System) -> Vec<bool> {
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
    (0..system.contracts.len()).map(known).collect()
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
