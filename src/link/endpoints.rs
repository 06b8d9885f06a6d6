//! Operations of the contracts as endpoints of their services.

use crate::catalog::{Catalog, KeyPlace};
use crate::model::{
    Basis, Confidence, ContractInfo, Endpoint, Key, KeyRequirement, Label, Operation,
    OutgoingRequest, System, Via,
};
use crate::read::FileFacts;
use crate::read::openapi::{Contract, ContractOperation, Extension};
use crate::source::{Sources, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Adds every contract, its operations as endpoints, and the requests that its service sends.
pub(super) fn endpoints(
    sources: &Sources,
    facts: &[FileFacts],
    catalog: &Catalog,
    system: &mut System,
) {
    let mut found: Vec<(String, &Contract)> = Vec::new();
    for (id, source) in sources.iter() {
        if let FileFacts::OpenApi(contracts) = &facts[id.0 as usize] {
            found.extend(contracts.iter().map(|contract| {
                let service = contract.title.as_deref().map(str::trim);
                let service = service.filter(|title| !title.is_empty());
                (
                    service.unwrap_or_else(|| stem(&source.path)).to_owned(),
                    contract,
                )
            }));
        }
    }
    drop_fixtures(sources, &mut found);
    drop_copies(&mut found, catalog);
    for (index, name) in service_names(sources, &found).into_iter().enumerate() {
        let contract = found[index].1;
        for operation in &contract.operations {
            system
                .endpoints
                .push(endpoint(&name, index, contract, operation, catalog));
        }
        system
            .outgoing
            .extend(contract.outgoing.iter().map(|outgoing| OutgoingRequest {
                service: name.clone(),
                kind: outgoing.kind,
                name: outgoing.name.clone(),
                written: Arc::clone(&outgoing.operation),
                delivery_id: delivery_id(&outgoing.operation, catalog),
            }));
        system.contracts.push(ContractInfo {
            service: name,
            api_version: contract.api_version.clone(),
            swagger2: contract.version.starts_with("2."),
            remark: contract.remark.clone(),
            span: contract.span,
            served_by: None,
            prefix: None,
        });
    }
}

/// Directories of files that tests are fed with.
const FIXTURES: [&str; 9] = [
    "__fixtures__",
    "__fuzz__",
    "__tests__",
    "corpus",
    "fixtures",
    "fuzz",
    "test",
    "testdata",
    "tests",
];

/// Contracts that tests are fed with are not the system's, where it has others.
fn drop_fixtures(sources: &Sources, found: &mut Vec<(String, &Contract)>) {
    let is_fixture = |(_, contract): &(String, &Contract)| {
        let directory = sources.get(contract.span.source).directory();
        directory.split('/').any(|part| FIXTURES.contains(&part))
    };
    if !found.iter().all(is_fixture) {
        found.retain(|one| !is_fixture(one));
    }
}

/// The file's name up to its first dot.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split('.').next().unwrap_or(name)
}

/// A contract is often there twice: as YAML and JSON, or in its parts and bundled. Of contracts
/// that say the same of their service, the first is kept.
fn drop_copies(found: &mut Vec<(String, &Contract)>, catalog: &Catalog) {
    let mut seen = BTreeSet::new();
    found.retain(|(service, contract)| {
        let mut said: Vec<String> = contract
            .operations
            .iter()
            .map(|operation| {
                let keys = keys(contract, operation, catalog);
                let keys = keys.iter().map(|key| (&key.name, key.requirement));
                let media = operation.body.as_ref().map(|body| &body.media_types);
                let codes = operation.responses.iter().map(|response| &response.code);
                format!(
                    "{} {} {media:?} {:?} {:?}",
                    operation.method,
                    path(contract, operation),
                    keys.collect::<Vec<_>>(),
                    codes.collect::<BTreeSet<_>>(),
                )
            })
            .collect();
        said.sort();
        seen.insert((service.clone(), contract.api_version.clone(), said))
    });
}

/// The service of each contract: its title; with the version of the API where two contracts of
/// that title have an operation in common, and with the file where that is the same too.
fn service_names(sources: &Sources, found: &[(String, &Contract)]) -> Vec<String> {
    let mut operations: BTreeMap<(&str, &str, String), BTreeSet<usize>> = BTreeMap::new();
    for (index, (service, contract)) in found.iter().enumerate() {
        for operation in &contract.operations {
            operations
                .entry((service, &operation.method, path(contract, operation)))
                .or_default()
                .insert(index);
        }
    }
    let shared: BTreeSet<usize> = operations
        .into_values()
        .filter(|indices| indices.len() > 1)
        .flatten()
        .collect();
    let versioned = |(service, contract): &(String, &Contract)| match &contract.api_version {
        Some(version) => format!("{service} {version}"),
        None => service.clone(),
    };
    let mut names: Vec<String> = found
        .iter()
        .enumerate()
        .map(|(index, named)| match shared.contains(&index) {
            true => versioned(named),
            false => named.0.clone(),
        })
        .collect();
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for index in &shared {
        *count.entry(names[*index].clone()).or_default() += 1;
    }
    for index in shared {
        if count[&names[index]] > 1 {
            let file = &sources.get(found[index].1.span.source).path;
            names[index] = format!("{} ({file})", names[index]);
        }
    }
    names
}

/// The path with its base path.
fn path(contract: &Contract, operation: &ContractOperation) -> String {
    let base = operation.base_path.as_ref().unwrap_or(&contract.base_path);
    let slash = if operation.path.starts_with('/') {
        ""
    } else {
        "/"
    };
    format!("{base}{slash}{}", operation.path)
}

fn endpoint(
    service: &str,
    index: usize,
    contract: &Contract,
    operation: &Arc<ContractOperation>,
    catalog: &Catalog,
) -> Endpoint {
    Endpoint {
        service: service.to_owned(),
        method: operation.method.clone(),
        path: path(contract, operation),
        deprecated: operation.deprecated,
        operation: Some(Operation {
            written: Arc::clone(operation),
            contract: index,
            retried_by: retried_by(contract, operation, catalog),
            keys: keys(contract, operation, catalog),
        }),
        listed: true,
        route: None,
        handler: None,
        effects: Vec::new(),
        adds_up: Vec::new(),
        label: Label::Unknown,
        via: Via::None,
        basis: Basis::Contract,
        confidence: Confidence::Low,
        evidence: Vec::new(),
        plan: None,
        critical: None,
        writes_though_safe: None,
        landing: false,
        keys_at_gateway: None,
        owners: Vec::new(),
    }
}

/// Parameters and body members that carry a key: by their name, or because their description
/// says so. A name that is mostly for something else needs the description.
fn keys(contract: &Contract, operation: &ContractOperation, catalog: &Catalog) -> Vec<Key> {
    let mut keys = Vec::new();
    let mut add = |name: &str, header: bool, required: bool, spoken: bool, span: Span| {
        let entry = if header {
            catalog.keys.header(name)
        } else {
            catalog.keys.field(name)
        };
        let sure = entry.is_some_and(|entry| !entry.value.weak);
        if !sure && !spoken {
            return;
        }
        keys.push(Key {
            name: name.to_owned(),
            header,
            requirement: if required {
                KeyRequirement::Required
            } else {
                KeyRequirement::Optional
            },
            span,
            known: entry.map(|entry| entry.line),
            precondition: entry.is_some_and(|entry| entry.value.place == KeyPlace::Precondition),
            answers: entry.map_or_else(Vec::new, |entry| entry.value.answers.clone()),
        });
    };
    for parameter in &operation.parameters {
        // A path parameter names the resource; what is said of it is said of the resource.
        let spoken = parameter.speaks_of_idempotency && parameter.location != "path";
        add(
            &parameter.name,
            parameter.location == "header",
            parameter.required,
            spoken,
            parameter.span,
        );
    }
    for member in operation
        .body
        .iter()
        .flat_map(|body| body.members.iter().chain(&body.inner_members))
    {
        add(
            &member.name,
            false,
            member.required,
            member.speaks_of_idempotency,
            member.span,
        );
    }
    for extension in &operation.extensions {
        let accepts = catalog
            .keys
            .declaration(&extension.name)
            .is_some_and(|entry| entry.value.accepts_key);
        if !accepts || extension.value == "false" || !keys.is_empty() {
            continue;
        }
        let listed = contract
            .listed_headers
            .iter()
            .find(|listed| catalog.keys.declaration(&listed.extension).is_some());
        keys.push(Key {
            name: listed
                .map_or(&extension.name, |listed| &listed.header)
                .clone(),
            header: true,
            requirement: KeyRequirement::Optional,
            span: extension.span,
            known: catalog
                .keys
                .declaration(&extension.name)
                .map(|entry| entry.line),
            precondition: false,
            answers: Vec::new(),
        });
    }
    // A name that is known counts before one that only its description makes a key.
    keys.sort_by_key(|key| key.known.is_none());
    keys
}

/// The extension by which generated clients repeat an operation: its own, or the document's.
fn retried_by(
    contract: &Contract,
    operation: &ContractOperation,
    catalog: &Catalog,
) -> Option<Extension> {
    let known = |extension: &&Extension| catalog.keys.retry(&extension.name).is_some();
    let own = operation.extensions.iter().find(known);
    let found = own.or_else(|| contract.extensions.iter().find(known))?;
    (found.value != "false").then(|| found.clone())
}

/// The header or body member by which the receiver tells a repeat.
fn delivery_id(operation: &ContractOperation, catalog: &Catalog) -> Option<(String, Span)> {
    let headers = operation
        .parameters
        .iter()
        .filter(|parameter| parameter.location == "header")
        .map(|parameter| (&parameter.name, parameter.span));
    let members = operation
        .body
        .iter()
        .flat_map(|body| &body.members)
        .map(|member| (&member.name, member.span));
    headers
        .chain(members)
        .filter_map(|(name, span)| {
            let known = &catalog.words.delivery_ids;
            let rank = known
                .iter()
                .position(|known| known.eq_ignore_ascii_case(name))?;
            Some((rank, name, span))
        })
        .min_by_key(|(rank, ..)| *rank)
        .map(|(_, name, span)| (name.clone(), span))
}
