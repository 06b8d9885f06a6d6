//! See `rules/contract/route-without-operation.md`.

use super::Page;
use crate::finding::Finding;
use crate::model::{Basis, Confidence, Endpoint, GRPC_METHOD, System};

/// Routes of a package that the contract which it serves does not describe.
pub(super) fn check(system: &System, page: &Page) -> Vec<Finding> {
    let mut findings = Vec::new();
    for contract in &system.contracts {
        let Some(package) = &contract.served_by else {
            continue;
        };
        let of_package = system
            .endpoints
            .iter()
            .filter(|endpoint| endpoint.service == *package && endpoint.route.is_some());
        let described: Vec<&Endpoint> = of_package
            .clone()
            .filter(|endpoint| endpoint.basis != Basis::Code)
            .collect();
        // What the code has in front of the contract's paths, what it does not describe has too.
        let added = contract.prefix.as_ref().map_or("", |prefix| &prefix.added);
        let prefix = format!("{added}{}", common_prefix(&described));
        let open: Vec<&Endpoint> = of_package
            .filter(|endpoint| {
                let under = endpoint.path.starts_with(&prefix);
                // A procedure of gRPC is described elsewhere.
                let described = endpoint.method == GRPC_METHOD;
                endpoint.basis == Basis::Code && endpoint.listed && under && !described
            })
            .collect();
        // A contract of a part of what the package serves says nothing of the rest.
        if described.len() < open.len() {
            continue;
        }
        findings.extend(open.into_iter().filter_map(|endpoint| {
            let span = endpoint.route?;
            let name = endpoint.name();
            Some(Finding {
                rule: page.id.clone(),
                severity: page.severity,
                confidence: Confidence::Medium,
                span,
                label: "not in the contract".to_owned(),
                message: format!(
                    "`{package}` serves {name}, and its contract does not describe it"
                ),
                help: "describe the operation, or serve it under an internal prefix".to_owned(),
                evidence: Vec::new(),
                others: Vec::new(),
                subject: name,
            })
        }));
    }
    // Several contracts of one package say the same of a route.
    findings.sort_by(|a, b| (a.span, &a.subject).cmp(&(b.span, &b.subject)));
    findings.dedup_by(|a, b| a.span == b.span && a.subject == b.subject);
    findings
}

/// What all paths begin with, whole segments.
fn common_prefix(endpoints: &[&Endpoint]) -> String {
    let mut paths = endpoints.iter().map(|endpoint| endpoint.path.as_str());
    let Some(first) = paths.next() else {
        return String::new();
    };
    let shared = paths.fold(first.len(), |length, path| {
        let same = first.bytes().zip(path.bytes()).take(length);
        same.take_while(|(a, b)| a == b).count()
    });
    let end = first.get(..shared).and_then(|shared| shared.rfind('/'));
    end.map_or_else(String::new, |end| first[..=end].to_owned())
}
