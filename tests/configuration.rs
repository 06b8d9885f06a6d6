//! The documentation of `seaworthy.yaml` says what the program reads, and its examples are ones.

mod common;

use common::{checked, read, root};
use seaworthy::config::{Config, Location, schema};
use seaworthy::report::starter;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write;

const DOCUMENT: &str = "docs/configuration.md";
const BEGIN: &str = "<!-- reference: made of the schema -->\n";
const END: &str = "<!-- /reference -->";

/// The keys below a schema, with what stands there and what it is.
/// What has been explained is not explained again under another key.
fn rows(
    schema: &Value,
    definitions: &Value,
    prefix: &str,
    seen: &mut BTreeSet<String>,
    out: &mut String,
) {
    let Some(properties) = schema["properties"].as_object() else {
        return;
    };
    for (name, property) in properties {
        let key = format!("{prefix}{name}");
        let text = property["description"]
            .as_str()
            .or_else(|| resolved(property, definitions)["description"].as_str());
        let text = text.unwrap_or("").replace('\n', " ").replace('|', "\\|");
        let _ = writeln!(
            out,
            "| `{key}` | {} | {text} |",
            kind(property, definitions)
        );
        let inner = resolved(property, definitions);
        let item = resolved(&inner["items"], definitions);
        // The catalogue's entries are explained in CONTRIBUTING.md.
        let elsewhere = key.starts_with("catalog.");
        for (inner, step) in [(inner, "."), (item, "[].")] {
            if !elsewhere && seen.insert(inner["properties"].to_string()) {
                rows(inner, definitions, &format!("{key}{step}"), seen, out);
            }
        }
    }
}

/// The schema behind references, and behind "or nothing".
fn resolved<'s>(schema: &'s Value, definitions: &'s Value) -> &'s Value {
    if let Some(name) = schema["$ref"]
        .as_str()
        .and_then(|way| way.rsplit('/').next())
    {
        return resolved(&definitions[name], definitions);
    }
    let alternatives = schema["anyOf"].as_array().map_or(&[][..], Vec::as_slice);
    let object = alternatives
        .iter()
        .map(|one| resolved(one, definitions))
        .find(|one| {
            one["properties"].is_object() || one["oneOf"].is_array() || one["enum"].is_array()
        });
    object.unwrap_or(schema)
}

/// What may be written, in a few words.
fn kind(schema: &Value, definitions: &Value) -> String {
    let schema = match schema["$ref"]
        .as_str()
        .and_then(|way| way.rsplit('/').next())
    {
        Some(name) => &definitions[name],
        None => schema,
    };
    for list in ["anyOf", "oneOf"] {
        if let Some(alternatives) = schema[list].as_array() {
            let mut kinds: Vec<String> = alternatives
                .iter()
                .filter(|one| one["type"] != "null")
                .map(|one| kind(one, definitions))
                .collect();
            kinds.dedup();
            return kinds.join(" or ");
        }
    }
    if let Some(value) = schema["const"].as_str() {
        return format!("`{value}`");
    }
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<String> = values
            .iter()
            .filter_map(Value::as_str)
            .map(|value| format!("`{value}`"))
            .collect();
        return values.join(" or ");
    }
    let named = |name: &str| match name {
        "array" => format!("list of {}", kind(&schema["items"], definitions)),
        "object" => "mapping".to_owned(),
        "string" => "text".to_owned(),
        "integer" => "number".to_owned(),
        "boolean" => "`true` or `false`".to_owned(),
        other => other.to_owned(),
    };
    match &schema["type"] {
        Value::String(name) => named(name),
        Value::Array(names) => {
            let names = names
                .iter()
                .filter_map(Value::as_str)
                .filter(|name| *name != "null");
            names.map(named).collect::<Vec<_>>().join(" or ")
        }
        _ => "anything".to_owned(),
    }
}

#[test]
fn the_reference_is_that_of_the_schema() {
    let schema = schema();
    let mut table = String::from("| key | what stands there | what it is |\n|---|---|---|\n");
    let mut seen = BTreeSet::new();
    rows(&schema, &schema["$defs"], "", &mut seen, &mut table);
    let text = read(&root().join(DOCUMENT));
    let (before, rest) = text.split_once(BEGIN).expect("the reference begins");
    let (written, after) = rest.split_once(END).expect("the reference ends");
    if std::env::var_os("SEAWORTHY_WRITE").is_some() {
        let text = format!("{before}{BEGIN}{table}{END}{after}");
        std::fs::write(root().join(DOCUMENT), text).expect("the document is written");
        return;
    }
    assert_eq!(
        written, table,
        "write it again with SEAWORTHY_WRITE=1 cargo test --test configuration"
    );
}

#[test]
fn every_example_is_a_configuration() {
    let text = read(&root().join(DOCUMENT));
    let fences: Vec<&str> = text
        .split("```yaml\n")
        .skip(1)
        .filter_map(|rest| rest.split("\n```").next())
        .filter(|yaml| !yaml.starts_with("services:"))
        .collect();
    assert!(fences.len() > 8, "is the test still looking?");
    for yaml in fences {
        let config = Config::parse(Location::default(), yaml.to_owned());
        assert!(config.is_ok(), "{:?}\n{yaml}", config.err());
    }
}

#[test]
fn the_schema_takes_what_the_program_takes() {
    let validator = jsonschema::validator_for(&schema()).expect("a schema");
    let text = read(&root().join(DOCUMENT));
    for yaml in text
        .split("```yaml\n")
        .skip(1)
        .filter_map(|rest| rest.split("\n```").next())
    {
        if yaml.starts_with("services:") {
            continue;
        }
        let value: Value = serde_yaml::from_str(yaml).expect("YAML");
        let errors: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:?}\n{yaml}");
    }
    for wrong in [
        serde_json::json!({"critcal": {}}),
        serde_json::json!({"rules": {"a": "warn"}}),
        serde_json::json!({"policies": [{"id": "a"}]}),
    ] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
}

#[test]
fn what_init_suggests_is_a_configuration() {
    for system in [
        "examples/bookstore",
        "tests/contracts",
        "tests/rules/unused-suppression/shop",
    ] {
        let (analysis, outcome) = checked(&root().join(system), 1);
        let text = starter::render(&analysis, &outcome);
        let parsed = |text: &str| Config::parse(Location::default(), text.to_owned());
        assert!(parsed(&text).is_ok(), "{text}");
        // Every suggestion taken.
        let taken: Vec<&str> = text
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(rest)
                    if !rest.is_empty() && (!rest.starts_with(' ') || rest.starts_with("  ")) =>
                {
                    rest
                }
                _ => line,
            })
            .collect();
        let taken = taken.join("\n");
        for key in [
            "exclude:",
            "suppress:",
            "critical:",
            "guards:",
            "gateways:",
            "policies:",
            "catalog:",
        ] {
            assert!(
                taken.lines().any(|line| line.starts_with(key)),
                "{key}\n{taken}"
            );
        }
        let config = parsed(&taken);
        assert!(config.is_ok(), "{:?}\n{taken}", config.err());
    }
}
