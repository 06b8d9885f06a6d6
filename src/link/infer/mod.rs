//! Forward inference through function bodies: which type a receiver has, which calls leave the
//! process, what guards them where they stand, and who calls whom.
//!
//! What it is known to miss: types that only come from a generic function's inferred parameter,
//! values that go through a collection and back, and macros that write items.

mod breaker;
mod call;
mod expand;
mod expr;
mod extension;
mod generic;
mod guard;
mod methods;
mod passed;
mod pattern;
mod repeat;
mod unknown;
mod value;

pub(crate) use methods::MethodIndex;
pub(crate) use value::ClientState;

use super::program::{FunctionId, Program, TypeId};
use super::resolve::{Namespace, Resolved, Resolver};
use super::types::{Scope, Type};
use crate::catalog::Catalog;
use crate::model::{CallKind, Evidence, Guard, GuardKind, GuardLayer, Guards};
use crate::read::rust::ir::{Body, ExprId, Generics, Item, Pat, TextRange};
use crate::source::{SourceId, Span};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use value::Value;

/// How often the bodies are read anew with what was learnt of fields, parameters and results: a
/// client built in a function, passed on, put into a struct, handed out by a method and used takes
/// as many steps. Most systems need three or four.
const ROUNDS: usize = 8;

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
    pub(crate) fan_out: Option<Evidence>,
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
    /// Where queues without a bound are made.
    pub(crate) unbounded: Vec<(FunctionId, Span)>,
    /// Functions that are passed on as values: handlers, callbacks.
    pub(crate) passed_on: BTreeSet<FunctionId>,
    /// Functions that a trait of another crate demands: that crate calls them.
    pub(crate) demanded: BTreeSet<FunctionId>,
    /// Functions that implement a trait of the system: who calls them may not be seen.
    pub(crate) dispatched: BTreeSet<FunctionId>,
    learnt: Learnt,
}

/// What is known of the clients in fields, parameters, results and statics.
#[derive(Clone, Debug, Default)]
struct Learnt {
    fields: BTreeMap<(TypeId, SmolStr), ClientState>,
    parameters: BTreeMap<(FunctionId, usize), ClientState>,
    results: BTreeMap<FunctionId, ClientState>,
    /// Guards under which a function runs what is passed to it: its number among the parameters.
    given: BTreeMap<(FunctionId, usize), Vec<GuardLayer>>,
    /// The text that a function gives, as far as known; `{name}` for a parameter.
    texts: BTreeMap<FunctionId, Rc<str>>,
    /// The texts in fields and parameters, where it is always the same one.
    field_texts: BTreeMap<(TypeId, SmolStr), Option<Rc<str>>>,
    parameter_texts: BTreeMap<(FunctionId, usize), Option<Rc<str>>>,
}

impl Learnt {
    /// One more text that stands somewhere; two different ones are none.
    fn agree<K: Ord>(map: &mut BTreeMap<K, Option<Rc<str>>>, key: K, text: Option<&Rc<str>>) {
        map.entry(key)
            .and_modify(|known| {
                if known.as_ref() != text {
                    *known = None;
                }
            })
            .or_insert_with(|| text.cloned());
    }

    fn meet<K: Ord>(map: &mut BTreeMap<K, ClientState>, key: K, state: &ClientState) {
        match map.entry(key) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(state.clone());
            }
            std::collections::btree_map::Entry::Occupied(mut entry) => {
                let met = entry.get().meet(state);
                entry.insert(met);
            }
        }
    }
}

/// Reads every body.
pub(crate) fn infer(program: &Program<'_>, catalog: &Catalog) -> Inferred {
    let resolver = &Resolver::new(program, catalog);
    let mut methods = MethodIndex::build(resolver);
    methods.breakers = breaker::breakers(resolver, &catalog.words);
    let mut result = Inferred::default();
    for _ in 0..ROUNDS {
        let before = result.learnt;
        result = Inferred::default();
        for index in 0..program.functions.len() {
            read_function(resolver, &methods, &before, FunctionId(index), &mut result);
        }
        if same(&before, &result.learnt) {
            break;
        }
    }
    result.demanded = methods.demanded;
    result.dispatched = methods.traits.into_values().flatten().collect();
    result
}

fn same(a: &Learnt, b: &Learnt) -> bool {
    a.fields == b.fields
        && a.parameters == b.parameters
        && a.results == b.results
        && a.texts == b.texts
        && a.field_texts == b.field_texts
        && a.parameter_texts == b.parameter_texts
        && a.given == b.given
}

fn read_function(
    resolver: &Resolver<'_, '_>,
    methods: &MethodIndex,
    before: &Learnt,
    id: FunctionId,
    out: &mut Inferred,
) {
    let def = &resolver.program.functions[id.0];
    let Some(body) = &def.function.body else {
        return;
    };
    let context = FunctionContext::new(resolver, id);
    let mut reader = BodyReader::new(resolver, methods, before, &context, def.source, body, out);
    for (index, (pat, ty)) in def.function.parameters.iter().enumerate() {
        let mut value = Value::of(reader.type_of(ty));
        let state = before.parameters.get(&(id, index));
        value.client = state.map(|state| Rc::new(state.passed_in(index)));
        if value.ty.may_be_text() {
            let known = before.parameter_texts.get(&(id, index)).cloned().flatten();
            value.text = known.or_else(|| named(pat).map(|name| format!("{{{name}}}").into()));
        }
        if passed::is_run(def, ty) {
            value.pending.parameters.push(index);
        }
        reader.bind(pat, &value);
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
    let result = body.root.map(|root| reader.eval(root)).unwrap_or_default();
    reader.close_gate();
    reader.learn_runs();
    let results = std::mem::take(&mut reader.returned);
    if let Some(text) = result.text.clone().filter(|_| results.is_empty()) {
        out.learnt.texts.insert(id, text);
    }
    for state in results
        .into_iter()
        .chain(std::iter::once(result))
        .filter_map(|value| value.client)
    {
        Learnt::meet(&mut out.learnt.results, id, &state);
    }
}

/// The name of a parameter that is a name.
fn named(pat: &Pat) -> Option<&SmolStr> {
    match pat {
        Pat::Bind(name, None) => Some(name),
        Pat::Typed(inner, _) => named(inner),
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
    out: &'a mut Inferred,
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
    /// How many macros of the system this is the expansion of.
    expansions: usize,
}

impl<'a, 'f> BodyReader<'a, 'f> {
    fn new(
        resolver: &'a Resolver<'a, 'f>,
        methods: &'a MethodIndex,
        before: &'a Learnt,
        context: &'a FunctionContext<'f>,
        source: SourceId,
        body: &'a Body,
        out: &'a mut Inferred,
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
            expansions: 0,
        }
    }

    fn catalog(&self) -> &'a Catalog {
        self.resolver.catalog
    }

    fn type_of(&self, ty: &crate::read::rust::ir::TypeRef) -> Type {
        self.resolver.type_of(self.context.scope(), ty)
    }

    fn resolve(&self, path: &[SmolStr], namespace: Namespace) -> Resolved {
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
