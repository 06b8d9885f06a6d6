//! What the process keeps from one request to the next: collections behind locks, and those that are shared without one.
//!
//! That is its state where it has no store: beside one it is a copy, or the bookkeeping of what is going on.

use super::query::{Column, Query, QueryVerb};
use super::value::Value;
use super::{BodyReader, FoundEffect};
use crate::catalog::{Catalog, Keeping, KnownMethod, MethodEntry, listed, split_words};
use crate::link::executables;
use crate::link::program::{CrateId, Program, TypeId, TypeShape};
use crate::link::resolve::{Namespace, Resolved, Resolver};
use crate::link::types::{Scope, Type};
use crate::model::{ComponentKind, Knows, Origin, Step};
use crate::read::rust::ir::{ExprId, ExprKind, OperatorKind, TypeRef};
use crate::read::rust::snake_case;
use crate::source::Span;
use smol_str::SmolStr;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

/// How deep it is looked for handles in the types of what is kept.
const MAX_DEPTH: usize = 4;

/// The name of the column that stands for the key of an entry, and of the one that stands for the rest.
const KEY: &str = "key";
const VALUE: &str = "value";

/// Where a value lies in what the process keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The name of the collection, or of whatever is kept there.
    name: SmolStr,
    /// It is an entry of the collection, or a part of one.
    entry: bool,
}

impl Place {
    fn named(name: SmolStr) -> Self {
        Self { name, entry: false }
    }

    /// Where a field lies: it is a part of an entry, or what is kept itself.
    pub(super) fn of_field(&self, name: &SmolStr) -> Self {
        match self.entry {
            true => self.clone(),
            false => Self::named(name.clone()),
        }
    }

    /// Where that lies which a method gives.
    fn after(self, entry: &MethodEntry, receiver: &Type) -> Option<Self> {
        let handed = entry.within || entry.unlocks;
        let within = entry.within && is_collection(receiver);
        let entry = self.entry || within;
        handed.then_some(Self { entry, ..self })
    }
}

impl<'a> BodyReader<'a, '_> {
    /// Where that lies which a method is called on, if the process keeps it.
    fn place_of(&self, call: ExprId, receiver: &Value, method: KnownMethod<'a>) -> Option<Place> {
        if receiver.place.is_some() {
            return receiver.place.clone();
        }
        let begins = method.owner.entry.shared || method.entry.unlocks;
        if !begins || !self.keeps_state() {
            return None;
        }
        match self.body.get(call).kind {
            ExprKind::Method { receiver, .. } => self.named_place(receiver).map(Place::named),
            _ => None,
        }
    }

    /// Whether what the program keeps in memory is its state.
    fn keeps_state(&self) -> bool {
        let module = &self.resolver.program.modules[self.context.module.0];
        !self.methods.storing.contains(&module.krate)
    }

    /// The name of `self` where its type stands behind a lock.
    pub(super) fn locked_self(&self) -> Option<Place> {
        match &self.context.self_type {
            Some(Type::Local(id, _)) if self.methods.locked.contains(id) => {
                let name = self.own_name().filter(|_| self.keeps_state());
                name.map(Place::named)
            }
            _ => None,
        }
    }

    /// The name of the type that `self` is of, as a place has it.
    fn own_name(&self) -> Option<SmolStr> {
        match &self.context.self_type {
            Some(Type::Local(id, _)) => {
                let name = &self.resolver.program.types[id.0].name;
                Some(SmolStr::new(snake_case(name)))
            }
            _ => None,
        }
    }

    /// The last name in an expression; of what has none, that of the type that `self` is of.
    fn named_place(&self, expr: ExprId) -> Option<SmolStr> {
        match &self.body.get(expr).kind {
            ExprKind::Path(path) if path.last() == "self" => self.own_name(),
            ExprKind::Path(path) => Some(SmolStr::new(path.last())),
            // `self.0`.
            ExprKind::Field { base, name } if name.parse::<usize>().is_ok() => {
                self.named_place(*base)
            }
            ExprKind::Field { name, .. } => Some(name.clone()),
            ExprKind::Await(inner) | ExprKind::Try(inner) => self.named_place(*inner),
            ExprKind::Method { receiver, name, .. } => match name.as_str() {
                "as_ref" | "borrow" | "clone" | "deref" | "expect" | "get_ref" | "unwrap" => {
                    self.named_place(*receiver)
                }
                _ => Some(name.clone()),
            },
            ExprKind::Call { args, .. } => self.named_place(*args.first()?),
            _ => None,
        }
    }

    /// What a method does to what the process keeps, and where in that its result lies.
    pub(super) fn keep_within(
        &mut self,
        call: ExprId,
        receiver: &Value,
        method: KnownMethod<'a>,
        named: (&str, Span),
        values: &[Value],
        value: &mut Value,
    ) {
        let Some(place) = self.place_of(call, receiver, method) else {
            return;
        };
        if let Some(keeping) = method.entry.keeps {
            self.keep(keeping, &place, &receiver.ty, values, named, value);
        }
        value.place = place.after(method.entry, &receiver.ty);
        let numbered = self.numbered(value.place.as_ref(), &value.ty);
        value.origin = value.origin.and(numbered);
    }

    /// What a method does to a collection that the process keeps, and what its result tells of that.
    fn keep(
        &mut self,
        keeping: Keeping,
        place: &Place,
        receiver: &Type,
        values: &[Value],
        (called, span): (&str, Span),
        value: &mut Value,
    ) {
        if keeping == Keeping::Count {
            value.origin = value.origin.and(Origin::RANDOM);
            return self.change_in_memory(Some(place), (VALUE, span), &Value::default(), true);
        }
        if keeping == Keeping::Number {
            // There are more of them the next time.
            value.origin = value.origin.and(Origin::RANDOM);
            return;
        }
        if !self.is_kept(&place.name) || !self.keeps_data(receiver) {
            return;
        }
        let first = values.first();
        let given = |name: &str| first.map(|first| column(name, first));
        let kept = Column {
            origin: Origin::REPEATABLE.into(),
            ..Column::named(VALUE)
        };
        let query = |verb| Query::in_memory(verb, place.name.clone());
        let next = || Query {
            takes_next: true,
            ..query(QueryVerb::Delete)
        };
        let query = match keeping {
            Keeping::Put | Keeping::Add => Query {
                written: given(KEY).into_iter().chain([kept]).collect(),
                conflict: Some((vec![SmolStr::new_static(KEY)], keeping == Keeping::Put)),
                ..query(QueryVerb::Insert)
            },
            Keeping::Push => Query {
                written: vec![kept],
                ..query(QueryVerb::Insert)
            },
            Keeping::Take => next(),
            // A place that a look has given is that of what is meant.
            Keeping::Shift if first.is_some_and(|first| first.knows.is_none()) => next(),
            Keeping::Drop | Keeping::Shift => {
                let quality = first.is_some_and(|first| first.functions.is_none());
                let name = match receiver_has_keys(receiver) && called != "retain" && quality {
                    true => KEY,
                    false => VALUE,
                };
                Query {
                    filter: given(name).into_iter().collect(),
                    ..query(QueryVerb::Delete)
                }
            }
            Keeping::Find => Query {
                filter: given(KEY).into_iter().collect(),
                ..query(QueryVerb::Select)
            },
            Keeping::Ask => Query {
                filter: given(VALUE).into_iter().collect(),
                ..query(QueryVerb::Select)
            },
            Keeping::Count | Keeping::Number => return,
        };
        let effect = FoundEffect {
            query: Some(Arc::new(query)),
            ..FoundEffect::blank(span, called)
        };
        value.knows = self.affect(None, effect);
        value.origin = Origin::STORED.into();
    }

    /// Entries of what the process keeps are compared with something, one after the other: a look for it.
    pub(super) fn ask_each(
        &mut self,
        kind: OperatorKind,
        values: &[Value],
        id: ExprId,
    ) -> Option<Rc<Knows>> {
        let (OperatorKind::Equal, [left, right]) = (kind, values) else {
            return None;
        };
        let of_entry = |value: &Value| value.place.as_ref().is_some_and(|place| place.entry);
        let (place, other) = match (of_entry(left), of_entry(right)) {
            (true, false) => (&left.place, right),
            (false, true) => (&right.place, left),
            _ => return None,
        };
        let place = place.as_ref().filter(|_| self.repeats > 0)?;
        let query = Query {
            filter: vec![column(VALUE, other)],
            ..Query::in_memory(QueryVerb::Select, place.name.clone())
        };
        let effect = FoundEffect {
            query: Some(Arc::new(query)),
            ..FoundEffect::blank(self.span_of(id), &place.name)
        };
        self.affect(None, effect)
    }

    /// Where a number comes from that the process keeps to count with: `let id = *next_id`.
    pub(super) fn numbered(&self, place: Option<&Place>, ty: &Type) -> Origin {
        let plain = match ty {
            Type::Unknown => true,
            Type::External(_, arguments) => arguments.is_empty(),
            _ => false,
        };
        match place.is_some_and(|place| plain && !place.entry && self.is_numbering(&place.name)) {
            true => Origin::RANDOM,
            false => Origin::REPEATABLE,
        }
    }

    fn is_numbering(&self, place: &str) -> bool {
        let numbering = &self.catalog().effects.numbering_words;
        let words = split_words(place);
        words.iter().any(|word| listed(numbering, word))
    }

    /// A value in what the process keeps is set, or changed by an amount: `account.balance += amount`.
    pub(super) fn change_in_memory(
        &mut self,
        place: Option<&Place>,
        (part, span): (&str, Span),
        value: &Value,
        changes: bool,
    ) {
        let kept = |place: &&Place| self.is_kept(&place.name) && !self.is_numbering(&place.name);
        let Some(place) = place.filter(kept) else {
            return;
        };
        let written = Column {
            origin: value.origin,
            relative: changes,
            ..Column::named(part)
        };
        let query = Query {
            written: vec![written],
            ..Query::in_memory(QueryVerb::Update, place.name.clone())
        };
        let effect = FoundEffect {
            query: Some(Arc::new(query)),
            ..FoundEffect::blank(span, &place.name)
        };
        self.affect(None, effect);
    }

    /// What an expression says is changed: a field, or the whole.
    pub(super) fn part_of(&self, target: ExprId) -> (&'a str, Span) {
        let name = match &self.body.get(target).kind {
            ExprKind::Field { name, .. } => name.as_str(),
            _ => VALUE,
        };
        (name, self.span_of(target))
    }

    /// Whether what has this name is kept for its own sake, and is no copy and no figure of how the process is doing.
    fn is_kept(&self, place: &str) -> bool {
        let copies = &self.catalog().effects.memory_copies;
        let words = split_words(place);
        self.context.id.is_some() && !words.iter().any(|word| listed(copies, word))
    }

    /// Whether a collection holds data, and no handles of what is going on: senders, tasks, connections.
    fn keeps_data(&self, collection: &Type) -> bool {
        match collection {
            Type::External(_, arguments) => {
                let item = arguments.last();
                item.is_some_and(|item| self.is_data(item, 0))
            }
            _ => false,
        }
    }

    fn is_data(&self, ty: &Type, depth: usize) -> bool {
        if depth > MAX_DEPTH {
            return true;
        }
        match ty {
            Type::External(path, arguments) => {
                let name = path.rsplit("::").next().unwrap_or(path);
                let words = split_words(name);
                let handles = &self.catalog().effects.handle_words;
                !words.iter().any(|word| listed(handles, word))
                    && arguments.iter().all(|ty| self.is_data(ty, depth + 1))
            }
            Type::Local(id, arguments) => {
                let TypeShape::Struct(fields) = self.resolver.program.types[id.0].shape else {
                    return true;
                };
                fields.iter().all(|(name, _)| {
                    let field = self.resolver.field_type(*id, arguments, name);
                    field.is_none_or(|field| field.is_unknown() || self.is_data(&field, depth + 1))
                })
            }
            Type::Tuple(items) => items.iter().all(|ty| self.is_data(ty, depth + 1)),
            Type::List(inner) => self.is_data(inner, depth + 1),
            Type::Unknown | Type::Traits(_) | Type::Param(_) => false,
        }
    }
}

fn column(name: &str, value: &Value) -> Column {
    Column {
        origin: value.origin.present(),
        ..Column::named(name)
    }
}

/// Whether a loop over what the process keeps is a look for something: where that is found, the function ends.
pub(super) fn is_look(collection: &Value, steps: &[Step]) -> bool {
    let kept = collection.place.as_ref().is_some_and(|place| place.entry);
    kept && steps.iter().any(|step| match step {
        Step::Branch { knows, arms, .. } => {
            let ends = |steps: &[Step]| {
                let mut steps = steps.iter();
                steps.any(|step| matches!(step, Step::Exit { .. }))
            };
            knows.told.is_some() && arms.iter().any(|(_, steps)| ends(steps))
        }
        _ => false,
    })
}

/// Whether a type holds others of one kind: a list, map or set, and no pointer, option or result.
fn is_collection(ty: &Type) -> bool {
    match ty {
        Type::List(_) => true,
        Type::External(path, arguments) => {
            let name = path.rsplit("::").next().unwrap_or(path);
            let single = ["Option", "Result", "Some"];
            !arguments.is_empty() && !single.contains(&name)
        }
        _ => false,
    }
}

fn receiver_has_keys(ty: &Type) -> bool {
    matches!(ty, Type::External(_, arguments) if arguments.len() > 1)
}

/// The crates of the system that stand in a program which has a store, by what its packages depend on.
pub(super) fn storing(resolver: &Resolver<'_, '_>) -> BTreeSet<CrateId> {
    let (program, catalog): (&Program<'_>, &Catalog) = (resolver.program, resolver.catalog);
    let stores = |krate: &str| {
        let mut kinds = catalog.crates.stores(krate).map(|store| store.kind);
        catalog.effects.calls_of(krate).is_some()
            || catalog.crates.reaches_store(krate)
            || kinds.any(|kind| kind != ComponentKind::Queue)
    };
    let storing: BTreeSet<&str> = program
        .crates
        .iter()
        .filter(|krate| krate.dependencies.values().any(|name| stores(name)))
        .map(|krate| krate.package.as_str())
        .collect();
    let mut packages = storing.clone();
    for krate in program.crates.iter().filter(|krate| krate.binary) {
        let linked = executables::packages(program, krate);
        if !linked.is_disjoint(&storing) {
            packages.extend(linked);
        }
    }
    let crates = program.crates.iter().enumerate();
    let within = crates.filter(|(_, krate)| packages.contains(krate.package.as_str()));
    within.map(|(index, _)| CrateId(index)).collect()
}

/// The types of the system that stand behind a lock: what their methods change is shared.
pub(super) fn locked(resolver: &Resolver<'_, '_>) -> BTreeSet<TypeId> {
    let (program, catalog): (&Program<'_>, &Catalog) = (resolver.program, resolver.catalog);
    let (mut found, mut traits) = (BTreeSet::new(), BTreeSet::new());
    let mut look = |module, generics: &_, ty: &TypeRef| {
        let mut inner = Vec::new();
        within_locks(&catalog.effects.locks, ty, 0, &mut inner);
        for ty in inner {
            let generics = [generics];
            let scope = Scope {
                module,
                generics: &generics,
                self_type: None,
                associated: &[],
            };
            match resolver.type_of(scope, ty) {
                Type::Local(id, _) => {
                    found.insert(id);
                }
                Type::Traits(all) => {
                    traits.extend(all.iter().filter_map(|one| match one {
                        Type::Local(id, _) => Some(*id),
                        _ => None,
                    }));
                }
                _ => {}
            }
        }
    };
    for def in &program.types {
        match def.shape {
            TypeShape::Struct(fields) => {
                for (_, ty) in fields {
                    look(def.module, def.generics, ty);
                }
            }
            TypeShape::Alias(ty) => look(def.module, def.generics, ty),
            TypeShape::Enum(_) | TypeShape::Trait { .. } => {}
        }
    }
    for def in &program.functions {
        for (_, ty) in &def.function.parameters {
            look(def.module, &def.function.generics, ty);
        }
    }
    found.extend(implementing(resolver, &traits));
    found
}

/// The types of the system that have one of these traits.
fn implementing(resolver: &Resolver<'_, '_>, traits: &BTreeSet<TypeId>) -> Vec<TypeId> {
    let impls = resolver.program.impls.iter().filter(|_| !traits.is_empty());
    let found = impls.filter_map(|def| {
        let path = def.owner.implements?;
        match resolver.resolve(def.module, &path.segments, Namespace::Types) {
            Resolved::Type(id) if traits.contains(&id) => {}
            _ => return None,
        }
        let TypeRef::Path(own) = def.owner.self_type? else {
            return None;
        };
        match resolver.resolve(def.module, &own.segments, Namespace::Types) {
            Resolved::Type(id) => Some(id),
            _ => None,
        }
    });
    found.collect()
}

/// The types that stand directly in a lock.
fn within_locks<'t>(
    locks: &crate::catalog::WordList,
    ty: &'t TypeRef,
    depth: usize,
    found: &mut Vec<&'t TypeRef>,
) {
    let TypeRef::Path(path) = ty else {
        return;
    };
    if depth > MAX_DEPTH {
        return;
    }
    for segment in &path.segments {
        if listed(locks, &segment.name) {
            found.extend(segment.args().first());
        }
        for ty in segment.args() {
            within_locks(locks, ty, depth + 1, found);
        }
    }
}
