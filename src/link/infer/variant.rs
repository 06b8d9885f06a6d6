//! Which variant of an enum is passed on: what is done with `Task::Delete(id)` is what its arm does.

use super::BodyReader;
use super::value::Value;
use crate::link::program::{TypeId, TypeShape};
use crate::link::types::Type;
use crate::model::{ByVariant, Origin, PassedVariant, Step};
use crate::read::rust::ir::Pat;

impl BodyReader<'_, '_> {
    /// The variant of this name, where a type has one.
    pub(super) fn variant_of(&self, id: TypeId, name: &str) -> Option<(TypeId, PassedVariant)> {
        let TypeShape::Enum(variants) = self.resolver.program.types[id.0].shape else {
            return None;
        };
        let known = variants.iter().any(|(known, _)| known == name);
        known.then(|| (id, PassedVariant::Named(name.to_owned())))
    }

    /// A value that is a parameter of the function as it was given: which variant it is, its callers say.
    pub(super) fn given_variant(&self, value: Value, index: usize) -> Value {
        let variant = self.enum_of(&value.ty);
        let variant = variant.map(|id| (id, PassedVariant::Parameter(index)));
        Value { variant, ..value }
    }

    fn enum_of(&self, ty: &Type) -> Option<TypeId> {
        match ty {
            Type::Local(id, _) => {
                let shape = self.resolver.program.types[id.0].shape;
                matches!(shape, TypeShape::Enum(_)).then_some(*id)
            }
            // What a channel gives is an option or result of what was put into it.
            Type::External(_, arguments) => self.enum_of(arguments.first()?),
            _ => None,
        }
    }

    /// What was just branched on is which variant a value is, where that came in from outside.
    pub(super) fn by_variant<'p>(
        &mut self,
        value: &Value,
        arms: impl Iterator<Item = (&'p Pat, bool)>,
    ) {
        let Some(PassedVariant::Parameter(parameter)) = own_variant(value) else {
            return;
        };
        let mut ways = Vec::new();
        for (pat, guarded) in arms {
            let names = names_of(pat);
            // What else must hold for an arm, nobody knows.
            let (Some(names), false) = (names, guarded) else {
                return;
            };
            ways.push(names);
        }
        if let Some(Step::Branch {
            arms, by_variant, ..
        }) = self.steps.last_mut()
            && arms.len() == ways.len()
        {
            *by_variant = Some(ByVariant { parameter, ways });
        }
    }
}

/// Which variant a value is, as far as it is one of its own enum and no part of another.
fn own_variant(value: &Value) -> Option<PassedVariant> {
    let (id, variant) = value.variant.as_ref()?;
    matches!(&value.ty, Type::Local(own, _) if own == id).then(|| variant.clone())
}

/// The variants among the arguments of a call, with the number of the parameter.
pub(super) fn passed_variants(
    receiver: Option<&Value>,
    args: &[Value],
) -> Vec<(usize, PassedVariant)> {
    let own = receiver.map(|value| (Origin::SELF, value));
    let all = args.iter().enumerate().chain(own);
    all.filter_map(|(index, value)| Some((index, own_variant(value)?)))
        .collect()
}

/// The variants that a pattern is for; an empty list is for all, and none for what is not known.
fn names_of(pat: &Pat) -> Option<Vec<String>> {
    match pat {
        Pat::TupleStruct(path, _) | Pat::Struct(path, _) => Some(vec![path.last().to_owned()]),
        Pat::Or(cases) => {
            let cases = cases.iter().map(names_of).collect::<Option<Vec<_>>>()?;
            let any = cases.iter().any(Vec::is_empty);
            Some(match any {
                true => Vec::new(),
                false => cases.concat(),
            })
        }
        Pat::Bind(name, None) if name.starts_with(char::is_uppercase) => {
            Some(vec![name.to_string()])
        }
        Pat::Bind(_, None) | Pat::Other => Some(Vec::new()),
        Pat::Bind(_, Some(inner)) | Pat::Typed(inner, _) => names_of(inner),
        Pat::Tuple(_) | Pat::Literal => None,
    }
}
