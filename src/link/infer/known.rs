//! Calls of the functions and methods that the catalogue knows: I/O, guards, clients, routers, queues.

use super::expr::{MAX_DEREF, tried};
use super::guard::{Around, Io, settings_for};
use super::learnt::{self, Asked};
use super::lineage::Lineage;
use super::value::{ClientState, Pending, Value};
use super::{BodyReader, FoundEdge, FoundFill, FunctionContext, named};
use crate::catalog::{
    KnownFunction, KnownMethod, KnownType, MethodEntry, RunsWhen, TargetFrom, WrapTarget, listed,
};
use crate::link::program::{FunctionId, TypeId, TypeShape};
use crate::link::types::Type;
use crate::model::{Answer, ByVariant, CallKind, Evidence, GuardKind, GuardLayer, Origin, When};
use crate::read::rust::ir::{ExprId, ExprKind, Path, Statement, TextRange, TypeRef};
use crate::source::Span;
use smol_str::SmolStr;
use std::rc::Rc;

/// How many arguments of a mutation the client is known to send.
const MAX_ARGUMENTS: usize = 16;

/// What stands in the place of mutations in a GraphQL schema that has none (async-graphql and juniper).
const NO_MUTATION: &str = "EmptyMutation";

impl<'a> BodyReader<'a, '_> {
    /// The client that a constructor gives that is passed on by its name: `LazyLock::new(Client::new)`.
    pub(super) fn made_by(&mut self, id: ExprId, written: &Path, path: &str) -> Option<Value> {
        let crates = &self.catalog().crates;
        let (owner, name) = path.rsplit_once("::")?;
        let method = crates.find_method(crates.find_type(owner)?, name)?;
        method.entry.fresh.as_ref()?;
        Some(self.external_call(id, id, written, path, &[]))
    }

    /// A call of a free function of another crate that the catalogue knows.
    pub(super) fn known_function(
        &mut self,
        id: ExprId,
        callee: ExprId,
        function: &KnownFunction,
        path: &str,
        args: &'a [ExprId],
    ) -> Value {
        let name = path.rsplit("::").next().unwrap_or(path);
        let name_span = self.span_of(callee);
        let around = function.effect.wraps.map(|kind| Around {
            layer: GuardLayer::new(kind, Evidence::seen(name_span, format!("inside `{path}`"))),
            settings: function.effect.settings.as_ref(),
            receiver: None,
        });
        let (values, _) = self.eval_guarded(args, around, &[]);
        if let (true, Some(id)) = (function.effect.unbounded, self.context.id) {
            self.out.unbounded.push((id, name_span));
        }
        if let (Some(product), Some(id)) = (&function.effect.begins_use_of, self.context.id) {
            let product = SmolStr::new(product);
            self.out.used_outside.push((id, product, name_span));
        }
        if function.effect.fans_out {
            self.fan_out(args, &values, name_span);
        }
        if function.effect.mutates {
            self.mutate(&values, name_span);
        }
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
            functions: values.iter().find_map(|value| value.functions.clone()),
            ..Value::default()
        };
        if let Some(defaults) = &function.effect.fresh {
            let evidence = Evidence::seen(name_span, format!("made by `{path}`"));
            let layers = defaults.iter().map(|kind| GuardLayer {
                settings: settings_for(*kind, function.effect.settings.as_ref()),
                ..GuardLayer::new(*kind, evidence.clone())
            });
            value.client = Some(Rc::new(ClientState::fresh(
                layers.collect(),
                evidence.clone(),
            )));
        }
        if let Some(entry) = &function.effect.route {
            value.routes = Some(self.route_step(entry, name, None, &values, args, name_span));
            value.functions = None;
        }
        if function.effect.io.is_none() {
            // A command is known by its name: `cmd("LPUSH")`.
            value.text = values.first().and_then(|value| value.text.clone());
        }
        if let Some(unit) = function.effect.milliseconds {
            let number = values.first().and_then(|value| value.text.as_deref());
            let number = number.and_then(|text| text.parse::<u64>().ok());
            let number = number.and_then(|number| number.checked_mul(unit));
            value.text = number.map(|number| format!("{number}ms").into());
        }
        if function.effect.reads_environment {
            value.text = values
                .first()
                .and_then(|name| name.text.clone())
                .map(|name| format!("${name}").into());
        }
        for argument in &values {
            value.pending.add(&argument.pending);
        }
        if function.effect.wraps.is_some() {
            // `timeout(limit, client.call())`.
            value.unseen = values.iter().find_map(|argument| argument.unseen);
        }
        if let Some(kind) = function.effect.io {
            let target = target_of(function.effect.target, &values, name);
            let io = Io {
                span: self.span_of(id),
                name_span,
                kind,
                krate: &function.krate,
                evidence: Evidence::known(
                    function.line,
                    format!("`{path}` does {} I/O", kind.name()),
                ),
                defaults: &[],
                settings: None,
                since: None,
                layered: false,
            };
            // What the library gives by itself was made with the call.
            let made = value
                .client
                .take()
                .filter(|_| function.effect.fresh.is_some());
            let none = || Rc::new(ClientState::fresh(Vec::new(), io.evidence.clone()));
            let state = made.unwrap_or_else(none);
            self.record(&io, Some(state), target, &mut value);
        }
        value
    }

    /// The catalogue's entry for a method of a type of another crate, or of a trait it has.
    pub(super) fn known_method(&self, ty: &Type, name: &str) -> Option<KnownMethod<'a>> {
        let crates = &self.catalog().crates;
        match ty {
            Type::Local(id, _) => {
                let mut traits = self.methods.foreign_traits(*id);
                traits.find_map(|path| crates.find_method(crates.find_type(path)?, name))
            }
            Type::External(path, arguments) => {
                let known = crates.find_type(path)?;
                // A generated client is made around something; what is only called like one is not.
                let bare = match arguments.first() {
                    Some(Type::External(..)) => arguments[0].may_be_text(),
                    Some(_) => false,
                    None => true,
                };
                if bare && !known.entry.carriers.is_empty() && !known.names(name) {
                    return None;
                }
                crates.find_method(known, name)
            }
            Type::List(_) => crates.find_method(crates.find_type("std::vec::Vec")?, name),
            Type::Traits(traits) => traits.iter().find_map(|ty| match ty {
                Type::External(path, _) => crates.find_method(crates.find_type(path)?, name),
                _ => None,
            }),
            _ => None,
        }
    }

    /// Middlewares are put around the handlers of a router.
    fn layer_handlers(&mut self, entry: &MethodEntry, layers: &[Value], name_span: Span) {
        for layer in layers.iter().filter(|_| entry.layers_handlers) {
            let around = self.layered(ClientState::default(), layer, name_span);
            let function = self.context.id;
            let around = around.layers.into_iter();
            (self.out.around_handlers).extend(around.map(|layer| (function, layer)));
            // `from_fn(bounded)`: under which guards it runs what is behind it.
            for function in layer
                .functions
                .iter()
                .flat_map(|functions| functions.iter())
            {
                for index in self.places_of_next(*function) {
                    self.ask(Asked::Given(*function, index));
                    let given = self.before.given.get(&(*function, index));
                    let given = given.cloned().unwrap_or_default();
                    let given = given.into_iter().map(|layer| (self.context.id, layer));
                    self.out.around_handlers.extend(given);
                }
            }
        }
    }

    /// What a known method does beside giving a value: a permit that lasts, another answer for a
    /// failure, something put into a queue, everything started at once.
    fn side_effects(
        &mut self,
        method: KnownMethod<'_>,
        receiver: &Value,
        before: &Pending,
        (called, args, values): (&str, &[ExprId], &[Value]),
        name_span: Span,
    ) {
        let entry = method.entry;
        self.through_channel(entry, receiver, values, name_span);
        if let (true, Type::External(_, items)) = (entry.fills, &receiver.ty)
            && let (Some(Type::Local(item, _)), Some(function)) = (items.first(), self.context.id)
        {
            self.out.fills.push(FoundFill {
                function,
                span: name_span,
                item: *item,
            });
        }
        if entry.fans_out {
            self.fan_out(&[], std::slice::from_ref(receiver), name_span);
        }
        let seen = || Evidence::seen(name_span, format!("`{called}` of `{}`", method.owner.path));
        if let Some(kind) = entry.holds {
            self.held.push(GuardLayer::new(kind, seen()));
        }
        if entry.falls_back && !self.hands_on_error(args) {
            let fallback = GuardLayer::new(GuardKind::Fallback, seen());
            let mut outcome = receiver.outcome.as_deref().cloned().unwrap_or_default();
            outcome.add(before);
            self.guard_pending(&mut outcome, &fallback);
        }
    }

    /// Whether what stands in for a failure is made of it: the answer that tells of it, and no other value.
    fn hands_on_error(&self, args: &[ExprId]) -> bool {
        let Some(arg) = args.first() else {
            return false;
        };
        let made = match &self.body.get(*arg).kind {
            ExprKind::Closure {
                parameters, body, ..
            } => {
                let error = parameters.first().and_then(|(pat, _)| named(pat));
                let value = match &self.body.get(*body).kind {
                    ExprKind::Block(block) => block.value.or(match block.statements.last() {
                        Some(Statement::Expr(last)) => Some(*last),
                        _ => None,
                    }),
                    _ => Some(*body),
                };
                // `unwrap_or_else(|_| panic!(..))` gives nothing instead.
                let leaves = &self.catalog().effects.leaves;
                let is_none = |value: ExprId| match &self.body.get(value).kind {
                    ExprKind::Macro { path, .. } => listed(leaves, path.last()),
                    // `unwrap_or_else(|_| Err(Failure::TooLate))`.
                    ExprKind::Call { callee, .. } => {
                        matches!(&self.body.get(*callee).kind, ExprKind::Path(path) if path.last() == "Err")
                    }
                    _ => false,
                };
                if value.is_some_and(is_none) {
                    return true;
                }
                error.zip(value)
            }
            // `unwrap_or_else(into_response)`.
            ExprKind::Path(path) => return self.is_own(path),
            _ => None,
        };
        made.is_some_and(|(error, value)| {
            let range = self.body.get(value).range;
            let inside = |one: &TextRange| one.start >= range.start && one.end <= range.end;
            let mut parts = self.body.exprs.iter();
            parts.any(|part| {
                inside(&part.range)
                    && matches!(&part.kind, ExprKind::Path(path) if path.as_name() == Some(error))
            })
        })
    }

    /// The I/O that a known method does.
    fn known_io(
        &mut self,
        (id, called, name_span): (ExprId, &str, Span),
        method: KnownMethod<'_>,
        receiver: &Type,
        target: Option<String>,
        value: &mut Value,
    ) {
        let Some(kind) = method.entry.io else { return };
        let owner = method.owner;
        let reason = format!("`{called}` of `{}` does {} I/O", owner.path, kind.name());
        let io = Io {
            span: self.span_of(id),
            name_span,
            kind,
            krate: crate_of(owner, receiver),
            evidence: Evidence::known(owner.line, reason),
            defaults: &owner.entry.defaults,
            settings: owner.entry.default_settings.as_ref(),
            since: method.entry.defaults_since.as_ref(),
            layered: owner.entry.layered,
        };
        let state = value.client.take();
        self.record(&io, state, target, value);
    }

    /// The topics in a list, or the one that is named.
    fn subscribe(&mut self, args: &'a [ExprId]) {
        let (Some(function), Some(list)) = (self.context.id, args.first()) else {
            return;
        };
        let items = match &self.body.get(*list).kind {
            ExprKind::Array(items) => items.as_slice(),
            ExprKind::Macro { path, args, .. } if path.last() == "vec" => args,
            _ => std::slice::from_ref(list),
        };
        for item in items {
            let span = self.span_of(*item);
            // What is more than a name has been read already, with what it does.
            let plain = matches!(
                self.body.get(*item).kind,
                ExprKind::Str(_) | ExprKind::Path(_) | ExprKind::Field { .. }
            );
            if !plain {
                continue;
            }
            if let Some(topic) = self.eval(*item).text {
                let topic = SmolStr::new(&*topic);
                self.out.subscriptions.push((function, topic, span));
            }
        }
    }

    /// What a known method makes of the router that it is called on.
    #[expect(
        clippy::too_many_arguments,
        reason = "a call with everything that belongs to it"
    )]
    fn known_route(
        &mut self,
        id: ExprId,
        receiver: &Value,
        entry: &MethodEntry,
        called: &str,
        (values, args): (&[Value], &'a [ExprId]),
        name_span: Span,
        value: &mut Value,
    ) {
        value.routes.clone_from(&receiver.routes);
        if value.functions.is_none() {
            value.functions.clone_from(&receiver.functions);
        }
        if let Some(step) = &entry.route {
            let routes = self.route_step(step, called, Some(receiver), values, args, name_span);
            value.functions = None;
            if let ExprKind::Method { receiver, .. } = self.body.get(id).kind {
                self.keep_routes(receiver, &routes);
            }
            value.routes = Some(routes);
        }
    }

    /// The mutations of a GraphQL schema: the second of its types.
    fn mutation_of(&self, schema: &Type) -> Option<Type> {
        let mut at = schema.clone();
        for _ in 0..MAX_DEREF {
            if let Type::External(_, arguments) = &at
                && let [_, mutation @ (Type::Local(..) | Type::External(..)), ..] =
                    arguments.as_slice()
            {
                return Some(mutation.clone());
            }
            at = self.dereferenced(&at)?;
        }
        None
    }

    /// The type of the system that a function gives, with fields of a GraphQL schema.
    fn object_given(&self, function: FunctionId) -> Option<TypeId> {
        let context = FunctionContext::new(self.resolver, function);
        let def = &self.resolver.program.functions[function.0];
        let given = self
            .resolver
            .type_of(context.scope(), &def.function.returns);
        let mut at = &given;
        for _ in 0..MAX_DEREF {
            at = match at {
                Type::Local(id, _) => {
                    return (!self.methods.resolvers(*id).is_empty()).then_some(*id);
                }
                Type::List(inner) => inner,
                Type::External(_, arguments) => arguments.first()?,
                _ => return None,
            };
        }
        None
    }

    /// Any mutation of a GraphQL schema may be run, with what the client sends.
    fn mutate<'v>(&mut self, values: impl IntoIterator<Item = &'v Value>, span: Span) {
        let Some(root) = values
            .into_iter()
            .map(|value| &value.ty)
            .find_map(|ty| self.mutation_of(ty))
        else {
            self.out.unseen.push(span);
            return;
        };
        let mut functions = Vec::new();
        if let Type::External(path, _) = &root {
            // A schema of questions alone.
            let nothing = path.rsplit("::").next() == Some(NO_MUTATION);
            if !nothing {
                self.out.unseen.push(span);
            }
            return;
        }
        if let Type::Local(root, _) = root {
            let (mut pending, mut seen) = (vec![root], Vec::new());
            while let Some(id) = pending.pop() {
                if seen.contains(&id) {
                    continue;
                }
                seen.push(id);
                let resolvers = self.methods.resolvers(id);
                functions.extend_from_slice(resolvers);
                // `mutation { orders { add } }`: what one gives may have more.
                pending.extend(resolvers.iter().filter_map(|id| self.object_given(*id)));
                // A root that is merged of several has them in its fields.
                if let TypeShape::Struct(fields) = self.resolver.program.types[id.0].shape {
                    let types = fields.iter();
                    let types =
                        types.filter_map(|(name, _)| self.resolver.field_type(id, &[], name));
                    pending.extend(types.filter_map(|ty| match ty {
                        Type::Local(field, _) => Some(field),
                        _ => None,
                    }));
                }
            }
        }
        let Some(from) = self.context.id.filter(|_| !functions.is_empty()) else {
            self.out.unseen.push(span);
            return;
        };
        for to in &functions {
            self.out.edges.push(FoundEdge {
                from,
                to: *to,
                span,
                guards: Vec::new(),
                fan_out: None,
                detached: false,
            });
        }
        let sent = vec![Lineage::from(Origin::CLIENT); MAX_ARGUMENTS];
        self.visit(&functions, span, sent, None);
    }

    /// Whether a type of another crate is a client: something that one makes and then asks things of.
    fn client_type(&self, ty: &Type) -> Option<SmolStr> {
        let Type::External(path, _) = ty else {
            return None;
        };
        let known = self.catalog().crates.find_type(path)?;
        let methods = &known.entry.methods;
        let makes = methods
            .iter()
            .any(|method| method.fresh.is_some() || method.returns.as_ref() == Some(&known.path));
        let asks = methods.iter().any(|method| {
            method.io.is_some() || method.http_method.is_some() || method.target.is_some()
        });
        // What a client is put around may be anything.
        (makes && asks && !known.entry.layered).then(|| SmolStr::new(&known.path))
    }

    /// A client of which nothing is known, as a handler is given it: one of those that are made anywhere.
    fn any_made(&mut self, receiver: &Value, method: KnownMethod<'_>) -> Option<Value> {
        if receiver.client.is_some() || method.entry.fresh.is_some() {
            return None;
        }
        let path = self.client_type(&receiver.ty)?;
        self.ask(Asked::Made(path.clone()));
        let client = Some(Rc::new(self.before.made.get(&path)?.clone()));
        Some(Value {
            client,
            ..receiver.clone()
        })
    }

    /// A client has been made.
    fn note_made(&mut self, method: KnownMethod<'_>, value: &Value) {
        let Some(client) = value.client.as_ref() else {
            return;
        };
        let inner = tried(&value.ty);
        let Some(path) = self.client_type(&inner) else {
            return;
        };
        if method.entry.fresh.is_some() || method.owner.path != path.as_str() {
            learnt::any_of(&mut self.out.learnt().made, path, client);
        }
    }

    /// What a known method passes to the closure that it is given.
    fn closure_parameters(&self, method: KnownMethod<'_>, receiver: &Value) -> Vec<Value> {
        let types = method
            .closure
            .iter()
            .map(|ty| self.catalog_type(ty, &receiver.ty, &Type::Unknown, &Type::Unknown));
        let configures = method
            .entry
            .route
            .as_ref()
            .is_some_and(|step| step.configures);
        let values = types.map(|ty| Value {
            // What fills a router begins with none of its own.
            routes: receiver.routes.clone().filter(|_| !configures),
            ..receiver.with_type(ty)
        });
        values.collect()
    }

    /// The field that a service is around: the one whose type its users choose.
    fn inner_of(&self, id: TypeId) -> Option<SmolStr> {
        let def = &self.resolver.program.types[id.0];
        let TypeShape::Struct(fields) = def.shape else {
            return None;
        };
        let open = |ty: &TypeRef| match ty {
            TypeRef::Path(path) => path.as_name().is_some_and(|name| {
                let mut parameters = def.generics.parameters.iter();
                parameters.any(|(known, _)| known == name)
            }),
            _ => false,
        };
        let mut inner = fields.iter().filter(|(_, ty)| open(ty));
        let (name, _) = inner.next().filter(|_| inner.next().is_none())?;
        Some(name.clone())
    }

    /// A service of the system that adds nothing to what goes through it is the client that it is around.
    fn open_services(&mut self, values: &mut [Value]) {
        for value in values.iter_mut().filter(|value| value.client.is_none()) {
            if let Type::Local(id, _) = value.ty
                && self.methods.passes_on(id)
                && let Some(inner) = self.inner_of(id)
            {
                value.client = self.field(id, &inner).cloned().map(Rc::new);
            }
        }
    }

    /// What a known method makes of a client, kept where it is changed in place.
    fn keep_made(&mut self, id: ExprId, entry: &MethodEntry, values: &[Value], value: &mut Value) {
        self.address_of_data(entry, values, value);
        if entry.in_place {
            self.keep_client(id, value.client.as_ref());
        }
    }

    /// `client.post(&hook.url)`: the whole address is what a record says.
    fn address_of_data(&mut self, entry: &MethodEntry, values: &[Value], value: &mut Value) {
        let given = match entry.target {
            Some(TargetFrom::First) => values.first(),
            Some(TargetFrom::Second) => values.get(1),
            _ => None,
        };
        let (Some(client), Some(given)) = (value.client.as_ref(), given) else {
            return;
        };
        // What is known of an address is nothing that data says.
        let text = given.text.as_deref();
        let whole = |text: &str| {
            let inside = text
                .strip_prefix('{')
                .and_then(|text| text.strip_suffix('}'));
            inside.is_some_and(|inside| !inside.contains(['{', '}']))
        };
        if entry.http_method.is_none() || !text.is_some_and(whole) {
            return;
        }
        if self.decide_by(given.origin, Origin::STORED) == Origin::STORED {
            let mut state = ClientState::clone(client);
            state.of_data = true;
            value.client = Some(Rc::new(state));
        }
    }

    /// The client that a known method gives: that of its receiver or argument, with the layers that it puts around it.
    fn layered_client(
        &mut self,
        entry: &MethodEntry,
        receiver: &Value,
        (called, name_span): (&str, Span),
        values: &mut [Value],
        value: &mut Value,
    ) {
        value.client = client_given(entry, receiver, values);
        if entry.adds_layer {
            value.functions = self.middlewares(receiver, values);
        }
        if entry.wraps_layers {
            value.client = self.wrap_in_layers(receiver.client.as_deref(), values);
        }
        let given = first_client(values);
        let lifted = |kind: &GuardKind| {
            let state = given.as_ref();
            state.is_some_and(|state| state.answer(*kind) == Answer::No)
        };
        if let Some(kind) = entry.lifts.filter(lifted) {
            let mut state = receiver.client.as_deref().cloned().unwrap_or_default();
            let reason = format!("taken away with `{called}`");
            state.lift(kind, Evidence::seen(name_span, reason));
            value.client = Some(Rc::new(state));
        } else if entry.with_argument {
            value.client = with_request(receiver.client.as_ref(), given);
        }
    }

    /// The type that a method gives.
    fn type_after(&self, method: KnownMethod<'_>, receiver: &Type, values: &[Value]) -> Type {
        let of = |value: Option<&Value>| value.map(|value| value.ty.clone()).unwrap_or_default();
        let (closure, argument) = (of(values.last()), of(values.first()));
        let returns = method.returns;
        let ty = returns.map(|ty| self.catalog_type(ty, receiver, &closure, &argument));
        let ty = ty.unwrap_or_default();
        // `aws_sdk_sqs::Client` gives builders of that crate.
        match method.owner.krate.strip_suffix("_*") {
            Some(stem) => ty.moved(stem, crate_of(method.owner, receiver)),
            None => ty,
        }
    }

    /// What the closures do that a method was given, it does where there is something, or nothing:
    /// `found.unwrap_or_else(|| insert())`.
    fn run_where(&mut self, entry: &MethodEntry, receiver: &Value, since: usize) {
        let when = match entry.runs_when {
            Some(RunsWhen::Something) => When::Something,
            Some(RunsWhen::Nothing) => When::Nothing,
            None => return,
        };
        let inner = self.steps.split_off(since);
        self.branched(receiver.knows.as_ref(), vec![(when, inner)]);
    }

    /// A call that the catalogue knows.
    pub(super) fn known_call(
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
        let made = self.any_made(receiver, method);
        let receiver = made.as_ref().unwrap_or(receiver);
        let wrapped = wrapping(method, called, name_span, receiver);
        let on_receiver = entry.wraps_target == WrapTarget::Receiver;
        let (around_receiver, around_arguments) = match on_receiver {
            true => (wrapped, None),
            false => (None, wrapped),
        };
        let parameters = self.closure_parameters(method, receiver);
        let before_closures = self.steps.len();
        let (mut values, _) = self.eval_guarded(args, around_arguments, &parameters);
        self.run_where(entry, receiver, before_closures);
        self.open_services(&mut values);
        let mut before = receiver.pending.clone();
        if let Some(around) = around_receiver {
            let layer = self.settled(around, &values);
            self.guard_pending(&mut before, &layer);
        }
        let mut value = Value {
            ty: self.type_after(method, &receiver.ty, &values),
            text: receiver.text.clone(),
            outcome: receiver.outcome.clone(),
            // What is put around a future (`instrument`) is the future.
            unseen: receiver.unseen.filter(|_| value_is_receiver(method)),
            ..Value::default()
        };
        if called == "pin" || entry.wraps.is_some() {
            // `Box::pin(client.call())`.
            let given = values.iter().find_map(|argument| argument.unseen);
            value.unseen = value.unseen.or(given);
        }
        self.layered_client(
            entry,
            receiver,
            (called, name_span),
            &mut values,
            &mut value,
        );
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
            &values,
            target.as_deref(),
        );
        self.keep_made(id, entry, &values, &mut value);
        self.keep_within(
            id,
            receiver,
            method,
            (called, name_span),
            &values,
            &mut value,
        );
        if entry.mutates {
            self.mutate(std::iter::once(receiver).chain(&values), name_span);
        }
        self.note_made(method, &value);
        self.text_after(id, entry, called, receiver, &values, &mut value);
        if entry.fills_cell {
            self.fill_cell(id, args, &values);
        }
        self.known_route(
            id,
            receiver,
            entry,
            called,
            (&values, args),
            name_span,
            &mut value,
        );
        if entry.subscribes {
            self.subscribe(args);
        }
        self.delivery(entry, &values, name_span);
        self.layer_handlers(entry, &values, name_span);
        self.side_effects(
            method,
            receiver,
            &before,
            (called, args, &values),
            name_span,
        );
        let place = (id, called, name_span);
        let target = procedure(method, &receiver.ty, called).or(target);
        self.known_io(place, method, &receiver.ty, target, &mut value);
        if entry.runs {
            self.ran = Some(method.owner.krate.clone());
        }
        match entry.takes {
            true => self.given_variant(value, ByVariant::TAKEN),
            false => value,
        }
    }
}

/// Whether a method gives what it is called on.
fn value_is_receiver(method: KnownMethod<'_>) -> bool {
    matches!(method.returns, Some(TypeRef::Path(path)) if path.as_name().is_some_and(|name| name == "Self"))
}

/// The guard that a known method puts around what it is called on or given.
fn wrapping<'a>(
    method: KnownMethod<'a>,
    called: &str,
    span: Span,
    receiver: &Value,
) -> Option<Around<'a>> {
    let kind = method.entry.wraps?;
    let reason = match method.of_any_type {
        true => format!("inside `{called}`"),
        false => format!("inside `{called}` of `{}`", method.owner.path),
    };
    Some(Around {
        layer: GuardLayer::new(kind, Evidence::seen(span, reason)),
        settings: method.entry.settings.as_ref(),
        receiver: receiver.client.clone(),
    })
}

/// The crate of a type: of an entry that stands for several, the one that the receiver is of.
fn crate_of<'t>(owner: &'t KnownType, receiver: &'t Type) -> &'t str {
    let prefix = owner.krate.strip_suffix('*');
    let own = prefix.and_then(|prefix| receiver.crate_with_prefix(prefix));
    own.unwrap_or(&owner.krate)
}

/// A client for a request that it is given, or what is known of the one without the other.
fn with_request(
    client: Option<&Rc<ClientState>>,
    request: Option<Rc<ClientState>>,
) -> Option<Rc<ClientState>> {
    match (client, request) {
        (Some(own), Some(request)) => Some(Rc::new(own.with_request(&request))),
        (own, request) => own.cloned().or(request),
    }
}

/// The client that a method gives: what its closure makes of it, or the one that it is called on or given.
fn client_given(
    entry: &MethodEntry,
    receiver: &Value,
    values: &[Value],
) -> Option<Rc<ClientState>> {
    if entry.through_argument {
        return first_client(values);
    }
    // `builder.and_then(|builder| builder.timeout(..).build())`.
    let of_closure = values.last().and_then(|value| value.client.clone());
    of_closure
        .filter(|_| gives_back(entry))
        .or_else(|| receiver.client.clone())
        .or_else(|| first_client(values))
}

/// Whether a method gives what its closure makes.
pub(super) fn gives_back(entry: &MethodEntry) -> bool {
    entry
        .returns
        .as_deref()
        .is_some_and(|ty| ty == "R" || ty.contains("<R>") || ty.contains("<I>"))
}

pub(super) fn first_client(values: &[Value]) -> Option<Rc<ClientState>> {
    values.iter().find_map(|value| value.client.clone())
}

/// The procedure that a method of a generated client calls, with its service: `OrderService/create` of an
/// `OrderServiceClient`.
fn procedure(method: KnownMethod<'_>, receiver: &Type, called: &str) -> Option<String> {
    let Type::External(path, _) = receiver else {
        return None;
    };
    let grpc = method.entry.io == Some(CallKind::Grpc);
    let name = path.rsplit("::").next()?.strip_suffix("Client")?;
    (grpc && !name.is_empty()).then(|| format!("{name}/{called}"))
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
