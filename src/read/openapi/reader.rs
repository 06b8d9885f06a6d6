//! Walks a description by the grammar of OpenAPI and Swagger: paths, path items, operations,
//! webhooks and callbacks.

use super::body::Schemas;
use super::parts::Parts;
use super::reference::{Resolver, Unresolved, target};
use super::remark::{remark, speaks_of_idempotency};
use super::servers::{base_path, server_path};
use super::{
    Body, BodyMember, Contract, ContractOperation, Extension, ListedHeader, Outgoing,
    OutgoingOperation, Parameter, Response, fragment,
};
use crate::problem::Problem;
use crate::read::tree::{Entry, Value, duplicate_keys};
use crate::source::Span;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The keys of a path item that hold an operation (OpenAPI 3.2 section 4.9.1).
const METHODS: [&str; 9] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace", "query",
];

/// How deep callbacks of callbacks are followed.
const MAX_CALLBACK_DEPTH: usize = 4;

/// What to do where the specification is not kept.
const BY_SPECIFICATION: &str = "correct it by the OpenAPI specification";

/// Reads one document.
pub(super) struct Reader<'t, 's> {
    resolver: Resolver<'t, 's>,
    problems: BTreeSet<Problem>,
    /// Objects that were checked; a shared one is checked once.
    checked: BTreeSet<Span>,
    outgoing: Vec<OutgoingOperation>,
}

/// What the operations of a path item have in common.
struct Shared<'a, 't, 's> {
    path: &'a str,
    base_path: Option<String>,
    parameters: Vec<Value<'t, 's>>,
    /// How many callbacks lead here.
    depth: usize,
}

impl<'t, 's> Reader<'t, 's> {
    pub(super) fn new(document: Value<'t, 's>, parts: &'t Parts<'s>) -> Self {
        Self {
            resolver: Resolver::new(document, parts),
            problems: BTreeSet::new(),
            checked: BTreeSet::new(),
            outgoing: Vec::new(),
        }
    }

    /// The whole description, and what of it could not be read.
    pub(super) fn contract(mut self, version: Value<'t, 's>) -> (Contract, BTreeSet<Problem>) {
        let document = self.resolver.root();
        let written = version.text().unwrap_or("");
        if !["2.", "3.0", "3.1", "3.2"]
            .iter()
            .any(|known| written.starts_with(known))
        {
            self.problem(
                version.span(),
                format!("OpenAPI `{written}` is not known; it is read as 3.2"),
                "write 2.0, or a version from 3.0 to 3.2",
            );
        }
        let info = |name| document.get("info")?.get(name)?.string();
        let mut operations = Vec::new();
        for entry in self.path_items(document, "paths") {
            self.path_item(entry.value, entry.name(), 0, &mut operations);
        }
        for key in ["webhooks", "x-webhooks"] {
            for entry in self.path_items(document, key) {
                let mut sent = Vec::new();
                self.path_item(entry.value, entry.name(), 0, &mut sent);
                self.outgoing
                    .extend(sent.into_iter().map(|operation| OutgoingOperation {
                        kind: Outgoing::Webhook,
                        name: entry.name().to_owned(),
                        operation,
                    }));
            }
        }
        let contract = Contract {
            title: info("title"),
            api_version: info("version"),
            version: written.to_owned(),
            base_path: base_path(document),
            operations,
            outgoing: self.outgoing,
            remark: document
                .get("info")
                .and_then(|info| info.get("description"))
                .and_then(remark),
            extensions: extensions(document),
            listed_headers: listed_headers(document),
            span: document.start(),
        };
        (contract, self.problems)
    }

    /// The entries of a mapping of path items. A name that stands twice is read twice, or its
    /// operations would be lost.
    fn path_items(&mut self, document: Value<'t, 's>, key: &str) -> Vec<Entry<'t, 's>> {
        let Some(paths) = document.get(key).filter(|paths| !paths.is_null()) else {
            return Vec::new();
        };
        if !paths.is_map() {
            self.expected(paths, &format!("`{key}` must be a mapping"));
            return Vec::new();
        }
        let twice = duplicate_keys(paths);
        for (name, span) in &twice {
            self.problem(
                *span,
                format!("the path `{name}` stands twice; both are read"),
                "merge the two or rename one",
            );
        }
        let mut entries = paths.merged_entries();
        if !twice.is_empty() {
            let spans: BTreeSet<Span> = twice.into_iter().map(|(_, span)| span).collect();
            entries.extend(
                paths
                    .entries()
                    .filter(|entry| spans.contains(&entry.key.span())),
            );
        }
        entries.retain(|entry| !entry.name().starts_with("x-"));
        entries
    }

    fn path_item(
        &mut self,
        value: Value<'t, 's>,
        path: &str,
        depth: usize,
        operations: &mut Vec<Arc<ContractOperation>>,
    ) {
        // Keys beside `$ref` count too (OpenAPI 3.1 section 4.8.9); the entry's own come first.
        let mut items = vec![value.resolved()];
        if target(value.resolved()).is_some() {
            items.extend(self.follow(value));
        }
        let shared = Shared {
            path,
            base_path: items.iter().find_map(|item| server_path(*item)),
            parameters: items
                .iter()
                .flat_map(|item| list(*item, "parameters"))
                .collect(),
            depth,
        };
        let mut seen = BTreeSet::new();
        for item in items {
            if !item.is_map() {
                self.expected(item, "a path item must be a mapping");
                continue;
            }
            for (method, entry) in self.methods(item) {
                if seen.insert(method.clone()) {
                    operations.push(Arc::new(self.operation(method, entry, &shared)));
                }
            }
        }
    }

    /// The operations of a path item: the method, and the entry. Of a method that stands twice
    /// the last counts, as for every other reader of YAML and JSON.
    fn methods(&mut self, item: Value<'t, 's>) -> Vec<(String, Entry<'t, 's>)> {
        for (name, span) in duplicate_keys(item) {
            self.problem(
                span,
                format!("the key `{name}` stands twice; the last one counts"),
                "merge the two or rename one",
            );
        }
        let mut found: Vec<(String, Entry<'t, 's>)> = Vec::new();
        let mut add = |method: String, entry: Entry<'t, 's>| match found
            .iter_mut()
            .find(|(known, _)| *known == method)
        {
            Some(known) => known.1 = entry,
            None => found.push((method, entry)),
        };
        let own: Vec<_> = item
            .entries()
            .filter(|entry| entry.name() != "<<")
            .collect();
        let merged = item.merged_entries();
        let merged = merged
            .into_iter()
            .filter(|entry| own.iter().all(|known| known.name() != entry.name()));
        for entry in own.iter().copied().chain(merged) {
            let name = entry.name();
            let lower = name.to_ascii_lowercase();
            if METHODS.contains(&name) {
                add(name.to_ascii_uppercase(), entry);
            } else if METHODS.contains(&lower.as_str()) {
                self.problem(
                    entry.key.span(),
                    format!("`{name}` is read as `{lower}`: methods are written in small letters"),
                    BY_SPECIFICATION,
                );
                add(lower.to_ascii_uppercase(), entry);
            } else if name == "additionalOperations" {
                for entry in entry.value.entries() {
                    add(entry.name().to_owned(), entry);
                }
            } else if !name.starts_with("x-") && entry.value.get("responses").is_some() {
                self.problem(
                    entry.key.span(),
                    format!("`{name}` is no method, and its operation is not read"),
                    "correct the method, or move it below `additionalOperations` (OpenAPI 3.2)",
                );
            }
        }
        found
    }

    fn operation(
        &mut self,
        method: String,
        entry: Entry<'t, 's>,
        shared: &Shared<'_, 't, 's>,
    ) -> ContractOperation {
        // An operation that cannot be read is still an operation: only what it says is lost.
        let operation = self.follow(entry.value).unwrap_or(entry.value);
        if operation.is_map() {
            self.twice(operation);
            self.check(operation, fragment::operation);
        } else {
            self.expected(operation, "an operation must be a mapping");
        }
        let own = list(operation, "parameters");
        let (parameters, old_body) = self.parameters(own.iter().chain(&shared.parameters));
        let body = match operation
            .get("requestBody")
            .and_then(|body| self.follow(body))
        {
            Some(body) => Some(self.body(body)),
            None => self.old_body(operation, &old_body),
        };
        self.callbacks(operation, shared.depth);
        let tags = list(operation, "tags");
        ContractOperation {
            method,
            span: entry.key.span(),
            path: shared.path.to_owned(),
            base_path: server_path(operation).or_else(|| shared.base_path.clone()),
            id: operation.get("operationId").and_then(Value::string),
            summary: operation.get("summary").and_then(Value::string),
            remark: ["description", "summary"]
                .iter()
                .find_map(|key| operation.get(key).and_then(remark)),
            tags: tags.into_iter().filter_map(Value::string).collect(),
            deprecated: operation.get("deprecated").and_then(Value::bool) == Some(true),
            parameters,
            body,
            responses: self.responses(operation),
            extensions: extensions(operation),
        }
    }

    /// The parameters, each once: an operation's own replaces that of its path item (OpenAPI 3.0
    /// section 4.7.8). Swagger 2.0 has the body among them: those are returned apart.
    fn parameters<'a>(
        &mut self,
        values: impl Iterator<Item = &'a Value<'t, 's>>,
    ) -> (Vec<Parameter>, Vec<Value<'t, 's>>)
    where
        't: 'a,
        's: 'a,
    {
        let mut parameters: Vec<Parameter> = Vec::new();
        let mut body = Vec::new();
        for value in values {
            let Some(value) = self.follow(*value) else {
                continue;
            };
            if !value.is_map() {
                self.expected(value, "a parameter must be a mapping");
                continue;
            }
            let location = value.get("in").and_then(Value::text).unwrap_or("");
            if matches!(location, "body" | "formData") {
                body.push(value);
                continue;
            }
            self.check(value, fragment::parameter);
            let Some(name) = value.get("name").and_then(Value::string) else {
                continue;
            };
            if parameters
                .iter()
                .any(|known| known.name == name && known.location == location)
            {
                continue;
            }
            parameters.push(Parameter {
                name,
                location: location.to_owned(),
                required: value.get("required").and_then(Value::bool) == Some(true),
                speaks_of_idempotency: speaks_of_idempotency(value),
                span: value.get("name").unwrap_or(value).span(),
            });
        }
        (parameters, body)
    }

    fn body(&mut self, body: Value<'t, 's>) -> Body {
        self.check(body, fragment::request_body);
        let content: Vec<_> = body
            .get("content")
            .into_iter()
            .flat_map(Value::merged_entries)
            .collect();
        let mut forms = Vec::new();
        for entry in &content {
            // A media type may be a reference (OpenAPI 3.2 section 4.14).
            if let Some(schema) = self
                .follow(entry.value)
                .and_then(|media| media.get("schema"))
            {
                forms.push(schema);
            }
        }
        let (members, inner_members) = self.members(&forms);
        Body {
            media_types: content
                .iter()
                .map(|entry| entry.name().to_owned())
                .collect(),
            members,
            inner_members,
            list_items: self.list_items(&forms),
            span: body.span(),
        }
    }

    /// The body of Swagger 2.0: a parameter `in: body`, or one for each member of a form.
    fn old_body(&mut self, operation: Value<'t, 's>, parameters: &[Value<'t, 's>]) -> Option<Body> {
        let first = parameters.first()?;
        let consumes = operation
            .get("consumes")
            .or_else(|| self.resolver.root().get("consumes"));
        let schemas: Vec<_> = parameters
            .iter()
            .filter_map(|parameter| parameter.get("schema"))
            .collect();
        let (mut members, inner_members) = self.members(&schemas);
        for parameter in parameters {
            if parameter.get("in").and_then(Value::text) == Some("formData")
                && let Some(name) = parameter.get("name")
            {
                members.push(BodyMember {
                    name: name.string().unwrap_or_default(),
                    required: parameter.get("required").and_then(Value::bool) == Some(true),
                    speaks_of_idempotency: speaks_of_idempotency(*parameter),
                    span: name.span(),
                });
            }
        }
        Some(Body {
            inner_members,
            media_types: consumes
                .into_iter()
                .flat_map(Value::items)
                .filter_map(Value::string)
                .collect(),
            members,
            list_items: self.list_items(&schemas),
            span: first.span(),
        })
    }

    fn members(&mut self, forms: &[Value<'t, 's>]) -> (Vec<BodyMember>, Vec<BodyMember>) {
        let mut schemas = Schemas::new(&self.resolver);
        let members = schemas.members(forms);
        for (value, why) in schemas.unresolved {
            self.unresolved(value, &why);
        }
        members
    }

    fn list_items(&mut self, forms: &[Value<'t, 's>]) -> Option<Vec<BodyMember>> {
        let mut items = Vec::new();
        let mut is_list = false;
        for form in forms {
            let schema = self.resolver.resolve(*form).ok();
            let kind = schema.and_then(|schema| schema.get("type"));
            if kind.and_then(Value::text) == Some("array") {
                is_list = true;
                items.extend(schema.and_then(|schema| schema.get("items")));
            }
        }
        is_list.then(|| self.members(&items).0)
    }

    fn responses(&mut self, operation: Value<'t, 's>) -> Vec<Response> {
        let entries = operation
            .get("responses")
            .into_iter()
            .flat_map(Value::merged_entries);
        let mut responses = Vec::new();
        for entry in entries.filter(|entry| !entry.name().starts_with("x-")) {
            let response = self.follow(entry.value);
            let headers = response.and_then(|response| response.get("headers"));
            let content = response
                .and_then(|response| response.get("content").or_else(|| response.get("schema")));
            responses.push(Response {
                code: entry.name().to_owned(),
                description: response
                    .and_then(|response| response.get("description"))
                    .and_then(Value::string)
                    .unwrap_or_default(),
                has_content: content.is_some_and(|content| content.entries().next().is_some()),
                headers: headers
                    .into_iter()
                    .flat_map(Value::entries)
                    .map(|entry| entry.name().to_owned())
                    .collect(),
                span: entry.key.span(),
            });
        }
        responses
    }

    fn callbacks(&mut self, operation: Value<'t, 's>, depth: usize) {
        let Some(callbacks) = operation.get("callbacks") else {
            return;
        };
        if depth >= MAX_CALLBACK_DEPTH {
            return self.problem(
                callbacks.span(),
                "callbacks nest too deeply and are not followed further".to_owned(),
                "describe the inner callbacks as operations of their own",
            );
        }
        for callback in callbacks.merged_entries() {
            let Some(expressions) = self.follow(callback.value) else {
                continue;
            };
            for expression in expressions.merged_entries() {
                if expression.name().starts_with("x-") {
                    continue;
                }
                let mut sent = Vec::new();
                self.path_item(expression.value, expression.name(), depth + 1, &mut sent);
                self.outgoing
                    .extend(sent.into_iter().map(|operation| OutgoingOperation {
                        kind: Outgoing::Callback,
                        name: callback.name().to_owned(),
                        operation,
                    }));
            }
        }
    }

    /// What a value or its `$ref` stands for; a reference that leads nowhere is a problem.
    fn follow(&mut self, value: Value<'t, 's>) -> Option<Value<'t, 's>> {
        match self.resolver.resolve(value) {
            Ok(value) => Some(value),
            Err(why) => {
                self.unresolved(value, &why);
                None
            }
        }
    }

    fn unresolved(&mut self, value: Value<'t, 's>, why: &Unresolved) {
        let value = value.resolved();
        let target = target(value).unwrap_or("");
        let (message, help) = match why {
            Unresolved::Missing => (
                format!("the reference `{target}` leads to nothing"),
                "define what it refers to, or correct the reference",
            ),
            Unresolved::Circle => (
                format!("the reference `{target}` goes round in a circle"),
                "let one of the objects in the circle be no reference",
            ),
            Unresolved::Foreign(path) => (
                format!("`{target}` refers to `{path}`, which is no part of a description"),
                "refer to a YAML or JSON file, or correct the reference",
            ),
            Unresolved::NoFile(path) => (
                format!("`{target}` refers to `{path}`, which is not there"),
                "add the file below the audited directory, or correct the reference",
            ),
            Unresolved::Outside => (
                format!("`{target}` leads out of the audited directory and is not followed"),
                "audit the directory that holds both files, or bundle the description",
            ),
            Unresolved::Network => (
                format!("`{target}` is on the network, and nothing is fetched"),
                "keep a copy of it below the audited directory, or bundle the description",
            ),
            Unresolved::Unreadable => return,
        };
        self.problem(value.get("$ref").unwrap_or(value).span(), message, help);
    }

    fn check(
        &mut self,
        value: Value<'t, 's>,
        fragment: fn(Value<'_, '_>) -> Option<fragment::Fault>,
    ) {
        if self.checked.insert(value.span())
            && let Some(fault) = fragment(value)
        {
            self.problem(fault.span, fault.message, BY_SPECIFICATION);
        }
    }

    fn twice(&mut self, map: Value<'t, 's>) {
        for (name, span) in duplicate_keys(map) {
            self.problem(
                span,
                format!("the key `{name}` stands twice; the first one counts"),
                "merge the two or rename one",
            );
        }
    }

    fn expected(&mut self, value: Value<'_, '_>, rule: &str) {
        let message = format!("{rule}, and this is {}", value.kind_name());
        self.problem(value.span(), message, BY_SPECIFICATION);
    }

    fn problem(&mut self, span: Span, message: String, help: &str) {
        self.problems.insert(Problem::new(span, message, help));
    }
}

/// The items of a list member, or nothing.
fn list<'t, 's>(object: Value<'t, 's>, key: &str) -> Vec<Value<'t, 's>> {
    object
        .get_merged(key)
        .into_iter()
        .flat_map(Value::items)
        .collect()
}

fn extensions(map: Value<'_, '_>) -> Vec<Extension> {
    map.entries()
        .filter(|entry| entry.name().starts_with("x-"))
        .map(|entry| Extension {
            name: entry.name().to_owned(),
            value: match entry.value.get("disabled").and_then(Value::bool) {
                Some(true) => "false".to_owned(),
                _ => entry.value.text().unwrap_or("true").to_owned(),
            },
            span: entry.key.span(),
        })
        .collect()
}

fn listed_headers(document: Value<'_, '_>) -> Vec<ListedHeader> {
    let mut headers = Vec::new();
    for entry in document
        .entries()
        .filter(|entry| entry.name().starts_with("x-"))
    {
        for header in entry.value.items().filter_map(|item| item.get("header")) {
            headers.push(ListedHeader {
                extension: entry.name().to_owned(),
                header: header.string().unwrap_or_default(),
                span: header.span(),
            });
        }
    }
    headers
}
