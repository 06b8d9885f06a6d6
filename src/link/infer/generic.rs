//! What a generic function gives for the types it is given.

use super::value::Value;
use super::{BodyReader, FunctionContext};
use crate::link::program::{FunctionId, TypeId};
use crate::link::types::{Scope, Type};
use crate::read::rust::ir::{Generics, Path, TypeRef};
use smol_str::SmolStr;

impl BodyReader<'_, '_> {
    /// The type of a function's result, its type parameters replaced by what the receiver and the
    /// arguments say of them.
    pub(super) fn result_type(
        &self,
        function: FunctionId,
        receiver: Option<&Value>,
        args: &[Value],
    ) -> Type {
        let def = &self.resolver.program.functions[function.0];
        let context = FunctionContext::new(self.resolver, function);
        let returns = &def.function.returns;
        let unbound = without_bounds(&context.generics);
        if unbound.parameters.is_empty() {
            return self.resolver.type_of(context.scope(), returns);
        }
        let generics = [&unbound];
        let scope = Scope {
            generics: &generics,
            ..context.scope()
        };
        let mut bound = self.bound_by(scope, function, receiver, args);
        let known = context.generics.iter().flat_map(|known| &known.parameters);
        for (name, bounds) in known {
            // A closure or future stands for what it gives.
            let given = bound.iter().find(|(known, _)| known == name);
            if let (Some(output), Some((_, given))) = (output_of(bounds), given) {
                let given = given.clone();
                unify(&self.resolver.type_of(scope, output), &given, &mut bound);
            }
        }
        for ((_, declared), value) in def.function.parameters.iter().zip(args) {
            if let TypeRef::Traits(bounds) = declared
                && let Some(output) = output_of(bounds)
            {
                let output = self.resolver.type_of(scope, output);
                unify(&output, &value.ty, &mut bound);
            }
        }
        // What nobody said of is known by its bounds.
        let known = context.generics.iter().flat_map(|known| &known.parameters);
        for (name, bounds) in known {
            let open = bound
                .iter()
                .all(|(known, _): &(SmolStr, Type)| known != name);
            if open && !bounds.is_empty() {
                let by_bounds = self.resolver.bounds_of(context.scope(), bounds);
                bound.push((name.clone(), by_bounds));
            }
        }
        let result = self.resolver.type_of(scope, returns).substitute(&bound);
        match result.is_unknown() {
            // `P::Connection`: what the bounds say of it.
            true => self.resolver.type_of(context.scope(), returns),
            false => result,
        }
    }

    /// What the type parameters of a function stand for, as far as the receiver and the arguments say.
    fn bound_by(
        &self,
        scope: Scope<'_>,
        function: FunctionId,
        receiver: Option<&Value>,
        args: &[Value],
    ) -> Vec<(SmolStr, Type)> {
        let def = &self.resolver.program.functions[function.0];
        let mut bound = Vec::new();
        if let (Some(receiver), Some(own)) = (receiver, def.owner.and_then(|owner| owner.self_type))
        {
            unify(&self.resolver.type_of(scope, own), &receiver.ty, &mut bound);
        }
        if let (Some(receiver), Some(in_trait)) =
            (receiver, def.owner.and_then(|owner| owner.in_trait))
        {
            self.bind_trait(in_trait, &receiver.ty, &mut bound);
        }
        for ((_, declared), value) in def.function.parameters.iter().zip(args) {
            unify(
                &self.resolver.type_of(scope, declared),
                &value.ty,
                &mut bound,
            );
        }
        bound
    }

    /// What a method of a generic `impl` gives for the type arguments of what it is called on: `&T` of a `Deref`.
    pub(super) fn given_by(&self, function: FunctionId, own: &TypeRef, ty: &Type) -> Option<Type> {
        let context = FunctionContext::new(self.resolver, function);
        let unbound = without_bounds(&context.generics);
        let generics = [&unbound];
        let scope = Scope {
            generics: &generics,
            ..context.scope()
        };
        let mut bound = Vec::new();
        unify(&self.resolver.type_of(scope, own), ty, &mut bound);
        let returns = &self.resolver.program.functions[function.0].function.returns;
        let given = self.resolver.type_of(scope, returns).substitute(&bound);
        (!given.is_unknown()).then_some(given)
    }

    /// What a closure is passed that a function is given for this parameter, by its bound: `F: FnOnce(&mut Connection)`.
    pub(super) fn passed_to_closure(
        &self,
        function: FunctionId,
        written: &[TypeRef],
        receiver: Option<&Value>,
        args: &[Value],
    ) -> Vec<Value> {
        let context = FunctionContext::new(self.resolver, function);
        let unbound = without_bounds(&context.generics);
        let generics = [&unbound];
        let scope = Scope {
            generics: &generics,
            ..context.scope()
        };
        let bound = self.bound_by(scope, function, receiver, args);
        let types = written.iter().map(|ty| {
            let given = self.resolver.type_of(scope, ty).substitute(&bound);
            match given.is_unknown() {
                true => self.resolver.type_of(context.scope(), ty),
                false => given,
            }
        });
        types.map(Value::of).collect()
    }

    /// What the parameters of a trait stand for where a type implements it.
    fn bind_trait(&self, in_trait: TypeId, receiver: &Type, bound: &mut Vec<(SmolStr, Type)>) {
        let program = self.resolver.program;
        let Some(position) = self.methods.implementation(receiver, in_trait) else {
            return;
        };
        let def = &program.impls[position];
        let (Some(path), Some(own)) = (def.owner.implements, def.owner.self_type) else {
            return;
        };
        let unbound = without_bounds(&[def.owner.generics]);
        let generics = [&unbound];
        let scope = Scope {
            module: def.module,
            generics: &generics,
            self_type: None,
            associated: def.owner.items,
        };
        let mut of_impl = Vec::new();
        unify(&self.resolver.type_of(scope, own), receiver, &mut of_impl);
        let given = path
            .segments
            .last()
            .map_or(&[][..], |segment| segment.args());
        let names = &program.types[in_trait.0].generics.parameters;
        for ((name, _), ty) in names.iter().zip(given) {
            let ty = self.resolver.type_of(scope, ty).substitute(&of_impl);
            if !ty.is_unknown() {
                bound.push((name.clone(), ty));
            }
        }
    }
}

/// What is given by whatever is bound so: `R` of `FnOnce() -> R`, of `Future<Output = R>`.
fn output_of(bounds: &[Path]) -> Option<&TypeRef> {
    let bindings = bounds.iter().filter_map(|bound| bound.segments.last());
    let mut bindings = bindings.flat_map(|segment| segment.bindings());
    let output = bindings.find(|(name, _)| name == "Output");
    output.map(|(_, output)| output)
}

fn without_bounds(generics: &[&Generics]) -> Generics {
    let parameters = generics.iter().flat_map(|known| &known.parameters);
    Generics {
        parameters: parameters
            .map(|(name, _)| (name.clone(), Vec::new()))
            .collect(),
    }
}

/// Finds what the parameters in a declared type stand for in an actual one.
fn unify(declared: &Type, actual: &Type, bound: &mut Vec<(SmolStr, Type)>) {
    let all = |declared: &[Type], actual: &[Type], bound: &mut Vec<_>| {
        for (declared, actual) in declared.iter().zip(actual) {
            unify(declared, actual, bound);
        }
    };
    match (declared, actual) {
        (Type::Param(name), actual)
            if !actual.is_unknown() && bound.iter().all(|(known, _)| known != name) =>
        {
            bound.push((name.clone(), actual.clone()));
        }
        (Type::Local(a, declared), Type::Local(b, actual)) if a == b => {
            all(declared, actual, bound);
        }
        // The same type may have several paths; its name tells.
        (Type::External(a, declared), Type::External(b, actual))
            if a.rsplit("::").next() == b.rsplit("::").next() =>
        {
            all(declared, actual, bound);
        }
        (Type::Tuple(declared), Type::Tuple(actual)) => all(declared, actual, bound),
        (Type::List(declared), Type::List(actual)) => unify(declared, actual, bound),
        _ => {}
    }
}
