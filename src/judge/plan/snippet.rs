//! What to add to a contract, as YAML that can be pasted: only what is not there yet.

use super::Case;
use crate::judge::media::MERGE_PATCH;
use crate::model::Remedy;
use serde_yaml::{Mapping, Value};

/// What a remedy adds to an operation.
struct Addition {
    /// The method, in small letters.
    method: String,
    /// The path as the contract writes it.
    path: String,
    parameters: Vec<Value>,
    body: Mapping,
    /// Status codes and what they say.
    answers: Vec<(&'static str, String)>,
}

/// The fragment of the contract, from `paths:` down; empty where nothing is to be added.
pub(super) fn contract_change(case: &Case<'_>, remedy: Remedy) -> String {
    let written = &case.operation.written;
    let added = addition(case, remedy);
    let mut operation = added.body;
    if !added.parameters.is_empty() {
        operation.insert("parameters".into(), Value::Sequence(added.parameters));
    }
    let same = added.method.eq_ignore_ascii_case(&written.method);
    let mut responses = Mapping::new();
    for (code, description) in added.answers {
        // A declared answer keeps its words, unless they must change.
        let declared = same && written.responses.iter().any(|answer| answer.code == code);
        if !declared || (remedy == Remedy::StateTransition && code == "200") {
            let answer = Mapping::from_iter([("description".into(), description.into())]);
            responses.insert(code.into(), Value::Mapping(answer));
        }
    }
    if !responses.is_empty() {
        operation.insert("responses".into(), Value::Mapping(responses));
    }
    if operation.is_empty() {
        return String::new();
    }
    let nested = ["paths", &added.path, &added.method]
        .into_iter()
        .rev()
        .fold(operation, |inner, key| wrap(key, inner));
    // Writing a mapping of texts cannot fail; an empty fragment would say so.
    serde_yaml::to_string(&nested).unwrap_or_default()
}

fn addition(case: &Case<'_>, remedy: Remedy) -> Addition {
    let written = &case.operation.written;
    let mut added = Addition {
        method: written.method.to_ascii_lowercase(),
        path: written.path.clone(),
        parameters: Vec::new(),
        body: Mapping::new(),
        answers: Vec::new(),
    };
    let key = &case.key;
    match remedy {
        Remedy::RequireKey | Remedy::AddKey | Remedy::Outbox => {
            match case.declared_key() {
                // A member of the body is required by its schema.
                Some(declared) if !declared.header => {
                    let names = Value::Sequence(vec![declared.name.clone().into()]);
                    let schema = Mapping::from_iter([("required".into(), names)]);
                    added.body = case.body("application/json", schema);
                }
                _ => added
                    .parameters
                    .push(case.header(key, KEY_DESCRIPTION, Some(255))),
            }
            added.answers.extend([
                ("400", format!("`{key}` is missing")),
                ("409", format!("A request with this `{key}` still runs")),
                (
                    "422",
                    format!("This `{key}` came with another request before"),
                ),
            ]);
        }
        Remedy::NaturalKey => {
            let members = case.shape.natural_members();
            let member = members.first().copied().unwrap_or("id");
            let there = format!("A {} with this `{member}` exists already", case.thing());
            added.answers.push(("409", there));
        }
        Remedy::PutWithClientId => {
            let item = case.item_path(&["PUT"]).unwrap_or_default();
            let base = case.endpoint.path.strip_suffix(&written.path).unwrap_or("");
            added.path = item.strip_prefix(base).unwrap_or(&item).to_owned();
            "put".clone_into(&mut added.method);
            let thing = case.thing();
            added.answers.extend([
                (
                    "201",
                    format!("The {thing} was made under the id of the path"),
                ),
                (
                    "200",
                    format!("The {thing} was there and has this content now"),
                ),
            ]);
        }
        Remedy::IfMatch => {
            let about = "The ETag that the last read answered (RFC 9110 section 13.1.1)";
            added.parameters.push(case.header("If-Match", about, None));
            added.answers.extend([
                ("412", "It was changed since: read it again".to_owned()),
                (
                    "428",
                    "`If-Match` is missing (RFC 6585 section 3)".to_owned(),
                ),
            ]);
        }
        Remedy::MergePatch => {
            let schema = Mapping::from_iter([("type".into(), "object".into())]);
            added.body = case.body(MERGE_PATCH, schema);
        }
        Remedy::StateTransition => added.answers.extend([
            (
                "200",
                format!(
                    "The {} as it is now, also when it was so before",
                    case.thing()
                ),
            ),
            (
                "409",
                "This state cannot be reached from the present one".to_owned(),
            ),
        ]),
        Remedy::Expire => added
            .answers
            .push(("429", "Too many; see `Retry-After`".to_owned())),
    }
    added
}

fn wrap(key: &str, inner: Mapping) -> Mapping {
    Mapping::from_iter([(key.into(), Value::Mapping(inner))])
}

/// What a client is told of a key.
const KEY_DESCRIPTION: &str = "A UUID for each request that is meant to happen once. A repeat gets the first answer, for 24 hours.";

impl Case<'_> {
    fn is_swagger2(&self) -> bool {
        self.context.system.contracts[self.operation.contract].swagger2
    }

    /// A required header, as the version of the contract writes it.
    fn header(&self, name: &str, description: &str, longest: Option<u32>) -> Value {
        let mut header = Mapping::new();
        header.insert("name".into(), name.into());
        header.insert("in".into(), "header".into());
        header.insert("required".into(), true.into());
        header.insert("description".into(), description.into());
        let mut schema = Mapping::new();
        schema.insert("type".into(), "string".into());
        if let Some(longest) = longest {
            schema.insert("minLength".into(), 1.into());
            schema.insert("maxLength".into(), longest.into());
        }
        if self.is_swagger2() {
            header.extend(schema);
        } else {
            header.insert("schema".into(), Value::Mapping(schema));
        }
        Value::Mapping(header)
    }

    /// A request body of one media type.
    fn body(&self, media_type: &str, schema: Mapping) -> Mapping {
        if self.is_swagger2() {
            return Mapping::from_iter([(
                "consumes".into(),
                Value::Sequence(vec![media_type.into()]),
            )]);
        }
        let media = wrap(media_type, wrap("schema", schema));
        wrap("requestBody", wrap("content", media))
    }
}
