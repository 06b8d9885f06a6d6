//! Methods of traits that any type may have, and that are I/O by the connection they are given:
//! `table.filter(..).load(&mut conn)`, `Entity::find().one(db)`.

use super::BodyReader;
use super::expr::MAX_DEREF;
use super::guard::Io;
use super::value::{ClientState, Value};
use crate::catalog::{KnownExtension, KnownType};
use crate::link::types::Type;
use crate::model::Evidence;
use crate::read::rust::ir::{ExprId, TextRange};
use std::rc::Rc;

impl<'a> BodyReader<'a, '_> {
    /// Records the I/O of a method that is called on something else and given a connection.
    pub(super) fn extension_call(
        &mut self,
        id: ExprId,
        name: &str,
        range: TextRange,
        values: &[Value],
        result: &mut Value,
    ) -> bool {
        let catalog = self.catalog();
        let known = catalog.crates.find_extensions(name);
        let found = known.iter().find_map(|extension| {
            let mut given = values.iter();
            given.find_map(|value| Some((extension, value, self.given_as(extension, &value.ty)?)))
        });
        let Some((extension, given, connection)) = found else {
            return false;
        };
        let (path, io) = (&connection.path, extension.io.name());
        let reason = format!("`{name}` with `{path}` does {io} I/O");
        let io = Io {
            span: self.span_of(id),
            name_span: self.span(range),
            kind: extension.io,
            krate: &extension.krate,
            evidence: Evidence::known(extension.line, reason),
            defaults: &connection.entry.defaults,
            since: None,
            settings: connection.entry.default_settings.as_ref(),
            layered: connection.entry.layered,
        };
        let state = given
            .client
            .clone()
            .unwrap_or_else(|| Rc::new(ClientState::default()));
        self.record(&io, Some(state), None, result);
        true
    }

    /// The connection of an extension that a type is or dereferences to.
    fn given_as(&self, extension: &KnownExtension, ty: &Type) -> Option<&'a KnownType> {
        let crates = &self.catalog().crates;
        let as_one = |ty: &Type| match ty {
            Type::External(path, _) => crates.find_type(path).filter(|known| {
                let mut paths = known.entry.path.list().iter();
                paths.any(|path| extension.given.contains(path))
            }),
            _ => None,
        };
        let mut ty = ty.clone();
        for _ in 0..MAX_DEREF {
            let known = match &ty {
                Type::Traits(traits) => traits.iter().find_map(as_one),
                other => as_one(other),
            };
            if known.is_some() {
                return known;
            }
            ty = self.dereferenced(&ty)?;
        }
        None
    }
}
