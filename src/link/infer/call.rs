//! Function and method calls: into the system (edges), into known crates (I/O, guards, clients).

use super::expr::MAX_DEREF;
use super::value::{ClientState, Pending, Value};
use super::{BodyReader, FoundCall, FoundEdge, Learnt};
use crate::catalog::{KnownMethod, TargetFrom, WrapTarget};
use crate::link::program::{FunctionId, TypeShape};
use crate::link::resolve::{Namespace, Resolved};
use crate::link::types::{Type, TypeVariables, catalog_type};
use crate::model::GuardKind;
use crate::model::{Answer, CallKind, Evidence, Guard, Guards};
use crate::read::rust::ir::{ExprId, ExprKind, Path, TextRange, TypeRef};
use crate::source::Span;
use smol_str::SmolStr;
use std::rc::Rc;

/// I/O that was just seen.
pub(super) struct Io<'e> {
    pub(super) span: Span,
    pub(super) name_span: Span,
    pub(super) kind: CallKind,
    pub(super) krate: &'e str,
    pub(super) evidence: Evidence,
    /// Guards that the library gives by itself.
    pub(super) defaults: &'e [GuardKind],
    /// Middleware may be around the client.
    pub(super) layered: bool,
}

impl<'a> BodyReader<'a, '_> {
    pub(super) fn catalog_type(
        &self,
        ty: &TypeRef,
        receiver: &Type,
        closure: &Type,
        argument: &Type,
    ) -> Type {
        catalog_type(
            ty,
            TypeVariables {
                receiver,
                closure,
                argument,
            },
        )
    }

    /// `callee(args)`.
    pub(super) fn call(&mut self, id: ExprId, callee: ExprId, args: &'a [ExprId]) -> Value {
        let ExprKind::Path(path) = &self.body.get(callee).kind else {
            let value = self.eval(callee);
            self.eval_all(args);
            return Value {
                pending: value.pending,
                ..Value::default()
            };
        };
        if let Some(name) = path.as_name()
            && let Some(mut value) = self.variable(name).cloned()
        {
            // A closure kept in a variable: what it gives, and what it does.
            self.eval_all(args);
            self.start_runs(&mut value.pending);
            return value;
        }
        match self.callee(path) {
            Resolved::Function(function) => {
                let values = self.eval_passed(&[function], false, args);
                self.local_call(&[function], id, None, &values)
            }
            Resolved::Member(owner, name) => {
                let ty = Type::Local(owner, Vec::new());
                let found = self.methods.find(&ty, &name);
                let values = self.eval_passed(&found, false, args);
                if found.is_empty() {
                    return Value::of(ty);
                }
                self.local_call(&found, id, None, &values)
            }
            Resolved::Type(owner) => {
                let values = self.eval_all(args);
                let ty = self.type_of(&TypeRef::Path(path.clone()));
                if matches!(
                    self.resolver.program.types[owner.0].shape,
                    TypeShape::Struct(_)
                ) {
                    for (index, value) in values.iter().enumerate() {
                        self.learn_field(&ty, &SmolStr::new(index.to_string()), value);
                    }
                }
                Value::of(ty)
            }
            Resolved::External(found) => self.external_call(id, callee, path, &found, args),
            _ => self.associated_call(id, callee, path, args),
        }
    }

    /// What a called path means; `Self::new` and `T::new` are looked up on the type.
    fn callee(&self, path: &Path) -> Resolved {
        let segments = path.names();
        if segments.first().is_some_and(|first| first == "Self")
            && let Some(Type::Local(id, _)) = &self.context.self_type
        {
            return match segments.get(1) {
                Some(name) => Resolved::Member(*id, name.clone()),
                None => Resolved::Type(*id),
            };
        }
        self.resolve(&segments, Namespace::Values)
    }

    fn eval_all(&mut self, args: &'a [ExprId]) -> Vec<Value> {
        args.iter().map(|arg| self.eval(*arg)).collect()
    }

    /// `<T as Trait>::f(..)`, `Self::f(..)` in a trait, `Type::f` of a bounded parameter.
    fn associated_call(
        &mut self,
        id: ExprId,
        callee: ExprId,
        path: &Path,
        args: &'a [ExprId],
    ) -> Value {
        let owner = match (&path.self_type, path.segments.as_slice()) {
            (Some(ty), _) => self.type_of(ty),
            (None, [first, _]) => {
                let alone = Path {
                    segments: vec![first.clone()],
                    ..Path::default()
                };
                self.type_of(&TypeRef::Path(alone))
            }
            _ => Type::Unknown,
        };
        let name = SmolStr::new(path.last());
        let found = self.methods.find(&owner, &name);
        if !found.is_empty() {
            let values = self.eval_all(args);
            return self.local_call(&found, id, None, &values);
        }
        if let Type::External(owner_path, _) = &owner {
            let full = format!("{owner_path}::{name}");
            return self.external_call(id, callee, path, &full, args);
        }
        self.eval_all(args);
        Value::default()
    }

    /// A call of functions of the system: edges, and what their result is.
    fn local_call(
        &mut self,
        functions: &[FunctionId],
        id: ExprId,
        receiver: Option<&Value>,
        args: &[Value],
    ) -> Value {
        let span = self.span_of(id);
        let mut pending = Pending::default();
        for value in args {
            pending.add(&value.pending);
        }
        let mut result = Value::default();
        for function in functions {
            let def = &self.resolver.program.functions[function.0];
            // `Type::method(value, ..)` passes the receiver as the first argument.
            let shift = usize::from(receiver.is_none() && def.function.has_self);
            for (index, value) in args.iter().skip(shift).enumerate() {
                let state = value.client.as_deref().cloned().unwrap_or_default();
                Learnt::meet(&mut self.out.learnt.parameters, (*function, index), &state);
            }
            if let Some(from) = self.context.id {
                pending.edges.push(self.out.edges.len());
                self.out.edges.push(FoundEdge {
                    from,
                    to: *function,
                    span,
                    guards: self.active.clone(),
                });
            }
            if result.ty.is_unknown() {
                result.ty = self.result_type(*function, receiver, &args[shift.min(args.len())..]);
            }
            result.text = result
                .text
                .or_else(|| self.before.texts.get(function).cloned());
            let client = self.before.results.get(function);
            result.client = match (result.client.take(), client) {
                (Some(a), Some(b)) => Some(Rc::new(a.meet(b))),
                (a, b) => a.or_else(|| b.cloned().map(Rc::new)),
            };
        }
        result.pending = pending;
        result
    }

    /// A call of a path into another crate: a function, or `Type::function`.
    fn external_call(
        &mut self,
        id: ExprId,
        callee: ExprId,
        written: &Path,
        path: &str,
        args: &'a [ExprId],
    ) -> Value {
        let crates = &self.catalog().crates;
        if let Some(function) = crates.find_function(path) {
            let guard = function.effect.wraps.map(|kind| {
                (
                    kind,
                    Evidence::seen(
                        self.span(self.body.get(callee).range),
                        format!("inside `{path}`"),
                    ),
                )
            });
            let values = self.eval_guarded(args, guard.as_ref(), &[]);
            let argument = values
                .first()
                .map(|value| value.ty.clone())
                .unwrap_or_default();
            let closure = values
                .last()
                .map(|value| value.ty.clone())
                .unwrap_or_default();
            let returns = function.returns.as_ref();
            let ty = returns
                .map(|ty| self.catalog_type(ty, &Type::Unknown, &closure, &argument))
                .unwrap_or_default();
            let mut value = Value {
                ty,
                client: first_client(&values),
                ..Value::default()
            };
            if function.effect.reads_environment {
                value.text = values
                    .first()
                    .and_then(|name| name.text.clone())
                    .map(|name| format!("${name}").into());
            }
            for argument in &values {
                value.pending.add(&argument.pending);
            }
            if let Some(kind) = function.effect.io {
                let target = target_of(function.effect.target, &values, written.last());
                let io = Io {
                    span: self.span_of(id),
                    name_span: self.span_of(callee),
                    kind,
                    krate: &function.krate,
                    evidence: Evidence::known(
                        function.line,
                        format!("`{path}` does {} I/O", kind.name()),
                    ),
                    defaults: &[],
                    layered: false,
                };
                let state = Rc::new(ClientState::fresh(&[], io.evidence.clone()));
                self.record(&io, Some(state), target, &mut value);
            }
            return value;
        }
        if let Some((owner_path, name)) = path.rsplit_once("::")
            && let Some(owner) = crates.find_type(owner_path)
            && let Some(method) = crates.find_method(owner, name)
        {
            let generics = written
                .segments
                .len()
                .checked_sub(2)
                .map(|index| written.segments[index].args.as_slice());
            let arguments = generics
                .unwrap_or_default()
                .iter()
                .map(|ty| self.type_of(ty))
                .collect();
            let receiver = Value::of(Type::External(SmolStr::new(owner_path), arguments));
            let name_range = self.body.get(callee).range;
            return self.known_call(id, &receiver, method, name, name_range, args);
        }
        if crates.find_type(path).is_some() {
            // A tuple struct of another crate: `State(x)`, `Extension(x)`.
            let values = self.eval_all(args);
            let inner = values
                .first()
                .map(|value| value.ty.clone())
                .unwrap_or_default();
            let client = first_client(&values);
            return Value {
                ty: Type::External(SmolStr::new(path), vec![inner]),
                client,
                ..Value::default()
            };
        }
        let values = self.eval_all(args);
        let mut value = Value::default();
        for argument in &values {
            value.pending.add(&argument.pending);
        }
        let range = self.body.get(callee).range;
        self.extension_call(id, path, range, &values, &mut value);
        value
    }

    /// `receiver.name(args)`.
    pub(super) fn method_call(
        &mut self,
        id: ExprId,
        receiver: ExprId,
        name: &SmolStr,
        name_range: TextRange,
        turbofish: &[TypeRef],
        args: &'a [ExprId],
    ) -> Value {
        let receiver = self.eval(receiver);
        let mut ty = receiver.ty.clone();
        for _ in 0..MAX_DEREF {
            let found = self.methods.find(&ty, name);
            if self.is_breaker(&ty) {
                let span = self.span(name_range);
                self.ask_breaker(name, span);
            }
            if !found.is_empty() {
                let values = self.eval_passed(&found, true, args);
                let receiver = receiver.with_type(ty);
                let mut result = self.local_call(&found, id, Some(&receiver), &values);
                result.pending.add(&receiver.pending);
                return result;
            }
            if let Some(method) = self.known_method(&ty, name) {
                let receiver = receiver.with_type(ty);
                let mut result = self.known_call(id, &receiver, method, name, name_range, args);
                if let Some(given) = turbofish.first()
                    && result.ty.is_unknown()
                {
                    result.ty = self.type_of(given);
                }
                return result;
            }
            match self.dereferenced(&ty) {
                Some(inner) => ty = inner,
                None => break,
            }
        }
        let given = self.methods.given_to_all(name);
        if !given.is_empty() && !receiver.ty.is_unknown() {
            let values = self.eval_passed(given, true, args);
            let mut result = self.local_call(given, id, Some(&receiver), &values);
            result.pending.add(&receiver.pending);
            return result;
        }
        let any = self.catalog().crates.any_type();
        if let Some(method) = any.and_then(|any| self.catalog().crates.find_method(any, name)) {
            return self.known_call(id, &receiver, method, name, name_range, args);
        }
        let mut result = Value::default();
        result.pending.add(&receiver.pending);
        let values = self.eval_all(args);
        for value in &values {
            result.pending.add(&value.pending);
        }
        if !self.extension_call(id, name, name_range, &values, &mut result) {
            self.keep_unknown(&receiver.ty, name, name_range);
        }
        result
    }

    /// The catalogue's entry for a method of a type of another crate, or of a trait it has.
    fn known_method(&self, ty: &Type, name: &str) -> Option<KnownMethod<'a>> {
        let crates = &self.catalog().crates;
        match ty {
            Type::External(path, _) => crates.find_method(crates.find_type(path)?, name),
            Type::List(_) => crates.find_method(crates.find_type("std::vec::Vec")?, name),
            Type::Traits(traits) => traits.iter().find_map(|ty| match ty {
                Type::External(path, _) => crates.find_method(crates.find_type(path)?, name),
                _ => None,
            }),
            _ => None,
        }
    }

    /// A call that the catalogue knows.
    fn known_call(
        &mut self,
        id: ExprId,
        receiver: &Value,
        method: KnownMethod<'a>,
        name: &str,
        name_range: TextRange,
        args: &'a [ExprId],
    ) -> Value {
        let entry = method.entry;
        let name_span = self.span(name_range);
        let called = name.rsplit("::").next().unwrap_or(name);
        let guard = entry.wraps.map(|kind| {
            (
                kind,
                Evidence::seen(
                    name_span,
                    format!("inside `{}` of `{}`", called, method.owner.path),
                ),
            )
        });
        let around_arguments = guard
            .as_ref()
            .filter(|_| entry.wraps_target == WrapTarget::Arguments);
        let closure_types: Vec<Type> = method
            .closure
            .iter()
            .map(|ty| self.catalog_type(ty, &receiver.ty, &Type::Unknown, &Type::Unknown))
            .collect();
        let parameters: Vec<_> = closure_types
            .into_iter()
            .map(|ty| receiver.with_type(ty))
            .collect();
        let values = self.eval_guarded(args, around_arguments, &parameters);
        let mut before = receiver.pending.clone();
        if let (Some(guard), WrapTarget::Receiver) = (&guard, entry.wraps_target) {
            self.guard_pending(&mut before, guard);
        }
        let closure = values
            .last()
            .map(|value| value.ty.clone())
            .unwrap_or_default();
        let argument = values
            .first()
            .map(|value| value.ty.clone())
            .unwrap_or_default();
        let ty = method
            .returns
            .map(|ty| self.catalog_type(ty, &receiver.ty, &closure, &argument));
        let mut value = Value {
            ty: ty.unwrap_or_default(),
            text: receiver.text.clone(),
            ..Value::default()
        };
        value.client = receiver.client.clone().or_else(|| first_client(&values));
        value.pending.add(&before);
        for argument in &values {
            value.pending.add(&argument.pending);
        }
        let target = target_of(entry.target, &values, called);
        value.client = self.client_after(
            method,
            called,
            name_span,
            value.client,
            values.first(),
            target.as_deref(),
        );
        if let Some(kind) = entry.io {
            let io = Io {
                span: self.span_of(id),
                name_span,
                kind,
                krate: &method.owner.krate,
                evidence: Evidence::known(
                    method.owner.line,
                    format!(
                        "`{called}` of `{}` does {} I/O",
                        method.owner.path,
                        kind.name()
                    ),
                ),
                defaults: &method.owner.entry.defaults,
                layered: method.owner.entry.layered,
            };
            let state = value.client.take();
            self.record(&io, state, target, &mut value);
        }
        value
    }

    /// What a known method makes of the client it is called on or given.
    fn client_after(
        &self,
        method: KnownMethod<'_>,
        called: &str,
        span: Span,
        before: Option<Rc<ClientState>>,
        argument: Option<&Value>,
        target: Option<&str>,
    ) -> Option<Rc<ClientState>> {
        let entry = method.entry;
        let addressed = entry.http_method.is_some() || (target.is_some() && entry.io.is_none());
        if entry.fresh.is_none() && entry.sets.is_none() && !entry.adds_layer && !addressed {
            return before;
        }
        let mut state = before.as_deref().cloned().unwrap_or_default();
        if let Some(defaults) = &entry.fresh {
            let reason = format!("made by `{called}` of `{}`", method.owner.path);
            state = ClientState::fresh(defaults, Evidence::seen(span, reason));
        }
        if entry.adds_layer {
            state = self.layered(state, argument, span);
        }
        if let Some(kind) = entry.sets {
            state.set(kind, Evidence::seen(span, format!("set with `{called}`")));
        }
        if addressed {
            state.method = entry.http_method.as_deref().map(|method| match method {
                "name" => called.to_ascii_uppercase(),
                other => other.to_owned(),
            });
            state.target = target.map(str::to_owned).or(state.target);
        }
        Some(Rc::new(state))
    }

    /// A client with a middleware around it: with its guard, or with any, where it is not known.
    fn layered(&self, mut state: ClientState, layer: Option<&Value>, span: Span) -> ClientState {
        let known = match layer.map(|layer| &layer.ty) {
            Some(Type::External(path, _)) => self.catalog().crates.find_type(path),
            _ => None,
        };
        match known {
            Some(known) => {
                if let Some(kind) = known.entry.guard {
                    state.set(kind, Evidence::seen(span, format!("with `{}`", known.path)));
                }
            }
            None => state.doubt(),
        }
        state
    }

    /// Evaluates arguments under a guard; futures made before and passed in are guarded too.
    fn eval_guarded(
        &mut self,
        args: &'a [ExprId],
        guard: Option<&(GuardKind, Evidence)>,
        parameters: &[Value],
    ) -> Vec<Value> {
        if let Some(guard) = guard {
            self.active.push(guard.clone());
        }
        let mut values = Vec::new();
        for arg in args {
            values.push(match &self.body.get(*arg).kind {
                ExprKind::Closure {
                    parameters: names,
                    body,
                    ..
                } if !parameters.is_empty() => self.closure(names, *body, parameters),
                _ => self.eval(*arg),
            });
        }
        if let Some(guard) = guard {
            self.active.pop();
            for value in &mut values {
                self.guard_pending(&mut value.pending, guard);
            }
        }
        values
    }

    pub(super) fn guard_pending(&mut self, pending: &mut Pending, guard: &(GuardKind, Evidence)) {
        self.start_runs(pending);
        for run in &pending.runs {
            self.runs[*run].guards.insert(guard.clone());
        }
        for index in &pending.calls {
            let found = self.out.calls[*index].guards.get_mut(guard.0);
            add_guard(found, &guard.1);
        }
        for index in &pending.edges {
            let guards = &mut self.out.edges[*index].guards;
            if !guards.contains(guard) {
                guards.push(guard.clone());
            }
        }
    }

    pub(super) fn record(
        &mut self,
        io: &Io<'_>,
        client: Option<Rc<ClientState>>,
        target: Option<String>,
        value: &mut Value,
    ) {
        let Some(function) = self.context.id else {
            return;
        };
        let state = client.as_deref().cloned().unwrap_or_default();
        let mut guards = Guards::default();
        for kind in GuardKind::ALL {
            let guard = guards.get_mut(kind);
            guard.answer = state.answer(kind);
            guard.evidence = state
                .evidence
                .iter()
                .filter(|(known, _)| *known == kind)
                .map(|(_, e)| e.clone())
                .collect();
        }
        // A breaker or a retry that no middleware can bring would be seen around the call.
        for kind in [GuardKind::Retry, GuardKind::Breaker] {
            let guard = guards.get_mut(kind);
            if guard.answer == Answer::Unknown && !io.layered && !io.defaults.contains(&kind) {
                guard.answer = Answer::No;
            }
        }
        for kind in io.defaults {
            let guard = guards.get_mut(*kind);
            if guard.answer == Answer::Unknown {
                guard.answer = Answer::Yes;
                guard.evidence.push(io.evidence.clone());
            }
        }
        for (kind, evidence) in &self.active {
            add_guard(guards.get_mut(*kind), evidence);
        }
        value.pending.calls.push(self.out.calls.len());
        self.out.calls.push(FoundCall {
            function,
            span: io.span,
            name_span: io.name_span,
            kind: io.kind,
            krate: io.krate.to_owned(),
            method: state.method.clone(),
            target: target.or_else(|| state.target.clone()),
            guards,
            evidence: vec![io.evidence.clone()],
        });
    }
}

fn add_guard(guard: &mut Guard, evidence: &Evidence) {
    if guard.answer != Answer::Yes {
        guard.evidence.clear();
    }
    guard.answer = Answer::Yes;
    if !guard.evidence.contains(evidence) {
        guard.evidence.push(evidence.clone());
    }
}

fn first_client(values: &[Value]) -> Option<Rc<ClientState>> {
    values.iter().find_map(|value| value.client.clone())
}

/// The text of the argument that names the target; of a record or message, what it is addressed to.
fn target_of(from: Option<TargetFrom>, values: &[Value], name: &str) -> Option<String> {
    let addressed = |value: &Value| {
        value
            .client
            .as_ref()
            .and_then(|client| client.target.clone())
    };
    let text = |index: usize| {
        let value = values.get(index)?;
        value
            .text
            .as_deref()
            .map(str::to_owned)
            .or_else(|| addressed(value))
    };
    match from? {
        TargetFrom::First => text(0),
        TargetFrom::Second => text(1),
        TargetFrom::Name => Some(name.to_owned()),
    }
}
