//! Closures and futures that functions of the system are passed, and the guards under which they
//! run them.

use super::BodyReader;
use super::value::{Pending, Value};
use crate::link::program::{FunctionDef, FunctionId};
use crate::model::{Evidence, GuardKind};
use crate::read::rust::ir::{ExprId, Path, TypeRef};
use smol_str::SmolStr;

/// Whether a parameter of this type is something that the function runs: a closure or a future.
pub(super) fn is_run(def: &FunctionDef<'_>, ty: &TypeRef) -> bool {
    let runs = |path: &Path| {
        let name = path.last().trim_start_matches("Async");
        matches!(
            name,
            "Fn" | "FnMut" | "FnOnce" | "Future" | "IntoFuture" | "TryFuture"
        )
    };
    match ty {
        TypeRef::Traits(traits) => traits.iter().any(runs),
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
            match bound {
                Some((_, bounds)) => bounds.iter().any(runs),
                // `Box<dyn FnOnce()>`, `Pin<Box<dyn Future>>`.
                None => {
                    matches!(path.last(), "Box" | "Pin" | "Arc" | "BoxFuture")
                        && path
                            .segments
                            .iter()
                            .flat_map(|segment| &segment.args)
                            .any(|inner| path.last() == "BoxFuture" || is_run(def, inner))
                }
            }
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
        method: bool,
        args: &'a [ExprId],
    ) -> Vec<Value> {
        let mut values = Vec::new();
        for (index, arg) in args.iter().enumerate() {
            let given = |function: &FunctionId| {
                let def = &self.resolver.program.functions[function.0];
                let shift = usize::from(!method && def.function.has_self);
                let index = index.checked_sub(shift)?;
                self.before.given.get(&(*function, index)).cloned()
            };
            let mut guards = functions.iter().map(given);
            let first = guards.next().flatten().unwrap_or_default();
            let rest: Vec<_> = guards.map(Option::unwrap_or_default).collect();
            let common = first.into_iter().filter(|(kind, _)| {
                rest.iter()
                    .all(|others| others.iter().any(|(other, _)| other == kind))
            });
            let common: Vec<(GuardKind, Evidence)> = common.collect();
            let mark = self.active.len();
            self.active.extend(common.iter().cloned());
            let value = self.eval(*arg);
            self.active.truncate(mark);
            for guard in &common {
                self.guard_pending(&value.pending, guard);
            }
            values.push(value);
        }
        values
    }

    /// Something that was passed in runs here: under the guards that are active.
    pub(super) fn run_parameters(&mut self, pending: &Pending) {
        for guard in self.active.clone() {
            self.guard_parameters(&pending.parameters, &guard);
        }
    }

    pub(super) fn guard_parameters(&mut self, parameters: &[usize], guard: &(GuardKind, Evidence)) {
        let Some(function) = self.context.id else {
            return;
        };
        for index in parameters {
            let given = self.out.learnt.given.entry((function, *index)).or_default();
            given.insert(guard.clone());
        }
    }
}
