//! Routers that pass from function to function.

use super::{FoundRoute, MAX_ROUTES, RouteHandler, Router, SETTING, setting};
use crate::link::infer::learnt::Asked;
use crate::link::infer::value::Value;
use crate::link::infer::{BodyReader, named};
use crate::link::program::{FunctionId, ModuleId};
use crate::link::resolve::{Namespace, Resolved};
use crate::link::types::Type;
use crate::read::rust::ir::{Body, ExprId, ExprKind, Path, TypeRef};
use crate::source::Span;
use std::rc::Rc;

/// How deep tuples of handlers nest.
const MAX_TUPLES: usize = 16;

/// What a function does with routers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RouterSummary {
    /// The router that it gives.
    pub(super) returned: Vec<FoundRoute>,
    /// The parameter that this router came in by.
    pub(super) parameter: Option<usize>,
    /// What it adds to the routers it is passed.
    pub(super) configured: Vec<(usize, Vec<FoundRoute>)>,
}

impl RouterSummary {
    pub(super) fn is_empty(&self) -> bool {
        self.returned.is_empty() && self.configured.is_empty() && self.parameter.is_none()
    }
}

impl<'a> BodyReader<'a, '_> {
    /// A router is given to a function or closure.
    pub(super) fn configure(&mut self, router: &mut Router, value: &Value) {
        for function in value.functions.iter().flat_map(|all| all.iter().copied()) {
            let Some(summary) = self.router_summary(function) else {
                continue;
            };
            for (_, routes) in summary.configured.iter().filter(|(at, _)| *at == 0) {
                let imported = self.import(routes);
                self.take_in(router, &imported, "", self.span_of_function(function));
            }
        }
        if value.routes.is_some() && value.functions.is_none() {
            let span = self.span_of_function(self.context.id.unwrap_or(FunctionId(0)));
            let only = Value {
                routes: value.routes.clone(),
                ..Value::default()
            };
            self.take_in(router, &only, "", span);
        }
    }

    pub(super) fn span_of_function(&self, id: FunctionId) -> Span {
        self.resolver.program.functions[id.0].span
    }

    /// What a function does with routers, as far as it is known.
    pub(super) fn router_summary(&mut self, function: FunctionId) -> Option<&'a RouterSummary> {
        self.ask(Asked::Result(function));
        let summary = self.before.routers.get(&function)?;
        self.out.used_routers.insert(function);
        Some(summary)
    }

    pub(super) fn import(&mut self, routes: &[FoundRoute]) -> Value {
        let mut router = Router::default();
        for route in routes {
            if self.out.routes.len() >= MAX_ROUTES {
                break;
            }
            router.routes.push(self.out.routes.len());
            self.out.routes.push(FoundRoute {
                taken: false,
                handed_out: false,
                ..route.clone()
            });
        }
        Value {
            routes: Some(Rc::new(router)),
            ..Value::default()
        }
    }

    /// What a call of a function of the system gives of routers, and adds to those it is passed.
    pub(in crate::link::infer) fn routed_call(
        &mut self,
        function: FunctionId,
        id: ExprId,
        receiver: Option<&Value>,
        values: &[Value],
    ) -> Option<Rc<Router>> {
        let summary = self.router_summary(function)?;
        let has_self = self.resolver.program.functions[function.0]
            .function
            .has_self;
        let shift = usize::from(receiver.is_none() && has_self);
        let passed: &[ExprId] = match &self.body.get(id).kind {
            ExprKind::Call { args, .. } | ExprKind::Method { args, .. } => args,
            _ => &[],
        };
        for (index, routes) in &summary.configured {
            if summary.parameter == Some(*index) {
                continue;
            }
            let given = values
                .get(index + shift)
                .and_then(|value| value.routes.clone());
            let (Some(given), Some(arg)) = (given, passed.get(index + shift)) else {
                continue;
            };
            let mut router = Router::clone(&given);
            let imported = self.import(routes);
            if let Some(imported) = &imported.routes {
                self.fill_in(function, &imported.routes, (values, shift), passed);
            }
            let span = self.span_of(id);
            self.take_in(&mut router, &imported, "", span);
            self.keep_routes(*arg, &router);
        }
        if summary.returned.is_empty() && summary.parameter.is_none() {
            return None;
        }
        let given = summary
            .parameter
            .and_then(|index| values.get(index + shift)?.routes.clone());
        let mut router = given.as_deref().cloned().unwrap_or_default();
        let imported = self.import(&summary.returned);
        if let Some(added) = &imported.routes {
            self.fill_in(function, &added.routes, (values, shift), passed);
            // What is added to a scope stands below its path: `endpoints(scope("/orders"))`.
            match router.path.is_empty() {
                true => router.add(&added.routes),
                false => {
                    let span = self.span_of(id);
                    self.take_in(&mut router, &imported, "", span);
                }
            }
        }
        Some(Rc::new(router))
    }

    /// `protected(handler)`: what a function makes of an endpoint of any type serves what the endpoint does. A function
    /// that hides of what types its handlers are names them: `fn apis() -> impl OpenApi { (Users, Pets) }`.
    pub(in crate::link::infer) fn wrapped(
        &self,
        functions: &[FunctionId],
        receiver: Option<&Value>,
        args: &[Value],
        result: &mut Value,
    ) {
        if let Some(receiver) = receiver
            && result.routes.is_none()
            && result.functions.is_none()
            && self.gives_itself(functions)
        {
            // `get(handler).authorized(Role::Admin)`: what a trait of the system adds to a route.
            result.routes.clone_from(&receiver.routes);
            result.functions.clone_from(&receiver.functions);
        }
        let [function] = functions else { return };
        let def = &self.resolver.program.functions[function.0];
        let hides = matches!(def.function.returns, TypeRef::Traits(_));
        if !hides || result.routes.is_some() || result.functions.is_some() {
            return;
        }
        let mut serving = args
            .iter()
            .filter(|value| value.routes.is_some() || value.functions.is_some());
        match (serving.next(), serving.next()) {
            (Some(only), None) => {
                result.routes.clone_from(&only.routes);
                result.functions.clone_from(&only.functions);
            }
            (None, _) if args.is_empty() => {
                let body = def.function.body.as_ref();
                let made = body.and_then(|body| self.made_of(def.module, body, body.root?, 0));
                result.ty = made.unwrap_or_else(|| std::mem::take(&mut result.ty));
            }
            _ => {}
        }
    }

    /// Whether functions give what they are called on, or the like of it: `fn limited(self) -> Self`.
    fn gives_itself(&self, functions: &[FunctionId]) -> bool {
        let mut functions = functions.iter();
        functions.all(|id| {
            let def = &self.resolver.program.functions[id.0];
            let own = |path: &Path| path.as_name().is_some_and(|name| name == "Self");
            let named = def.owner.and_then(|owner| owner.self_type);
            match (&def.function.returns, named) {
                (TypeRef::Path(path), _) if own(path) => true,
                (TypeRef::Path(path), Some(TypeRef::Path(owner))) => path.last() == owner.last(),
                _ => false,
            }
        })
    }

    /// The types of the system that an expression names: one, or a tuple of them.
    fn made_of(&self, module: ModuleId, body: &Body, id: ExprId, depth: usize) -> Option<Type> {
        if depth > MAX_TUPLES {
            return None;
        }
        match &body.get(id).kind {
            ExprKind::Block(block) => self.made_of(module, body, block.value?, depth + 1),
            ExprKind::Tuple(items) => {
                let items = items.iter();
                let items = items.map(|item| self.made_of(module, body, *item, depth + 1));
                Some(Type::Tuple(items.map(Option::unwrap_or_default).collect()))
            }
            ExprKind::Call { callee, .. } => self.made_of(module, body, *callee, depth + 1),
            ExprKind::Struct { path, .. } | ExprKind::Path(path) => {
                let resolver = self.resolver;
                let found = resolver.resolve(module, &path.segments, Namespace::Types);
                match found {
                    Resolved::Type(id) | Resolved::Member(id, _) => {
                        Some(Type::Local(id, Vec::new()))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// What a function was passed stands where its routes name its parameters: handlers, and parts
    /// of paths.
    fn fill_in(
        &mut self,
        function: FunctionId,
        routes: &[usize],
        (values, shift): (&[Value], usize),
        passed: &[ExprId],
    ) {
        let parameters = &self.resolver.program.functions[function.0]
            .function
            .parameters;
        for at in routes {
            let mut route = self.out.routes[*at].clone();
            if let RouteHandler::Given(index) = route.handler {
                let value = values.get(index + shift).cloned().unwrap_or_default();
                route.handler = self.handler(&value, passed.get(index + shift).copied());
            }
            if route.path.contains(['{', SETTING]) {
                for ((pat, _), value) in parameters.iter().zip(values.iter().skip(shift)) {
                    if let (Some(name), Some(text)) = (named(pat), &value.text) {
                        let before = route.path.replace(&format!("{{{name}}}"), text);
                        // What is not known here either is still set elsewhere.
                        let unseen = text
                            .strip_prefix('{')
                            .and_then(|text| text.strip_suffix('}'));
                        let known = unseen.map_or_else(|| text.to_string(), setting);
                        route.path = before.replace(&setting(name), &known);
                    }
                }
            }
            self.out.routes[*at] = route;
        }
    }

    /// Keeps what this function hands out and adds to its parameters.
    pub(in crate::link::infer) fn learn_routes(
        &mut self,
        id: FunctionId,
        results: &[&Value],
        parameters: &[(usize, usize)],
    ) {
        let mut summary = RouterSummary::default();
        let mut returned: Vec<usize> = Vec::new();
        // A list of handlers whose attributes name their routes.
        let listed: Vec<FunctionId> = results
            .iter()
            .flat_map(|value| value.functions.iter().flat_map(|all| all.iter().copied()))
            .collect();
        let mut list = Router::default();
        for function in listed {
            let span = self.span_of_function(function);
            self.annotated(&mut list, function, "", span);
        }
        returned.extend(&list.routes);
        for router in results.iter().filter_map(|value| value.routes.as_deref()) {
            summary.parameter = summary.parameter.or(router.parameter);
            for route in &router.routes {
                if !returned.contains(route) {
                    returned.push(*route);
                }
            }
        }
        summary.returned = self.hand_out(&returned);
        for (parameter, variable) in parameters {
            let value = self
                .variables
                .get(*variable)
                .map(|(_, value)| value.clone());
            let Some(router) = value.and_then(|value| value.routes) else {
                continue;
            };
            if router.parameter == Some(*parameter) && !router.routes.is_empty() {
                let routes = self.hand_out(&router.routes);
                summary.configured.push((*parameter, routes));
            }
        }
        if !summary.is_empty() {
            self.out.learnt().routers.insert(id, summary);
        }
    }

    pub(super) fn hand_out(&mut self, routes: &[usize]) -> Vec<FoundRoute> {
        let mut all = Vec::new();
        for index in routes {
            let route = &mut self.out.routes[*index];
            route.handed_out = true;
            if !route.taken {
                all.push(FoundRoute {
                    handed_out: false,
                    ..route.clone()
                });
            }
        }
        all
    }
}
