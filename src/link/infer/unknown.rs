//! Calls that may be I/O: the name fits, and the type of the receiver could not be found.

use super::value::Value;
use super::{BodyReader, FoundUnknown};
use crate::link::types::Type;
use crate::read::rust::ir::{ExprId, ExprKind, TextRange, TypeRef};
use smol_str::SmolStr;

/// How deep a future may lie in pointers.
const MAX_POINTERS: usize = 4;

/// Whether a type is written as that of a future: `impl Future<Output = ()>`, `Pin<Box<dyn Future>>`, `BoxFuture<'_, ()>`.
pub(super) fn is_future(ty: &TypeRef, depth: usize) -> bool {
    match ty {
        TypeRef::Traits(traits) => traits.iter().any(|path| path.last() == "Future"),
        TypeRef::Path(path) => {
            let pointer = matches!(path.last(), "Box" | "Pin") && depth < MAX_POINTERS;
            let inner = path.segments.last().and_then(|last| last.args().first());
            path.last().ends_with("BoxFuture")
                || pointer && inner.is_some_and(|inner| is_future(inner, depth + 1))
        }
        _ => false,
    }
}

impl BodyReader<'_, '_> {
    /// What is awaited and not known may do anything.
    pub(super) fn keep_unseen(&mut self, value: &mut Value) {
        let Some(range) = value.unseen.take() else {
            return;
        };
        if self.context.id.is_some() {
            let span = self.span(range);
            self.out.unseen.push(span);
        }
    }

    /// Whether a value is a future, or an expression a closure, of which it is known what it does: whoever is given that
    /// runs it.
    pub(super) fn is_known_future(&self, expr: Option<ExprId>, value: &Value) -> bool {
        let pending = &value.pending;
        let written = expr.map(|id| &self.body.get(id).kind);
        if let Some(ExprKind::Closure { .. } | ExprKind::Async(_)) = written {
            let runs = !pending.parameters.is_empty() || !pending.runs.is_empty();
            return runs || !pending.calls.is_empty() || !pending.edges.is_empty();
        }
        // What a plain function does has been done when its result is passed on.
        let functions = &self.resolver.program.functions;
        let mut edges = pending.edges.iter().map(|index| &self.out.edges[*index]);
        !pending.calls.is_empty() || edges.any(|edge| functions[edge.to.0].function.is_async)
    }

    /// Keeps a method call on something without a known type, where a crate that the package
    /// depends on has I/O of that name. What collections have too says nothing.
    pub(super) fn keep_unknown(&mut self, receiver: &Type, name: &SmolStr, range: TextRange) {
        let Some(function) = self.context.id.filter(|_| receiver.is_unknown()) else {
            return;
        };
        let crates = &self.catalog().crates;
        let plain = crates
            .find_type("std::vec::Vec")
            .is_some_and(|list| crates.find_method(list, name).is_some());
        if plain {
            return;
        }
        let dependencies = &self
            .resolver
            .program
            .crate_of(self.context.module)
            .dependencies;
        let used = |known: &&str| {
            dependencies
                .values()
                .any(|used| match known.strip_suffix('*') {
                    Some(prefix) => used.starts_with(prefix),
                    None => used == known,
                })
        };
        let crates: Vec<String> = crates
            .doing_io(name)
            .filter(used)
            .map(str::to_owned)
            .collect();
        if !crates.is_empty() {
            self.out.unknown.push(FoundUnknown {
                function,
                name: name.clone(),
                name_span: self.span(range),
                crates,
            });
        }
    }
}
