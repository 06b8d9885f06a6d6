//! Patterns bind names to parts of values.

use super::BodyReader;
use super::value::Value;
use crate::catalog::listed;
use crate::link::resolve::{Namespace, Resolved};
use crate::link::types::Type;
use crate::read::rust::ir::{Pat, Path};
use smol_str::SmolStr;
use std::rc::Rc;

impl BodyReader<'_, '_> {
    /// Binds the names of a pattern to the parts of a value.
    pub(super) fn bind(&mut self, pat: &Pat, value: &Value) {
        match pat {
            Pat::Bind(name, inner, mutable) => {
                let mut bound = value.clone();
                if *mutable {
                    // Whoever has it may set fields of it.
                    bound.parts = None;
                }
                self.variables.push((name.clone(), bound));
                if let Some(inner) = inner {
                    self.bind(inner, value);
                }
            }
            Pat::Tuple(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    if let Some(entry) = value.entries.as_ref().and_then(|all| all.get(index)) {
                        self.bind(part, &entry.clone());
                        continue;
                    }
                    let ty = match &value.ty {
                        Type::Tuple(types) => types.get(index).cloned().unwrap_or_default(),
                        Type::List(item) => (**item).clone(),
                        _ => Type::Unknown,
                    };
                    let mut one = value.with_type(ty);
                    one.knows = self.part_of_row(value, index);
                    if let Some(items) = one.items.take() {
                        // Of a tuple that is written out, each part is where it comes from itself.
                        one.origin = items.get(index).copied().unwrap_or(one.origin);
                    }
                    self.bind(part, &one);
                }
            }
            Pat::TupleStruct(path, parts) => {
                for (index, part) in parts.iter().enumerate() {
                    let part_value = self.tuple_part(path, index, value);
                    self.bind(part, &part_value);
                }
            }
            Pat::Struct(path, fields) => {
                for (name, part) in fields {
                    let part_value = self.named_part(path, name, value);
                    self.bind(part, &part_value);
                }
            }
            Pat::Or(cases) => {
                for case in cases {
                    self.bind(case, value);
                }
            }
            Pat::Typed(inner, ty) => {
                let ty = self.type_of(ty);
                self.bind(inner, &value.with_type(ty));
            }
            Pat::Int(_) | Pat::Literal | Pat::Other => {}
        }
    }

    fn path_of(&self, path: &Path) -> Resolved {
        let segments = &path.segments;
        match (segments.first(), &self.context.self_type) {
            (Some(first), Some(Type::Local(id, _))) if first.name == "Self" => {
                match segments.get(1) {
                    Some(member) => Resolved::Member(*id, member.name.clone()),
                    None => Resolved::Type(*id),
                }
            }
            _ => self.resolve(segments, Namespace::Types),
        }
    }

    /// The `index`th part of `Path(..)`: of a tuple struct, a variant, or a wrapper that another
    /// crate defines (`Some`, `Ok`, an extractor).
    fn tuple_part(&mut self, path: &Path, index: usize, value: &Value) -> Value {
        match self.path_of(path) {
            Resolved::Type(id) => {
                let name = SmolStr::new(index.to_string());
                self.field_of(
                    &Value {
                        ty: Type::Local(id, arguments(&value.ty)),
                        ..value.clone()
                    },
                    &name,
                )
            }
            Resolved::Member(id, variant) => {
                let ty = self
                    .resolver
                    .variant_fields(id, &variant)
                    .into_iter()
                    .nth(index)
                    .map(|(_, ty)| ty);
                Value::of(ty.unwrap_or_default())
            }
            _ => {
                let which = if path.last() == "Err" { 1 } else { index };
                let mut part = value.with_type(
                    arguments(&value.ty)
                        .into_iter()
                        .nth(which)
                        .unwrap_or_default(),
                );
                if let (None, Type::External(asked, _)) = (&part.client, &part.ty)
                    && listed(&self.catalog().effects.state_extractors, path.last())
                    && let Some((state, field)) = self.methods.given_by_type(asked).cloned()
                {
                    part.client = self.field(state, &field).cloned().map(Rc::new);
                }
                part
            }
        }
    }

    fn named_part(&mut self, path: &Path, name: &SmolStr, value: &Value) -> Value {
        match self.path_of(path) {
            Resolved::Type(id) => self.field_of(
                &Value {
                    ty: Type::Local(id, arguments(&value.ty)),
                    ..value.clone()
                },
                name,
            ),
            Resolved::Member(id, variant) => {
                let fields = self.resolver.variant_fields(id, &variant);
                Value::of(
                    fields
                        .into_iter()
                        .find(|(known, _)| known == name)
                        .map(|(_, ty)| ty)
                        .unwrap_or_default(),
                )
            }
            _ => Value::default(),
        }
    }
}

fn arguments(ty: &Type) -> Vec<Type> {
    match ty {
        Type::External(_, arguments) | Type::Local(_, arguments) => arguments.clone(),
        _ => Vec::new(),
    }
}
