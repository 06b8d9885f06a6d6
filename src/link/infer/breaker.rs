//! Circuit breakers that the system has written itself: a type with a state that is open, closed
//! or half open, and methods that run what they are given, or allow it and take its outcome.

use super::BodyReader;
use crate::catalog::{Words, split_words};
use crate::link::program::{TypeId, TypeShape};
use crate::link::resolve::Resolver;
use crate::link::types::Type;
use crate::model::{Evidence, GuardKind, GuardLayer};
use crate::source::Span;
use std::collections::BTreeSet;

/// Last words of the names of private structs that hold the fields of another: a breaker's state may
/// stand in one. Whoever merely holds a breaker is none.
const INNER: [&str; 4] = ["core", "inner", "shared", "state"];

/// Where a function asked a breaker, and what it had recorded by then.
pub(super) struct Gate {
    calls: usize,
    edges: usize,
    evidence: Evidence,
    /// The outcome is reported to a breaker too.
    reported: bool,
}

/// The types that are circuit breakers: by their name, or by a state with a half-open variant.
pub(super) fn breakers(resolver: &Resolver<'_, '_>, words: &Words) -> BTreeSet<TypeId> {
    let types = (0..resolver.program.types.len()).map(TypeId);
    let named = |id: &TypeId| {
        let name = split_words(&resolver.program.types[id.0].name);
        name.last()
            .is_some_and(|last| words.breakers.contains(last))
    };
    types
        .filter(|id| named(id) || has_state(resolver, *id, true))
        .collect()
}

/// Whether a struct holds an enum that can be half open, by itself or in its private inner struct.
fn has_state(resolver: &Resolver<'_, '_>, id: TypeId, outer: bool) -> bool {
    let TypeShape::Struct(fields) = resolver.program.types[id.0].shape else {
        return false;
    };
    fields.iter().any(|(name, _)| {
        let ty = resolver.field_type(id, &[], name).unwrap_or_default();
        let mut inside = Vec::new();
        local_types(&ty, &mut inside);
        inside.into_iter().any(|inner| {
            can_be_half_open(resolver, inner)
                || (outer && is_inner(resolver, inner) && has_state(resolver, inner, false))
        })
    })
}

fn is_inner(resolver: &Resolver<'_, '_>, id: TypeId) -> bool {
    let words = split_words(&resolver.program.types[id.0].name);
    words
        .last()
        .is_some_and(|last| INNER.contains(&last.as_str()))
}

fn can_be_half_open(resolver: &Resolver<'_, '_>, id: TypeId) -> bool {
    let TypeShape::Enum(variants) = resolver.program.types[id.0].shape else {
        return false;
    };
    variants
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("HalfOpen"))
}

fn local_types(ty: &Type, found: &mut Vec<TypeId>) {
    match ty {
        Type::Local(id, inner) => {
            found.push(*id);
            inner.iter().for_each(|ty| local_types(ty, found));
        }
        Type::External(_, inner) | Type::Tuple(inner) => {
            inner.iter().for_each(|ty| local_types(ty, found));
        }
        Type::List(inner) => local_types(inner, found),
        _ => {}
    }
}

impl BodyReader<'_, '_> {
    /// Whether a type is a breaker of the system.
    pub(super) fn is_breaker(&self, ty: &Type) -> bool {
        match ty {
            Type::Local(id, _) => self.methods.breakers.contains(id),
            Type::External(path, _) => {
                let known = self.catalog().crates.find_type(path);
                known.is_some_and(|known| known.entry.breaker)
            }
            Type::Traits(traits) => traits.iter().any(|ty| self.is_breaker(ty)),
            _ => false,
        }
    }

    /// A breaker is asked, or told an outcome: what follows the question in this function runs
    /// only while the breaker is closed.
    pub(super) fn ask_breaker(&mut self, name: &str, span: Span) {
        let words = &self.catalog().words;
        let parts = split_words(name);
        if parts
            .iter()
            .any(|part| words.breaker_reports.contains(part))
        {
            if let Some(gate) = &mut self.gate {
                gate.reported = true;
            }
        } else if self.gate.is_none()
            && parts
                .first()
                .is_some_and(|part| words.breaker_gates.contains(part))
        {
            self.gate = Some(Gate {
                calls: self.out.calls.len(),
                edges: self.out.edges.len(),
                evidence: Evidence::seen(span, format!("after `{name}` of a circuit breaker")),
                reported: false,
            });
        }
    }

    /// Guards what follows the question to a breaker, where the function tells it the outcome.
    pub(super) fn close_gate(&mut self) {
        let Some(gate) = self.gate.take().filter(|gate| gate.reported) else {
            return;
        };
        let mut pending = super::value::Pending::from(super::value::Waiting {
            calls: (gate.calls..self.out.calls.len()).collect(),
            edges: (gate.edges..self.out.edges.len()).collect(),
            ..super::value::Waiting::default()
        });
        self.guard_pending(
            &mut pending,
            &GuardLayer::new(GuardKind::Breaker, gate.evidence),
        );
    }
}
