//! OpenAPI descriptions (2.0, 3.0, 3.1, 3.2): every operation with what its label needs. The tree
//! is walked by the grammar of the specification; a fault costs the smallest object that holds it.

mod body;
mod fragment;
mod parts;
mod reader;
mod reference;
mod remark;
mod servers;

pub(crate) use parts::Parts;
pub(crate) use reference::referenced_files;

use super::tree::Tree;
use crate::problem::Problem;
use crate::source::{SourceId, Span};
use reader::Reader;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a description says.
#[derive(Clone, Debug)]
pub struct Contract {
    /// `info.title`.
    pub title: Option<String>,
    /// `info.version`: the version of the API.
    pub api_version: Option<String>,
    /// `openapi` or `swagger`, as written: the version of the specification.
    pub version: String,
    /// The path of the first server.
    pub base_path: String,
    /// The operations, in the order they are written.
    pub operations: Vec<Arc<ContractOperation>>,
    /// Webhooks and callbacks: requests that the service sends, and others answer.
    pub outgoing: Vec<OutgoingOperation>,
    /// The sentence of its description that speaks of idempotency.
    pub remark: Option<Remark>,
    /// `x-` extensions of the document.
    pub extensions: Vec<Extension>,
    /// Headers that an `x-` member of the document lists as `header:` of its items.
    pub listed_headers: Vec<ListedHeader>,
    /// Where the document starts.
    pub span: Span,
}

/// An operation as written.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ContractOperation {
    /// The method: in capitals, and as written below `additionalOperations`.
    pub method: String,
    /// The method's key.
    pub span: Span,
    /// The path template, without the base path.
    pub path: String,
    /// The path of the operation's or its path item's own servers, which replaces the document's.
    pub base_path: Option<String>,
    /// `operationId`.
    pub id: Option<String>,
    /// `summary`.
    pub summary: Option<String>,
    /// The sentence of its description that speaks of idempotency.
    pub remark: Option<Remark>,
    /// `tags`.
    pub tags: Vec<String>,
    /// `deprecated`.
    pub deprecated: bool,
    /// Parameters of the operation and of its path item, references followed; without the body.
    pub parameters: Vec<Parameter>,
    /// The request body, where there is one.
    pub body: Option<Body>,
    /// The answers.
    pub responses: Vec<Response>,
    /// `x-` extensions.
    pub extensions: Vec<Extension>,
}

impl ContractOperation {
    /// An operation of which nothing is written: a route of code, by its method and path.
    #[must_use]
    pub fn unwritten(method: &str, path: &str, id: Option<String>, span: Span) -> Self {
        Self {
            method: method.to_owned(),
            span,
            path: path.to_owned(),
            base_path: None,
            id,
            summary: None,
            remark: None,
            tags: Vec::new(),
            deprecated: false,
            parameters: Vec::new(),
            body: None,
            responses: Vec::new(),
            extensions: Vec::new(),
        }
    }
}

/// A header that an extension of the whole document lists.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListedHeader {
    /// The extension.
    pub extension: String,
    /// The header.
    pub header: String,
    /// Where it is named.
    pub span: Span,
}

/// A sentence of a description.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Remark {
    /// The sentence, white space made single.
    pub text: String,
    /// The description that holds it.
    pub span: Span,
}

/// An `x-` extension.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Extension {
    /// Its name.
    pub name: String,
    /// Its value where that is a scalar, `false` where it says `disabled: true`, `true` otherwise.
    pub value: String,
    /// Its key.
    pub span: Span,
}

/// A parameter.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name as written.
    pub name: String,
    /// `header`, `query`, `querystring`, `path` or `cookie`.
    pub location: String,
    /// Whether it must be sent.
    pub required: bool,
    /// Whether its description speaks of idempotency.
    pub speaks_of_idempotency: bool,
    /// Where it is declared.
    pub span: Span,
}

/// A request body.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Body {
    /// Media types it may have.
    pub media_types: Vec<String>,
    /// Its members at the top level, over all media types.
    pub members: Vec<BodyMember>,
    /// Members of the objects that must stand in it: `{"order": {"key": ..}}`.
    pub inner_members: Vec<BodyMember>,
    /// The members of its items, where it is a list in one of its forms.
    pub list_items: Option<Vec<BodyMember>>,
    /// Where it is declared.
    pub span: Span,
}

/// A member of a request body.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BodyMember {
    /// Its name.
    pub name: String,
    /// Whether it must be sent in every form of the body.
    pub required: bool,
    /// Whether its description speaks of idempotency.
    pub speaks_of_idempotency: bool,
    /// Where it is declared.
    pub span: Span,
}

/// An answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Response {
    /// The status code, a range (`4XX`), or `default`.
    pub code: String,
    /// What it means.
    pub description: String,
    /// Whether it has a body.
    pub has_content: bool,
    /// Names of its headers.
    pub headers: Vec<String>,
    /// The code's key.
    pub span: Span,
}

/// What makes the service send a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outgoing {
    /// An event of the service (OpenAPI 3.1 section 4.8.1).
    Webhook,
    /// An operation that was called before (OpenAPI 3.0 section 4.7.18).
    Callback,
}

/// A request that the service sends.
#[derive(Clone, Debug)]
pub struct OutgoingOperation {
    /// What makes it be sent.
    pub kind: Outgoing,
    /// The name of the webhook or callback.
    pub name: String,
    /// The request; its path is the webhook's name or the callback's expression.
    pub operation: Arc<ContractOperation>,
}

/// Reads every description in a file, with the parts of it that stand in other files.
pub(crate) fn read<'s>(
    source: SourceId,
    text: &'s str,
    parts: &Parts<'s>,
) -> (Vec<Contract>, Vec<Problem>) {
    let (tree, mut problems) = Tree::parse(source, text);
    let mut contracts = Vec::new();
    for document in tree.documents() {
        if let Some(version) = document.get("openapi").or_else(|| document.get("swagger")) {
            let (contract, found) = Reader::new(document, parts).contract(version);
            contracts.push(contract);
            problems.extend(found);
        }
    }
    (contracts, problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::source::{SourceKind, Sources};

    /// The first file's description, its problems as `file:line: message`.
    fn contract_of(files: &[(&str, &str)]) -> (Contract, Vec<String>) {
        let kind = |index| match index {
            0 => SourceKind::OpenApi,
            _ => SourceKind::OpenApiPart,
        };
        let owned = files
            .iter()
            .enumerate()
            .map(|(index, (path, text))| ((*path).to_owned(), kind(index), (*text).to_owned()));
        let sources = Sources::new(owned.collect());
        let parts = Parts::new(&sources);
        let id = sources.find(files[0].0).expect("the first file");
        let (mut contracts, mut problems) = read(id, &sources.get(id).text, &parts);
        problems.extend(parts.into_problems());
        let problems = problems
            .iter()
            .map(|problem| format!("{}: {}", sources.place(problem.span), problem.message))
            .collect();
        (contracts.remove(0), problems)
    }

    fn contract(text: &str) -> (Contract, Vec<String>) {
        contract_of(&[("api.yaml", text)])
    }

    fn names(operations: &[Arc<ContractOperation>]) -> Vec<String> {
        operations
            .iter()
            .map(|operation| format!("{} {}", operation.method, operation.path))
            .collect()
    }

    #[test]
    fn referenced_and_shared_parameters_are_found() {
        let (contract, problems) = contract(
            "openapi: 3.0.3\ninfo: {title: A, version: '1'}\nservers: [{url: 'https://x.example/api/'}]\npaths:\n  /o:\n    parameters:\n      - $ref: '#/components/parameters/Key'\n    post:\n      responses: {'201': {description: made}}\ncomponents:\n  parameters:\n    Key: {name: Idempotency-Key, in: header, required: true, schema: {type: string}}\n",
        );
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(contract.base_path, "/api");
        let operation = &contract.operations[0];
        assert_eq!(
            (operation.method.as_str(), operation.path.as_str()),
            ("POST", "/o")
        );
        assert!(operation.parameters[0].required);
    }

    #[test]
    fn a_fault_costs_only_itself() {
        let (contract, problems) = contract(
            "openapi: 3.0.0\ninfo: {title: A, version: '1'}\npaths:\n  /a:\n    post:\n      parameters: [{name: x, in: nowhere}, {name: K, in: header, schema: {}}]\n      responses: {}\n    get: 7\n  /b:\n    put: {responses: {}}\n",
        );
        // `get: 7` is still an operation; only what it says is lost.
        assert_eq!(names(&contract.operations), ["POST /a", "GET /a", "PUT /b"]);
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert_eq!(contract.operations[0].parameters.len(), 2);
    }

    #[test]
    fn a_reference_to_itself_ends() {
        let (contract, problems) = contract(
            "openapi: 3.0.0\npaths:\n  /a:\n    $ref: '#/paths/~1a'\n  /b:\n    post:\n      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/T'}}}}\n      responses: {}\ncomponents: {schemas: {T: {allOf: [{$ref: '#/components/schemas/T'}]}}}\n",
        );
        assert_eq!(names(&contract.operations), ["POST /b"]);
        assert_eq!(
            problems,
            ["api.yaml:4: the reference `#/paths/~1a` goes round in a circle"]
        );
    }

    #[test]
    fn a_description_may_be_spread_over_files() {
        let (contract, problems) = contract_of(&[
            (
                "docs/api.yaml",
                "openapi: 3.1.0\npaths:\n  /orders:\n    $ref: 'paths/orders.yaml'\n    parameters: [{name: tenant, in: query, schema: {}}]\n  /gone: {$ref: ../../elsewhere.yaml}\n  /net: {$ref: 'https://x.example/p.yaml'}\n  /not: {$ref: not-there.yaml#/a}\ncomponents:\n  schemas:\n    Base: {type: object, required: [sku], properties: {sku: {type: string}}}\n",
            ),
            (
                "docs/paths/orders.yaml",
                "post:\n  parameters:\n    - $ref: '../common.json#/parameters/~1a~0b%20c'\n  requestBody:\n    content:\n      application/json:\n        schema:\n          required: [request_id]\n          $ref: ../common.json#/Order\n  responses: {'201': {$ref: '../common.json#/made'}}\n",
            ),
            (
                "docs/common.json",
                "{\"parameters\": {\"/a~b c\": {\"name\": \"Idempotency-Key\", \"in\": \"header\", \"schema\": {}}}, \"made\": {\"description\": \"made\", \"headers\": {\"Location\": {}}}, \"Order\": {\"allOf\": [{\"$ref\": \"api.yaml#/components/schemas/Base\"}, {\"$ref\": \"#/Order\"}], \"properties\": {\"request_id\": {}}}}",
            ),
        ]);
        assert_eq!(
            problems,
            [
                "docs/api.yaml:6: `../../elsewhere.yaml` leads out of the audited directory and is not followed",
                "docs/api.yaml:7: `https://x.example/p.yaml` is on the network, and nothing is fetched",
                "docs/api.yaml:8: `not-there.yaml#/a` refers to `docs/not-there.yaml`, which is not there",
            ]
        );
        assert_eq!(names(&contract.operations), ["POST /orders"]);
        let operation = &contract.operations[0];
        let parameters: Vec<_> = operation
            .parameters
            .iter()
            .map(|p| p.name.as_str())
            .collect();
        assert_eq!(parameters, ["Idempotency-Key", "tenant"]);
        let body = operation.body.as_ref().expect("a body");
        let members: Vec<_> = body
            .members
            .iter()
            .map(|m| (m.name.as_str(), m.required))
            .collect();
        assert_eq!(members, [("sku", true), ("request_id", true)]);
        assert_eq!(operation.responses[0].headers, ["Location"]);
    }

    #[test]
    fn a_member_is_required_if_every_form_requires_it() {
        let (contract, problems) = contract(
            "openapi: 3.0.0\npaths:\n  /a:\n    post:\n      requestBody:\n        content:\n          application/json:\n            schema:\n              oneOf:\n                - {required: [key, a], properties: {key: {}, a: {}}}\n                - {required: [key], properties: {key: {}, b: {}}}\n          text/plain: {}\n          application/xml: {schema: {required: [key, b], properties: {b: {}, key: {}}}}\n      responses: {}\n",
        );
        assert!(problems.is_empty(), "{problems:?}");
        let body = contract.operations[0].body.as_ref().expect("a body");
        let required: Vec<_> = body
            .members
            .iter()
            .filter(|m| m.required)
            .map(|m| m.name.as_str())
            .collect();
        assert_eq!(required, ["key"]);
        assert_eq!(body.members.len(), 3);
        assert_eq!(body.media_types.len(), 3);
    }

    #[test]
    fn what_the_service_sends_is_kept_apart() {
        let (contract, problems) = contract(
            "openapi: 3.1.0\npaths:\n  /subscriptions:\n    post:\n      callbacks:\n        shipped: {$ref: '#/components/callbacks/Shipped'}\n      responses: {'201': {description: made}}\nwebhooks:\n  order.placed:\n    post: {responses: {'200': {description: taken}}}\ncomponents:\n  callbacks:\n    Shipped:\n      '{$request.body#/url}':\n        post: {responses: {'200': {description: taken}}}\n",
        );
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(names(&contract.operations), ["POST /subscriptions"]);
        let sent: Vec<_> = contract
            .outgoing
            .iter()
            .map(|o| (o.kind, o.name.as_str()))
            .collect();
        assert_eq!(
            sent,
            [
                (Outgoing::Callback, "shipped"),
                (Outgoing::Webhook, "order.placed")
            ]
        );
    }

    #[test]
    fn every_way_to_write_an_operation_is_read() {
        let (contract, problems) = contract(
            "openapi: 3.2.0\nx-shared: &shared\n  delete: {responses: {}}\npaths:\n  /a:\n    <<: *shared\n    query: {responses: {}}\n    POST: {responses: {}}\n    pots: {responses: {}}\n    additionalOperations:\n      COPY: {responses: {}}\n  /a:\n    patch:\n  x-note: {get: {}}\n",
        );
        assert_eq!(
            names(&contract.operations),
            ["QUERY /a", "POST /a", "COPY /a", "DELETE /a", "PATCH /a"]
        );
        assert_eq!(
            problems,
            [
                "api.yaml:8: `POST` is read as `post`: methods are written in small letters",
                "api.yaml:9: `pots` is no method, and its operation is not read",
                "api.yaml:12: the path `/a` stands twice; both are read",
                "api.yaml:13: an operation must be a mapping, and this is nothing",
            ]
        );
    }

    #[test]
    fn swagger_2_has_its_body_among_the_parameters() {
        let (contract, problems) = contract(
            "swagger: '2.0'\nbasePath: /v2\nconsumes: [application/json]\npaths:\n  /a:\n    post:\n      parameters:\n        - {in: body, name: body, schema: {required: [clientToken], properties: {clientToken: {type: string}}}}\n      responses: {'201': {description: made, schema: {type: object}}}\n    patch:\n      consumes: [application/x-www-form-urlencoded]\n      parameters:\n        - {in: formData, name: request_id, type: string, required: true}\n        - {in: query, name: q, type: string}\n      responses: {'204': {description: done}}\n",
        );
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(contract.base_path, "/v2");
        let [post, patch] = contract.operations.as_slice() else {
            panic!("two operations");
        };
        let body = post.body.as_ref().expect("a body");
        assert_eq!(
            (body.media_types[0].as_str(), body.members[0].required),
            ("application/json", true)
        );
        assert!(post.responses[0].has_content && post.parameters.is_empty());
        let body = patch.body.as_ref().expect("a form");
        assert_eq!(
            (body.members[0].name.as_str(), body.members[0].required),
            ("request_id", true)
        );
        assert_eq!(patch.parameters.len(), 1);
        assert!(!patch.responses[0].has_content);
    }

    #[test]
    fn the_sentence_on_idempotency_is_kept() {
        let (contract, _) = contract(
            "openapi: 3.0.0\npaths:\n  /a:\n    post:\n      description: |\n        Places it. This call is\n        not Idempotent! Take care.\n      responses: {}\n",
        );
        let remark = contract.operations[0].remark.as_ref().expect("a remark");
        assert_eq!(remark.text, "This call is not Idempotent");
    }
}
