//! Routes: which methods and paths a router is given, and the handlers behind them. A router is
//! followed as a value: nested, merged, handed out by functions and filled by those it is passed
//! to.

mod annotated;
mod handshake;
mod service;
mod summary;
mod table;

pub(super) use annotated::annotated_methods;
pub(super) use handshake::handshakes;
pub(super) use service::services;
pub(crate) use summary::RouterSummary;
pub(super) use table::entries_of;

use super::passed::is_run;
use super::value::Value;
use super::{BodyReader, named};
use crate::catalog::{Argument, LayerScope, RouteEntry};
use crate::link::program::{FunctionId, TypeId};
use crate::link::types::Type;
use crate::read::rust::ir::{ExprId, ExprKind, ItemKind};
use crate::source::Span;
use fixedbitset::FixedBitSet;
use smol_str::SmolStr;
use std::rc::Rc;
use std::sync::Arc;

/// How many routes one function may register: a function that nests its own result would never
/// end.
const MAX_ROUTES: usize = 4_000;

/// The method of a route that answers every one.
pub(crate) const ANY_METHOD: &str = "ANY";

/// A route, as a function registers it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FoundRoute {
    /// Where the handler is registered.
    pub(crate) span: Span,
    /// The method, in capitals.
    pub(crate) method: SmolStr,
    /// The path, as the framework writes it.
    pub(crate) path: String,
    pub(crate) handler: RouteHandler,
    /// Middleware around the handler, from the inside out.
    pub(crate) layers: Vec<RouteLayer>,
    /// It is part of another router, and counts there.
    taken: bool,
    /// It is part of a router that the function hands out or fills.
    handed_out: bool,
}

/// What answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum RouteHandler {
    /// A function of the system; several where a trait has several implementations.
    Functions(Arc<[FunctionId]>),
    /// A closure, in this function.
    Closure(FunctionId, Span),
    /// What the function that registers it is passed for this parameter.
    Given(usize),
    /// Something of another crate.
    Unseen,
}

/// Middleware.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RouteLayer {
    /// Its functions, as far as they are the system's.
    pub(crate) functions: Arc<[FunctionId]>,
    /// Where it is put around.
    pub(crate) span: Span,
    /// The types of other crates that it is.
    pub(crate) external: Arc<[SmolStr]>,
}

/// A router, the handlers of one path, or a filter.
#[derive(Clone, Debug, Default)]
pub(super) struct Router {
    /// What stands before the paths of its routes.
    path: String,
    /// Other paths of the same resource, which has several.
    also: Vec<String>,
    /// The method of the handler to come.
    method: Option<SmolStr>,
    /// Its routes, by their number among those of the function.
    routes: Vec<usize>,
    /// Middleware around what is still to come.
    layers: Vec<RouteLayer>,
    /// The parameter it came in by.
    parameter: Option<usize>,
}

impl Router {
    /// A router that comes in by a parameter.
    pub(super) fn given(parameter: usize) -> Self {
        Self {
            parameter: Some(parameter),
            ..Self::default()
        }
    }

    /// One of the two, by a condition: what either has, may be there.
    pub(super) fn either(&self, other: &Self) -> Self {
        let mut both = self.clone();
        both.add(&other.routes);
        both
    }

    /// What stands before the paths of its routes; of a resource with several paths, each of them.
    fn paths(&self) -> Vec<String> {
        std::iter::once(&self.path)
            .chain(&self.also)
            .cloned()
            .collect()
    }

    fn add(&mut self, routes: &[usize]) {
        let mut known: FixedBitSet = self.routes.iter().copied().collect();
        for route in routes {
            known.grow(route + 1);
            if !known.put(*route) {
                self.routes.push(*route);
            }
        }
    }
}

/// The routes of a function that nothing else takes in.
pub(super) fn roots(routes: Vec<FoundRoute>, used: bool) -> impl Iterator<Item = FoundRoute> {
    routes
        .into_iter()
        .filter(move |route| !(route.taken || route.handed_out && used))
}

/// What stands around the name of something that is set when the service starts, where a path
/// begins with it.
pub(crate) const SETTING: char = '\u{1}';

/// The beginning of a path that is set when the service starts.
fn setting(name: &str) -> String {
    format!("{SETTING}{name}{SETTING}")
}

/// `/a` and `/b` as `/a/b`.
pub(crate) fn join(before: &str, path: &str) -> String {
    let (start, rest) = (before.trim_end_matches('/'), path.trim_start_matches('/'));
    if !rest.is_empty() {
        return format!("{start}/{rest}");
    }
    if start.ends_with(SETTING) && path == "/" {
        // The root of what is served below a setting is a path all the same.
        return format!("{start}/");
    }
    // The root of all paths is one too.
    match start.is_empty() && !(before.is_empty() && path.is_empty()) {
        true => "/".to_owned(),
        false => start.to_owned(),
    }
}

impl<'a> BodyReader<'a, '_> {
    /// Whether a value of this type is added to by whoever it is passed to.
    pub(super) fn is_router(&self, ty: &Type) -> bool {
        let Type::External(path, _) = ty else {
            return false;
        };
        let known = self.catalog().crates.find_type(path);
        known.is_some_and(|known| known.entry.router)
    }

    /// What a known function or method makes of a router.
    pub(super) fn route_step(
        &mut self,
        entry: &RouteEntry,
        called: &str,
        receiver: Option<&Value>,
        values: &[Value],
        args: &[ExprId],
        span: Span,
    ) -> Rc<Router> {
        let known = receiver.and_then(|receiver| receiver.routes.as_deref());
        let mut router = self.stepped(entry, known);
        let path = self.route_path(entry, values, args);
        let typed = entry.typed.as_deref();
        let path = path.or_else(|| self.typed_path(typed?, values.first()?));
        let method = match entry.method.as_deref() {
            Some("name") => Some(SmolStr::new(called.to_ascii_uppercase())),
            Some("first") => {
                let given = values.first().and_then(|value| value.text.as_deref());
                given.map(|method| SmolStr::new(method.to_ascii_uppercase()))
            }
            Some(method) => Some(SmolStr::new(method)),
            None => None,
        };
        let selected = |argument: Argument| match argument {
            Argument::First => values.get(..1),
            Argument::Second => values.get(1..2),
            Argument::All => Some(values),
        };
        if let Some(argument) = entry.handler {
            let index = usize::from(argument == Argument::Second);
            if let Some(value) = values.get(index) {
                let handler = self.handler(value, args.get(index).copied());
                let method = method.or_else(|| router.method.clone());
                let path = path.unwrap_or_default();
                for before in router.paths() {
                    let (method, handler) = (method.clone(), handler.clone());
                    self.add_route(&mut router, method, join(&before, &path), handler, span);
                }
            }
        } else if let Some(argument) = entry.routes {
            for value in selected(argument).unwrap_or_default() {
                self.take_in(
                    &mut router,
                    value,
                    path.as_deref().unwrap_or_default(),
                    span,
                );
            }
        } else if entry.joins {
            if let Some(other) = values.first().and_then(|value| value.routes.clone()) {
                let alone = router.path.clone();
                router.path = join(&alone, &other.path);
                router.method = other.method.clone().or(router.method);
                // A filter that only hands on a value serves no path.
                let serves = |route: &usize| {
                    let route = &self.out.routes[*route];
                    !route.path.is_empty() || route.method != ANY_METHOD
                };
                if other.routes.iter().any(serves) {
                    let both = std::mem::replace(&mut router.path, alone);
                    self.take_in(&mut router, &values[0], "", span);
                    router.path = both;
                }
            }
        } else if entry.alternative {
            if let Some(other) = values.first().and_then(|value| value.routes.clone()) {
                router.add(&other.routes);
                (router.path, router.method) = (String::new(), None);
            }
        } else if entry.configures {
            for value in values {
                self.configure(&mut router, value);
            }
        } else {
            let mut several = self.several_paths(entry, args).into_iter();
            if let Some(path) = several.next().or(path) {
                router.also = several.map(|other| join(&router.path, &other)).collect();
                router.path = join(&router.path, &path);
            }
            router.method = method.or(router.method);
        }
        if let Some(scope) = entry.layers {
            let functions: Vec<FunctionId> = values
                .iter()
                .flat_map(|value| self.middleware(value))
                .collect();
            let external = values.iter().filter_map(|value| match &value.ty {
                Type::External(path, _) => Some(path.clone()),
                _ => None,
            });
            let layer = RouteLayer {
                functions: functions.into(),
                span,
                external: external.collect(),
            };
            for route in &router.routes {
                self.out.routes[*route].layers.push(layer.clone());
            }
            if scope == LayerScope::All {
                router.layers.push(layer);
            }
        }
        Rc::new(router)
    }

    /// What a step begins with: the router that it is called on, or one of its own below it.
    fn stepped(&mut self, entry: &RouteEntry, known: Option<&Router>) -> Router {
        if entry.describes {
            for route in known.into_iter().flat_map(|known| &known.routes) {
                self.out.routes[*route].taken = true;
            }
        }
        match known {
            Some(known) if entry.starts => Router {
                path: known.path.clone(),
                layers: known.layers.clone(),
                ..Router::default()
            },
            known => known.cloned().unwrap_or_default(),
        }
    }

    /// The variable at the start of a chain of methods holds what was added to its router.
    pub(super) fn keep_routes(&mut self, receiver: ExprId, router: &Router) {
        let mut at = receiver;
        let name = loop {
            match &self.body.get(at).kind {
                ExprKind::Method { receiver, .. } => at = *receiver,
                ExprKind::Await(inner) | ExprKind::Try(inner) => at = *inner,
                ExprKind::Path(path) => break path.as_name(),
                _ => return,
            }
        };
        let Some(name) = name else { return };
        let mut variables = self.variables.iter_mut().rev();
        let Some((_, value)) = variables.find(|(known, _)| known == name) else {
            return;
        };
        if value.routes.is_some() || !router.routes.is_empty() {
            let mut known = value.routes.as_deref().cloned().unwrap_or_default();
            known.add(&router.routes);
            for layer in &router.layers {
                if !known.layers.contains(layer) {
                    known.layers.push(layer.clone());
                }
            }
            value.routes = Some(Rc::new(known));
        }
    }

    fn route_path(&self, entry: &RouteEntry, values: &[Value], args: &[ExprId]) -> Option<String> {
        if let Some(path) = &entry.at {
            return Some(path.clone());
        }
        let index = usize::from(entry.path? == Argument::Second);
        let value = values.get(index)?;
        let shown = self.shown(value, args.get(index));
        let written = |arg: &ExprId| match &self.body.get(*arg).kind {
            ExprKind::Str(_) => true,
            ExprKind::Path(path) => path.last().starts_with(|c: char| c.is_ascii_uppercase()),
            _ => false,
        };
        if args.get(index).is_some_and(written) {
            return Some(shown);
        }
        let (mut path, mut settings) = (shown.as_str(), String::new());
        while let Some((name, rest)) = path.strip_prefix('{').and_then(|rest| rest.split_once('}'))
        {
            settings.push_str(&setting(name));
            path = rest;
        }
        Some(settings + path)
    }

    /// The paths of a resource that has several, where they are written down: `["/orders", "/v2/orders"]`.
    fn several_paths(&self, entry: &RouteEntry, args: &[ExprId]) -> Vec<String> {
        let index = usize::from(entry.path == Some(Argument::Second));
        let list = args.get(index).filter(|_| entry.path.is_some());
        let items = match list.map(|list| &self.body.get(*list).kind) {
            Some(ExprKind::Array(items)) => items.as_slice(),
            Some(ExprKind::Macro { path, args, .. }) if path.last() == "vec" => args.as_slice(),
            _ => &[],
        };
        let written = items
            .iter()
            .filter_map(|item| match &self.body.get(*item).kind {
                ExprKind::Str(path) => Some(path.to_string()),
                _ => None,
            });
        written.collect()
    }

    /// What answers, of an argument that is a handler.
    fn handler(&self, value: &Value, arg: Option<ExprId>) -> RouteHandler {
        if let Some(functions) = &value.functions {
            return RouteHandler::Functions(Arc::clone(functions));
        }
        let mut at = arg;
        while let Some(id) = at {
            match &self.body.get(id).kind {
                ExprKind::Path(path) => {
                    let parameter = path.as_name().and_then(|name| self.parameter_named(name));
                    return parameter.map_or(RouteHandler::Unseen, RouteHandler::Given);
                }
                ExprKind::Closure { .. } | ExprKind::Async(_) => {
                    if let Some(function) = self.context.id {
                        let given = self.run_within(id).map(RouteHandler::Given);
                        let own = || RouteHandler::Closure(function, self.span_of(id));
                        return given.unwrap_or_else(own);
                    }
                    at = None;
                }
                ExprKind::Method { receiver, .. } => at = Some(*receiver),
                ExprKind::Block(block) => at = block.value,
                _ => at = None,
            }
        }
        RouteHandler::Unseen
    }

    /// The parameter of the function that is read that a handler written as a closure runs: `move |body| handler(body)`.
    fn run_within(&self, closure: ExprId) -> Option<usize> {
        let def = &self.resolver.program.functions[self.context.id?.0];
        let mut parameters = def.function.parameters.iter();
        if !parameters.any(|(_, ty)| is_run(def, ty)) {
            return None;
        }
        let mut calls = self.body.within(closure).filter_map(|expr| {
            let ExprKind::Call { callee, .. } = &expr.kind else {
                return None;
            };
            match &self.body.get(*callee).kind {
                ExprKind::Path(path) => self.parameter_named(path.as_name()?),
                _ => None,
            }
        });
        calls.find(|index| is_run(def, &def.function.parameters[*index].1))
    }

    /// The parameter of the function that is read that has this name.
    pub(super) fn parameter_named(&self, name: &str) -> Option<usize> {
        let def = &self.resolver.program.functions[self.context.id?.0];
        let mut parameters = def.function.parameters.iter();
        parameters.position(|(pat, _)| named(pat).is_some_and(|known| known == name))
    }

    fn add_route(
        &mut self,
        router: &mut Router,
        method: Option<SmolStr>,
        path: String,
        handler: RouteHandler,
        span: Span,
    ) {
        if self.out.routes.len() >= MAX_ROUTES {
            return;
        }
        router.routes.push(self.out.routes.len());
        self.out.routes.push(FoundRoute {
            span,
            method: method.unwrap_or_else(|| SmolStr::new_static(ANY_METHOD)),
            path,
            handler,
            layers: router.layers.clone(),
            taken: false,
            handed_out: false,
        });
    }

    /// The routes of a value become part of a router.
    fn take_in(&mut self, router: &mut Router, value: &Value, path: &str, span: Span) {
        let before = join(&router.path, path);
        if let Some(inner) = value.routes.clone() {
            let known: FixedBitSet = router.routes.iter().copied().collect();
            for index in &inner.routes {
                if known.contains(*index) {
                    continue;
                }
                if self.out.routes.len() >= MAX_ROUTES {
                    break;
                }
                let route = &mut self.out.routes[*index];
                route.taken = true;
                let route = route.clone();
                let method = Some(route.method).filter(|method| method != ANY_METHOD);
                let method = method.or_else(|| router.method.clone());
                for before in router.paths() {
                    let path = join(&join(&before, path), &route.path);
                    let at = self.out.routes.len();
                    let (method, handler) = (method.clone(), route.handler.clone());
                    self.add_route(router, method, path, handler, route.span);
                    if let Some(copy) = self.out.routes.get_mut(at) {
                        let around = std::mem::take(&mut copy.layers);
                        copy.layers = route.layers.iter().cloned().chain(around).collect();
                    }
                }
            }
        }
        for function in value.functions.iter().flat_map(|all| all.iter().copied()) {
            if !self.annotated(router, function, &before, span) && !path.is_empty() {
                let handler = RouteHandler::Functions(Arc::from([function]));
                self.add_route(router, None, before.clone(), handler, span);
            }
        }
        for id in local_types(&value.ty) {
            for function in self.methods.annotated(id) {
                self.annotated(router, *function, &before, span);
            }
        }
    }

    /// `"orders" / u64` as a filter of that path.
    pub(super) fn path_of_segments(&self, args: &[ExprId]) -> Router {
        let mut path = String::new();
        let mut pending: Vec<ExprId> = args.iter().rev().copied().collect();
        while let Some(id) = pending.pop() {
            match &self.body.get(id).kind {
                ExprKind::Operator { operands, .. } => pending.extend(operands.iter().rev()),
                ExprKind::Str(text) => path = join(&path, text),
                ExprKind::Range { .. } => {}
                _ => path = join(&path, "{}"),
            }
        }
        Router {
            path,
            ..Router::default()
        }
    }

    /// A router with what a macro mounts: router, path, and then paths, each with what is below it.
    pub(super) fn mounted(&mut self, values: &[Value], args: &[ExprId]) -> Option<Rc<Router>> {
        let [first, base, rest @ ..] = values else {
            return None;
        };
        let mut router = first.routes.as_deref().cloned().unwrap_or_default();
        let base = base.text.clone().unwrap_or_default();
        let span = self.span_of(*args.first()?);
        for pair in rest.windows(2) {
            if let (Some(path), [_, mounted]) = (&pair[0].text, pair) {
                self.take_in(&mut router, mounted, &join(&base, path), span);
            }
        }
        self.keep_routes(*args.first()?, &router);
        Some(Rc::new(router))
    }

    /// The functions of middleware that is put on top of other middleware.
    pub(super) fn middlewares(
        &self,
        receiver: &Value,
        values: &[Value],
    ) -> Option<Arc<[FunctionId]>> {
        let before = receiver
            .functions
            .iter()
            .flat_map(|all| all.iter().copied());
        let added = values.iter().flat_map(|value| self.middleware(value));
        let all: Vec<FunctionId> = before.chain(added).collect();
        (!all.is_empty()).then(|| all.into())
    }

    /// The functions of the system that a middleware runs.
    fn middleware(&self, value: &Value) -> Vec<FunctionId> {
        let mut found: Vec<FunctionId> = value
            .functions
            .iter()
            .flat_map(|all| all.iter().copied())
            .collect();
        let mut pending: Vec<TypeId> = local_types(&value.ty).collect();
        let mut types = Vec::new();
        while let Some(wanted) = pending.pop() {
            if types.contains(&wanted) {
                continue;
            }
            types.push(wanted);
            for function in self.methods.demanded_of(wanted) {
                found.push(*function);
                // What a layer makes of a service runs too: `type Service = ..`.
                let context = super::FunctionContext::new(self.resolver, *function);
                let aliases = context
                    .associated
                    .iter()
                    .filter_map(|item| match &item.kind {
                        ItemKind::Alias { target, .. } => Some(target),
                        _ => None,
                    });
                for target in aliases {
                    let ty = self.resolver.type_of(context.scope(), target);
                    pending.extend(local_types(&ty));
                }
            }
        }
        found
    }
}

/// The types of the system in a value's type: its own, and those of a tuple or list.
fn local_types(ty: &Type) -> Box<dyn Iterator<Item = TypeId> + '_> {
    match ty {
        Type::Local(id, _) => Box::new(std::iter::once(*id)),
        Type::Tuple(items) => Box::new(items.iter().flat_map(local_types)),
        Type::List(item) => local_types(item),
        _ => Box::new(std::iter::empty()),
    }
}
