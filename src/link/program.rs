//! The Rust side of the system: crates from the manifests, modules from the crates, and in them
//! the types, functions and constants that names may mean.

mod load;

use crate::model::Store;
use crate::read::cargo::{CargoLock, Version};
use crate::read::rust::ir::{
    Attribute, Body, FieldSetting, Function, Generics, Item, ItemArm, MacroArm, Path, TypeRef,
};
use crate::source::{SourceId, Span};
use foldhash::HashMap;
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(pub(crate) usize);
    };
}

index!(
    /// Index of a crate.
    CrateId
);
index!(
    /// Index of a module.
    ModuleId
);
index!(
    /// Index of a struct, enum, alias or trait.
    TypeId
);
index!(
    /// Index of a function.
    FunctionId
);
index!(
    /// Index of a constant or static.
    ConstantId
);

/// How deep parts of parts of a type are looked into for where an answer goes.
const MAX_HOLDERS: usize = 3;

/// One library or binary.
#[derive(Debug)]
pub(crate) struct CrateDef {
    /// Its name in code.
    pub(crate) name: SmolStr,
    /// What cargo calls it.
    pub(crate) target: SmolStr,
    /// The package it belongs to.
    pub(crate) package: SmolStr,
    /// The directory of the package.
    pub(crate) directory: String,
    /// A program and not a library.
    pub(crate) binary: bool,
    /// The module at its root.
    pub(crate) root: ModuleId,
    /// The versions that its lock file names; none where there is no lock file.
    pub(crate) lock: Option<SourceId>,
    /// What it depends on: the name in code, and the crate name behind it.
    pub(crate) dependencies: BTreeMap<SmolStr, SmolStr>,
}

/// A module, or the items inside a function body.
#[derive(Debug)]
pub(crate) struct ModuleDef {
    /// Its crate.
    pub(crate) krate: CrateId,
    /// The module around it.
    pub(crate) parent: Option<ModuleId>,
    /// The items of a function body, which also see what their module sees.
    pub(crate) in_body: bool,
    /// What names mean in it.
    pub(crate) names: HashMap<SmolStr, Vec<Def>>,
    /// `use a::b::*`.
    pub(crate) globs: Vec<Vec<SmolStr>>,
    /// Macros called where items stand.
    pub(crate) macro_calls: Vec<SmolStr>,
}

/// What a name in a module is bound to.
#[derive(Clone, Debug)]
pub(crate) enum Def {
    Module(ModuleId),
    Type(TypeId),
    Function(FunctionId),
    Constant(ConstantId),
    /// Another path, as seen from the module itself.
    Import(Vec<SmolStr>),
}

/// What a type is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TypeShape<'f> {
    Struct(&'f [(SmolStr, TypeRef)]),
    Enum(&'f [(SmolStr, Vec<(SmolStr, TypeRef)>)]),
    Alias(&'f TypeRef),
    Trait {
        /// The traits that whatever has it has too.
        above: &'f [Path],
        /// What stands in it, associated types among it.
        items: &'f [Item],
    },
}

/// A struct, enum, alias or trait.
#[derive(Debug)]
pub(crate) struct TypeDef<'f> {
    pub(crate) name: SmolStr,
    pub(crate) module: ModuleId,
    pub(crate) generics: &'f Generics,
    pub(crate) shape: TypeShape<'f>,
    /// The number that the first of its fields has among those of all structs.
    pub(crate) first_field: usize,
    /// Its attributes, derives among them.
    pub(crate) attributes: &'f [Attribute],
}

impl TypeDef<'_> {
    /// The types of its parts.
    fn parts(&self) -> impl Iterator<Item = &TypeRef> {
        let (fields, variants) = match self.shape {
            TypeShape::Struct(fields) => (fields, &[][..]),
            TypeShape::Enum(variants) => (&[][..], variants),
            _ => (&[][..], &[][..]),
        };
        let of_variants = variants.iter().flat_map(|(_, fields)| fields);
        fields.iter().chain(of_variants).map(|(_, ty)| ty)
    }
}

/// A function or method.
#[derive(Debug)]
pub(crate) struct FunctionDef<'f> {
    pub(crate) name: SmolStr,
    /// The module whose names it sees.
    pub(crate) module: ModuleId,
    pub(crate) source: SourceId,
    /// Its name, or the call of the macro that writes it.
    pub(crate) span: Span,
    /// Its number among the functions that one macro call writes; 0 where it is written out.
    pub(crate) part: u32,
    pub(crate) function: &'f Function,
    /// Its attributes.
    pub(crate) attributes: &'f [Attribute],
    /// The `impl` around it.
    pub(crate) owner: Option<Owner<'f>>,
}

/// The `impl` or `trait` around a function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner<'f> {
    pub(crate) generics: &'f Generics,
    /// The type of an `impl`.
    pub(crate) self_type: Option<&'f TypeRef>,
    /// The trait that an `impl` implements.
    pub(crate) implements: Option<&'f Path>,
    /// The trait itself.
    pub(crate) in_trait: Option<TypeId>,
    /// What stands in it, associated types among it.
    pub(crate) items: &'f [Item],
    /// Its attributes.
    pub(crate) attributes: &'f [Attribute],
}

/// An `impl` of a trait.
#[derive(Debug)]
pub(crate) struct ImplDef<'f> {
    pub(crate) module: ModuleId,
    pub(crate) owner: Owner<'f>,
}

/// A constant or static.
#[derive(Debug)]
pub(crate) struct ConstantDef<'f> {
    pub(crate) module: ModuleId,
    pub(crate) source: SourceId,
    pub(crate) ty: &'f TypeRef,
    pub(crate) value: Option<&'f Body>,
    /// Of an associated constant, its name and the `impl` that it stands in.
    pub(crate) associated: Option<(&'f SmolStr, Owner<'f>)>,
}

/// A `macro_rules!`.
#[derive(Debug)]
pub(crate) struct MacroDef<'f> {
    pub(crate) krate: CrateId,
    pub(crate) source: SourceId,
    pub(crate) arms: &'f [MacroArm],
    /// Its arms, where it writes functions.
    pub(crate) items: &'f [ItemArm],
}

/// Everything Rust.
#[derive(Debug, Default)]
pub(crate) struct Program<'f> {
    /// The path of each source.
    pub(crate) paths: Vec<&'f str>,
    /// The text of every file of SQL, by its path.
    pub(crate) sql: BTreeMap<&'f str, &'f str>,
    pub(crate) crates: Vec<CrateDef>,
    /// For each directory with a manifest, where the libraries stand that it names by their paths, by their names in code.
    pub(crate) placed: BTreeMap<String, BTreeMap<SmolStr, String>>,
    /// The libraries by their names in code.
    pub(crate) libraries: HashMap<SmolStr, Vec<CrateId>>,
    pub(crate) modules: Vec<ModuleDef>,
    pub(crate) types: Vec<TypeDef<'f>>,
    /// Where fields come from that settings are read into.
    pub(crate) settings: HashMap<(TypeId, SmolStr), &'f FieldSetting>,
    /// Variables of the environment, each with the address that counts where it is not set, and where that stands.
    pub(crate) unset: Vec<(SmolStr, Arc<str>, Span)>,
    /// How many fields all structs have.
    pub(crate) fields: usize,
    pub(crate) functions: Vec<FunctionDef<'f>>,
    pub(crate) constants: Vec<ConstantDef<'f>>,
    /// The implementations of traits, in order.
    pub(crate) impls: Vec<ImplDef<'f>>,
    /// The stores that packages use by the features of what they depend on.
    pub(crate) by_feature: BTreeSet<(String, Store)>,
    /// The lock files.
    pub(crate) locks: BTreeMap<SourceId, &'f CargoLock>,
    /// For each type that a derive writes beside a row of a table, the row.
    pub(crate) rows: HashMap<TypeId, TypeId>,
    /// The macros of each name, wherever they stand: their scope is the order of the text.
    pub(crate) macros: BTreeMap<SmolStr, Vec<MacroDef<'f>>>,
}

impl<'f> Program<'f> {
    pub(crate) fn crate_of(&self, module: ModuleId) -> &CrateDef {
        &self.crates[self.modules[module.0].krate.0]
    }

    /// The library of a name that a crate is built with: of several, the one that its manifest gives the path of, or the one that
    /// stands nearest to it, as each workspace has its own.
    pub(crate) fn library(&self, from: &CrateDef, name: &str) -> Option<CrateId> {
        let known = self.libraries.get(name)?;
        let paths = self.placed.get(&from.directory);
        let by_path = paths.and_then(|paths| paths.get(name)).and_then(|path| {
            let mut known = known.iter().copied();
            known.find(|id| self.crates[id.0].directory == *path)
        });
        if by_path.is_some() {
            return by_path;
        }
        let shared = |id: &CrateId| {
            let other = self.crates[id.0].directory.split('/');
            let pairs = from.directory.split('/').zip(other);
            pairs.take_while(|(own, other)| own == other).count()
        };
        let nearest = known.iter().copied().map(|id| (shared(&id), id));
        // The first of those that are as near.
        nearest
            .rev()
            .max_by_key(|(shared, _)| *shared)
            .map(|(_, id)| id)
    }

    /// The number of a struct's field among those of all structs.
    pub(crate) fn field(&self, owner: TypeId, name: &str) -> Option<usize> {
        let def = &self.types[owner.0];
        let TypeShape::Struct(fields) = def.shape else {
            return None;
        };
        let at = fields.iter().position(|(known, _)| known == name)?;
        Some(def.first_field + at)
    }

    /// The version of a crate that a module's crate is built with.
    pub(crate) fn locked(&self, module: ModuleId, krate: &str) -> Option<Version> {
        let lock = self.locks.get(&self.crate_of(module).lock?)?;
        lock.versions.get(krate).copied()
    }

    /// Whether one of the parts of a type is of a type in a module of this name: `oneshot::Sender<Answer>`; also within a
    /// type of the same module that is one of its parts.
    pub(crate) fn holds(&self, id: TypeId, module: &str) -> bool {
        let mut pending = vec![(id, 0)];
        while let Some((id, depth)) = pending.pop() {
            let def = &self.types[id.0];
            for ty in def.parts() {
                let TypeRef::Path(path) = ty else { continue };
                if path.segments.iter().any(|part| part.name == module) {
                    return true;
                }
                let named = (depth < MAX_HOLDERS).then(|| path.as_name()).flatten();
                let names = &self.modules[def.module.0].names;
                let inner = named.and_then(|name| names.get(name));
                pending.extend(inner.into_iter().flatten().filter_map(|def| match def {
                    Def::Type(id) => Some((*id, depth + 1)),
                    _ => None,
                }));
            }
        }
        false
    }

    /// The macro that a name stands for in a module: one of its crate, or the only one there is.
    pub(crate) fn macro_named(&self, module: ModuleId, name: &str) -> Option<&MacroDef<'f>> {
        let known = self.macros.get(name)?;
        let own = self.modules[module.0].krate;
        let near = known.iter().find(|def| def.krate == own);
        near.or_else(|| known.first().filter(|_| known.len() == 1))
    }

    /// `Type::function`, or `function` alone.
    pub(crate) fn function_name(&self, id: FunctionId) -> String {
        let function = &self.functions[id.0];
        let owner = function
            .owner
            .and_then(|owner| match (owner.self_type, owner.in_trait) {
                (Some(TypeRef::Path(path)), _) => Some(SmolStr::new(path.last())),
                (_, Some(id)) => Some(self.types[id.0].name.clone()),
                _ => None,
            });
        owner.map_or_else(
            || function.name.to_string(),
            |owner| format!("{owner}::{}", function.name),
        )
    }
}
