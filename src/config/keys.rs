//! Keys that the configuration does not know, and keys that stand twice: told by the JSON schema, at
//! the key.

use super::file::ConfigFile;
use super::nearest;
use crate::read::tree::Value;
use crate::source::Span;
use serde_json::Value as Schema;
use std::collections::{BTreeMap, BTreeSet};

/// How deep mappings within mappings are looked at; the reader's own limit is the same.
const MAX_DEPTH: usize = 64;
/// How many values are looked at; aliases make a document larger than its text.
const MAX_VALUES: usize = 20_000;
/// How many keys a message lists.
const LISTED: usize = 12;

/// A key that cannot be right.
pub(super) struct Fault {
    pub(super) span: Span,
    pub(super) message: String,
}

/// The JSON schema of `seaworthy.yaml` (draft 2020-12).
#[must_use]
pub fn schema() -> Schema {
    schemars::schema_for!(ConfigFile).to_value()
}

/// The first key that is unknown or stands twice.
pub(super) fn check(root: Value<'_, '_>) -> Result<(), Fault> {
    let schema = schema();
    let definitions = &schema["$defs"];
    let left = std::cell::Cell::new(MAX_VALUES);
    Walk { definitions, left }.value(root, &[&schema], "the configuration", 0)
}

struct Walk<'s> {
    definitions: &'s Schema,
    left: std::cell::Cell<usize>,
}

impl<'s> Walk<'s> {
    fn value(
        &self,
        value: Value<'_, '_>,
        schemas: &[&'s Schema],
        what: &str,
        depth: usize,
    ) -> Result<(), Fault> {
        if depth > MAX_DEPTH {
            return Err(Fault {
                span: value.span(),
                message: "nested too deeply".to_owned(),
            });
        }
        let Some(left) = self.left.get().checked_sub(1) else {
            return Err(Fault {
                span: value.span(),
                message: format!("more than {MAX_VALUES} values, those of aliases included"),
            });
        };
        self.left.set(left);
        let schemas = self.alternatives(schemas);
        if value.is_seq() {
            let items: Vec<&Schema> = schemas.iter().filter_map(|one| one.get("items")).collect();
            for item in value.items() {
                self.value(item, &items, what, depth + 1)?;
            }
            return Ok(());
        }
        if value.is_map() {
            return self.entries(value, &schemas, what, depth);
        }
        Ok(())
    }

    fn entries(
        &self,
        map: Value<'_, '_>,
        schemas: &[&'s Schema],
        what: &str,
        depth: usize,
    ) -> Result<(), Fault> {
        let mut known: BTreeMap<&str, Vec<&Schema>> = BTreeMap::new();
        for (name, schema) in schemas
            .iter()
            .filter_map(|one| one.get("properties")?.as_object())
            .flatten()
        {
            known.entry(name).or_default().push(schema);
        }
        let open: Vec<&Schema> = schemas
            .iter()
            .filter_map(|one| one.get("additionalProperties"))
            .filter(|rest| rest.is_object())
            .collect();
        let mut seen = BTreeSet::new();
        for entry in map.entries() {
            let name = entry.name();
            let fail = |message: String| {
                Err(Fault {
                    span: entry.key.span(),
                    message,
                })
            };
            if !seen.insert(name) {
                return fail(format!("the key `{name}` stands twice; merge the two"));
            }
            let inside = format!("`{name}`");
            match known.get(name) {
                Some(schemas) => self.value(entry.value, schemas, &inside, depth + 1)?,
                None if !open.is_empty() => self.value(entry.value, &open, &inside, depth + 1)?,
                None if known.is_empty() => {}
                None => return fail(unknown(name, what, known.keys().copied())),
            }
        }
        Ok(())
    }

    /// The schemas that a value may fit, references followed.
    fn alternatives(&self, schemas: &[&'s Schema]) -> Vec<&'s Schema> {
        let mut found = Vec::new();
        let mut pending: Vec<&'s Schema> = schemas.to_vec();
        // A schema refers to others a few times at most; the bound is for none that would not end.
        for _ in 0..256 {
            let Some(schema) = pending.pop() else {
                break;
            };
            let name = schema["$ref"]
                .as_str()
                .and_then(|way| way.rsplit('/').next());
            if let Some(target) = name.and_then(|name| self.definitions.get(name)) {
                pending.push(target);
            }
            for list in ["anyOf", "oneOf", "allOf"] {
                pending.extend(schema[list].as_array().into_iter().flatten());
            }
            found.push(schema);
        }
        found
    }
}

fn unknown<'k>(name: &str, what: &str, known: impl Iterator<Item = &'k str> + Clone) -> String {
    if let Some(meant) = nearest(name, known.clone()) {
        return format!("unknown key `{name}` in {what}; did you mean `{meant}`?");
    }
    let mut listed: Vec<&str> = known.collect();
    let more = listed.len().saturating_sub(LISTED);
    listed.truncate(LISTED);
    let listed = listed.join("`, `");
    match more {
        0 => format!("unknown key `{name}` in {what}; known are `{listed}`"),
        more => format!("unknown key `{name}` in {what}; known are `{listed}` and {more} more"),
    }
}
