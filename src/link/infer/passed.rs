//! Closures and futures that functions of the system are passed, and the guards under which they
//! run them.

use super::BodyReader;
use super::effect::Given;
use super::learnt::Asked;
use super::value::{Pending, Value};
use crate::catalog::{WordList, listed, split_words};
use crate::link::program::{FunctionDef, FunctionId};
use crate::model::{GuardKind, GuardLayer, Knows};
use crate::read::rust::ir::{ExprId, ExprKind, Path, TypeRef};
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// One run of something that was passed in.
pub(super) struct Run {
    parameter: usize,
    /// What is around it.
    pub(super) guards: Vec<GuardLayer>,
}

impl Run {
    /// The run is inside one more guard.
    pub(super) fn guard(&mut self, layer: &GuardLayer) {
        if !self.guards.iter().any(|known| known.is(layer)) {
            self.guards.push(layer.clone());
        }
    }
}

/// What a function that is a middleware is given: what is behind it (`axum::middleware::Next`, `actix_web::middleware::Next`).
const NEXT: &str = "Next";

/// Whether a parameter of this type is something that the function runs: a closure or a future.
pub(super) fn is_run(def: &FunctionDef<'_>, ty: &TypeRef) -> bool {
    let runs = |path: &Path| {
        let name = path.last().trim_start_matches("Async");
        matches!(
            name,
            "Fn" | "FnMut" | "FnOnce" | "Future" | "IntoFuture" | "TryFuture"
        )
    };
    if is_bound(def, ty, &mut |path| runs(path)) {
        return true;
    }
    match ty {
        // `Box<dyn FnOnce()>`, `Pin<Box<dyn Future>>`.
        TypeRef::Path(path) => {
            let name = path.last();
            if name == NEXT {
                return true;
            }
            let given = path.segments.iter().flat_map(|segment| segment.args());
            let mut given = given.filter(|_| matches!(name, "Box" | "Pin" | "Arc" | "BoxFuture"));
            given.any(|inner| name == "BoxFuture" || is_run(def, inner))
        }
        _ => false,
    }
}

/// Whether a parameter of this type is a source of randomness: `&mut impl RngCore`.
pub(super) fn is_random(def: &FunctionDef<'_>, ty: &TypeRef, sources: &WordList) -> bool {
    let named = |path: &Path| {
        let words = split_words(path.last());
        listed(sources, path.last()) || words.iter().any(|word| word == "rng")
    };
    if is_bound(def, ty, &mut |path| named(path)) {
        return true;
    }
    let TypeRef::Path(path) = ty else {
        return false;
    };
    // What wraps one, and nothing else: `State<StdRng>`, `Box<dyn RngCore>`.
    let mut inner = path.segments.iter().flat_map(|segment| segment.args());
    let wrapped = match (inner.next(), inner.next()) {
        (Some(only), None) => is_random(def, only, sources),
        _ => false,
    };
    named(path) || wrapped
}

/// Whether a parameter may be of any type that has a trait.
pub(super) fn is_open(def: &FunctionDef<'_>, ty: &TypeRef) -> bool {
    is_bound(def, ty, &mut |_| true)
}

/// Whether a type is bound by a trait: `impl Trait`, `dyn Trait`, or a generic parameter.
fn is_bound(def: &FunctionDef<'_>, ty: &TypeRef, wanted: &mut dyn FnMut(&Path) -> bool) -> bool {
    match ty {
        TypeRef::Traits(traits) => traits.iter().any(wanted),
        TypeRef::Path(path) => {
            let mut generics = def.function.generics.parameters.iter();
            let mut owned = def
                .owner
                .into_iter()
                .flat_map(|owner| &owner.generics.parameters);
            let bound = path.as_name().and_then(|name| {
                let named = |(known, _): &&(SmolStr, Vec<Path>)| known == name;
                generics.find(named).or_else(|| owned.find(named))
            });
            bound.is_some_and(|(_, bounds)| bounds.iter().any(wanted))
        }
        _ => false,
    }
}

impl<'a> BodyReader<'a, '_> {
    /// Evaluates what is passed to functions of the system: under the guards under which all of
    /// them run it.
    pub(super) fn eval_passed(
        &mut self,
        functions: &[FunctionId],
        receiver: Option<&Value>,
        args: &'a [ExprId],
    ) -> Vec<Value> {
        let method = receiver.is_some();
        let mut values: Vec<Value> = Vec::new();
        for (index, arg) in args.iter().enumerate() {
            let mut given = |function: &FunctionId| {
                let def = &self.resolver.program.functions[function.0];
                let shift = usize::from(!method && def.function.has_self);
                let index = index.checked_sub(shift)?;
                self.ask(Asked::Given(*function, index));
                self.before.given.get(&(*function, index)).cloned()
            };
            let mut guards = functions.iter().map(&mut given);
            let first = guards.next().flatten().unwrap_or_default();
            let rest: Vec<_> = guards.map(Option::unwrap_or_default).collect();
            let common = first.into_iter().filter(|layer| {
                rest.iter()
                    .all(|others| others.iter().any(|other| other.kind == layer.kind))
            });
            let common: Vec<GuardLayer> = common.collect();
            let mark = self.active.len();
            self.active.extend(common.iter().rev().cloned());
            let mut value = match &self.body.get(*arg).kind {
                ExprKind::Closure {
                    parameters, body, ..
                } => {
                    let given = self.given_to_run(functions, receiver, &values, index);
                    self.closure(parameters, *body, &given)
                }
                _ => self.eval(*arg),
            };
            self.active.truncate(mark);
            for guard in &common {
                self.guard_pending(&mut value.pending, guard);
            }
            // A future of which nothing is known is run by whoever it is passed to. What a closure gives may be none.
            let closure = matches!(self.body.get(*arg).kind, ExprKind::Closure { .. });
            if !closure && value.unseen.is_some() && self.is_run_by(functions, method, index) {
                self.keep_unseen(&mut value);
            }
            if let (ExprKind::Path(_), Some(named)) = (&self.body.get(*arg).kind, &value.functions)
                && self.is_run_by(functions, method, index)
            {
                // `with_retries(place_order)`: whoever is passed it runs it.
                let named = Arc::clone(named);
                let span = self.span_of(*arg);
                self.visit(&named, span, Vec::new(), None);
            }
            values.push(value);
        }
        self.given = Given::of(&values);
        values
    }

    /// The parameters of a function that stand for what is behind it, where it is a middleware.
    pub(super) fn places_of_next(&self, function: FunctionId) -> Vec<usize> {
        let def = &self.resolver.program.functions[function.0];
        let is_next = |ty: &TypeRef| matches!(ty, TypeRef::Path(path) if path.last() == NEXT);
        let parameters = def.function.parameters.iter().enumerate();
        let next = parameters.filter(|(_, (_, ty))| is_next(ty));
        next.map(|(index, _)| index).collect()
    }

    /// Whether one of these functions runs what it is given for an argument.
    fn is_run_by(&self, functions: &[FunctionId], method: bool, index: usize) -> bool {
        functions.iter().any(|function| {
            let def = &self.resolver.program.functions[function.0];
            let shift = usize::from(!method && def.function.has_self);
            let parameter = index.checked_sub(shift);
            let declared = parameter.and_then(|index| def.function.parameters.get(index));
            declared.is_some_and(|(_, ty)| is_run(def, ty))
        })
    }

    /// What a function gives to the closure that it is passed, as far as its bound says: `F: FnOnce(&mut Connection)`.
    fn given_to_run(
        &self,
        functions: &[FunctionId],
        receiver: Option<&Value>,
        before: &[Value],
        index: usize,
    ) -> Vec<Value> {
        let values = functions.first().and_then(|function| {
            let def = &self.resolver.program.functions[function.0];
            let shift = usize::from(receiver.is_none() && def.function.has_self);
            let (_, ty) = def.function.parameters.get(index.checked_sub(shift)?)?;
            let mut found = Vec::new();
            is_bound(def, ty, &mut |path| {
                let given = path.segments.last().map_or(&[][..], |last| last.args());
                if let (true, [TypeRef::Tuple(types)]) = (path.last().contains("Fn"), given) {
                    found.extend_from_slice(types);
                }
                false
            });
            if found.is_empty() {
                return None;
            }
            let before = &before[shift.min(before.len())..];
            Some(self.passed_to_closure(*function, &found, receiver, before))
        });
        values.unwrap_or_default()
    }

    /// What a closure or future tells that these functions are passed and run: their result is what it gives.
    pub(super) fn told_by_run(
        &self,
        functions: &[FunctionId],
        args: &[Value],
    ) -> Option<Rc<Knows>> {
        let def = &self.resolver.program.functions[functions.first()?.0];
        let mut given = def.function.parameters.iter().zip(args);
        given.find_map(|((_, ty), value)| {
            let knows = value.knows.as_ref()?;
            (knows.told.is_some() && is_run(def, ty)).then(|| Rc::clone(knows))
        })
    }

    /// What was passed in and stands in a value runs here: under the guards that are active.
    pub(super) fn run(&mut self, pending: &mut Pending) {
        self.start_runs(pending);
        for run in &pending.runs {
            for layer in self.active.iter().rev() {
                self.runs[*run].guard(layer);
            }
        }
    }

    /// Everything passed in that stands in a value and has not run yet begins to.
    pub(super) fn start_runs(&mut self, pending: &mut Pending) {
        if pending.parameters.is_empty() {
            return;
        }
        for parameter in std::mem::take(&mut pending.parameters) {
            pending.runs.push(self.runs.len());
            self.runs.push(Run {
                parameter,
                guards: self.active.iter().rev().cloned().collect(),
            });
        }
    }

    /// Keeps the guards under which each parameter is run, wherever it is.
    pub(super) fn learn_runs(&mut self) {
        let Some(function) = self.context.id else {
            return;
        };
        let mut given: BTreeMap<usize, Vec<GuardLayer>> = BTreeMap::new();
        for run in &self.runs {
            let others = self
                .runs
                .iter()
                .filter(|other| other.parameter == run.parameter);
            let everywhere = |kind: GuardKind| {
                others
                    .clone()
                    .all(|other| other.guards.iter().any(|known| known.kind == kind))
            };
            let kept = run.guards.iter().filter(|layer| everywhere(layer.kind));
            let known = given.entry(run.parameter).or_default();
            for layer in kept {
                if !known.iter().any(|known| known.is(layer)) {
                    known.push(layer.clone());
                }
            }
        }
        for (parameter, guards) in given.into_iter().filter(|(_, guards)| !guards.is_empty()) {
            self.out
                .learnt()
                .given
                .insert((function, parameter), guards);
        }
    }
}
