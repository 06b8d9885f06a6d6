//! Handlers whose attributes name their routes.

use super::{ANY_METHOD, RouteHandler, Router, join};
use crate::catalog::{AttributeEntry, MethodFrom};
use crate::link::infer::value::Value;
use crate::link::infer::{BodyReader, FunctionContext};
use crate::link::program::{FunctionDef, FunctionId, TypeId};
use crate::link::resolve::{Namespace, Resolved, Resolver};
use crate::link::types::Type;
use crate::read::rust::ir::{Attribute, AttributeValue, ExprKind};
use crate::source::Span;
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::sync::Arc;

/// For each type of the system, its functions whose attributes name routes.
pub(in crate::link::infer) fn annotated_methods(
    resolver: &Resolver<'_, '_>,
) -> BTreeMap<TypeId, Vec<FunctionId>> {
    let mut found = BTreeMap::<TypeId, Vec<FunctionId>>::new();
    for (index, def) in resolver.program.functions.iter().enumerate() {
        let mut attributes = def.attributes.iter();
        let named = def.owner.is_some()
            && attributes.any(|attribute| known_attribute(resolver, def, attribute).is_some());
        if !named {
            continue;
        }
        let id = FunctionId(index);
        if let Some(Type::Local(owner, _)) = FunctionContext::new(resolver, id).self_type {
            found.entry(owner).or_default().push(id);
        }
    }
    found
}

/// The catalogue's entry for an attribute of a function.
fn known_attribute<'c>(
    resolver: &Resolver<'c, '_>,
    def: &FunctionDef<'_>,
    attribute: &Attribute,
) -> Option<&'c AttributeEntry> {
    let known = resolver
        .catalog
        .crates
        .find_attributes(attribute.path.last());
    if known.is_empty() {
        return None;
    }
    let segments = &attribute.path.segments;
    let resolved = match resolver.resolve(def.module, segments, Namespace::Types) {
        Resolved::External(path) => path,
        _ => attribute.path.written(),
    };
    let dependencies = &resolver.program.crate_of(def.module).dependencies;
    // A file without a manifest may use anything.
    let uses =
        |krate: &str| dependencies.is_empty() || dependencies.values().any(|name| name == krate);
    let exact = known
        .iter()
        .find(|(_, entry)| entry.path.list().iter().any(|path| *path == resolved));
    let found = exact.or_else(|| {
        // `#[macro_use]` and preludes bring a name from somewhere: from a crate that is used.
        let alone = !resolved.contains("::");
        known.iter().find(|(krate, _)| alone && uses(krate))
    });
    found.map(|(_, entry)| entry)
}

impl<'a> BodyReader<'a, '_> {
    /// A function whose attributes name its routes; whether there are such.
    pub(super) fn annotated(
        &mut self,
        router: &mut Router,
        id: FunctionId,
        before: &str,
        span: Span,
    ) -> bool {
        let program = self.resolver.program;
        let def = &program.functions[id.0];
        let known = |attribute| Some((attribute, known_attribute(self.resolver, def, attribute)?));
        let mut named: Vec<_> = def.attributes.iter().filter_map(known).collect();
        if named.iter().any(|(_, entry)| !entry.describes) {
            named.retain(|(_, entry)| !entry.describes);
        }
        for (attribute, entry) in &named {
            let given = |name: &str| {
                let value = attribute.arg(name)?;
                self.attribute_text(def, value)
            };
            let mut path = String::new();
            if let Some((name, arg)) = &entry.impl_prefix {
                let around = def.owner.iter().flat_map(|owner| owner.attributes);
                let found = around
                    .filter(|found| found.path.last() == name)
                    .find_map(|found| self.attribute_text(def, found.arg(arg)?));
                path = found.unwrap_or_default();
            }
            if let Some(prefix) = entry.prefix.as_deref().and_then(given) {
                path = join(&path, &prefix);
            }
            let written = given(&entry.route).unwrap_or_default();
            let path = join(before, &join(&path, &written));
            for method in methods(attribute, entry) {
                let handler = RouteHandler::Functions(Arc::from([id]));
                self.add_route(router, Some(method), path.clone(), handler, span);
            }
        }
        !named.is_empty()
    }

    /// The path that an attribute gives to the type of a handler's parameter.
    pub(super) fn typed_path(&self, attribute: &str, handler: &Value) -> Option<String> {
        let id = *handler.functions.as_deref()?.first()?;
        let program = self.resolver.program;
        let def = &program.functions[id.0];
        let context = FunctionContext::new(self.resolver, id);
        def.function.parameters.iter().find_map(|(_, ty)| {
            let Type::Local(id, _) = self.resolver.type_of(context.scope(), ty) else {
                return None;
            };
            let mut attributes = program.types[id.0].attributes.iter();
            let found = attributes.find(|found| found.path.last() == attribute)?;
            Some(found.unnamed()?.as_text()?.to_owned())
        })
    }

    /// The text of an attribute's argument: a literal, or the constant it names.
    pub(super) fn attribute_text(
        &self,
        def: &FunctionDef<'_>,
        value: &AttributeValue,
    ) -> Option<String> {
        if let Some(text) = value.as_text() {
            return Some(text.to_owned());
        }
        let path = value.as_path()?;
        let resolved = self
            .resolver
            .resolve(def.module, &path.segments, Namespace::Values);
        let Resolved::Constant(id) = resolved else {
            return None;
        };
        let body = self.resolver.program.constants[id.0].value?;
        match &body.get(body.root?).kind {
            ExprKind::Str(text) => Some(text.clone()),
            _ => None,
        }
    }
}

/// The HTTP methods that an attribute names.
fn methods(attribute: &Attribute, entry: &AttributeEntry) -> Vec<SmolStr> {
    let known = |name: &str| {
        let name = name.to_ascii_uppercase();
        let methods = [
            "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT",
        ];
        methods.contains(&name.as_str()).then(|| SmolStr::new(name))
    };
    let found: Vec<SmolStr> = match entry.method {
        MethodFrom::Name => known(attribute.path.last()).into_iter().collect(),
        MethodFrom::Flag => {
            let flags = attribute.args.iter().flat_map(|arg| match &arg.value {
                AttributeValue::Flag => vec![arg.name.clone()],
                AttributeValue::List(inner) if arg.name == "method" => {
                    inner.iter().map(|arg| arg.name.clone()).collect()
                }
                _ => Vec::new(),
            });
            flags.filter_map(|name| known(&name)).collect()
        }
        MethodFrom::Argument => {
            let named = attribute.args.iter().filter(|arg| arg.name == "method");
            let named = named.filter_map(|arg| match &arg.value {
                AttributeValue::Text(text) => known(text),
                AttributeValue::Path(path) => known(path.last()),
                _ => None,
            });
            named.collect()
        }
    };
    match found.is_empty() {
        true => vec![SmolStr::new_static(ANY_METHOD)],
        false => found,
    }
}
