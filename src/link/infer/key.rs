//! Idempotency keys that code reads: a header by its name, a member of what a handler is given.

use super::effect::{Receiver, told};
use super::value::Value;
use super::{BodyReader, FunctionContext};
use crate::catalog::KeyPlace;
use crate::link::program::{FunctionId, TypeShape};
use crate::link::resolve::Resolver;
use crate::link::types::Type;
use crate::model::{By, KeyRead};
use crate::read::rust::ir::{ExprKind, TypeRef};
use crate::source::Span;
use std::collections::BTreeSet;

/// How many structs within structs are looked at for a key.
const MAX_DEPTH: usize = 3;

impl BodyReader<'_, '_> {
    /// `headers.get("Idempotency-Key")`: one name is asked for.
    pub(super) fn read_key(
        &mut self,
        receiver: &Receiver,
        args: usize,
        span: Span,
        result: &mut Value,
    ) {
        let Some(name) = self.given.name.clone().filter(|_| args == 1) else {
            return;
        };
        let known = self.catalog().keys.header(&name);
        let strong =
            known.is_some_and(|entry| !entry.value.weak && entry.value.place == KeyPlace::Header);
        // A request that is being built is given its key with a value.
        if !strong || receiver.query.is_some() {
            return;
        }
        let index = self.out.keys.len();
        let methods = self.named_methods();
        let field = self.key_field();
        self.out.keys.push(KeyRead {
            field,
            name: name.to_string(),
            span,
            required: false,
            methods,
        });
        result.knows = Some(told(By::Key(index)));
    }

    /// The field that is called like a key, of the type that a function is of, where it has others too.
    fn key_field(&self) -> Option<String> {
        let Some(Type::Local(id, _)) = &self.context.self_type else {
            return None;
        };
        let TypeShape::Struct(fields) = self.resolver.program.types[id.0].shape else {
            return None;
        };
        let mut named = fields.iter().map(|(name, _)| name);
        let field = named.find(|name| self.catalog().keys.field(name).is_some())?;
        (fields.len() > 1).then(|| field.to_string())
    }

    /// The HTTP methods that a body names: `Method::POST`.
    fn named_methods(&self) -> Vec<String> {
        let mut found = BTreeSet::new();
        for expr in &self.body.exprs {
            let ExprKind::Path(path) = &expr.kind else {
                continue;
            };
            if let [.., owner, name] = path.segments.as_slice()
                && owner.name == "Method"
                && name.name.chars().all(|c| c.is_ascii_uppercase())
            {
                found.insert(name.name.to_string());
            }
        }
        found.into_iter().collect()
    }
}

/// The keys among the members of what a handler is given.
pub(super) fn given_keys(resolver: &Resolver<'_, '_>, handler: FunctionId) -> Vec<KeyRead> {
    let def = &resolver.program.functions[handler.0];
    let context = FunctionContext::new(resolver, handler);
    let parameters = def.function.parameters.iter();
    let mut pending: Vec<(Type, usize)> = parameters
        .map(|(_, ty)| (resolver.type_of(context.scope(), ty), 0))
        .collect();
    let mut keys = Vec::new();
    while let Some((ty, depth)) = pending.pop() {
        match ty {
            Type::External(_, arguments) | Type::Tuple(arguments) => {
                pending.extend(arguments.into_iter().map(|inner| (inner, depth)));
            }
            Type::Local(id, arguments) => {
                let TypeShape::Struct(fields) = resolver.program.types[id.0].shape else {
                    continue;
                };
                for (name, written) in fields {
                    let known = resolver.catalog.keys.field(name);
                    let optional =
                        matches!(written, TypeRef::Path(path) if path.last() == "Option");
                    if known.is_some_and(|entry| !entry.value.weak) {
                        keys.push(KeyRead {
                            field: None,
                            name: name.to_string(),
                            span: def.span,
                            required: !optional,
                            methods: Vec::new(),
                        });
                    } else if depth < MAX_DEPTH {
                        let inner = resolver.field_type(id, &arguments, name);
                        pending.extend(inner.map(|inner| (inner, depth + 1)));
                    }
                }
            }
            _ => {}
        }
    }
    keys
}
