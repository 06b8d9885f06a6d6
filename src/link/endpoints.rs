//! Operations of the contracts as endpoints of their services.

use crate::catalog::{Catalog, KeyPlace};
use crate::model::{Basis, Confidence, Endpoint, Key, KeyRequirement, Label, Operation, Via};
use crate::read::FileFacts;
use crate::read::openapi::{Contract, ContractOperation};
use crate::source::Sources;

/// Every operation of every contract, by service, path and method.
pub(super) fn endpoints(
    sources: &Sources,
    facts: &[FileFacts],
    catalog: &Catalog,
) -> Vec<Endpoint> {
    let mut endpoints = Vec::new();
    for (id, source) in sources.iter() {
        let FileFacts::OpenApi(contracts) = &facts[id.0 as usize] else {
            continue;
        };
        for contract in contracts {
            let service = contract
                .title
                .clone()
                .unwrap_or_else(|| stem(&source.path).to_owned());
            endpoints.extend(
                contract
                    .operations
                    .iter()
                    .map(|operation| endpoint(&service, contract, operation, catalog)),
            );
        }
    }
    endpoints
}

fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split('.').next().unwrap_or(name)
}

fn endpoint(
    service: &str,
    contract: &Contract,
    operation: &ContractOperation,
    catalog: &Catalog,
) -> Endpoint {
    Endpoint {
        service: service.to_owned(),
        method: operation.method.clone(),
        path: format!("{}{}", contract.base_path, operation.path),
        operation: Some(Operation {
            span: operation.span,
            id: operation.id.clone(),
            summary: operation.summary.clone(),
            deprecated: operation.deprecated,
            keys: keys(operation, catalog),
            media_types: operation.media_types.clone(),
            responses: operation.responses.clone(),
            extensions: operation.extensions.clone(),
        }),
        handler: None,
        effects: Vec::new(),
        label: Label::Unknown,
        via: Via::None,
        basis: Basis::Contract,
        confidence: Confidence::Low,
        evidence: Vec::new(),
        plan: String::new(),
    }
}

/// Parameters and body members that the catalogue knows as keys.
fn keys(operation: &ContractOperation, catalog: &Catalog) -> Vec<Key> {
    let requirement = |required| {
        if required {
            KeyRequirement::Required
        } else {
            KeyRequirement::Optional
        }
    };
    let mut keys = Vec::new();
    for parameter in &operation.parameters {
        let header = parameter.location == "header";
        let known = if header {
            catalog.keys.header(&parameter.name)
        } else {
            catalog.keys.field(&parameter.name)
        };
        if known.is_some() {
            keys.push(Key {
                name: parameter.name.clone(),
                header,
                requirement: requirement(parameter.required),
                span: parameter.span,
            });
        }
    }
    for member in &operation.body_members {
        if catalog
            .keys
            .field(&member.name)
            .is_some_and(|entry| entry.value.place == KeyPlace::Field)
        {
            keys.push(Key {
                name: member.name.clone(),
                header: false,
                requirement: requirement(member.required),
                span: member.span,
            });
        }
    }
    keys
}
