//! What to add to a contract, as YAML that can be pasted: only what is not there yet.

use super::Case;
use crate::model::Remedy;
use serde_yaml::{Mapping, Value};

/// The fragment of the contract, from `paths:` down; empty where nothing is to be added.
pub(super) fn contract_change(case: &Case<'_>, remedy: Remedy) -> String {
    let written = &case.operation.written;
    let mut operation = Mapping::new();
    let (mut parameters, mut answers) = (Vec::new(), Vec::new());
    let (mut method, mut path) = (written.method.to_ascii_lowercase(), written.path.clone());
    let missing = ("400", format!("`{}` is missing", case.key));
    let running = (
        "409",
        format!("A request with this `{}` still runs", case.key),
    );
    let reused = (
        "422",
        format!("This `{}` came with another request before", case.key),
    );
    match remedy {
        Remedy::RequireKey | Remedy::AddKey | Remedy::Outbox => {
            match case.declared_key() {
                // A member of the body is required by its schema.
                Some(key) if !key.header => {
                    let mut schema = Mapping::new();
                    schema.insert(
                        "required".into(),
                        Value::Sequence(vec![key.name.clone().into()]),
                    );
                    operation.extend(case.body("application/json", schema));
                }
                _ => parameters.push(case.header(&case.key, &key_description(), Some(255))),
            }
            answers.extend([missing, running, reused]);
        }
        Remedy::NaturalKey => {
            let members = case.shape.natural_members();
            let member = members.first().copied().unwrap_or("id");
            let there = format!("A {} with this `{member}` exists already", case.thing());
            answers.push(("409", there));
        }
        Remedy::PutWithClientId => {
            let item = case.item_path(&["PUT"]).unwrap_or_default();
            let base = case.endpoint.path.strip_suffix(&written.path).unwrap_or("");
            path = item.strip_prefix(base).unwrap_or(&item).to_owned();
            "put".clone_into(&mut method);
            answers.push((
                "201",
                format!("The {} was made under the id of the path", case.thing()),
            ));
            answers.push((
                "200",
                format!("The {} was there and has this content now", case.thing()),
            ));
        }
        Remedy::IfMatch => {
            let about = "The ETag that the last read answered (RFC 9110 section 13.1.1)";
            parameters.push(case.header("If-Match", about, None));
            answers.push(("412", "It was changed since: read it again".to_owned()));
            answers.push((
                "428",
                "`If-Match` is missing (RFC 6585 section 3)".to_owned(),
            ));
        }
        Remedy::MergePatch => {
            let mut schema = Mapping::new();
            schema.insert("type".into(), "object".into());
            operation.extend(case.body(super::super::idempotency::MERGE_PATCH, schema));
        }
        Remedy::StateTransition => {
            let done = format!(
                "The {} as it is now, also when it was so before",
                case.thing()
            );
            answers.push(("200", done));
            answers.push((
                "409",
                "This state cannot be reached from the present one".to_owned(),
            ));
        }
        Remedy::Expire => {
            answers.push(("429", "Too many; see `Retry-After`".to_owned()));
        }
    }
    if !parameters.is_empty() {
        operation.insert("parameters".into(), Value::Sequence(parameters));
    }
    let declared = |code: &str| {
        method == written.method.to_ascii_lowercase()
            && written.responses.iter().any(|answer| answer.code == code)
    };
    let mut responses = Mapping::new();
    for (code, description) in answers {
        // A declared answer keeps its words, unless they must change.
        let changes = remedy == Remedy::StateTransition && code == "200";
        if changes || !declared(code) {
            let mut answer = Mapping::new();
            answer.insert("description".into(), description.into());
            responses.insert(code.into(), Value::Mapping(answer));
        }
    }
    if !responses.is_empty() {
        operation.insert("responses".into(), Value::Mapping(responses));
    }
    if operation.is_empty() {
        return String::new();
    }
    let nested = [path.as_str(), method.as_str()]
        .into_iter()
        .rev()
        .fold(operation, |inner, key| {
            Mapping::from_iter([(key.into(), Value::Mapping(inner))])
        });
    let whole = Mapping::from_iter([("paths".into(), Value::Mapping(nested))]);
    // Writing a mapping of texts cannot fail; an empty fragment would say so.
    serde_yaml::to_string(&whole).unwrap_or_default()
}

fn key_description() -> String {
    "Unique for each request that is meant to happen once, such as a UUID. A repeat with the same key is \
     answered with the first answer; keys are kept for 24 hours."
        .to_owned()
}

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
        let wrap = |key: &str, inner: Mapping| {
            Mapping::from_iter([(Value::from(key), Value::Mapping(inner))])
        };
        let media = wrap(media_type, wrap("schema", schema));
        wrap("requestBody", wrap("content", media))
    }
}
