//! The members of a request body, from its schemas. OpenAPI 3.0 and 3.1 differ in their schemas;
//! what is read here is the same in both.

use super::BodyMember;
use super::reference::{Resolver, Unresolved, target};
use super::remark::speaks_of_idempotency;
use crate::read::tree::{Entry, Value};
use crate::source::Span;
use std::collections::BTreeMap;

/// How deep schemas are followed through references and combinations.
const MAX_DEPTH: usize = 32;
/// How many schemas are looked at for one body; combinations of combinations multiply.
const MAX_SCHEMAS: usize = 2_000;

/// Collects members at the top of schemas.
pub(super) struct Schemas<'a, 't, 's> {
    resolver: &'a Resolver<'t, 's>,
    /// Schemas on the way from the body to here: one that holds itself ends there.
    path: Vec<Span>,
    budget: usize,
    /// References that lead nowhere.
    pub(super) unresolved: Vec<(Value<'t, 's>, Unresolved)>,
}

/// For each name: where it is declared, and whether it must be sent.
type Members<'t, 's> = BTreeMap<&'t str, (Entry<'t, 's>, bool)>;

impl<'a, 't, 's> Schemas<'a, 't, 's> {
    pub(super) fn new(resolver: &'a Resolver<'t, 's>) -> Self {
        Self {
            resolver,
            path: Vec::new(),
            budget: MAX_SCHEMAS,
            unresolved: Vec::new(),
        }
    }

    /// The members of a body that has one of these forms, and those of the objects that it must
    /// hold.
    pub(super) fn members(
        &mut self,
        forms: &[Value<'t, 's>],
    ) -> (Vec<BodyMember>, Vec<BodyMember>) {
        let members = self.alternatives(forms.iter().copied());
        let required = members.values().filter(|(_, required)| *required);
        let held: Vec<Value<'t, 's>> = required.map(|(entry, _)| entry.value).collect();
        let mut inner = Vec::new();
        for object in held {
            let members = self.schema(object);
            inner.extend(listed(members));
        }
        (listed(members), inner)
    }

    /// The members of one of several schemas: required is what every one requires.
    fn alternatives(&mut self, schemas: impl Iterator<Item = Value<'t, 's>>) -> Members<'t, 's> {
        let mut all: Members<'t, 's> = BTreeMap::new();
        let mut first = true;
        for schema in schemas {
            let one = self.schema(schema);
            for (name, (_, required)) in &mut all {
                *required &= one.get(name).is_some_and(|(_, required)| *required);
            }
            for (name, (entry, required)) in one {
                all.entry(name).or_insert((entry, required && first));
            }
            first = false;
        }
        all
    }

    fn schema(&mut self, schema: Value<'t, 's>) -> Members<'t, 's> {
        let schema = schema.resolved();
        let mut members = Members::new();
        if self.budget == 0
            || self.path.len() >= MAX_DEPTH
            || self.path.contains(&schema.span())
            || !schema.is_map()
        {
            return members;
        }
        self.budget -= 1;
        self.path.push(schema.span());
        // Keys beside `$ref` count (JSON Schema 2020-12 section 8.2.3.1); OpenAPI 3.0 has none.
        if let Some(target) = target(schema) {
            match self.resolver.step(schema, target) {
                Ok(value) => join(&mut members, self.schema(value)),
                Err(why) => self.unresolved.push((schema, why)),
            }
        }
        for entry in schema
            .get("properties")
            .into_iter()
            .flat_map(Value::merged_entries)
        {
            members.entry(entry.name()).or_insert((entry, false));
        }
        for part in schema.get("allOf").into_iter().flat_map(Value::items) {
            let part = self.schema(part);
            join(&mut members, part);
        }
        for key in ["oneOf", "anyOf"] {
            if let Some(choices) = schema.get(key) {
                let chosen = self.alternatives(choices.items());
                join(&mut members, chosen);
            }
        }
        for name in schema.get("required").into_iter().flat_map(Value::items) {
            if let Some(member) = name.text().and_then(|name| members.get_mut(name)) {
                member.1 = true;
            }
        }
        self.path.pop();
        members
    }
}

/// Whether a schema says nothing of members or items.
fn is_plain(schema: Value<'_, '_>) -> bool {
    let structured = ["$ref", "properties", "items", "allOf", "oneOf", "anyOf"];
    let kind = schema.get("type").and_then(Value::text);
    !matches!(kind, Some("object" | "array"))
        && structured.iter().all(|key| schema.get(key).is_none())
}

/// Members in the order in which they are written.
fn listed(members: Members<'_, '_>) -> Vec<BodyMember> {
    let mut members: Vec<BodyMember> = members
        .into_iter()
        .map(|(name, (entry, required))| BodyMember {
            name: name.to_owned(),
            required,
            // A key is a text or a number; what is said of an object is said of its members.
            speaks_of_idempotency: is_plain(entry.value) && speaks_of_idempotency(entry.value),
            span: entry.key.span(),
        })
        .collect();
    members.sort_by_key(|member| member.span);
    members
}

/// Adds what also holds: a member is required if either says so.
fn join<'t, 's>(members: &mut Members<'t, 's>, others: Members<'t, 's>) {
    for (name, (entry, required)) in others {
        let known = members.entry(name).or_insert((entry, required));
        known.1 |= required;
    }
}
