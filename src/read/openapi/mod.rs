//! OpenAPI descriptions: every operation with what its label needs. The tree is walked by the
//! grammar of the specification; a fault costs the smallest object that holds it.

mod fragment;
mod reference;

use super::tree::{Entry, Tree, Value, duplicate_keys};
use crate::problem::Problem;
use crate::source::{SourceId, Span};
use reference::Resolver;

/// The keys of a path item that hold an operation (OpenAPI 3.2 section 4.9.1).
const METHODS: [&str; 9] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace", "query",
];

/// What a description says.
#[derive(Clone, Debug)]
pub struct Contract {
    /// `info.title`, or what the file is called.
    pub title: Option<String>,
    /// `openapi` or `swagger`, as written.
    pub version: String,
    /// The path of the first server.
    pub base_path: String,
    /// The operations, in the order they are written.
    pub operations: Vec<ContractOperation>,
    /// Where the document starts.
    pub span: Span,
}

/// An operation as written.
#[derive(Clone, Debug)]
pub struct ContractOperation {
    /// The method in capitals.
    pub method: String,
    /// The method's key.
    pub span: Span,
    /// The path template, without the base path.
    pub path: String,
    /// `operationId`.
    pub id: Option<String>,
    /// `summary`.
    pub summary: Option<String>,
    /// `deprecated`.
    pub deprecated: bool,
    /// Parameters of the operation and of its path item, references followed.
    pub parameters: Vec<Parameter>,
    /// Media types of the request body.
    pub media_types: Vec<String>,
    /// Members of the request body at its top level.
    pub body_members: Vec<BodyMember>,
    /// Status codes of the answers.
    pub responses: Vec<(String, Span)>,
    /// `x-` extensions that are not false.
    pub extensions: Vec<(String, Span)>,
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name as written.
    pub name: String,
    /// `header`, `query`, `path` or `cookie`.
    pub location: String,
    /// Whether it must be sent.
    pub required: bool,
    /// Where it is declared.
    pub span: Span,
}

/// A member of a request body.
#[derive(Clone, Debug)]
pub struct BodyMember {
    /// Its name.
    pub name: String,
    /// Whether it must be sent.
    pub required: bool,
    /// Where it is declared.
    pub span: Span,
}

/// Reads every description in a file.
pub(crate) fn read(source: SourceId, text: &str) -> (Vec<Contract>, Vec<Problem>) {
    let (tree, mut problems) = Tree::parse(source, text);
    let mut contracts = Vec::new();
    for document in tree.documents() {
        if let Some(version) = document.get("openapi").or_else(|| document.get("swagger")) {
            let mut reader = Reader {
                resolver: Resolver::new(document),
                problems: Vec::new(),
            };
            contracts.push(reader.contract(document, version.text().unwrap_or("").to_owned()));
            problems.append(&mut reader.problems);
        }
    }
    (contracts, problems)
}

struct Reader<'t, 's> {
    resolver: Resolver<'t, 's>,
    problems: Vec<Problem>,
}

impl<'t, 's> Reader<'t, 's> {
    fn contract(&mut self, document: Value<'t, 's>, version: String) -> Contract {
        let title = document
            .get("info")
            .and_then(|info| info.get("title"))
            .and_then(Value::string);
        let mut operations = Vec::new();
        match document.get("paths") {
            Some(paths) if paths.is_map() => {
                self.duplicates(paths, "path");
                for entry in paths.merged_entries() {
                    if !entry.name().starts_with("x-") {
                        self.path_item(entry, &mut operations);
                    }
                }
            }
            Some(paths) if !paths.is_null() => self.expected(paths, "`paths` must be a mapping"),
            _ => {}
        }
        Contract {
            title,
            version,
            base_path: base_path(document),
            operations,
            span: document.start(),
        }
    }

    fn path_item(&mut self, entry: Entry<'t, 's>, operations: &mut Vec<ContractOperation>) {
        let Some(item) = self.follow(entry.value) else {
            return;
        };
        if !item.is_map() {
            return self.expected(item, "a path item must be a mapping");
        }
        let shared: Vec<_> = item
            .get("parameters")
            .into_iter()
            .flat_map(Value::items)
            .collect();
        for (method, operation) in methods(item) {
            let Some(value) = self.follow(operation.value) else {
                continue;
            };
            if !value.is_map() {
                self.expected(value, "an operation must be a mapping");
                continue;
            }
            operations.push(self.operation(
                entry.name(),
                method,
                operation.key.span(),
                value,
                &shared,
            ));
        }
    }

    fn operation(
        &mut self,
        path: &str,
        method: String,
        span: Span,
        operation: Value<'t, 's>,
        shared: &[Value<'t, 's>],
    ) -> ContractOperation {
        self.duplicates(operation, "key");
        self.check(operation, fragment::operation);
        let own: Vec<_> = operation
            .get("parameters")
            .into_iter()
            .flat_map(Value::items)
            .collect();
        let mut parameters: Vec<Parameter> = Vec::new();
        // An operation's parameter replaces one of its path item (OpenAPI 3.0 section 4.7.8).
        for value in own.iter().chain(shared) {
            if let Some(parameter) = self.parameter(*value)
                && !parameters
                    .iter()
                    .any(|p| p.name == parameter.name && p.location == parameter.location)
            {
                parameters.push(parameter);
            }
        }
        let body = operation
            .get("requestBody")
            .and_then(|body| self.follow(body));
        if let Some(body) = body {
            self.check(body, fragment::request_body);
        }
        let content: Vec<_> = body
            .and_then(|body| body.get("content"))
            .into_iter()
            .flat_map(Value::entries)
            .collect();
        // Swagger 2.0 has the body among the parameters and its media types in `consumes`.
        let old_body = own.iter().chain(shared).find_map(|value| {
            let value = self.resolver.resolve(*value)?;
            (value.get("in").and_then(Value::text) == Some("body"))
                .then(|| value.get("schema"))
                .flatten()
        });
        let consumes = operation
            .get("consumes")
            .or_else(|| self.resolver.root().get("consumes"));
        let media_types = if content.is_empty() {
            consumes
                .into_iter()
                .flat_map(Value::items)
                .filter_map(Value::string)
                .collect()
        } else {
            content
                .iter()
                .map(|entry| entry.name().to_owned())
                .collect()
        };
        let schema = content
            .first()
            .and_then(|entry| entry.value.get("schema"))
            .or(old_body);
        let mut body_members = Vec::new();
        if let Some(schema) = schema {
            self.body_members(schema, &mut body_members, 0);
        }
        ContractOperation {
            method,
            span,
            path: path.to_owned(),
            id: operation.get("operationId").and_then(Value::string),
            summary: operation.get("summary").and_then(Value::string),
            deprecated: operation.get("deprecated").and_then(Value::bool) == Some(true),
            parameters,
            media_types,
            body_members,
            responses: named(operation.get("responses")),
            extensions: extensions(operation),
        }
    }

    fn parameter(&mut self, value: Value<'t, 's>) -> Option<Parameter> {
        let value = self.follow(value)?;
        if !value.is_map() {
            self.expected(value, "a parameter must be a mapping");
            return None;
        }
        self.check(value, fragment::parameter);
        Some(Parameter {
            name: value.get("name").and_then(Value::string)?,
            location: value.get("in").and_then(Value::string)?,
            required: value.get("required").and_then(Value::bool) == Some(true),
            span: value.get("name").unwrap_or(value).span(),
        })
    }

    /// The members at the top of a schema, through `$ref` and `allOf`.
    fn body_members(&mut self, schema: Value<'t, 's>, members: &mut Vec<BodyMember>, depth: usize) {
        if depth > 16 {
            return;
        }
        let Some(schema) = self.resolver.resolve(schema) else {
            return;
        };
        let required: Vec<_> = schema
            .get("required")
            .into_iter()
            .flat_map(Value::items)
            .filter_map(Value::text)
            .collect();
        for property in schema
            .get("properties")
            .into_iter()
            .flat_map(Value::entries)
        {
            members.push(BodyMember {
                name: property.name().to_owned(),
                required: required.contains(&property.name()),
                span: property.key.span(),
            });
        }
        for part in schema.get("allOf").into_iter().flat_map(Value::items) {
            self.body_members(part, members, depth + 1);
        }
    }

    /// What a value or its `$ref` stands for; a reference that leads nowhere is a problem.
    fn follow(&mut self, value: Value<'t, 's>) -> Option<Value<'t, 's>> {
        let resolved = self.resolver.resolve(value);
        if resolved.is_none() {
            let target = value.get("$ref").and_then(Value::text).unwrap_or("");
            let (message, help) = if target.starts_with('#') {
                (
                    format!("the reference `{target}` leads to nothing"),
                    "define what it refers to, or correct the reference",
                )
            } else {
                (
                    format!("`{target}` is in another file, which is not followed"),
                    "bundle the description into one file",
                )
            };
            self.problems
                .push(Problem::new(value.span(), message, help));
        }
        resolved
    }

    fn check(
        &mut self,
        value: Value<'t, 's>,
        fragment: fn(Value<'_, '_>) -> Option<fragment::Fault>,
    ) {
        if let Some(fault) = fragment(value) {
            let problem = Problem::new(
                fault.span,
                fault.message,
                "correct it by the OpenAPI specification",
            );
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
        }
    }

    fn duplicates(&mut self, map: Value<'_, '_>, what: &str) {
        for (name, span) in duplicate_keys(map) {
            let problem = Problem::new(
                span,
                format!("the {what} `{name}` stands twice; the first one counts"),
                "merge the two or rename one",
            );
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
        }
    }

    fn expected(&mut self, value: Value<'_, '_>, rule: &str) {
        let message = format!("{rule}, and this is {}", value.kind_name());
        self.problems.push(Problem::new(
            value.span(),
            message,
            "correct it by the OpenAPI specification",
        ));
    }
}

/// The operations of a path item: method in capitals, and the entry.
fn methods<'t, 's>(item: Value<'t, 's>) -> Vec<(String, Entry<'t, 's>)> {
    let mut found = Vec::new();
    for entry in item.merged_entries() {
        if METHODS.contains(&entry.name()) {
            found.push((entry.name().to_ascii_uppercase(), entry));
        } else if entry.name() == "additionalOperations" {
            found.extend(
                entry
                    .value
                    .entries()
                    .map(|entry| (entry.name().to_ascii_uppercase(), entry)),
            );
        }
    }
    found
}

fn named(map: Option<Value<'_, '_>>) -> Vec<(String, Span)> {
    map.into_iter()
        .flat_map(Value::merged_entries)
        .map(|entry| (entry.name().to_owned(), entry.key.span()))
        .collect()
}

fn extensions(map: Value<'_, '_>) -> Vec<(String, Span)> {
    map.entries()
        .filter(|entry| entry.name().starts_with("x-") && entry.value.bool() != Some(false))
        .map(|entry| (entry.name().to_owned(), entry.key.span()))
        .collect()
}

/// The path of the first server (OpenAPI 3) or `basePath` (Swagger 2.0), without a final slash.
fn base_path(document: Value<'_, '_>) -> String {
    let old = document.get("basePath").and_then(Value::string);
    let server = document
        .get("servers")
        .and_then(|servers| servers.items().next());
    let url = server
        .and_then(|server| server.get("url"))
        .and_then(Value::string);
    let path = match (old, url) {
        (Some(path), _) => path,
        (None, Some(url)) => match url.split_once("://") {
            Some((_, rest)) => rest
                .find('/')
                .map_or_else(String::new, |at| rest[at..].to_owned()),
            None => url,
        },
        (None, None) => String::new(),
    };
    let path = path.trim_end_matches('/');
    if path.is_empty() || path.starts_with('/') {
        path.to_owned()
    } else {
        format!("/{path}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contract(text: &str) -> (Contract, Vec<Problem>) {
        let (mut contracts, problems) = read(SourceId(0), text);
        (contracts.remove(0), problems)
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
        assert_eq!(contract.operations.len(), 2);
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert_eq!(contract.operations[0].parameters.len(), 2);
    }

    #[test]
    fn a_reference_to_itself_ends() {
        let (contract, problems) = contract(
            "openapi: 3.0.0\npaths:\n  /a:\n    $ref: '#/paths/~1a'\n  /b:\n    post:\n      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/T'}}}}\n      responses: {}\ncomponents: {schemas: {T: {allOf: [{$ref: '#/components/schemas/T'}]}}}\n",
        );
        assert_eq!(contract.operations.len(), 1);
        assert_eq!(problems.len(), 1);
    }
}
