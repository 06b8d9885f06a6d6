//! Which variant of an enum is passed on: what is done with `Task::Delete(id)` is what its arm does.

use super::value::Value;
use super::{BodyReader, FunctionContext};
use crate::link::program::{FunctionId, TypeId, TypeShape};
use crate::link::types::Type;
use crate::model::{ByVariant, Origin, PassedVariant, Step};
use crate::read::rust::ir::{Body, ExprId, ExprKind, Pat};
use std::sync::Arc;

/// How many functions are looked into, one within the other, that give a text for each variant.
const MAX_VARIANTS: usize = 4;

impl<'a> BodyReader<'a, '_> {
    /// The variant of this name, where a type has one.
    pub(super) fn variant_of(&self, id: TypeId, name: &str) -> Option<(TypeId, PassedVariant)> {
        let TypeShape::Enum(variants) = self.resolver.program.types[id.0].shape else {
            return None;
        };
        let known = variants.iter().any(|(known, _)| known == name);
        known.then(|| (id, PassedVariant::Named(name.to_owned())))
    }

    /// What a function that asks which variant it is called on gives for one: `Route::Orders.path()` is the text in that arm of
    /// its `match self`.
    pub(super) fn text_of_variant(
        &mut self,
        function: FunctionId,
        receiver: &Value,
    ) -> Option<Arc<str>> {
        let PassedVariant::Named(variant) = own_variant(receiver)? else {
            return None;
        };
        let def = &self.resolver.program.functions[function.0];
        let body = def.function.body.as_ref()?;
        let arms = match &body.get(whole(body, body.root?)).kind {
            ExprKind::Match { value, arms } if is_self(body, *value) => arms,
            _ => return None,
        };
        let arm = arms.iter().find(|(pat, ..)| {
            let names = names_of(pat).unwrap_or_default();
            names.is_empty() || names.contains(&variant)
        });
        // What else must hold for an arm, nobody knows.
        let (_, None, arm) = arm? else {
            return None;
        };
        if self.constants.open.get() >= MAX_VARIANTS {
            return None;
        }
        let context = FunctionContext {
            id: None,
            ..FunctionContext::new(self.resolver, function)
        };
        let text = self.aside(&context, def.span.source, body, Some(*arm)).text;
        text.filter(|text| !text.contains('{'))
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

/// The expression that a block comes to which does nothing else.
fn whole(body: &Body, id: ExprId) -> ExprId {
    match &body.get(id).kind {
        ExprKind::Block(block) => match (block.statements.is_empty(), block.value) {
            (true, Some(value)) => whole(body, value),
            _ => id,
        },
        _ => id,
    }
}

/// `self`, `*self`.
fn is_self(body: &Body, id: ExprId) -> bool {
    match &body.get(id).kind {
        ExprKind::Path(path) => path.last() == "self",
        ExprKind::Operator { operands, .. } => match operands.as_slice() {
            [only] => is_self(body, *only),
            _ => false,
        },
        _ => false,
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
        Pat::Bind(name, None, _) if name.starts_with(char::is_uppercase) => {
            Some(vec![name.to_string()])
        }
        Pat::Bind(_, None, _) | Pat::Other => Some(Vec::new()),
        Pat::Bind(_, Some(inner), _) | Pat::Typed(inner, _) => names_of(inner),
        Pat::Tuple(_) | Pat::Int(_) | Pat::Literal => None,
    }
}
