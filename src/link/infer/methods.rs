//! Where the methods of types are: of the system's own, and those it gives to others.

use super::expr::MAX_DEREF;
use super::{breaker, environment, memory, route};
use crate::catalog::{Catalog, listed};
use crate::link::program::{
    ConstantId, CrateId, FunctionId, ModuleId, Owner, Program, TypeId, TypeShape,
};
use crate::link::resolve::{Memory, Namespace, Resolved, Resolver};
use crate::link::types::{Scope, Type};
use crate::read::rust::ir::{ItemKind, Path, TypeRef};
use foldhash::HashMap;
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// Where the methods of a type are.
#[derive(Debug, Default)]
pub(crate) struct MethodIndex {
    local: HashMap<(TypeId, SmolStr), Vec<FunctionId>>,
    /// Of which arguments of its type a method is: `impl Door<Open>`.
    arguments: HashMap<FunctionId, Vec<Type>>,
    external: HashMap<(SmolStr, SmolStr), Vec<FunctionId>>,
    /// The associated constants of types of the system.
    constants: HashMap<(TypeId, SmolStr), ConstantId>,
    /// Methods that a trait of the system gives to any type.
    blanket: HashMap<SmolStr, Vec<FunctionId>>,
    /// Methods of which there is one of the name: those of one type of the system, or of one of its traits.
    unique: HashMap<SmolStr, Unique>,
    /// For a trait of the system: every implementation, and its default.
    pub(super) traits: HashMap<(TypeId, SmolStr), Vec<FunctionId>>,
    /// For a trait of the system, what it gives to whatever implements it.
    given: HashMap<(TypeId, SmolStr), Vec<FunctionId>>,
    /// For a trait of the system, those that whatever has it has too.
    supertraits: BTreeMap<TypeId, Vec<TypeId>>,
    /// The traits of the system that a type implements, and where.
    implemented: HashMap<Implementor, Vec<(TypeId, usize)>>,
    /// What the implementations of traits of the system for a type of it are made of.
    implementing: HashMap<TypeId, Vec<FunctionId>>,
    /// The traits of other crates that a type of the system implements.
    foreign: BTreeMap<TypeId, Vec<SmolStr>>,
    /// Functions that a trait of another crate demands.
    pub(super) demanded: BTreeSet<FunctionId>,
    /// Those of each type of the system.
    demanded_of: BTreeMap<TypeId, Vec<FunctionId>>,
    /// What traits of other crates demand of a type of the system for one message, by both: `impl Handler<Tick> for Clock`.
    answering: HashMap<(TypeId, TypeId), Vec<FunctionId>>,
    /// Services around another one that give its own future back (`type Future = S::Future`): they add nothing to it.
    passing_on: BTreeSet<TypeId>,
    /// The fields of states of an application that handlers are given by their type (`#[derive(FromRef)]`), by that.
    given_by_type: HashMap<SmolStr, Vec<(TypeId, SmolStr)>>,
    /// Functions that read a variable of the environment: which parameter names it, and which one says what is there without it.
    pub(super) environment: HashMap<FunctionId, (usize, usize)>,
    /// Functions whose attributes name routes, by their type.
    pub(super) annotated: BTreeMap<TypeId, Vec<FunctionId>>,
    /// The functions of each type that answer to fields of a GraphQL schema.
    resolvers: BTreeMap<TypeId, Vec<FunctionId>>,
    /// The types of the system that stand behind a lock.
    pub(super) locked: BTreeSet<TypeId>,
    /// The crates of the system that stand in a program which has a store.
    pub(super) storing: BTreeSet<CrateId>,
    /// The circuit breakers that the system has written itself.
    pub(super) breakers: BTreeSet<TypeId>,
}

/// Who alone has a method of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unique {
    Type(TypeId),
    Trait(TypeId),
    /// Several have one, or somebody who is not seen.
    Nobody,
}

/// A type that implements a trait; one of another crate by its name, which may have several paths.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Implementor {
    Local(TypeId),
    External(SmolStr),
}

impl Implementor {
    fn of(ty: &Type) -> Option<Self> {
        match ty {
            Type::Local(id, _) => Some(Self::Local(*id)),
            Type::External(path, _) => {
                let name = path.rsplit("::").next().unwrap_or(path);
                Some(Self::External(SmolStr::new(name)))
            }
            _ => None,
        }
    }
}

impl MethodIndex {
    /// All of it, and what was asked of names on the way.
    pub(super) fn of(program: &Program<'_>, catalog: &Catalog) -> (Self, Memory) {
        let build = || {
            let resolver = Resolver::new(program, catalog);
            let index = Self::build(&resolver);
            (index, resolver.into_memory())
        };
        let others = || {
            let resolver = Resolver::new(program, catalog);
            let (locked, storing) = (memory::locked(&resolver), memory::storing(&resolver));
            let found = Self {
                breakers: breaker::breakers(&resolver, &catalog.words),
                annotated: route::annotated_methods(&resolver),
                environment: environment::readers(program, catalog),
                given_by_type: given_by_type(&resolver),
                locked,
                storing,
                ..Self::default()
            };
            (found, resolver.into_memory())
        };
        let ((index, mut names), (found, more)) = rayon::join(build, others);
        names.add(more);
        let index = Self {
            breakers: found.breakers,
            annotated: found.annotated,
            environment: found.environment,
            given_by_type: found.given_by_type,
            locked: found.locked,
            storing: found.storing,
            ..index
        };
        (index, names)
    }

    fn build(resolver: &Resolver<'_, '_>) -> Self {
        let mut index = Self::default();
        for (position, def) in resolver.program.functions.iter().enumerate() {
            let (id, Some(owner)) = (FunctionId(position), def.owner) else {
                continue;
            };
            if let Some(owner) = owner.in_trait {
                if def.function.body.is_some() {
                    let key = (owner, def.name.clone());
                    index.given.entry(key.clone()).or_default().push(id);
                    index.traits.entry(key).or_default().push(id);
                }
                continue;
            }
            let self_type = implementor(resolver, def.module, &owner).unwrap_or_default();
            if let Type::Local(ty, _) = &self_type
                && owner.attributes.iter().any(|attribute| {
                    let attributes = &resolver.catalog.effects.resolver_attributes;
                    listed(attributes, attribute.path.last())
                })
            {
                index.resolvers.entry(*ty).or_default().push(id);
            }
            let hands_on = hands_on(&self_type, &owner);
            match &self_type {
                Type::External(..) if hands_on => continue,
                Type::Local(ty, arguments) => index.add_own(*ty, arguments, &def.name, id),
                // What is generated is known by the catalogue, wherever its code stands.
                Type::External(path, _)
                    if resolver
                        .catalog
                        .crates
                        .find_type(path)
                        .is_some_and(|known| known.entry.generated_around.is_some()) => {}
                Type::External(path, _) => {
                    index
                        .external
                        .entry((path.clone(), def.name.clone()))
                        .or_default()
                        .push(id);
                }
                _ => {}
            }
            let implements = owner
                .implements
                .map(|path| resolver.resolve(def.module, &path.segments, Namespace::Types));
            match implements {
                Some(Resolved::External(_)) => {
                    index.demanded.insert(id);
                    if let Type::Local(ty, _) = &self_type {
                        index.demanded_of.entry(*ty).or_default().push(id);
                        if let Some(message) = message_of(resolver, def.module, &owner) {
                            let known = index.answering.entry((*ty, message));
                            known.or_default().push(id);
                        }
                    }
                }
                Some(Resolved::Type(_)) if hands_on => {}
                Some(Resolved::Type(implemented)) => {
                    let known = index.traits.entry((implemented, def.name.clone()));
                    known.or_default().push(id);
                    match self_type {
                        Type::Param(_) | Type::Traits(_) => {
                            index.blanket.entry(def.name.clone()).or_default().push(id);
                        }
                        Type::Local(ty, _) => index.implementing.entry(ty).or_default().push(id),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        for (position, def) in resolver.program.constants.iter().enumerate() {
            let Some((name, owner)) = def.associated else {
                continue;
            };
            if let Some(Type::Local(id, _)) = implementor(resolver, def.module, &owner) {
                let known = index.constants.entry((id, name.clone()));
                known.or_insert(ConstantId(position));
            }
        }
        for (position, def) in resolver.program.types.iter().enumerate() {
            let TypeShape::Trait { above: paths, .. } = def.shape else {
                continue;
            };
            let resolved = paths
                .iter()
                .map(|path| resolver.resolve(def.module, &path.segments, Namespace::Types));
            let above = resolved.filter_map(|found| match found {
                Resolved::Type(id) => Some(id),
                _ => None,
            });
            index.supertraits.insert(TypeId(position), above.collect());
        }
        index.add_implementations(resolver);
        index.add_unique(resolver);
        index
    }

    /// A method that a type of the system has, with these arguments.
    fn add_own(&mut self, ty: TypeId, arguments: &[Type], name: &SmolStr, id: FunctionId) {
        self.local.entry((ty, name.clone())).or_default().push(id);
        if !arguments.is_empty() {
            self.arguments.insert(id, arguments.to_vec());
        }
    }

    /// Who alone has a method of a name.
    fn add_unique(&mut self, resolver: &Resolver<'_, '_>) {
        let of_types = self.local.iter().flat_map(|((ty, name), functions)| {
            let functions = functions.iter();
            functions.map(move |id| (name, *id, Unique::Type(*ty)))
        });
        let of_others = self.external.iter().flat_map(|((_, name), functions)| {
            let functions = functions.iter();
            functions.map(move |id| (name, *id, Unique::Nobody))
        });
        let of_traits = self.traits.iter().flat_map(|((id, name), functions)| {
            let functions = functions.iter();
            functions.map(move |function| (name, *function, Unique::Trait(*id)))
        });
        let mut owners: BTreeMap<FunctionId, (&SmolStr, Unique)> = BTreeMap::new();
        // What implements a trait is the trait's.
        for (name, id, owner) in of_types.chain(of_others).chain(of_traits) {
            owners.insert(id, (name, owner));
        }
        let mut unique: HashMap<SmolStr, Unique> = HashMap::default();
        for (id, (name, owner)) in owners {
            if !resolver.program.functions[id.0].function.has_self {
                continue;
            }
            let owner = match self.demanded.contains(&id) {
                true => Unique::Nobody,
                false => owner,
            };
            let known = unique.entry(name.clone()).or_insert(owner);
            if *known != owner {
                *known = Unique::Nobody;
            }
        }
        unique.retain(|name, owner| {
            *owner != Unique::Nobody && !resolver.catalog.crates.names_method(name)
        });
        self.unique = unique;
    }

    /// The functions of a method that is called on something of which nothing is known: those of its name, where one type
    /// or one trait of the system alone has it, and nobody else is known to. A trait must be named in the module; the name
    /// of a type's own must be of several words, as others are of many types.
    pub(super) fn only_one_of(
        &self,
        resolver: &Resolver<'_, '_>,
        module: ModuleId,
        name: &SmolStr,
    ) -> Vec<FunctionId> {
        let program = resolver.program;
        let owner = match self.unique.get(name) {
            Some(Unique::Type(id)) if name.contains('_') => *id,
            Some(Unique::Trait(id)) => {
                let named = [program.types[id.0].name.clone()];
                match resolver.resolve(module, &named, Namespace::Types) {
                    Resolved::Type(found) if found == *id => *id,
                    _ => return Vec::new(),
                }
            }
            _ => return Vec::new(),
        };
        let (from, to) = (
            program.crate_of(module),
            program.crate_of(program.types[owner.0].module),
        );
        let reaches =
            from.package == to.package || from.dependencies.values().any(|name| *name == to.name);
        let key = (owner, name.clone());
        let found = self.local.get(&key).or_else(|| self.traits.get(&key));
        found.filter(|_| reaches).cloned().unwrap_or_default()
    }

    /// Which types implement which traits of the system.
    fn add_implementations(&mut self, resolver: &Resolver<'_, '_>) {
        for (position, def) in resolver.program.impls.iter().enumerate() {
            let Some(path) = def.owner.implements else {
                continue;
            };
            let resolved = resolver.resolve(def.module, &path.segments, Namespace::Types);
            let self_type = implementor(resolver, def.module, &def.owner);
            match (self_type, resolved) {
                (Some(ty), Resolved::Type(implemented)) => {
                    if let Some(implementor) = Implementor::of(&ty) {
                        let known = self.implemented.entry(implementor).or_default();
                        known.push((implemented, position));
                    }
                }
                (Some(Type::Local(id, _)), Resolved::External(path)) => {
                    if passes_on(&def.owner) {
                        self.passing_on.insert(id);
                    }
                    self.foreign.entry(id).or_default().push(path);
                }
                _ => {}
            }
        }
        self.add_given_to_all(resolver);
    }

    /// What a trait gives by itself to any type: `impl<T> Extension for T {}`.
    fn add_given_to_all(&mut self, resolver: &Resolver<'_, '_>) {
        let mut traits = BTreeMap::new();
        for def in &resolver.program.impls {
            let Some(path) = def.owner.implements else {
                continue;
            };
            let self_type = implementor(resolver, def.module, &def.owner);
            if !matches!(self_type, Some(Type::Param(_) | Type::Traits(_))) {
                continue;
            }
            let resolved = resolver.resolve(def.module, &path.segments, Namespace::Types);
            if let Resolved::Type(id) = resolved {
                traits.insert(id, def.owner.items);
            }
        }
        let mut given: Vec<_> = self.given.iter().collect();
        given.retain(|((id, name), _)| {
            let own = traits.get(id);
            own.is_some_and(|items| items.iter().all(|item| item.name != *name))
        });
        given.sort_unstable();
        for ((_, name), functions) in given {
            let known = self.blanket.entry(name.clone()).or_default();
            known.extend(functions);
        }
    }

    /// The functions of a type that answer to fields of a GraphQL schema.
    pub(super) fn resolvers(&self, id: TypeId) -> &[FunctionId] {
        self.resolvers.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The functions of a type whose attributes name routes.
    pub(super) fn annotated(&self, id: TypeId) -> &'_ [FunctionId] {
        self.annotated.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The functions that a type has in place of a trait's own, where one of these belongs to a trait: what `Self::f`
    /// means in it.
    pub(super) fn chosen(
        &self,
        program: &Program<'_>,
        functions: &[FunctionId],
        ty: &Type,
    ) -> Vec<FunctionId> {
        let of_trait = |id: &FunctionId| {
            let owner = program.functions[id.0].owner;
            owner.is_some_and(|owner| owner.in_trait.is_some())
        };
        match ty {
            Type::Local(id, _) if functions.iter().any(of_trait) => {
                self.implementing.get(id).cloned().unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    /// The functions of a type that traits of other crates demand.
    pub(super) fn demanded_of(&self, id: TypeId) -> &[FunctionId] {
        self.demanded_of.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Whether any actor is seen.
    pub(super) fn has_actors(&self) -> bool {
        !self.answering.is_empty()
    }

    /// What an actor does with a message; of an actor that is not known, what any does.
    pub(super) fn answering(&self, actor: Option<TypeId>, message: TypeId) -> Vec<FunctionId> {
        if let Some(actor) = actor {
            return self
                .answering
                .get(&(actor, message))
                .cloned()
                .unwrap_or_default();
        }
        let all = self.answering.iter();
        let mut found: Vec<FunctionId> = all
            .filter(|((_, known), _)| *known == message)
            .flat_map(|(_, functions)| functions)
            .copied()
            .collect();
        found.sort_unstable();
        found
    }

    /// The field of the state of an application that a handler is given which asks for a type of another crate, where one
    /// state alone has one.
    pub(super) fn given_by_type(&self, path: &str) -> Option<&(TypeId, SmolStr)> {
        match self.given_by_type.get(path)?.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Whether a type is a service around another one that adds nothing to its requests.
    pub(super) fn passes_on(&self, id: TypeId) -> bool {
        self.passing_on.contains(&id)
    }

    /// The traits of other crates that a type of the system implements, by their paths.
    pub(super) fn foreign_traits(&self, id: TypeId) -> impl Iterator<Item = &str> {
        let known = self.foreign.get(&id).into_iter().flatten();
        known.map(SmolStr::as_str)
    }

    /// The associated constant of a type: `Self::PATH`.
    pub(super) fn constant(&self, id: TypeId, name: &SmolStr) -> Option<ConstantId> {
        self.constants.get(&(id, name.clone())).copied()
    }

    /// The functions of a name that a trait of the system gives to any type.
    pub(super) fn given_to_all(&self, name: &str) -> &[FunctionId] {
        self.blanket.get(name).map_or(&[], Vec::as_slice)
    }

    /// The functions that a call on a type of the system may run, or what a trait of the system gives to any type.
    pub(super) fn find_or_given(&self, receiver: &Type, name: &SmolStr) -> Vec<FunctionId> {
        let found = self.find(receiver, name);
        match receiver {
            Type::Local(..) | Type::Traits(_) | Type::Param(_) if found.is_empty() => {
                self.given_to_all(name).to_vec()
            }
            _ => found,
        }
    }

    /// The `impl` of a trait for a type, by its number among those of the program.
    pub(super) fn implementation(&self, ty: &Type, implemented: TypeId) -> Option<usize> {
        let known = self.implemented.get(&Implementor::of(ty)?)?;
        known
            .iter()
            .find(|(known, _)| *known == implemented)
            .map(|(_, position)| *position)
    }

    /// Those methods of a type that it has with these arguments; all where they tell nothing.
    fn of_arguments(&self, methods: &[FunctionId], given: &[Type]) -> Vec<FunctionId> {
        let fits = |id: &&FunctionId| {
            let own = self.arguments.get(id).into_iter().flatten();
            own.zip(given).all(|(own, given)| match (own, given) {
                (Type::Local(own, _), Type::Local(given, _)) => own == given,
                (Type::External(own, _), Type::External(given, _)) => own == given,
                (Type::Local(..), Type::External(..)) | (Type::External(..), Type::Local(..)) => {
                    false
                }
                _ => true,
            })
        };
        let fitting: Vec<FunctionId> = methods.iter().filter(fits).copied().collect();
        match fitting.is_empty() {
            true => methods.to_vec(),
            false => fitting,
        }
    }

    /// The functions that a method call on a type of the system may run.
    pub(super) fn find(&self, receiver: &Type, name: &SmolStr) -> Vec<FunctionId> {
        let of_trait = |id: TypeId| {
            self.traits
                .get(&(id, name.clone()))
                .cloned()
                .unwrap_or_default()
        };
        // A trait's default, as far as the type implements the trait.
        let given_by_traits = |receiver: &Type| -> Vec<FunctionId> {
            let known = Implementor::of(receiver).and_then(|ty| self.implemented.get(&ty));
            let traits = known.into_iter().flatten();
            let given = |implemented: TypeId| {
                self.given
                    .get(&(implemented, name.clone()))
                    .into_iter()
                    .flatten()
                    .copied()
            };
            let mut found: Vec<_> = traits
                .flat_map(|(implemented, _)| given(*implemented))
                .collect();
            found.sort_unstable();
            found.dedup();
            found
        };
        match receiver {
            Type::Local(id, arguments) => match self.local.get(&(*id, name.clone())) {
                Some(found) => self.of_arguments(found, arguments),
                None => given_by_traits(receiver),
            },
            Type::External(path, _) => match self.external.get(&(path.clone(), name.clone())) {
                Some(found) => found.clone(),
                None => given_by_traits(receiver),
            },
            Type::Traits(traits) => {
                let local = traits.iter().filter_map(|ty| match ty {
                    Type::Local(id, _) => Some(*id),
                    _ => None,
                });
                // The trait's own, or what it has from those above it.
                let (mut pending, mut seen) = (local.collect::<Vec<_>>(), BTreeSet::new());
                let mut found = Vec::new();
                while let Some(id) = pending.pop() {
                    if !seen.insert(id) {
                        continue;
                    }
                    let own = of_trait(id);
                    if own.is_empty() {
                        pending.extend(self.supertraits.get(&id).into_iter().flatten());
                    }
                    found.extend(own);
                }
                found.sort_unstable();
                found.dedup();
                found
            }
            _ => Vec::new(),
        }
    }
}

/// The fields that `#[derive(FromRef)]` gives to who asks for their types, by the path of that.
fn given_by_type(resolver: &Resolver<'_, '_>) -> HashMap<SmolStr, Vec<(TypeId, SmolStr)>> {
    let mut found: HashMap<SmolStr, Vec<(TypeId, SmolStr)>> = HashMap::default();
    let derives = &resolver.catalog.effects.state_derives;
    for (position, def) in resolver.program.types.iter().enumerate() {
        let TypeShape::Struct(fields) = def.shape else {
            continue;
        };
        let mut attributes = def.attributes.iter();
        if !attributes.any(|attribute| listed(derives, attribute.path.last())) {
            continue;
        }
        let generics = [def.generics];
        let scope = Scope {
            module: def.module,
            generics: &generics,
            self_type: None,
            associated: &[],
        };
        for (name, ty) in fields {
            if let Type::External(path, _) = resolver.type_of(scope, ty) {
                let known = found.entry(path).or_default();
                known.push((TypeId(position), name.clone()));
            }
        }
    }
    found
}

/// The type of the system that a trait is implemented for one of: `Tick` of `impl Handler<Tick> for Clock`.
fn message_of(resolver: &Resolver<'_, '_>, module: ModuleId, owner: &Owner<'_>) -> Option<TypeId> {
    let [given] = owner.implements?.segments.last()?.args() else {
        return None;
    };
    let generics = [owner.generics];
    let scope = Scope {
        module,
        generics: &generics,
        self_type: None,
        associated: owner.items,
    };
    match resolver.type_of(scope, given) {
        Type::Local(id, _) => Some(id),
        _ => None,
    }
}

/// Whether an implementation gives back the future of what it is around: `type Future = S::Future`.
fn passes_on(owner: &Owner<'_>) -> bool {
    owner.items.iter().any(|item| match &item.kind {
        ItemKind::Alias {
            target: TypeRef::Path(path),
            ..
        } if item.name == "Future" => {
            // `S::Future` and `<S as Service<R>>::Future`.
            let inner = match path.self_type.as_deref() {
                Some(TypeRef::Path(of)) => of.segments.first(),
                _ => path.segments.first(),
            };
            let mut parameters = owner.generics.parameters.iter();
            let of_inner =
                inner.is_some_and(|inner| parameters.any(|(name, _)| *name == inner.name));
            of_inner && path.segments.len() > 1 && path.last() == "Future"
        }
        _ => false,
    })
}

/// Whether an implementation of a trait hands everything on to the others: `impl<T: Trait> Trait for Box<T>`, or for
/// another type around one that implements it, and `impl Trait for Arc<dyn Trait>`.
fn hands_on(ty: &Type, owner: &Owner<'_>) -> bool {
    let Some(implemented) = owner.implements.filter(|_| !matches!(ty, Type::Param(_))) else {
        return false;
    };
    if is_around_object(owner) {
        return true;
    }
    let bounds = owner
        .generics
        .parameters
        .iter()
        .flat_map(|(_, bounds)| bounds);
    let mut names = bounds.map(Path::last);
    names.any(|name| name == implemented.last())
}

/// Whether a trait is implemented for what holds an object of it: `impl Trait for Arc<dyn Trait>`.
pub(super) fn is_around_object(owner: &Owner<'_>) -> bool {
    let (Some(implemented), Some(ty)) = (owner.implements, owner.self_type) else {
        return false;
    };
    holds_trait(ty, implemented.last(), 0)
}

/// Whether `dyn Trait` stands in a type.
fn holds_trait(ty: &TypeRef, name: &str, depth: usize) -> bool {
    match ty {
        TypeRef::Traits(bounds) => bounds.iter().any(|bound| bound.last() == name),
        TypeRef::Path(path) if depth < MAX_DEREF => path.segments.last().is_some_and(|last| {
            let mut inner = last.args().iter();
            inner.any(|ty| holds_trait(ty, name, depth + 1))
        }),
        _ => false,
    }
}

/// The type that an `impl` is for.
fn implementor(resolver: &Resolver<'_, '_>, module: ModuleId, owner: &Owner<'_>) -> Option<Type> {
    let generics = [owner.generics];
    let scope = Scope {
        module,
        generics: &generics,
        self_type: None,
        associated: owner.items,
    };
    owner.self_type.map(|ty| resolver.type_of(scope, ty))
}
