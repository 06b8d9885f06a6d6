//! gRPC services: implementations of traits that are generated from a description.

use super::{FoundRoute, RouteHandler};
use crate::catalog::KnownType;
use crate::link::infer::methods::is_around_object;
use crate::link::program::{Def, FunctionDef, FunctionId};
use crate::link::resolve::{Namespace, Resolved, Resolver};
use crate::link::types::{Scope, Type};
use crate::model::GRPC_METHOD;
use crate::read::rust::ir::TypeRef;
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Each function of an implementation of a generated service, as a route: `/Greeter/SayHello`. What only hands requests on
/// (`impl Greeter for Box<dyn Greeter>`) serves none.
pub(in crate::link::infer) fn services(
    resolver: &Resolver<'_, '_>,
) -> Vec<(FunctionId, FoundRoute)> {
    let program = resolver.program;
    let functions = program.functions.iter().enumerate();
    functions
        .filter_map(|(index, def)| {
            let owner = def.owner?;
            let written = owner.implements?;
            if is_around_object(&owner) {
                return None;
            }
            let mut elsewhere = true;
            let path = match resolver.resolve(def.module, &written.segments, Namespace::Types) {
                Resolved::External(path) => path,
                Resolved::Type(id) => {
                    elsewhere = false;
                    let trait_def = &program.types[id.0];
                    // Of what was generated into the tree: the module is called after the trait.
                    let parent = program.modules[trait_def.module.0].parent?;
                    let mut bound = program.modules[parent.0].names.iter();
                    let named =
                        |def: &Def| matches!(def, Def::Module(id) if *id == trait_def.module);
                    let (module, _) = bound.find(|(_, all)| all.iter().any(named))?;
                    format!("generated::{module}::{}", trait_def.name).into()
                }
                _ => return None,
            };
            let known = resolver.catalog.crates.find_type(&path);
            let known = match known.filter(|known| known.entry.serves) {
                Some(known) => known,
                // A trait of one's own that speaks as a service does may be what clients are hidden behind.
                None if elsewhere => answer(resolver, def)?,
                None => return None,
            };
            // A file without a manifest may use anything.
            let dependencies = &program.crate_of(def.module).dependencies;
            let names = |used: &BTreeMap<SmolStr, SmolStr>, krate: &str| {
                used.values().any(|name| name == krate)
            };
            // Another package of the system that has the library may hand it on: `pub use tonic;`.
            let mut others = program.crates.iter();
            let used = dependencies.is_empty()
                || names(dependencies, &known.krate)
                || others.any(|other| {
                    names(dependencies, &other.name) && names(&other.dependencies, &known.krate)
                });
            if !used {
                return None;
            }
            let service = path.rsplit("::").next().unwrap_or(&path);
            let route = FoundRoute {
                span: def.span,
                method: SmolStr::new_static(GRPC_METHOD),
                path: format!("/{service}/{}", camel_case(&def.name)),
                handler: RouteHandler::Functions(Arc::from([FunctionId(index)])),
                layers: Vec::new(),
                taken: false,
                handed_out: false,
            };
            Some((FunctionId(index), route))
        })
        .collect()
}

/// What a function of a trait of another crate answers a call by gRPC with: `Result<Response<Reply>, Status>`.
fn answer<'r>(resolver: &'r Resolver<'_, '_>, def: &FunctionDef<'_>) -> Option<&'r KnownType> {
    let asked =
        |ty: &TypeRef| matches!(ty, TypeRef::Path(path) if path.last().ends_with("Request"));
    // What is given who goes on with it is middleware.
    let [(_, only)] = def.function.parameters.as_slice() else {
        return None;
    };
    if !asked(only) {
        return None;
    }
    let owner = def.owner.as_ref()?;
    let generics = [owner.generics, &def.function.generics];
    let scope = Scope {
        module: def.module,
        generics: &generics,
        self_type: None,
        associated: owner.items,
    };
    let found = resolver.type_of(scope, &def.function.returns);
    let Type::External(_, given) = &found else {
        return None;
    };
    let mut parts = [&found].into_iter().chain(given.first());
    parts.find_map(|part| match part {
        Type::External(path, _) => {
            let known = resolver.catalog.crates.find_type(path)?;
            known.entry.answers.then_some(known)
        }
        _ => None,
    })
}

/// `say_hello` as `SayHello`.
fn camel_case(name: &str) -> String {
    let words = name.split('_').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect()
}
