//! YAML files and fences for the tests of what CI reads.

use crate::common::{read, root};
use serde_yaml::Value;
use std::collections::BTreeSet;

/// The documents of a YAML text.
pub(crate) fn yaml(name: &str, text: &str) -> Vec<Value> {
    serde_yaml::Deserializer::from_str(text)
        .map(serde::Deserialize::deserialize)
        .collect::<Result<Vec<Value>, _>>()
        .unwrap_or_else(|error| panic!("{name}: {error}\n{text}"))
}

/// The documents of a file.
pub(crate) fn yaml_file(name: &str) -> Vec<Value> {
    yaml(name, &read(&root().join(name)))
}

/// The fences of a document: language and text, indented ones too.
pub(crate) fn fences(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            let inside = lines
                .by_ref()
                .take_while(|line| !line.trim_start().starts_with("```"));
            let inside: Vec<&str> = inside.collect();
            found.push((language.to_owned(), inside.join("\n")));
        }
    }
    found
}

/// Every mapping in a value, from the outside in.
pub(crate) fn mappings(value: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    let mut pending = vec![value];
    while let Some(value) = pending.pop() {
        match value {
            Value::Mapping(mapping) => {
                found.push(value);
                pending.extend(mapping.iter().map(|(_, value)| value));
            }
            Value::Sequence(items) => pending.extend(items),
            _ => {}
        }
    }
    found
}

/// The scripts that a CI configuration runs.
pub(crate) fn scripts(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for mapping in mappings(value) {
        for key in ["run", "script", "before_script", "bash", "entry"] {
            match &mapping[key] {
                Value::String(script) => found.push(script.clone()),
                Value::Sequence(lines) => {
                    found.extend(lines.iter().filter_map(Value::as_str).map(str::to_owned));
                }
                _ => {}
            }
        }
    }
    found
}

/// The keys of a mapping.
pub(crate) fn keys(value: &Value) -> BTreeSet<String> {
    let mapping = value.as_mapping().expect("a mapping");
    mapping
        .iter()
        .filter_map(|(key, _)| key.as_str().map(str::to_owned))
        .collect()
}

/// The texts of a list.
pub(crate) fn words(value: &Value) -> Vec<String> {
    let items = value.as_sequence().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}
