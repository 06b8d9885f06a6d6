//! What a path means: an item of this system, or a path into another crate.

use super::program::{ConstantId, Def, FunctionId, ModuleId, Program, TypeId, TypeShape};
use crate::catalog::Catalog;
use crate::read::rust::ir::Segment;
use foldhash::HashMap;
use smol_str::SmolStr;
use std::cell::RefCell;

/// How many imports of imports are followed.
const MAX_HOPS: usize = 32;

/// What a path means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Resolved {
    Module(ModuleId),
    Type(TypeId),
    Function(FunctionId),
    Constant(ConstantId),
    /// A variant, associated function or constant of a type.
    Member(TypeId, SmolStr),
    /// A path into a crate that is not part of the system.
    External(SmolStr),
    Unknown,
}

/// A type and a function may share a name; which one is meant depends on where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Namespace {
    Types,
    Values,
}

/// What names in modules mean, as far as it was asked. `None` while a name is being looked up: a
/// circle of imports and globs means nothing.
#[derive(Debug, Default)]
pub(crate) struct Memory(HashMap<(ModuleId, SmolStr, Namespace), Option<Resolved>>);

impl Memory {
    /// Adds what another one knows; of what both know, the own counts.
    #[expect(
        clippy::iter_over_hash_type,
        reason = "one name has nothing to do with another"
    )]
    pub(crate) fn add(&mut self, other: Self) {
        for (key, meaning) in other.0 {
            self.0.entry(key).or_insert(meaning);
        }
    }
}

/// A part of a path.
pub(crate) trait Named {
    fn name(&self) -> &SmolStr;
}

impl Named for SmolStr {
    fn name(&self) -> &SmolStr {
        self
    }
}

impl Named for Segment {
    fn name(&self) -> &SmolStr {
        &self.name
    }
}

/// Resolves paths of one program.
pub(crate) struct Resolver<'p, 'f> {
    pub(crate) program: &'p Program<'f>,
    pub(crate) catalog: &'p Catalog,
    /// What others were asked before.
    known: Option<&'p Memory>,
    memory: RefCell<Memory>,
}

impl<'p, 'f> Resolver<'p, 'f> {
    /// A resolver that has been asked nothing yet.
    pub(crate) fn new(program: &'p Program<'f>, catalog: &'p Catalog) -> Self {
        Self {
            program,
            catalog,
            known: None,
            memory: RefCell::default(),
        }
    }

    /// A resolver that knows what others were asked.
    pub(crate) fn knowing(
        program: &'p Program<'f>,
        catalog: &'p Catalog,
        known: &'p Memory,
    ) -> Self {
        Self {
            known: Some(known),
            ..Self::new(program, catalog)
        }
    }

    /// What it was asked.
    pub(crate) fn into_memory(self) -> Memory {
        self.memory.into_inner()
    }

    /// What `path` means where `module` sees it.
    pub(crate) fn resolve(
        &self,
        module: ModuleId,
        path: &[impl Named],
        namespace: Namespace,
    ) -> Resolved {
        self.path(module, path, namespace, 0)
    }

    fn path(
        &self,
        module: ModuleId,
        path: &[impl Named],
        namespace: Namespace,
        hops: usize,
    ) -> Resolved {
        let Some((first, rest)) = path.split_first() else {
            return Resolved::Unknown;
        };
        if hops > MAX_HOPS {
            return Resolved::Unknown;
        }
        let first = first.name();
        let krate = self.program.crate_of(module);
        let start = match first.as_str() {
            "crate" | "$crate" => Resolved::Module(krate.root),
            "self" => Resolved::Module(self.real_module(module)),
            "super" => self.module_around(module),
            // `::name` is a crate, whatever is called so here.
            other if other.starts_with("::") => {
                let name = SmolStr::new(&other[2..]);
                let named = self.crate_named(module, &name);
                named.unwrap_or(Resolved::External(name))
            }
            _ => {
                let namespace = if rest.is_empty() {
                    namespace
                } else {
                    Namespace::Types
                };
                let found = self.name(module, first, namespace, hops);
                match found {
                    // `use retry::{retry, retry_with}`: what a path begins with is no function.
                    Resolved::External(path)
                        if !rest.is_empty()
                            && self.catalog.crates.find_function(&path).is_some() =>
                    {
                        let named = self.crate_named(module, first);
                        named.unwrap_or_else(|| Resolved::External(first.clone()))
                    }
                    other => other,
                }
            }
        };
        self.members(start, rest, namespace, hops)
    }

    /// The module that a name is taken from which nothing of the system answers to, where it stands in a module of that name
    /// itself: `dsl` for `orders` after `use crate::schema::orders::dsl::orders` and after `use crate::schema::orders::dsl::*`.
    /// Its columns are taken from there too.
    pub(crate) fn imported_from(&self, module: ModuleId, name: &SmolStr) -> Option<SmolStr> {
        let def = &self.program.modules[module.0];
        let mut bound = def.names.get(name).into_iter().flatten();
        let by_name = bound.find_map(|bound| match bound {
            Def::Import(path) => match path.as_slice() {
                [.., owner, from, last] if last == name && owner == name => Some(from.clone()),
                _ => None,
            },
            _ => None,
        });
        let mut globs = def.globs.iter();
        let by_glob = || {
            globs.find_map(|glob| match glob.as_slice() {
                [.., owner, from] if owner == name => Some(from.clone()),
                _ => None,
            })
        };
        let around = || {
            let parent = def.parent.filter(|_| def.in_body)?;
            self.imported_from(parent, name)
        };
        by_name.or_else(by_glob).or_else(around)
    }

    /// The path that an import gives a name: `crate::schema::project` for `projects` after `use crate::schema::project as projects`.
    pub(crate) fn import_of(&self, module: ModuleId, name: &SmolStr) -> Option<&[SmolStr]> {
        let def = &self.program.modules[module.0];
        let mut bound = def.names.get(name).into_iter().flatten();
        let imported = bound.find_map(|bound| match bound {
            Def::Import(path) => Some(path.as_slice()),
            _ => None,
        });
        let parent = def.parent.filter(|_| def.in_body);
        imported.or_else(|| self.import_of(parent?, name))
    }

    /// The module around the items of a function body.
    fn real_module(&self, module: ModuleId) -> ModuleId {
        let def = &self.program.modules[module.0];
        match def.parent {
            Some(parent) if def.in_body => self.real_module(parent),
            _ => module,
        }
    }

    /// The module that a module stands in: `super`.
    fn module_around(&self, module: ModuleId) -> Resolved {
        match self.program.modules[self.real_module(module).0].parent {
            Some(parent) => Resolved::Module(self.real_module(parent)),
            None => Resolved::Unknown,
        }
    }

    fn members(
        &self,
        start: Resolved,
        rest: &[impl Named],
        namespace: Namespace,
        hops: usize,
    ) -> Resolved {
        let mut at = start;
        for (index, part) in rest.iter().enumerate() {
            let name = part.name();
            let last = index + 1 == rest.len();
            at = match at {
                // `super::super::orders`, `self::super::orders`.
                Resolved::Module(module) if name == "super" => self.module_around(module),
                Resolved::Module(module) => {
                    let namespace = if last { namespace } else { Namespace::Types };
                    let found = match self.in_module(module, name, namespace, hops) {
                        Resolved::Unknown => self.passed_on(module, name, hops),
                        found => found,
                    };
                    let generated = || {
                        self.is_generated(module) || self.passes_on_generated(module, name, hops)
                    };
                    if found == Resolved::Unknown && generated() {
                        let path: Vec<_> = rest[index..]
                            .iter()
                            .map(|part| part.name().as_str())
                            .collect();
                        return Resolved::External(
                            format!("generated::{}", path.join("::")).into(),
                        );
                    }
                    found
                }
                Resolved::Type(id) => match self.alias_target(id) {
                    Some(target) => {
                        self.members(target, std::slice::from_ref(name), namespace, hops)
                    }
                    None => Resolved::Member(id, name.clone()),
                },
                Resolved::External(path) => {
                    let path = format!("{path}::{name}");
                    Resolved::External(self.catalog.crates.canonical(path).into())
                }
                _ => return Resolved::Unknown,
            };
        }
        at
    }

    /// What somebody else takes from a module that passes on everything of one other crate: `pub use actix_web::*`.
    fn passed_on(&self, module: ModuleId, name: &SmolStr, hops: usize) -> Resolved {
        let globs = self.program.modules[module.0].globs.iter();
        let mut foreign =
            globs.filter_map(
                |glob| match self.path(module, glob, Namespace::Types, hops + 1) {
                    Resolved::External(path) => Some(path),
                    _ => None,
                },
            );
        match (foreign.next(), foreign.next()) {
            (Some(only), None) => {
                let path = format!("{only}::{name}");
                Resolved::External(self.catalog.crates.canonical(path).into())
            }
            _ => Resolved::Unknown,
        }
    }

    /// What a plain alias stands for, so that `Alias::new` finds the function.
    fn alias_target(&self, id: TypeId) -> Option<Resolved> {
        let def = &self.program.types[id.0];
        let TypeShape::Alias(crate::read::rust::ir::TypeRef::Path(path)) = def.shape else {
            return None;
        };
        let target = self.path(def.module, &path.segments, Namespace::Types, MAX_HOPS - 4);
        (target != Resolved::Type(id)).then_some(target)
    }

    /// Whether a macro writes the items of a module.
    fn is_generated(&self, module: ModuleId) -> bool {
        self.program.modules[module.0]
            .macro_calls
            .iter()
            .any(|path| self.catalog.crates.generates_module(path))
    }

    /// Whether a module passes on everything of one that a macro writes, and a name is of such a module: of
    /// `pub use proto::*` the clients and servers of a procedure call.
    fn passes_on_generated(&self, module: ModuleId, name: &SmolStr, hops: usize) -> bool {
        let modules = ["_client", "_server"];
        if !modules.iter().any(|end| name.ends_with(end)) {
            return false;
        }
        let mut globs = self.program.modules[module.0].globs.iter();
        globs.any(|glob| {
            let found = self.path(module, glob, Namespace::Types, hops + 1);
            matches!(found, Resolved::Module(inner) if self.is_generated(inner))
        })
    }

    /// A name as the code of a module sees it.
    fn name(
        &self,
        module: ModuleId,
        name: &SmolStr,
        namespace: Namespace,
        hops: usize,
    ) -> Resolved {
        let found = self.in_module(module, name, namespace, hops);
        if found != Resolved::Unknown {
            return found;
        }
        let def = &self.program.modules[module.0];
        if def.in_body
            && let Some(parent) = def.parent
        {
            return self.name(parent, name, namespace, hops);
        }
        if let Some(found) = self.crate_named(module, name) {
            return found;
        }
        if let Some(path) = self.catalog.crates.prelude(name) {
            return Resolved::External(path.into());
        }
        // A lower-case first segment that nothing defines is a crate that no manifest names.
        let looks_like_crate =
            namespace == Namespace::Types && name.starts_with(|c: char| c.is_ascii_lowercase());
        if looks_like_crate {
            Resolved::External(name.clone())
        } else {
            Resolved::Unknown
        }
    }

    fn crate_named(&self, module: ModuleId, name: &SmolStr) -> Option<Resolved> {
        let from = self.program.crate_of(module);
        let behind = from.dependencies.get(name)?;
        let own = self.program.library(from, behind);
        Some(own.map_or_else(
            || Resolved::External(behind.clone()),
            |id| Resolved::Module(self.program.crates[id.0].root),
        ))
    }

    /// A name bound in a module itself, by an item, an import or a glob.
    fn in_module(
        &self,
        module: ModuleId,
        name: &SmolStr,
        namespace: Namespace,
        hops: usize,
    ) -> Resolved {
        if hops > MAX_HOPS {
            return Resolved::Unknown;
        }
        let def = &self.program.modules[module.0];
        if def.globs.is_empty() && !def.names.contains_key(name) {
            return Resolved::Unknown;
        }
        let key = (module, name.clone(), namespace);
        let known = self.known.and_then(|known| known.0.get(&key));
        if let Some(known) = known.or(self.memory.borrow().0.get(&key)) {
            return known.clone().unwrap_or(Resolved::Unknown);
        }
        self.memory.borrow_mut().0.insert(key.clone(), None);
        let found = self.look_up(module, name, namespace, hops);
        if let Some(known) = self.memory.borrow_mut().0.get_mut(&key) {
            *known = Some(found.clone());
        }
        found
    }

    fn look_up(
        &self,
        module: ModuleId,
        name: &SmolStr,
        namespace: Namespace,
        hops: usize,
    ) -> Resolved {
        let def = &self.program.modules[module.0];
        let bound = def.names.get(name).map_or(&[][..], Vec::as_slice);
        // What a module defines itself counts before what it imports: an import may mean a macro
        // of that name.
        let imported = |bound: &&Def| matches!(bound, Def::Import(_));
        let own = bound.iter().filter(|bound| !imported(bound));
        for bound in own.chain(bound.iter().filter(imported)) {
            let found = match bound {
                Def::Module(id) if namespace == Namespace::Types => Resolved::Module(*id),
                Def::Type(id) => Resolved::Type(*id),
                Def::Function(id) if namespace == Namespace::Values => Resolved::Function(*id),
                Def::Constant(id) if namespace == Namespace::Values => Resolved::Constant(*id),
                Def::Import(path) => self.import(module, name, path, namespace, hops + 1),
                _ => Resolved::Unknown,
            };
            if found != Resolved::Unknown {
                return found;
            }
        }
        for glob in &def.globs {
            let found = match self.path(module, glob, Namespace::Types, hops + 1) {
                Resolved::Module(target) if target != module => {
                    self.in_module(target, name, namespace, hops + 1)
                }
                Resolved::Type(id) if self.has_variant(id, name) => {
                    Resolved::Member(id, name.clone())
                }
                Resolved::External(path) => {
                    let crates = &self.catalog.crates;
                    let path = crates.canonical(format!("{path}::{name}"));
                    let known =
                        crates.find_type(&path).is_some() || crates.find_function(&path).is_some();
                    if known {
                        Resolved::External(path.into())
                    } else {
                        Resolved::Unknown
                    }
                }
                _ => Resolved::Unknown,
            };
            if found != Resolved::Unknown {
                return found;
            }
        }
        Resolved::Unknown
    }

    /// `use redis::AsyncCommands` in a module that also has `mod redis`: an import never means
    /// itself, and its first segment may be a crate.
    fn import(
        &self,
        module: ModuleId,
        name: &SmolStr,
        path: &[SmolStr],
        namespace: Namespace,
        hops: usize,
    ) -> Resolved {
        if path.first() == Some(name) {
            let bound = self.program.modules[module.0].names.get(name);
            let sibling = bound.into_iter().flatten().find_map(|def| match def {
                Def::Module(id) => Some(Resolved::Module(*id)),
                _ => None,
            });
            let start = sibling
                .or_else(|| self.crate_named(module, name))
                .unwrap_or_else(|| Resolved::External(name.clone()));
            return self.members(start, &path[1..], namespace, hops);
        }
        self.path(module, path, namespace, hops)
    }

    fn has_variant(&self, id: TypeId, name: &str) -> bool {
        matches!(self.program.types[id.0].shape, TypeShape::Enum(variants) if variants.iter().any(|(v, _)| v == name))
    }
}
