//! Forward inference through function bodies: which type a receiver has, which calls leave the
//! process, what guards them where they stand, and who calls whom.
//!
//! What it is known to miss: types that only come from a generic function's inferred parameter,
//! values that go through a collection and back, and macros that write items.

mod answer;
mod asked;
mod breaker;
mod call;
mod delivery;
mod effect;
mod environment;
mod expand;
mod expr;
mod extension;
mod field;
mod generic;
mod guard;
mod kept;
mod key;
mod known;
mod learnt;
mod lineage;
mod macro_call;
mod memory;
mod methods;
mod passed;
mod pattern;
mod query;
mod repeat;
mod route;
mod selected;
mod unknown;
mod value;
mod variant;

pub(crate) use effect::{FoundEffect, FoundRecord, FoundSite, FoundText};
pub(crate) use lineage::Lineage;
pub(crate) use methods::MethodIndex;
pub(crate) use query::{Column, Query, QueryVerb, looks_like_sql};
pub(crate) use route::{ANY_METHOD, FoundRoute, RouteHandler, SETTING};
pub(crate) use value::ClientState;

use super::program::{ConstantId, FunctionDef, FunctionId, Program, TypeId};
use super::resolve::{Memory, Named, Namespace, Resolved, Resolver};
use super::types::{Scope, Type};
use crate::catalog::{Catalog, Words, split_words};
use crate::model::{
    CallKind, Evidence, Guard, GuardKind, GuardLayer, Guards, KeyRead, Knows, Origin, Step, Told,
};
use crate::read::rust::ir::{Body, ExprId, Generics, Item, Pat, Path, TextRange, TypeRef};
use crate::source::{SourceId, Span};
use effect::Given;
use foldhash::HashMap;
use learnt::{Asked, Learnt};
use lineage::{Lineages, Origins};
use rayon::prelude::*;
use smol_str::SmolStr;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use value::Value;

/// How often bodies are read anew with what was learnt of fields, parameters and results: a client
/// built in a function, passed on, put into a struct, handed out by a method and used takes as many
/// steps. Most systems need four to eight, the last of them for a handful of bodies.
const ROUNDS: usize = 16;

/// A call that leaves the process, as it was found.
#[derive(Clone, Debug)]
pub(crate) struct FoundCall {
    pub(crate) function: FunctionId,
    pub(crate) span: Span,
    pub(crate) name_span: Span,
    pub(crate) kind: CallKind,
    pub(crate) krate: String,
    pub(crate) method: Option<String>,
    pub(crate) target: Option<String>,
    pub(crate) guards: Guards,
    /// From the inside out.
    pub(crate) layers: Vec<GuardLayer>,
    pub(crate) key: Guard,
    /// What it sends asks a question or for a token.
    pub(crate) asks: bool,
    pub(crate) fan_out: Option<Evidence>,
    /// The whole address comes out of a record.
    pub(crate) of_data: bool,
    /// It is made in a task that nobody waits for.
    pub(crate) detached: bool,
    pub(crate) evidence: Vec<Evidence>,
}

/// A call of one function of the system by another.
#[derive(Clone, Debug)]
pub(crate) struct FoundEdge {
    pub(crate) from: FunctionId,
    pub(crate) to: FunctionId,
    pub(crate) span: Span,
    /// What protects everything that happens in the called function, from the inside out.
    pub(crate) guards: Vec<GuardLayer>,
    pub(crate) fan_out: Option<Evidence>,
    /// It stands in a task that nobody waits for.
    pub(crate) detached: bool,
}

/// A method that may do I/O, called on something whose type could not be found.
#[derive(Clone, Debug)]
pub(crate) struct FoundUnknown {
    pub(crate) function: FunctionId,
    pub(crate) name: SmolStr,
    pub(crate) name_span: Span,
    /// The crates it would be I/O of, among those that the package depends on.
    pub(crate) crates: Vec<String>,
}

/// Something is put into a queue in memory that has no bound.
#[derive(Clone, Debug)]
pub(crate) struct FoundFill {
    pub(crate) function: FunctionId,
    pub(crate) span: Span,
    /// The type of the system that is queued.
    pub(crate) item: TypeId,
}

/// What inference gives.
#[derive(Debug, Default)]
pub(crate) struct Inferred {
    pub(crate) calls: Vec<FoundCall>,
    pub(crate) edges: Vec<FoundEdge>,
    pub(crate) unknown: Vec<FoundUnknown>,
    pub(crate) fills: Vec<FoundFill>,
    /// The topics that messages are taken from, and where that is said.
    pub(crate) subscriptions: Vec<(FunctionId, SmolStr, Span)>,
    /// The products outside that the program uses from there on.
    pub(crate) used_outside: Vec<(FunctionId, SmolStr, Span)>,
    /// Settings of clients: name, value, place.
    pub(crate) settings: Vec<(FunctionId, SmolStr, SmolStr, Span)>,
    /// Where a broker's confirmations are switched on.
    /// What a variable of the environment stands for where it is not set, and where this is said.
    pub(crate) unset: Vec<(SmolStr, Arc<str>, Span)>,
    pub(crate) confirmations: Vec<(FunctionId, Span)>,
    /// The names of the sending calls whose result nobody looks at.
    pub(crate) dropped: Vec<Span>,
    /// Where queues without a bound are made.
    pub(crate) unbounded: Vec<(FunctionId, Span)>,
    /// Guards around handlers, each with the function that gives a router a middleware.
    pub(crate) around_handlers: Vec<(Option<FunctionId>, GuardLayer)>,
    /// The routes that no other router takes in, each with the function that builds the router.
    pub(crate) routes: Vec<(FunctionId, FoundRoute)>,
    /// What each function does, in order.
    pub(crate) traces: Vec<FoundTrace>,
    /// The system keeps sessions on the server.
    pub(crate) keeps_sessions: bool,
    /// For each handler, the functions by which its parameters are made from a request.
    pub(crate) extractors: BTreeMap<FunctionId, Vec<(FunctionId, bool)>>,
    /// For each handler, the keys among the members of what it is given.
    pub(crate) given_keys: BTreeMap<FunctionId, Vec<KeyRead>>,
    /// Functions that are passed on as values: handlers, callbacks.
    pub(crate) passed_on: BTreeSet<FunctionId>,
    /// The same, by the functions that pass them on.
    pub(crate) passes: Vec<(FunctionId, FunctionId)>,
    /// Functions that a trait of another crate demands: that crate calls them.
    pub(crate) demanded: BTreeSet<FunctionId>,
    /// Functions that implement a trait of the system: who calls them may not be seen.
    pub(crate) dispatched: BTreeMap<FunctionId, TypeId>,
    /// What is known of names now.
    pub(crate) names: Memory,
}

/// What a function does, in order.
#[derive(Debug, Default)]
pub(crate) struct FoundTrace {
    pub(crate) effects: Vec<FoundEffect>,
    pub(crate) sites: Vec<FoundSite>,
    pub(crate) steps: Vec<Step>,
    pub(crate) tells: Option<Told>,
    pub(crate) keys: Vec<KeyRead>,
    pub(crate) key_fields: BTreeSet<String>,
    /// It puts something into a request for those who come after it.
    pub(crate) extends_request: bool,
    /// A trait gives it to the types that implement it.
    pub(crate) of_trait: bool,
    /// The type that it belongs to.
    pub(crate) owner: Option<TypeId>,
    /// What is awaited and not known.
    pub(crate) unseen: Vec<Span>,
}

/// What one body gives. Places in it are its own.
#[derive(Debug, Default)]
struct Found {
    calls: Vec<FoundCall>,
    edges: Vec<FoundEdge>,
    /// What is awaited and not known.
    unseen: Vec<Span>,
    /// The topics that messages are taken from.
    subscriptions: Vec<(FunctionId, SmolStr, Span)>,
    /// The products outside that the program uses from there on.
    used_outside: Vec<(FunctionId, SmolStr, Span)>,
    settings: Vec<(FunctionId, SmolStr, SmolStr, Span)>,
    /// What a variable of the environment stands for where it is not set.
    unset: Vec<(SmolStr, Arc<str>, Span)>,
    confirmations: Vec<(FunctionId, Span)>,
    dropped: Vec<Span>,
    unknown: Vec<FoundUnknown>,
    fills: Vec<FoundFill>,
    unbounded: Vec<(FunctionId, Span)>,
    around_handlers: Vec<(Option<FunctionId>, GuardLayer)>,
    passed_on: BTreeSet<FunctionId>,
    effects: Vec<FoundEffect>,
    sites: Vec<FoundSite>,
    steps: Vec<Step>,
    tells: Option<Told>,
    keys: Vec<KeyRead>,
    key_fields: BTreeSet<String>,
    /// Something is put into a request for those who come after it.
    extends_request: bool,
    /// A store of sessions is made here.
    keeps_sessions: bool,
    /// Every route that is registered, imported or nested here.
    routes: Vec<FoundRoute>,
    /// Functions whose routers are used here.
    used_routers: BTreeSet<FunctionId>,
    /// What it says of clients, texts and statements; of most bodies, nothing.
    learnt: Option<Box<Learnt>>,
    /// What it says of where values come from.
    lineages: Lineages,
    /// What it asked for of what all bodies have said.
    asked: Vec<Asked>,
}

impl Found {
    fn learnt(&mut self) -> &mut Learnt {
        self.learnt.get_or_insert_default()
    }
}

/// How many bodies are read with one resolver, which remembers names: enough to be worth it, and few
/// enough that no worker waits long for another.
const MIN_CHUNK: usize = 8;
const MAX_CHUNK: usize = 128;
/// Into how many parts the bodies are divided in between.
const CHUNKS: usize = 64;

/// How far back it is looked whether something was asked for already.
const LATELY: usize = 6;

/// Reads every body, and those that asked for something that has changed since again.
pub(crate) fn infer(program: &Program<'_>, catalog: &Catalog) -> Inferred {
    let (methods, mut names) = MethodIndex::of(program, catalog);
    let mut found: Vec<Found> = Vec::new();
    found.resize_with(program.functions.len(), Found::default);
    let mut before = Learnt::default();
    let mut stale: Vec<usize> = (0..found.len()).collect();
    for _ in 0..ROUNDS {
        let chunk = (stale.len() / CHUNKS).clamp(MIN_CHUNK, MAX_CHUNK);
        let read: Vec<(Vec<Found>, Memory)> = stale
            .par_chunks(chunk)
            .with_max_len(1)
            .map(|chunk| {
                let resolver = Resolver::knowing(program, catalog, &names);
                let one = |index: &usize| read(&resolver, &methods, &before, FunctionId(*index));
                let found = chunk.iter().map(one).collect();
                (found, resolver.into_memory())
            })
            .collect();
        let mut indices = stale.iter();
        for (chunk, memory) in read {
            for (one, index) in chunk.into_iter().zip(&mut indices) {
                found[*index] = one;
            }
            names.add(memory);
        }
        let (mut now, origins) = rayon::join(
            || Learnt::of_all(&found),
            || Origins::solve(program, &found),
        );
        now.settle_origins(origins, &found);
        let changed = now.changed(&before);
        let is_stale = |one: &Found| {
            one.asked.iter().any(|asked| changed.contains(asked))
                || one.lineages.is_stale(&now.origins)
        };
        stale = (0..found.len())
            .into_par_iter()
            .filter(|index| is_stale(&found[*index]))
            .collect();
        before = now;
        if stale.is_empty() {
            break;
        }
    }
    before.origins.settle(&mut found);
    let resolver = &Resolver::knowing(program, catalog, &names);
    let mut result = Inferred {
        demanded: methods.demanded.clone(),
        dispatched: methods
            .traits
            .iter()
            .flat_map(|((of, _), functions)| functions.iter().map(|id| (*id, *of)))
            .collect(),
        ..Inferred::default()
    };
    let used = found
        .iter()
        .flat_map(|one| one.used_routers.iter().copied());
    let used: BTreeSet<FunctionId> = used.collect();
    for (index, one) in found.into_iter().enumerate() {
        let id = FunctionId(index);
        let routes = route::roots(one.routes, used.contains(&id));
        result.routes.extend(routes.map(|route| (id, route)));
        result.traces.push(FoundTrace {
            effects: one.effects,
            sites: one.sites,
            steps: one.steps,
            tells: one.tells,
            keys: one.keys,
            key_fields: one.key_fields,
            extends_request: one.extends_request,
            of_trait: program.functions[index]
                .owner
                .is_some_and(|owner| owner.in_trait.is_some()),
            owner: implementing(resolver, id),
            unseen: one.unseen,
        });
        result.keeps_sessions |= one.keeps_sessions;
        result.calls.extend(one.calls);
        result.edges.extend(one.edges);
        result.unknown.extend(one.unknown);
        result.fills.extend(one.fills);
        result.used_outside.extend(one.used_outside);
        result.unbounded.extend(one.unbounded);
        result.around_handlers.extend(one.around_handlers);
        let passed = one.passed_on.iter();
        result.passes.extend(passed.map(|passed| (id, *passed)));
        result.passed_on.extend(one.passed_on);
        result.subscriptions.extend(one.subscriptions);
        result.settings.extend(one.settings);
        result.unset.extend(one.unset);
        result.confirmations.extend(one.confirmations);
        result.dropped.extend(one.dropped);
    }
    result.routes.extend(route::services(resolver));
    route::handshakes(resolver, &mut result.routes);
    of_handlers(resolver, &methods, &mut result);
    result.names = names;
    result
}

/// Whether a parameter is declared as something that a text is made of: `impl Into<String>`, `S: AsRef<str>`. Of `impl ..`, all
/// may be but what speaks of a connection.
fn is_bound_as_text(def: &FunctionDef<'_>, ty: &TypeRef, words: &Words) -> bool {
    let is_text = |bound: &Path| words.text_bounds.iter().any(|known| bound.last() == known);
    let speaks = |bounds: &[Path]| bounds.iter().any(is_text);
    let connects = |bound: &Path| {
        let mut named = split_words(bound.last()).into_iter();
        named.any(|word| words.connection_bounds.contains(&word))
    };
    match ty {
        TypeRef::Traits(bounds) => !bounds.iter().any(connects),
        TypeRef::Path(path) => path.as_name().is_some_and(|name| {
            let own = def.owner.map(|owner| owner.generics);
            let all = std::iter::once(&def.function.generics).chain(own);
            let mut parameters = all.flat_map(|generics| &generics.parameters);
            parameters.any(|(known, bounds)| known == name && speaks(bounds))
        }),
        _ => false,
    }
}

/// How the parameters of handlers are made, and the keys among them.
fn of_handlers(resolver: &Resolver<'_, '_>, methods: &MethodIndex, result: &mut Inferred) {
    for (_, route) in &result.routes {
        if let RouteHandler::Functions(handlers) = &route.handler {
            for handler in handlers.iter() {
                let known = result.extractors.entry(*handler);
                known.or_insert_with(|| effect::extractors(resolver, methods, *handler));
                let keys = key::given_keys(resolver, *handler);
                if !keys.is_empty() {
                    result.given_keys.insert(*handler, keys);
                }
            }
        }
    }
}

fn read(
    resolver: &Resolver<'_, '_>,
    methods: &MethodIndex,
    before: &Learnt,
    id: FunctionId,
) -> Found {
    let mut found = Found::default();
    read_function(resolver, methods, before, id, &mut found);
    found.asked.sort_unstable();
    found.asked.dedup();
    found.asked.shrink_to_fit();
    found.lineages.shrink();
    found
}

fn read_function(
    resolver: &Resolver<'_, '_>,
    methods: &MethodIndex,
    before: &Learnt,
    id: FunctionId,
    out: &mut Found,
) {
    let def = &resolver.program.functions[id.0];
    let Some(body) = &def.function.body else {
        return;
    };
    let context = FunctionContext::new(resolver, id);
    let mut reader = BodyReader::new(resolver, methods, before, &context, def.source, body, out);
    let mut routers = Vec::new();
    for (index, (pat, ty)) in def.function.parameters.iter().enumerate() {
        let mut value = Value::of(reader.type_of(ty));
        let state = reader.parameter(id, index);
        value.client = state.map(|state| Rc::new(state.passed_in(index)));
        let text = match &value.ty {
            // `impl Into<String>` and `S: AsRef<str>` may be texts too; a connection is none.
            Type::Traits(_) | Type::Param(_) | Type::Unknown => {
                is_bound_as_text(def, ty, &resolver.catalog.words)
            }
            known => known.may_be_text(),
        };
        if text {
            let known = reader.parameter_text(id, index);
            value.text = known.or_else(|| named(pat).map(|name| format!("{{{name}}}").into()));
        }
        value.query = reader.statement_given(&value.ty, pat);
        if passed::is_run(def, ty) {
            value.pending.parameters.push(index);
        }
        value.origin = Origin::parameter(index).into();
        if passed::is_random(def, ty, &resolver.catalog.effects.random_sources) {
            value.origin = value.origin.and(Origin::RANDOM);
        }
        if reader.is_router(&value.ty) {
            value.routes = Some(Rc::new(route::Router::given(index)));
            routers.push((index, reader.variables.len()));
        }
        let value = reader.given_variant(value, index);
        reader.bind(pat, &value);
    }
    let decorators = &resolver.catalog.words.decorators;
    for attribute in def.attributes {
        let name = attribute.path.last();
        let kinds = decorators
            .iter()
            .filter(|(_, names)| names.iter().any(|known| known == name));
        for (kind, _) in kinds {
            let evidence = Evidence::seen(def.span, format!("the function is under `#[{name}]`"));
            reader.active.push(GuardLayer::new(*kind, evidence));
        }
    }
    let own_breaker = context
        .self_type
        .as_ref()
        .is_some_and(|ty| reader.is_breaker(ty));
    if own_breaker {
        // What a breaker runs, it runs while it is closed.
        let name = resolver.program.function_name(id);
        let evidence = Evidence::seen(def.span, format!("`{name}` is a circuit breaker's"));
        reader
            .active
            .push(GuardLayer::new(GuardKind::Breaker, evidence));
    }
    let mut result = body.root.map(|root| reader.eval(root)).unwrap_or_default();
    reader.out.steps = std::mem::take(&mut reader.steps);
    reader.close_gate();
    reader.learn_runs();
    let mut results = std::mem::take(&mut reader.returned);
    // Whoever calls it awaits what it gives; what is around a service gives the future of that.
    let hands_on = !def.function.is_async && !methods.demanded.contains(&id);
    if hands_on && unknown::is_future(&def.function.returns, 0) {
        reader.keep_unseen(&mut result);
        results.iter_mut().for_each(|one| reader.keep_unseen(one));
    }
    let handed_out: Vec<&Value> = results.iter().chain([&result]).collect();
    reader.learn_routes(id, &handed_out, &routers);
    let knows = handed_out
        .iter()
        .rev()
        .find_map(|value| value.knows.clone());
    let told = knows.and_then(|knows| knows.told);
    reader.out.tells = reader.told_by_returns().or(told);
    let origin = handed_out
        .iter()
        .fold(Lineage::REPEATABLE, |all, value| all.and(value.origin));
    reader.out.lineages.gives(origin);
    if let Some(query) = handed_out
        .iter()
        .rev()
        .find_map(|value| value.query.clone())
    {
        reader.out.learnt().queries.insert(id, query);
    }
    if let Some(parts) = reader.parts_made(&def.function.returns, &handed_out) {
        reader.out.learnt().made_parts.insert(id, parts);
    }
    if let Some(text) = result.text.clone().filter(|_| results.is_empty()) {
        out.learnt().texts.insert(id, text);
    }
    for state in results
        .into_iter()
        .chain(std::iter::once(result))
        .filter_map(|value| value.client)
    {
        learnt::meet(&mut out.learnt().results, id, &state);
    }
}

/// The name of a parameter that is a name.
fn named(pat: &Pat) -> Option<&SmolStr> {
    match pat {
        Pat::Bind(name, None, _) => Some(name),
        Pat::Typed(inner, _) => named(inner),
        _ => None,
    }
}

/// The type of the system for which a function implements one of a trait.
fn implementing(resolver: &Resolver<'_, '_>, id: FunctionId) -> Option<TypeId> {
    let owner = resolver.program.functions[id.0].owner?;
    owner.implements?;
    match FunctionContext::new(resolver, id).self_type? {
        Type::Local(id, _) => Some(id),
        _ => None,
    }
}

/// What a body is read with: its function, generics and `Self`.
struct FunctionContext<'f> {
    id: Option<FunctionId>,
    module: super::program::ModuleId,
    generics: Vec<&'f Generics>,
    self_type: Option<Type>,
    associated: &'f [Item],
}

impl<'f> FunctionContext<'f> {
    fn new(resolver: &Resolver<'_, 'f>, id: FunctionId) -> Self {
        let def = &resolver.program.functions[id.0];
        let mut generics = vec![&def.function.generics];
        generics.extend(def.owner.map(|owner| owner.generics));
        let self_type = def
            .owner
            .map(|owner| match (owner.self_type, owner.in_trait) {
                (Some(ty), _) => {
                    let own = [owner.generics];
                    resolver.type_of(
                        Scope {
                            module: def.module,
                            generics: &own,
                            self_type: None,
                            associated: owner.items,
                        },
                        ty,
                    )
                }
                (None, Some(id)) => Type::Traits(vec![Type::Local(id, Vec::new())]),
                (None, None) => Type::Unknown,
            });
        Self {
            id: Some(id),
            module: def.module,
            generics,
            self_type,
            associated: def.owner.map_or(&[], |owner| owner.items),
        }
    }

    fn scope(&self) -> Scope<'_> {
        Scope {
            module: self.module,
            generics: &self.generics,
            self_type: self.self_type.as_ref(),
            associated: self.associated,
        }
    }
}

/// Reads one body.
struct BodyReader<'a, 'f> {
    resolver: &'a Resolver<'a, 'f>,
    methods: &'a MethodIndex,
    before: &'a Learnt,
    context: &'a FunctionContext<'f>,
    source: SourceId,
    body: &'a Body,
    out: &'a mut Found,
    variables: Vec<(SmolStr, Value)>,
    /// How many variables there were where each branch around this expression began.
    branches: Vec<usize>,
    /// Guards around the expression that is being read, from the outside in.
    active: Vec<GuardLayer>,
    /// Guards that a statement has brought and that last until the end of its block.
    held: Vec<GuardLayer>,
    /// A breaker was asked in this function.
    gate: Option<breaker::Gate>,
    /// Each run of something that was passed in: the parameter, and the guards around the run.
    runs: Vec<passed::Run>,
    returned: Vec<Value>,
    /// What the loop that is read is left with: `break value`.
    broken_with: Vec<Value>,
    /// What happens, in order, in the block that is being read.
    steps: Vec<Step>,
    /// What the branches around this expression rest on.
    conditions: Vec<Option<Rc<Knows>>>,
    /// The arguments of the call that is being read.
    given: Given,
    /// The last call that led into functions of the system.
    followed: Option<ExprId>,
    /// The call that is being read runs a statement in the process, of this crate.
    ran: Option<String>,
    /// How many loops and closures are around the expression that is being read.
    repeats: usize,
    /// The entries of a table of routes are registered one by one.
    in_table: bool,
    /// How many bytes of code were read again for entries of tables.
    turned: usize,
    /// What some texts of the body say, once somebody has asked.
    written_down: OnceCell<(bool, bool)>,
    /// Where the idempotency keys come from that requests are given, by the place that names them.
    request_keys: RefCell<Vec<(Span, Lineage)>>,
    /// The names that stand for the fragments of the macro that this is the expansion of.
    fragments: Vec<(SmolStr, SmolStr)>,
    /// How many macros of the system this is the expansion of.
    expansions: usize,
    /// The constants that have been looked into, those that these are made of among them.
    constants: Rc<Constants>,
}

/// The constants that a body names.
#[derive(Default)]
struct Constants {
    known: RefCell<HashMap<ConstantId, Value>>,
    /// How many are being looked into, one within the other.
    open: Cell<usize>,
}

impl<'a, 'f> BodyReader<'a, 'f> {
    fn new(
        resolver: &'a Resolver<'a, 'f>,
        methods: &'a MethodIndex,
        before: &'a Learnt,
        context: &'a FunctionContext<'f>,
        source: SourceId,
        body: &'a Body,
        out: &'a mut Found,
    ) -> Self {
        let (variables, active, returned) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            resolver,
            methods,
            before,
            context,
            source,
            body,
            out,
            variables,
            branches: Vec::new(),
            active,
            held: Vec::new(),
            gate: None,
            runs: Vec::new(),
            returned,
            broken_with: Vec::new(),
            steps: Vec::new(),
            conditions: Vec::new(),
            given: Given::default(),
            followed: None,
            repeats: 0,
            in_table: false,
            turned: 0,
            written_down: OnceCell::new(),
            request_keys: RefCell::default(),
            fragments: Vec::new(),
            expansions: 0,
            ran: None,
            constants: Rc::default(),
        }
    }

    /// Notes that something was asked for; what was noted just before is not noted again.
    fn ask(&mut self, asked: Asked) {
        let noted = &mut self.out.asked;
        if !noted.iter().rev().take(LATELY).any(|known| *known == asked) {
            noted.push(asked);
        }
    }

    /// What is known of the client in a field.
    fn field(&mut self, id: TypeId, name: &SmolStr) -> Option<&'a ClientState> {
        self.ask(Asked::Field(id, name.clone()));
        self.before.fields.get(&(id, name.clone()))
    }

    fn field_text(&mut self, id: TypeId, name: &SmolStr) -> Option<Arc<str>> {
        self.ask(Asked::Field(id, name.clone()));
        let key = (id, name.clone());
        let known = self.before.field_texts.get(&key).cloned().flatten();
        known.or_else(|| {
            let setting = *self.resolver.program.settings.get(&key)?;
            if let Some(variable) = &setting.variable {
                return Some(format!("${variable}").into());
            }
            if let Some(default) = &setting.default {
                return Some(Arc::from(default.as_str()));
            }
            let function = setting.default_function.as_ref()?;
            let path: Vec<SmolStr> = function.split("::").map(SmolStr::new).collect();
            let module = self.resolver.program.types[id.0].module;
            match self.resolver.resolve(module, &path, Namespace::Values) {
                Resolved::Function(id) => self.result_of(id).1.cloned(),
                _ => None,
            }
        })
    }

    /// What is known of the client that is given for a parameter.
    fn parameter(&mut self, id: FunctionId, index: usize) -> Option<&'a ClientState> {
        self.ask(Asked::Parameter(id, index));
        self.before.parameters.get(&(id, index))
    }

    fn parameter_text(&mut self, id: FunctionId, index: usize) -> Option<Arc<str>> {
        self.ask(Asked::Parameter(id, index));
        let known = self.before.parameter_texts.get(&(id, index));
        known.cloned().flatten()
    }

    /// What is known of the client and the text that a function gives.
    fn result_of(&mut self, id: FunctionId) -> (Option<&'a ClientState>, Option<&'a Arc<str>>) {
        self.ask(Asked::Result(id));
        (self.before.results.get(&id), self.before.texts.get(&id))
    }

    fn catalog(&self) -> &'a Catalog {
        self.resolver.catalog
    }

    fn type_of(&self, ty: &crate::read::rust::ir::TypeRef) -> Type {
        self.resolver.type_of(self.context.scope(), ty)
    }

    fn resolve(&self, path: &[impl Named], namespace: Namespace) -> Resolved {
        self.resolver.resolve(self.context.module, path, namespace)
    }

    fn span(&self, range: TextRange) -> Span {
        Span::new(self.source, range.start, range.end)
    }

    fn span_of(&self, id: ExprId) -> Span {
        self.span(self.body.get(id).range)
    }

    fn variable(&self, name: &str) -> Option<&Value> {
        self.variables
            .iter()
            .rev()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }
}
