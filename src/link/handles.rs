//! Handles of stores and brokers that the code of a package holds in its fields and parameters.

use super::program::{ModuleId, Program, TypeShape};
use super::resolve::{Memory, Resolver};
use super::types::{Scope, Type};
use crate::catalog::Catalog;
use crate::model::Store;
use crate::read::rust::ir::{Generics, TypeRef};
use rayon::prelude::*;
use std::collections::BTreeSet;

/// How many types or functions a worker looks through with one resolver.
const CHUNK: usize = 512;

/// Each package with each store that a type in it is a handle of; `names` are what is known of names already.
pub(super) fn handles(
    program: &Program<'_>,
    catalog: &Catalog,
    names: &Memory,
) -> Vec<(String, Store)> {
    let of_types = program.types.par_chunks(CHUNK).flat_map_iter(|defs| {
        let look = Look::new(program, catalog, names);
        let fields = defs.iter().flat_map(|def| match def.shape {
            TypeShape::Struct(fields) => fields.iter().map(|(_, ty)| (def, ty)).collect(),
            _ => Vec::new(),
        });
        let found: Vec<_> = fields
            .flat_map(|(def, ty)| look.stores(def.module, def.generics, ty))
            .collect();
        found
    });
    let of_functions = program.functions.par_chunks(CHUNK).flat_map_iter(|defs| {
        let look = Look::new(program, catalog, names);
        let written = defs.iter().flat_map(|def| {
            let parameters = def.function.parameters.iter();
            let parameters = parameters.map(move |(_, ty)| (def, ty));
            parameters.chain([(def, &def.function.returns)])
        });
        let found: Vec<_> = written
            .flat_map(|(def, ty)| look.stores(def.module, &def.function.generics, ty))
            .collect();
        found
    });
    let found: BTreeSet<(&str, &Store)> = of_types.chain(of_functions).collect();
    let owned = |(package, store): (&str, &Store)| (package.to_owned(), store.clone());
    found.into_iter().map(owned).collect()
}

struct Look<'l, 'f> {
    program: &'l Program<'f>,
    catalog: &'l Catalog,
    resolver: Resolver<'l, 'f>,
}

impl<'l, 'f> Look<'l, 'f> {
    fn new(program: &'l Program<'f>, catalog: &'l Catalog, names: &'l Memory) -> Self {
        Self {
            program,
            catalog,
            resolver: Resolver::knowing(program, catalog, names),
        }
    }

    /// The package of a module, with each store that a type written there is a handle of.
    fn stores(
        &self,
        module: ModuleId,
        generics: &Generics,
        ty: &TypeRef,
    ) -> Vec<(&'l str, &'l Store)> {
        let generics = [generics];
        let scope = Scope {
            module,
            generics: &generics,
            self_type: None,
            associated: &[],
        };
        let found = stores(&self.resolver.type_of(scope, ty), self.catalog);
        let package = self.program.crate_of(module).package.as_str();
        found.into_iter().map(|store| (package, store)).collect()
    }
}

/// The stores in a type and its type arguments.
fn stores<'c>(ty: &Type, catalog: &'c Catalog) -> Vec<&'c Store> {
    match ty {
        Type::External(path, arguments) => {
            let own = catalog
                .crates
                .find_type(path)
                .and_then(|known| known.entry.store.as_ref());
            own.into_iter()
                .chain(arguments.iter().flat_map(|ty| stores(ty, catalog)))
                .collect()
        }
        Type::Tuple(items) | Type::Traits(items) => {
            items.iter().flat_map(|ty| stores(ty, catalog)).collect()
        }
        Type::List(item) => stores(item, catalog),
        _ => Vec::new(),
    }
}
