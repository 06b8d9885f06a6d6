//! The routes of the code as endpoints, joined with the operations of the contracts.

use super::infer::{ANY_METHOD, FoundRoute, Inferred, RouteHandler, SETTING};
use super::program::{FunctionId, Program};
use super::{Functions, lasting};
use crate::catalog::{Catalog, split_words};
use crate::model::{
    Basis, Confidence, Endpoint, Executable, GRPC_METHOD, Handler, HandlerCode, Label, Prefix,
    System, Via, unnamed_path,
};
use crate::read::rust::ir::{Expr, ExprKind, TypeRef};
use crate::source::{SourceId, Sources};
use std::collections::{BTreeMap, BTreeSet};

/// How much of a contract must be served by a package for it to be the contract's: one in so many
/// of its operations.
const JOINED_SHARE: usize = 3;

/// How many routes a package must have for a contract to be its own that knows all of them: what it serves beside these is
/// not seen. With fewer it may stand in for the service.
const JOINED_ROUTES: usize = 8;

/// Adds what the code serves: to the operations it answers, and as endpoints of its own.
pub(super) fn routes(
    sources: &Sources,
    catalog: &Catalog,
    program: &Program<'_>,
    functions: &Functions,
    inferred: &Inferred,
    system: &mut System,
) {
    let mut served = BTreeMap::new();
    let mut pathless: BTreeMap<String, Vec<Endpoint>> = BTreeMap::new();
    let mut roots = Vec::new();
    for (root, route) in &inferred.routes {
        let path = normalised(&route.path);
        // A router without a path serves nothing: the handlers of a path that never got one.
        if route.path.is_empty() {
            continue;
        }
        let module = program.functions[root.0].module;
        let service = program.crate_of(module).package.to_string();
        let key = (
            service.clone(),
            unnamed_path(&path),
            route.method.to_string(),
        );
        let handler = handler(program, functions, route);
        let layers = |endpoint: &Endpoint| {
            let handler = endpoint.handler.as_ref();
            handler.map_or(0, |handler| handler.layers.len())
        };
        let mut found = endpoint(service, route.method.to_string(), path, handler);
        found.route = Some(route.span);
        if route.path.ends_with(SETTING) {
            // Only a contract can say where it is.
            pathless.entry(key.0).or_default().push(found);
            continue;
        }
        let turn = turn(catalog, program, route);
        // Of a router that is built twice, the one that is served has the middleware.
        let (known, since) = served.entry(key).or_insert_with(|| (found.clone(), turn));
        if turn != *since {
            // Either may answer: which one, the rest of the request says.
            let (mut first, other) = match turn < *since {
                true => (found, known.handler.take()),
                false => (known.clone(), found.handler),
            };
            also_answered(&mut first, other);
            (*known, *since) = (first, turn.min(*since));
        } else if layers(&found) > layers(known) {
            *known = found;
        }
        roots.push((*root, route));
    }
    let mut served = served
        .into_iter()
        .map(|(key, (endpoint, _))| (key, endpoint))
        .collect();
    described_elsewhere(&roots, program, &mut served);
    served_by_whoever_holds_it(
        program,
        functions,
        &system.executables,
        catalog,
        &mut served,
    );
    let crates = program.crates.iter();
    let homes = crates.map(|krate| (krate.package.to_string(), krate.directory.clone()));
    let near = Near {
        sources,
        homes: homes.collect(),
    };
    join(served, &pathless, &near, system);
}

/// What answers a request that another handler of its path lets pass counts with that one.
fn also_answered(endpoint: &mut Endpoint, other: Option<Handler>) {
    let (Some(handler), Some(other)) = (&mut endpoint.handler, other) else {
        return;
    };
    if let (HandlerCode::Functions(own), HandlerCode::Functions(more)) =
        (&mut handler.code, other.code)
    {
        own.extend(more);
        own.sort_unstable();
        own.dedup();
    }
}

/// When the turn of a route comes among those of its path: the lowest is asked first. One that says nothing of it has one
/// below zero (Rocket, "Default Ranking").
fn turn(catalog: &Catalog, program: &Program<'_>, route: &FoundRoute) -> i64 {
    let said = || {
        let RouteHandler::Functions(found) = &route.handler else {
            return None;
        };
        let attributes = program.functions[found.first()?.0].attributes;
        attributes.iter().find_map(|attribute| {
            let known = catalog.crates.find_attributes(attribute.path.last());
            let argument = known.iter().find_map(|(_, entry)| entry.rank.as_deref())?;
            attribute.arg(argument)?.as_whole()
        })
    };
    said().unwrap_or(-1)
}

/// The directories of packages, to find those that a contract lies in.
struct Near<'s> {
    sources: &'s Sources,
    homes: BTreeMap<String, String>,
}

impl Near<'_> {
    /// Whether a file lies in the directory of a package.
    fn holds(&self, package: &str, file: SourceId) -> bool {
        let path = &self.sources.get(file).path;
        let home = self.homes.get(package).filter(|home| !home.is_empty());
        let rest = home.and_then(|home| path.strip_prefix(home.as_str()));
        rest.is_some_and(|rest| rest.starts_with('/'))
    }
}

/// A router that one function serves below a path is often built by another for its description
/// alone: of one registration, what ends another function's path is left out.
fn described_elsewhere(
    roots: &[(FunctionId, &FoundRoute)],
    program: &Program<'_>,
    served: &mut BTreeMap<(String, String, String), Endpoint>,
) {
    let mut by_place: BTreeMap<_, Vec<(FunctionId, String)>> = BTreeMap::new();
    for (root, route) in roots {
        let path = unnamed_path(&normalised(&route.path));
        let known = by_place.entry((route.span, route.method.clone()));
        known.or_default().push((*root, path));
    }
    for ((_, method), places) in by_place {
        for (root, path) in &places {
            let longer = places.iter().any(|(other, whole)| {
                other != root && whole.len() > path.len() && whole.ends_with(path.as_str())
            });
            if longer {
                let module = program.functions[root.0].module;
                let service = program.crate_of(module).package.to_string();
                served.remove(&(service, path.clone(), method.to_string()));
            }
        }
    }
}

/// What a package serves that is part of another one which serves the same is listed once: of the other one, unless the
/// part has a program of its own that serves it.
fn served_by_whoever_holds_it(
    program: &Program<'_>,
    functions: &Functions,
    executables: &[Executable],
    catalog: &Catalog,
    served: &mut BTreeMap<(String, String, String), Endpoint>,
) {
    let mut same: BTreeMap<(&str, &str, crate::source::Span), Vec<&str>> = BTreeMap::new();
    for ((service, path, method), endpoint) in served.iter() {
        if let Some(handler) = &endpoint.handler {
            let services = same.entry((path, method, handler.span)).or_default();
            services.push(service);
        }
    }
    same.retain(|_, services| services.len() > 1);
    let mut parts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let serving: BTreeSet<&str> = same.values().flatten().copied().collect();
    for krate in &program.crates {
        if serving.contains(krate.package.as_str()) {
            let known = parts.entry(&krate.package).or_default();
            known.extend(super::executables::packages(program, krate));
        }
    }
    let holds = |whole: &str, part: &str| {
        whole != part && parts.get(whole).is_some_and(|known| known.contains(part))
    };
    let alone = |package: &str| {
        let programs = executables
            .iter()
            .filter(|program| program.package == package);
        let mut run = programs.flat_map(|program| &program.functions);
        run.any(|at| {
            let def = &program.functions[functions.same[*at][0].0];
            let body = def.function.body.as_ref();
            body.is_some_and(|body| lasting::stays(body, catalog))
        })
    };
    let alone: BTreeSet<&str> = serving.iter().copied().filter(|one| alone(one)).collect();
    let mut doubled = Vec::new();
    // What helps to build the others makes their routes for a description of them.
    let builds = |package: &str| {
        let mut words = split_words(package).into_iter();
        words.any(|word| catalog.words.builders.contains(&word))
    };
    for ((path, method, _), services) in &same {
        for part in services {
            if builds(part) && services.iter().any(|other| !builds(other)) {
                let key = (*part).to_owned();
                doubled.push((key, (*path).to_owned(), (*method).to_owned()));
                continue;
            }
            for whole in services.iter().filter(|whole| holds(whole, part)) {
                // A part that is a service of its own is also put into one program with others.
                let service = match alone.contains(part) {
                    true => whole,
                    false => part,
                };
                doubled.push((
                    (*service).to_owned(),
                    (*path).to_owned(),
                    (*method).to_owned(),
                ));
            }
        }
    }
    for key in doubled {
        served.remove(&key);
    }
    // What is there to test the others is no part of the system.
    let tests = |package: &str| {
        let words = split_words(package);
        let (known, helpers) = (&catalog.words.tests, &catalog.words.test_helpers);
        let ends = [words.first(), words.last()];
        let named = ends.into_iter().flatten().any(|word| known.contains(word));
        // `shop-test-harness`; an `ab-test-service` is something else.
        named
            || words
                .windows(2)
                .any(|pair| known.contains(&pair[0]) && helpers.contains(&pair[1]))
    };
    if served.keys().any(|(service, ..)| !tests(service)) {
        served.retain(|(service, ..), _| !tests(service));
    }
}

/// A path with its parameters as `{name}`, whatever the framework writes: `:id`, `<id>`, `{id:\d+}`,
/// `*rest`, `{*rest}`.
fn normalised(path: &str) -> String {
    let path = path.split('?').next().unwrap_or(path);
    // What is set when the service starts stands before all of its paths, and in no contract.
    let mut parts = path.trim_start_matches('/').split(SETTING);
    let mut rest = parts.next().unwrap_or_default().to_owned();
    while let (Some(name), Some(after)) = (parts.next(), parts.next()) {
        if !rest.is_empty() {
            rest.push_str(&format!("{{{name}}}"));
        }
        rest.push_str(if rest.is_empty() {
            after.trim_start_matches('/')
        } else {
            after
        });
    }
    let path = rest.as_str();
    let mut out = String::new();
    for segment in segments(path) {
        out.push('/');
        out.push_str(&normalised_segment(segment));
    }
    if out.is_empty() {
        out.push('/');
    }
    out
}

/// The segments of a path; a slash inside of brackets is part of a pattern.
fn segments(path: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0_usize, 0, Vec::new());
    for (at, c) in path.char_indices() {
        match c {
            '{' | '<' => depth += 1,
            '}' | '>' => depth = depth.saturating_sub(1),
            '/' if depth == 0 => {
                found.push(&path[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(&path[start..]);
    found.retain(|segment| !segment.is_empty());
    found
}

fn normalised_segment(segment: &str) -> String {
    let named = |name: &str| {
        let name = name.split(':').next().unwrap_or(name);
        format!("{{{}}}", name.trim_matches(['*', '.']))
    };
    if let Some(name) = segment.strip_prefix([':', '*']) {
        return named(name);
    }
    let (mut out, mut rest) = (String::new(), segment);
    while let Some(open) = rest.find(['{', '<']) {
        let inner = &rest[open + 1..];
        // `{id:[0-9]{4}}` has braces within its braces.
        let mut depth = 1_usize;
        let close = inner.char_indices().find(|(_, c)| {
            match c {
                '{' | '<' => depth += 1,
                '}' | '>' => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        let Some((close, _)) = close else { break };
        out.push_str(&rest[..open]);
        out.push_str(&named(&inner[..close]));
        rest = &inner[close + 1..];
    }
    out.push_str(rest);
    out
}

fn handler(program: &Program<'_>, functions: &Functions, route: &FoundRoute) -> Option<Handler> {
    let index = |id: &FunctionId| functions.index[id.0];
    let layers: BTreeSet<usize> = route
        .layers
        .iter()
        .flat_map(|layer| layer.functions.iter().map(index))
        .collect();
    let foreign: BTreeSet<String> = route
        .layers
        .iter()
        .flat_map(|layer| layer.external.iter().map(ToString::to_string))
        .collect();
    let upgrades = match &route.handler {
        RouteHandler::Functions(found) => found.iter().any(|id| upgrades(program, *id)),
        _ => false,
    };
    let (function, span, code) = match &route.handler {
        RouteHandler::Functions(found) => {
            let first = found.first()?;
            let all: BTreeSet<usize> = found.iter().map(index).collect();
            let name = program.function_name(*first);
            let code = HandlerCode::Functions(all.into_iter().collect());
            (name, program.functions[first.0].span, code)
        }
        RouteHandler::Closure(id, span) => {
            let name = format!("{} (closure)", program.function_name(*id));
            let code = HandlerCode::Closure(index(id), *span);
            (name, *span, code)
        }
        RouteHandler::Given(_) | RouteHandler::Unseen => return None,
    };
    Some(Handler {
        function,
        span,
        code,
        layers: layers.into_iter().collect(),
        foreign_layers: foreign.into_iter().collect(),
        upgrades,
    })
}

/// Whether a handler is given what a WebSocket is made of, or hands it on.
fn upgrades(program: &Program<'_>, id: FunctionId) -> bool {
    let function = program.functions[id.0].function;
    let is = |ty: &TypeRef, names: &[&str]| matches!(ty, TypeRef::Path(path) if names.contains(&path.last()));
    let mut types = function.parameters.iter().map(|(_, ty)| ty);
    if types.any(|ty| is(ty, &["WebSocket", "WebSocketUpgrade", "Ws"])) {
        return true;
    }
    // actix hands on the request and its body.
    let mut types = function.parameters.iter().map(|(_, ty)| ty);
    let hands_on = |expr: &Expr| match &expr.kind {
        ExprKind::Path(path) => path.segments.iter().any(|part| {
            let mut words = split_words(&part.name).into_iter();
            words.any(|word| matches!(word.as_str(), "ws" | "websocket"))
        }),
        _ => false,
    };
    let body = function.body.as_ref();
    types.any(|ty| is(ty, &["Payload"])) && body.is_some_and(|body| body.exprs.iter().any(hands_on))
}

fn endpoint(service: String, method: String, path: String, handler: Option<Handler>) -> Endpoint {
    Endpoint {
        service,
        method,
        path,
        operation: None,
        listed: true,
        route: None,
        handler,
        effects: Vec::new(),
        adds_up: Vec::new(),
        label: Label::Unknown,
        via: Via::None,
        basis: Basis::Code,
        confidence: Confidence::Low,
        evidence: Vec::new(),
        plan: None,
        critical: None,
        writes_though_safe: None,
        landing: false,
        keys_at_gateway: None,
        deprecated: false,
        owners: Vec::new(),
    }
}

/// The routes of one package by method and unnamed path.
type Served = BTreeMap<(String, String), Endpoint>;

/// Gives every operation its handler, and adds the routes that no operation describes.
fn join(
    served: BTreeMap<(String, String, String), Endpoint>,
    pathless: &BTreeMap<String, Vec<Endpoint>>,
    near: &Near<'_>,
    system: &mut System,
) {
    let mut packages: BTreeMap<String, Served> = BTreeMap::new();
    for ((service, path, method), endpoint) in served {
        let routes = packages.entry(service).or_default();
        routes.insert((method, path), endpoint);
    }
    let mut taken: BTreeSet<(String, String, String)> = BTreeSet::new();
    for contract in 0..system.contracts.len() {
        let of_contract = |endpoint: &Endpoint| {
            let operation = endpoint.operation.as_ref();
            operation.is_some_and(|operation| operation.contract == contract)
        };
        let operations: Vec<usize> = (0..system.endpoints.len())
            .filter(|index| of_contract(&system.endpoints[*index]))
            .collect();
        let asked: Vec<&Endpoint> = operations
            .iter()
            .map(|index| &system.endpoints[*index])
            .collect();
        let file = system.contracts[contract].span.source;
        let near = |package: &str| near.holds(package, file);
        let others = system
            .contracts
            .iter()
            .filter_map(|one| one.served_by.as_deref());
        let described: BTreeSet<&str> = others.collect();
        let Some((package, prefix)) = home(&asked, &packages, &described, near) else {
            continue;
        };
        let routes = &packages[&package];
        let mut found = Vec::new();
        for (index, endpoint) in operations.iter().zip(&asked) {
            let path = prefix.apply(&endpoint.path);
            // A route for GET answers HEAD too, and one for any method every one.
            let answering = match endpoint.method.as_str() {
                "HEAD" => &["HEAD", "GET", ANY_METHOD][..],
                method => &[method, ANY_METHOD][..],
            };
            let mut keys = answering
                .iter()
                .map(|method| ((*method).to_owned(), path.clone()));
            if let Some(key) = keys.find(|key| routes.contains_key(key)) {
                found.push((*index, Some(key.clone()), &routes[&key]));
            } else if let Some((key, route)) = by_pattern(routes, answering, &path) {
                found.push((*index, Some(key.clone()), route));
            }
        }
        let unplaced = pathless.get(&package).map_or(&[][..], Vec::as_slice);
        by_name(&asked, &operations, routes, unplaced, &mut found);
        let found: Vec<_> = found
            .into_iter()
            .map(|(index, key, route)| (index, key, route.handler.clone(), route.route))
            .collect();
        let mut elsewhere = Vec::new();
        let done: BTreeSet<usize> = found.iter().map(|(index, ..)| *index).collect();
        for (index, endpoint) in operations.iter().zip(&asked) {
            let key = (endpoint.method.clone(), prefix.apply(&endpoint.path));
            if !done.contains(index) {
                elsewhere.extend(served_by_another(&packages, &package, &key).map(
                    |(other, route)| {
                        let route = (route.handler.clone(), route.route);
                        (*index, other.to_owned(), key, route)
                    },
                ));
            }
        }
        for (index, key, handler, route) in found {
            taken.extend(key.map(|(method, path)| (package.clone(), method, path)));
            let endpoint = &mut system.endpoints[index];
            endpoint.handler = handler;
            endpoint.route = route;
            endpoint.basis = Basis::ContractAndCode;
        }
        for index in operations {
            system.endpoints[index].service.clone_from(&package);
        }
        // A contract of several services: what another one serves is that one's.
        for (index, other, (method, path), (handler, route)) in elsewhere {
            let endpoint = &mut system.endpoints[index];
            endpoint.service.clone_from(&other);
            endpoint.handler = handler;
            endpoint.route = route;
            endpoint.basis = Basis::ContractAndCode;
            taken.insert((other, method, path));
        }
        let info = &mut system.contracts[contract];
        info.service.clone_from(&package);
        info.served_by = Some(package);
        info.prefix = Some(prefix);
    }
    transcoded(&packages, system);
    described_once(system);
    for (service, routes) in packages {
        for ((method, path), endpoint) in routes {
            if !taken.contains(&(service.clone(), method, path)) {
                system.endpoints.push(endpoint);
            }
        }
    }
}

/// The route that answers a path by a pattern: `/queues/cleanup/config` by `/queues/{}/config`; of several, the one with the
/// fewest parameters.
fn by_pattern<'r>(
    routes: &'r Served,
    methods: &[&str],
    path: &str,
) -> Option<(&'r (String, String), &'r Endpoint)> {
    let wanted: Vec<&str> = path.split('/').collect();
    let parameters = |path: &str| path.split('/').filter(|part| *part == "{}").count();
    let fits = |(method, path): &&(String, String)| {
        let mut parts = path.split('/');
        let mut same = wanted.iter().zip(parts.by_ref());
        methods.contains(&method.as_str())
            && path.contains("{}")
            && wanted.len() == path.split('/').count()
            && same.all(|(wanted, part)| part == "{}" || part == *wanted)
    };
    let keys = routes.keys().filter(fits);
    let key = keys.min_by_key(|(_, path)| parameters(path))?;
    routes.get_key_value(key)
}

/// An operation that a gateway hands on to a remote procedure has its name: `Payments_Charge` for `/shop.Payments/Charge`
/// (the `operationId` that grpc-gateway's OpenAPI plugin writes).
fn transcoded(packages: &BTreeMap<String, Served>, system: &mut System) {
    let mut procedures: BTreeMap<String, Vec<(&String, &Endpoint)>> = BTreeMap::new();
    for (package, routes) in packages {
        for ((method, path), endpoint) in routes {
            if method == GRPC_METHOD
                && let Some((service, name)) = path.trim_start_matches('/').split_once('/')
            {
                let service = service.rsplit('.').next().unwrap_or(service);
                let known = procedures.entry(format!("{service}_{name}"));
                known.or_default().push((package, endpoint));
            }
        }
    }
    if procedures.is_empty() {
        return;
    }
    for endpoint in &mut system.endpoints {
        let open = endpoint.handler.is_none();
        let id = endpoint.operation.as_ref().filter(|_| open);
        let id = id.and_then(|operation| operation.id.as_deref());
        let named = id.and_then(|id| procedures.get(id));
        let Some([(package, procedure)]) = named.map(Vec::as_slice) else {
            continue;
        };
        endpoint.handler.clone_from(&procedure.handler);
        endpoint.route = procedure.route;
        endpoint.basis = Basis::ContractAndCode;
        endpoint.service = (*package).clone();
    }
}

/// The only other package that serves an operation which the contract's own does not.
fn served_by_another<'r>(
    packages: &'r BTreeMap<String, Served>,
    own: &str,
    key: &(String, String),
) -> Option<(&'r str, &'r Endpoint)> {
    let others = packages.iter().filter(|(package, _)| *package != own);
    let mut serving = others.filter_map(|(package, routes)| Some((package, routes.get(key)?)));
    match (serving.next(), serving.next()) {
        (Some((package, route)), None) => Some((package, route)),
        _ => None,
    }
}

/// An operation that several contracts describe is listed once: of the first of them.
fn described_once(system: &mut System) {
    let mut known = BTreeSet::new();
    system.endpoints.retain(|endpoint| {
        let (Some(operation), Some(handler)) = (&endpoint.operation, &endpoint.handler) else {
            return true;
        };
        let id = operation.id.clone();
        id.is_none()
            || known.insert((
                endpoint.service.clone(),
                endpoint.method.clone(),
                endpoint.path.clone(),
                handler.span,
                id,
            ))
    });
}

/// A route with its key among those that have a path, and the operation that it answers.
type Answered<'r> = (usize, Option<(String, String)>, &'r Endpoint);

/// A second witness: an operation whose path nothing serves, and whose id is the name of the only
/// handler of that name.
fn by_name<'r>(
    asked: &[&Endpoint],
    operations: &[usize],
    routes: &'r Served,
    pathless: &'r [Endpoint],
    found: &mut Vec<Answered<'r>>,
) {
    let known: BTreeSet<_> = found.iter().filter_map(|(_, key, _)| key.clone()).collect();
    let done: BTreeSet<usize> = found.iter().map(|(index, ..)| *index).collect();
    for (index, endpoint) in operations.iter().zip(asked) {
        let id = endpoint
            .operation
            .as_ref()
            .and_then(|operation| operation.id.as_deref());
        let Some(id) = id.filter(|_| !done.contains(index)) else {
            continue;
        };
        let with_path = routes.iter().filter(|(key, _)| !known.contains(*key));
        let with_path = with_path.map(|(key, route)| (Some(key.clone()), route));
        let all = with_path.chain(pathless.iter().map(|route| (None, route)));
        let mut named: Vec<_> = all
            .filter(|(_, route)| {
                let handler = route.handler.as_ref();
                let name = handler.map(|handler| handler.function.as_str());
                let name = name.and_then(|name| name.rsplit("::").next());
                route.method == endpoint.method && name.is_some_and(|name| same_name(name, id))
            })
            .collect();
        // A router that is built twice has its handlers twice.
        let span = |route: &Endpoint| route.handler.as_ref().map(|handler| handler.span);
        named.dedup_by(|(_, a), (_, b)| span(a) == span(b));
        if let [(key, route)] = named.as_slice() {
            found.push((*index, key.clone(), route));
        }
    }
}

/// `create_order` and `createOrder`.
fn same_name(function: &str, operation: &str) -> bool {
    let plain = |name: &str| -> String {
        let letters = name.chars().filter(char::is_ascii_alphanumeric);
        letters.map(|c| c.to_ascii_lowercase()).collect()
    };
    plain(function) == plain(operation)
}

/// The package that serves most of a contract, and what its paths have in front.
fn home(
    asked: &[&Endpoint],
    packages: &BTreeMap<String, Served>,
    described: &BTreeSet<&str>,
    near: impl Fn(&str) -> bool,
) -> Option<(String, Prefix)> {
    let mut best: Option<((bool, usize), String, Prefix)> = None;
    for (package, routes) in packages {
        let mut votes: BTreeMap<Prefix, usize> = BTreeMap::new();
        for endpoint in asked {
            let wanted = unnamed_path(&endpoint.path);
            let of_method = routes
                .keys()
                .filter(|(method, _)| *method == endpoint.method);
            let prefixes: BTreeSet<Prefix> = of_method
                .filter_map(|(_, path)| Prefix::between(&wanted, path))
                .collect();
            for prefix in prefixes {
                *votes.entry(prefix).or_default() += 1;
            }
        }
        // Of two prefixes with the same number the first is the shorter one.
        let most = votes.into_iter().rev().max_by_key(|(_, count)| *count);
        // Of a package that another contract describes, a few routes of this one are somebody else's.
        let all = !described.contains(package.as_str());
        let all = |count: usize| all && count >= JOINED_ROUTES && count >= routes.len();
        if let Some((prefix, count)) = most
            && (count * JOINED_SHARE >= asked.len() || all(count))
            && best
                .as_ref()
                .is_none_or(|(known, ..)| (near(package), count) > *known)
        {
            best = Some(((near(package), count), package.clone(), prefix));
        }
    }
    best.map(|(_, package, prefix)| (package, prefix))
}

#[cfg(test)]
mod tests {
    use super::normalised;

    #[test]
    fn parameters_look_the_same_in_every_framework() {
        for (written, shown) in [
            ("/a/:id", "/a/{id}"),
            ("a/<id>/b", "/a/{id}/b"),
            ("/a/{id:[0-9]{4}}/b", "/a/{id}/b"),
            ("/files/<path..>", "/files/{path}"),
            ("/files/{*path}", "/files/{path}"),
            ("/files/*path", "/files/{path}"),
            ("/a/{name}.json", "/a/{name}.json"),
            ("/a?<q>", "/a"),
            ("/", "/"),
            ("/a//b/", "/a/b"),
            ("/\u{1}base\u{1}/a/{id}", "/a/{id}"),
            ("\u{1}base\u{1}\u{1}more\u{1}a", "/a"),
            ("/a\u{1}rest\u{1}", "/a{rest}"),
        ] {
            assert_eq!(normalised(written), shown, "{written}");
        }
    }
}
