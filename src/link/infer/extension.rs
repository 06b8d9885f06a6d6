//! Methods of traits that any type may have, and that are I/O by the connection they are given:
//! `table.filter(..).load(&mut conn)`, `Entity::find().one(db)`.

use super::BodyReader;
use super::call::Io;
use super::expr::MAX_DEREF;
use super::value::{ClientState, Value};
use crate::catalog::KnownExtension;
use crate::link::types::Type;
use crate::model::Evidence;
use crate::read::rust::ir::{ExprId, TextRange};
use smol_str::SmolStr;
use std::rc::Rc;

impl BodyReader<'_, '_> {
    /// Records the I/O of a method that is called on something else and given a connection.
    pub(super) fn extension_call(
        &mut self,
        id: ExprId,
        name: &SmolStr,
        range: TextRange,
        values: &[Value],
        result: &mut Value,
    ) -> bool {
        let catalog = self.catalog();
        let known = catalog.crates.find_extensions(name);
        let found = known.iter().find_map(|extension| {
            let given = values
                .iter()
                .find(|value| self.is_given(extension, &value.ty));
            Some((extension, given?))
        });
        let Some((extension, given)) = found else {
            return false;
        };
        let reason = format!(
            "`{name}` with a connection of `{}` does I/O",
            extension.krate
        );
        let io = Io {
            span: self.span_of(id),
            name_span: self.span(range),
            kind: extension.io,
            krate: &extension.krate,
            evidence: Evidence::known(extension.line, reason),
            defaults: &[],
            layered: false,
        };
        let state = given
            .client
            .clone()
            .unwrap_or_else(|| Rc::new(ClientState::default()));
        self.record(&io, Some(state), None, result);
        true
    }

    /// Whether a type is one of the connections of an extension, or dereferences to one.
    fn is_given(&self, extension: &KnownExtension, ty: &Type) -> bool {
        let crates = &self.catalog().crates;
        let is_one = |ty: &Type| match ty {
            Type::External(path, _) => crates.find_type(path).is_some_and(|known| {
                let mut paths = known.entry.path.list().iter();
                paths.any(|path| extension.given.contains(path))
            }),
            _ => false,
        };
        let mut ty = ty.clone();
        for _ in 0..MAX_DEREF {
            let any = match &ty {
                Type::Traits(traits) => traits.iter().any(is_one),
                other => is_one(other),
            };
            if any {
                return true;
            }
            match self.dereferenced(&ty) {
                Some(inner) => ty = inner,
                None => return false,
            }
        }
        false
    }
}
