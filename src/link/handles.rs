//! Handles of stores and brokers that the code of a package holds in its fields and parameters.

use super::program::{ModuleId, Program, TypeShape};
use super::resolve::Resolver;
use super::types::{Scope, Type};
use crate::catalog::Catalog;
use crate::model::Store;
use crate::read::rust::ir::{Generics, TypeRef};
use std::collections::BTreeSet;

/// Each package with each store that a type in it is a handle of.
pub(super) fn handles(program: &Program<'_>, catalog: &Catalog) -> Vec<(String, Store)> {
    let resolver = Resolver::new(program, catalog);
    let mut found = BTreeSet::new();
    let mut look = |module: ModuleId, generics: &Generics, ty: &TypeRef| {
        let generics = [generics];
        let scope = Scope {
            module,
            generics: &generics,
            self_type: None,
            associated: &[],
        };
        for store in stores(&resolver.type_of(scope, ty), catalog) {
            found.insert((program.crate_of(module).package.to_string(), store.clone()));
        }
    };
    for def in &program.types {
        if let TypeShape::Struct(fields) = def.shape {
            fields
                .iter()
                .for_each(|(_, ty)| look(def.module, def.generics, ty));
        }
    }
    for def in &program.functions {
        let written = def.function.parameters.iter().map(|(_, ty)| ty);
        written
            .chain([&def.function.returns])
            .for_each(|ty| look(def.module, &def.function.generics, ty));
    }
    found.into_iter().collect()
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
