//! Fields: what they are read and written as, and which type and place they have.

use super::effect::may_be_absent;
use super::expr::{MAX_DEREF, is_option};
use super::lineage::Lineage;
use super::query::Column;
use super::value::{ClientState, Value};
use super::{BodyReader, FunctionContext};
use crate::catalog::{WordList, listed, split_words};
use crate::link::program::{TypeId, TypeShape};
use crate::link::resolve::{Namespace, Resolved};
use crate::link::types::{Type, TypeVariables, catalog_type};
use crate::model::{Knows, Origin};
use crate::read::rust::ir::{ExprId, ExprKind, Path, TypeRef};
use crate::read::rust::snake_case;
use smol_str::SmolStr;
use std::rc::Rc;

/// Where a field of a struct comes from that was made here.
fn made_part(base: &Value, id: TypeId, name: &str) -> Option<Lineage> {
    let (_, parts) = base.parts.as_ref().filter(|(of, _)| *of == id)?;
    let part = parts.iter().find(|part| part.name == name)?;
    Some(part.origin)
}

impl<'a> BodyReader<'a, '_> {
    pub(super) fn assign(
        &mut self,
        target: ExprId,
        (expr, value): (ExprId, &Value),
        changes: bool,
    ) {
        if let ExprKind::Path(path) = &self.body.get(target).kind {
            if let Some(name) = path.as_name()
                && let Some(index) = self.variables.iter().rposition(|(known, _)| known == name)
            {
                let place = self.variables[index].1.place.clone();
                self.change_in_memory(place.as_ref(), self.part_of(target), value, changes);
                let outside = self.branches.last().is_some_and(|mark| index < *mark);
                let origin = match changes {
                    true => self.grown(self.variables[index].1.origin, value.origin),
                    false => value.origin,
                };
                let known = &mut self.variables[index].1;
                let variant = value.variant.clone().filter(|_| !outside);
                // `builder = builder.timeout(..)` under an `if` may not happen.
                let client = match (&known.client, &value.client) {
                    (Some(a), Some(b)) if outside => Some(Rc::new(a.either(b))),
                    _ => value.client.clone(),
                };
                let routes = match (&known.routes, &value.routes) {
                    (Some(a), Some(b)) if outside => Some(Rc::new(b.either(a))),
                    _ => value.routes.clone(),
                };
                // `text += ".."` goes on; under an `if` it may not.
                let text = match (&known.text, &value.text) {
                    (Some(start), Some(end)) if changes && !outside => {
                        Some(format!("{start}{end}").into())
                    }
                    (start, _) if changes => start.clone(),
                    _ => value.text.clone(),
                };
                *known = Value {
                    client,
                    routes,
                    text,
                    origin,
                    variant,
                    place,
                    // What is assigned to may be changed again by whoever it is lent to.
                    parts: None,
                    ..value.clone()
                };
            }
        } else {
            let held = self.eval(target);
            self.change_in_memory(held.place.as_ref(), self.part_of(target), value, changes);
            self.assign_field(target, (expr, value), changes);
        }
    }

    /// `model.name = value`: a column of the row that it is; `self.client = value`: what the field holds.
    pub(super) fn assign_field(
        &mut self,
        target: ExprId,
        (expr, value): (ExprId, &Value),
        changes: bool,
    ) {
        let ExprKind::Field { base, name } = &self.body.get(target).kind else {
            return;
        };
        if let Some(owner) = self.owner_of(*base) {
            if value.client.is_some() {
                self.learn_field(&owner, name, (expr, value));
            } else if let Type::Local(id, _) = owner {
                self.give_field(id, name, value.origin);
            }
        }
        self.renew(*base, name, value.origin);
        let column = Column {
            origin: value.origin,
            relative: changes,
            ..Column::named(name)
        };
        self.set_columns_of(*base, vec![column]);
    }

    /// A variable of which a part is new now is no more what was read, as far as it is no record whose columns are known.
    pub(super) fn renew(&mut self, base: ExprId, field: &str, part: Lineage) {
        let Some(index) = self.variable_at(base) else {
            return;
        };
        let hashes = &self.catalog().effects.hash_columns;
        let hashed = split_words(field).iter().any(|word| listed(hashes, word));
        let Type::Local(id, _) = self.variables[index].1.ty else {
            return;
        };
        if !self.is_record(id) && !hashed && self.decide_by(part, Origin::RANDOM) == Origin::RANDOM
        {
            // Under a new id it is another one.
            let own = snake_case(&self.resolver.program.types[id.0].name);
            let made = match field == "id" || field.strip_suffix("_id") == Some(&own) {
                true => Origin::RANDOM,
                false => Origin::RENEWED,
            };
            let known = &mut self.variables[index].1;
            known.origin = known.origin.and(made);
        }
    }

    /// The type of the variable that a field belongs to.
    pub(super) fn owner_of(&self, base: ExprId) -> Option<Type> {
        let ExprKind::Path(path) = &self.body.get(base).kind else {
            return None;
        };
        match path.as_name()?.as_str() {
            "self" => self.context.self_type.clone(),
            name => self.variable(name).map(|value| value.ty.clone()),
        }
    }

    /// The value of a field, through wrappers that dereference.
    pub(super) fn field_of(&mut self, base: &Value, name: &SmolStr) -> Value {
        let field = self.part_named(base, name);
        match self.is_count_alone(base) {
            // `record.exists` says what `SELECT EXISTS (..)` has found.
            true => Value {
                knows: base.knows.clone(),
                ..field
            },
            false => field,
        }
    }

    fn part_named(&mut self, base: &Value, name: &SmolStr) -> Value {
        if self.catalog().keys.field(name).is_some() {
            self.out.key_fields.insert(name.to_string());
        }
        let mut ty = base.ty.clone();
        for _ in 0..MAX_DEREF {
            match &ty {
                Type::Local(id, arguments) => {
                    if let Some(field) = self.resolver.field_type(*id, arguments, name) {
                        let strange = self.holds_strange(&field);
                        let client = self.field(*id, name).cloned().map(Rc::new);
                        let known = self.field_text(*id, name);
                        let text = known.or_else(|| Some(format!("{{{name}}}").into()));
                        let origin = match made_part(base, *id, name) {
                            Some(origin) => origin,
                            None => self.field_origin(*id, name, base.origin),
                        };
                        let place = base.place.as_ref().map(|place| place.of_field(name));
                        let origin = origin.and(self.numbered(place.as_ref(), &field));
                        return Value {
                            place,
                            ty: field,
                            strange,
                            client,
                            text,
                            origin,
                            knows: self.field_knows(origin, name),
                            ..Value::default()
                        };
                    }
                }
                Type::Tuple(items) => {
                    let item = name
                        .parse::<usize>()
                        .ok()
                        .and_then(|index| items.get(index).cloned());
                    let index = name.parse().unwrap_or(usize::MAX);
                    return Value {
                        knows: self.part_of_row(base, index),
                        ..base.with_type(item.unwrap_or_default())
                    };
                }
                Type::External(_, arguments) if name == "0" && self.dereferenced(&ty).is_some() => {
                    return base.with_type(arguments.first().cloned().unwrap_or_default());
                }
                Type::External(path, _) => {
                    if let Some(field) = self.known_field(path, name, &ty) {
                        return Value {
                            place: base.place.as_ref().map(|place| place.of_field(name)),
                            ..base.with_type(field)
                        };
                    }
                }
                _ => {}
            }
            match self.dereferenced(&ty) {
                Some(inner) => ty = inner,
                None => break,
            }
        }
        // Of a type of another crate that nothing is known of, no more is known of its parts.
        let opaque = match &ty {
            Type::External(path, _) if self.catalog().crates.find_type(path).is_none() => {
                ty.clone()
            }
            _ => Type::Unknown,
        };
        let mut knows = self.field_knows(base.origin, name);
        if let Ok(index) = name.parse() {
            knows = self.part_of_row(base, index);
        }
        Value {
            place: base.place.as_ref().map(|place| place.of_field(name)),
            ty: opaque,
            strange: base.strange,
            text: Some(format!("{{{name}}}").into()),
            origin: base.origin,
            knows,
            ..Value::default()
        }
    }

    /// The type of a field of a type of another crate.
    fn known_field(&self, path: &str, name: &str, receiver: &Type) -> Option<Type> {
        let variables = TypeVariables {
            receiver,
            argument: &Type::Unknown,
            closure: &Type::Unknown,
        };
        let field = self.catalog().crates.find_type(path)?.field(name)?;
        Some(catalog_type(field, variables))
    }

    /// Where the value of a field comes from, of a value of this origin.
    pub(super) fn field_origin(&mut self, id: TypeId, name: &SmolStr, base: Lineage) -> Lineage {
        let record = self.derives(id, &self.catalog().effects.record_derives);
        let new = self.may_be_new(id, name);
        // Most fields are never new: nothing needs to be decided of the value that they are of.
        if !record && !new {
            let sent = self.derives(id, &self.catalog().effects.request_derives);
            let kept = match sent && self.as_parameter(base).is_some() {
                true => Origin::CLIENT.into(),
                false => self.lineage_only(base, Origin::STORED.and(Origin::CLIENT)),
            };
            return self.field_lineage(id, name).and(kept);
        }
        // What was read is there: whatever others are made of.
        if self.is_loaded(base) {
            let renewed = base.known(Origin::RENEWED);
            return match new {
                true => Origin::STORED.and(renewed).into(),
                false => Origin::STORED.into(),
            };
        }
        if self.as_parameter(base).is_some() {
            // What is new in some values of the type is new in this one if it was made here, and not if it was read or sent.
            return match (record, new) {
                // What is never new is not so because the id beside it is.
                (true, false) => self.field_lineage(id, name).and(Origin::STORED),
                (true, true) => base.and(Origin::STORED),
                (false, _) => base,
            };
        }
        let fresh = Origin::RANDOM.and(Origin::INSERTED);
        if new && self.decide_by(base, fresh) != Origin::REPEATABLE {
            return self.whole_field(id, name);
        }
        let kept = match record {
            true => self.lineage_only(base, Origin::CLIENT).and(Origin::STORED),
            false => self.lineage_only(base, Origin::STORED.and(Origin::CLIENT)),
        };
        self.field_lineage(id, name).and(kept)
    }

    /// A field of what was read tells of the record, and no longer whether there is one.
    pub(super) fn field_knows(&mut self, origin: Lineage, name: &SmolStr) -> Option<Rc<Knows>> {
        let stored = self.decide_by(origin, Origin::STORED) == Origin::STORED;
        stored.then(|| {
            Rc::new(Knows {
                fields: vec![name.to_string()],
                ..Knows::default()
            })
        })
    }

    /// Whether a type of the system has one of these derives.
    pub(super) fn derives(&self, id: TypeId, derives: &WordList) -> bool {
        let attributes = self.resolver.program.types[id.0].attributes.iter();
        let mut named = attributes.map(|found| found.path.last());
        named.any(|name| listed(derives, name))
    }

    /// What a smart pointer, guard or extractor gives access to.
    pub(super) fn dereferenced(&self, ty: &Type) -> Option<Type> {
        match ty {
            Type::External(path, arguments) => {
                let index = self.catalog().crates.find_type(path)?.entry.deref?;
                arguments.get(index).cloned()
            }
            Type::Local(id, arguments) => {
                // A type of the system with `impl Deref` and one field, or a newtype.
                let def = &self.resolver.program.types[id.0];
                if let TypeShape::Struct([(first, _), ..]) = def.shape
                    && def
                        .attributes
                        .iter()
                        .any(|found| found.path.last() == "Deref")
                {
                    return self.resolver.field_type(*id, arguments, first);
                }
                let name = SmolStr::new_static("deref");
                let functions = self.methods.find(ty, &name);
                let def = functions
                    .first()
                    .map(|id| &self.resolver.program.functions[id.0])?;
                let context = FunctionContext::new(self.resolver, *functions.first()?);
                let target = self
                    .resolver
                    .type_of(context.scope(), &def.function.returns);
                let own = def.owner.and_then(|owner| owner.self_type);
                if let (true, Some(own)) = (arguments.iter().any(|ty| !ty.is_unknown()), own)
                    && let Some(target) = self.given_by(*functions.first()?, own, ty)
                {
                    return Some(target);
                }
                if target.is_unknown() {
                    return self.resolver.field_type(*id, arguments, "0");
                }
                Some(target.substitute(&self.resolver.bind_parameters(*id, arguments)))
            }
            _ => None,
        }
    }

    /// What is known of the client that a type of the system dereferences to: of its first field.
    pub(super) fn client_within(&mut self, ty: &Type) -> Option<Rc<ClientState>> {
        let Type::Local(id, _) = ty else { return None };
        let TypeShape::Struct([(first, _), ..]) = self.resolver.program.types[id.0].shape else {
            return None;
        };
        let known = self.field(*id, first)?;
        Some(Rc::new(known.clone()))
    }

    pub(super) fn struct_literal(
        &mut self,
        path: &Path,
        fields: &'a [(SmolStr, ExprId)],
        rest: Option<ExprId>,
    ) -> Value {
        let ty = if path.as_name().is_some_and(|name| name == "Self") {
            self.context.self_type.clone().unwrap_or_default()
        } else {
            match self.resolve(&path.segments, Namespace::Types) {
                Resolved::Type(_) => self.type_of(&TypeRef::Path(path.clone())),
                Resolved::Member(id, _) => Type::Local(id, Vec::new()),
                _ => Type::Unknown,
            }
        };
        let variant = match &ty {
            Type::Local(id, _) => self.variant_of(*id, path.last()),
            _ => None,
        };
        let (mut origin, mut origins) = (Lineage::REPEATABLE, Vec::new());
        for (name, field) in fields {
            let value = self.eval(*field);
            origin = origin.and(value.origin);
            let confirms = matches!(self.body.get(*field).kind, ExprKind::Bool(true));
            if confirms && listed(&self.catalog().effects.unacknowledged, name) {
                origin = origin.and(Origin::UNACKNOWLEDGED);
            }
            origins.push(match is_option(&value.ty) {
                true => may_be_absent(&value),
                false => value.origin,
            });
            self.learn_field(&ty, name, (*field, &value));
        }
        let rest = rest.map(|rest| self.eval(rest).origin);
        let parts = match &ty {
            Type::Local(id, _) if variant.is_none() => {
                let set = fields
                    .iter()
                    .zip(&origins)
                    .map(|((name, _), origin)| Column {
                        origin: *origin,
                        ..Column::named(name)
                    });
                Some((*id, set.collect::<Rc<[Column]>>()))
            }
            _ => None,
        };
        let of_record = parts.as_ref().filter(|(id, _)| self.is_record(*id));
        let columns = of_record.map(|(_, columns)| Rc::clone(columns));
        // `Model { name, ..found }` is what was found, with another name.
        let kept = rest.filter(|rest| columns.is_some() && *rest != Lineage::REPEATABLE);
        Value {
            origin: kept.unwrap_or(origin),
            columns,
            parts,
            variant,
            ..Value::of(ty)
        }
    }

    pub(super) fn learn_field(
        &mut self,
        owner: &Type,
        name: &SmolStr,
        (expr, value): (ExprId, &Value),
    ) {
        // What is put there later counts: of `None`, nobody calls anything.
        let none =
            matches!(&self.body.get(expr).kind, ExprKind::Path(path) if path.last() == "None");
        if let (Type::Local(id, _), false) = (owner, none) {
            let text = value.text.as_ref().filter(|text| !text.contains('{'));
            let learnt = self.out.learnt();
            learnt.field((*id, name.clone()), value.client.as_deref(), text);
            self.give_field(*id, name, value.origin);
        }
    }
}
