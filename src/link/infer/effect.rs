//! What a body changes, and in which order: every read and write with the statement behind it, the
//! branches it stands in, and what each branch rests on.

use super::expr::MAX_DEREF;
use super::lineage::Lineage;
use super::query::{Column, Query, QueryVerb};
use super::value::Value;
use super::{BodyReader, FunctionContext, MethodIndex};
use crate::catalog::{MethodEntry, listed, split_words};
use crate::link::program::{FunctionId, TypeId};
use crate::link::resolve::Resolver;
use crate::link::types::Type;
use crate::model::{
    By, ByVariant, CallKind, Knows, Origin, PassedType, PassedVariant, Said, Step, Told, When,
};
use crate::read::rust::ir::{ExprId, ExprKind, Pat, Path};
use crate::source::Span;
use smol_str::SmolStr;
use std::rc::Rc;
use std::sync::Arc;

/// One thing that a body does to a store, a broker or another service.
#[derive(Clone, Debug)]
pub(crate) struct FoundEffect {
    /// The method's or function's name.
    pub(crate) span: Span,
    /// Its name.
    pub(crate) called: SmolStr,
    /// The kind of I/O; none where only the statement is known.
    pub(crate) kind: Option<CallKind>,
    pub(crate) krate: String,
    pub(crate) method: Option<String>,
    pub(crate) target: Option<String>,
    pub(crate) query: Option<Arc<Query>>,
    pub(crate) required: bool,
    /// Where its arguments come from.
    pub(crate) origin: Lineage,
    /// Where the name comes from that a value is set under: the first of them, or all that a builder was given. Of a
    /// request, where its idempotency key comes from.
    pub(crate) key: Lineage,
    /// The text that it is called on: a command.
    pub(crate) text: Option<Arc<str>>,
    /// The operators of an update that is a document: `$set`.
    pub(crate) operators: Vec<SmolStr>,
    /// A request that only asks.
    pub(crate) asks: bool,
    /// A request that names an idempotency key.
    pub(crate) keyed: bool,
    /// It begins a session.
    pub(crate) session: bool,
    /// What of it is said by whoever calls the function.
    pub(crate) said: Said,
    /// The function that it stands in says by its name that it reads: `find_user`.
    pub(crate) by_reader: bool,
    /// It says that it asks: `is_allowed`, `search_pages`.
    pub(crate) asks_by_name: bool,
}

impl FoundEffect {
    /// An effect of which only its place and name are known.
    pub(super) fn blank(span: Span, called: &str) -> Self {
        Self {
            span,
            called: SmolStr::new(called),
            kind: None,
            krate: String::new(),
            method: None,
            target: None,
            query: None,
            required: false,
            origin: Lineage::REPEATABLE,
            key: Lineage::REPEATABLE,
            text: None,
            operators: Vec::new(),
            asks: false,
            keyed: false,
            session: false,
            said: Said::default(),
            by_reader: false,
            asks_by_name: false,
        }
    }
}

/// A record that is passed on.
#[derive(Clone, Debug)]
pub(crate) enum FoundRecord {
    /// With the columns that are set here, whether it was read from its table, and the parameter that it is, of the
    /// function that passes it on.
    Columns(Vec<Column>, bool, Option<usize>),
    /// A parameter of the function that passes it on.
    Parameter(usize),
}

/// A text that is passed to a function of the system.
#[derive(Clone, Debug)]
pub(crate) enum FoundText {
    /// With where the values after it come from: of a statement, its parameters.
    Text(Arc<str>, Vec<Lineage>),
    /// A parameter of the function that passes it on.
    Parameter(usize),
}

/// A call of functions of the system.
#[derive(Clone, Debug)]
pub(crate) struct FoundSite {
    pub(crate) functions: Vec<FunctionId>,
    pub(crate) span: Span,
    pub(crate) required: bool,
    pub(crate) ignored: bool,
    /// Where the arguments come from, by the number of the parameter.
    pub(crate) origins: Vec<Lineage>,
    /// The table of the type that the function is called on.
    pub(crate) table: Option<SmolStr>,
    /// The records among the arguments, by the number of the parameter.
    pub(crate) records: Vec<(usize, FoundRecord)>,
    /// What `Self` means in a function that a trait gives to the type it is called on.
    pub(crate) chosen: Vec<FunctionId>,
    /// It is done later, by whoever takes it from a channel.
    pub(crate) later: Option<TypeId>,
    /// It is told all who listen, and need not be done at all.
    pub(crate) announced: bool,
    /// The texts among the arguments, by the number of the parameter.
    pub(crate) texts: Vec<(usize, FoundText)>,
    /// The variants of enums among the arguments, by the number of the parameter.
    pub(crate) variants: Vec<(usize, PassedVariant)>,
    /// The parameter of the function around that a method of several types is called on.
    pub(crate) asked: Option<usize>,
    /// The types of the arguments for parameters of any type, by the number of the parameter.
    pub(crate) types: Vec<(usize, PassedType)>,
}

/// What the arguments of the call that is being read are, as far as it matters here.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    pub(super) origin: Lineage,
    pub(super) columns: Option<Rc<[Column]>>,
    pub(super) query: Option<Arc<Query>>,
    /// The first argument that is a statement.
    pub(super) text: Option<Arc<str>>,
    /// The first argument that names a file of SQL.
    pub(super) file: Option<Arc<str>>,
    pub(super) ty: Type,
    pub(super) knows: Option<Rc<Knows>>,
    /// The first argument that is a text somebody else says: `{statement}`.
    pub(super) open: Option<Arc<str>>,
    /// The text of the first argument.
    pub(super) name: Option<Arc<str>>,
    /// Where the first argument comes from.
    pub(super) first: Lineage,
    /// What the first argument is made of, where it is a struct of the system.
    pub(super) parts: Option<(TypeId, Rc<[Column]>)>,
    /// Where the second argument comes from.
    pub(super) second: Lineage,
    /// Where the arguments after the statement come from.
    pub(super) parameters: Vec<Lineage>,
    /// The first argument, where it is a table of routes or an entry of one.
    pub(super) entry: Option<Rc<Value>>,
}

impl Given {
    pub(super) fn of(values: &[Value]) -> Self {
        let text_at = |is: fn(&str) -> bool| {
            let mut values = values.iter();
            values.position(|value| value.text.as_deref().is_some_and(is))
        };
        let text = text_at(super::query::looks_like_sql);
        let file = text_at(|text| text.ends_with(".sql"));
        let open = text_at(|text| unsaid(text).is_some());
        let prepared = values.iter().position(|value| value.query.is_some());
        let text_of = |at: Option<usize>| at.and_then(|at| values[at].text.clone());
        let begun = text.or(file).or(prepared).or(open);
        // A statement that was prepared is run with a list: `statement.execute(params![a, b])`.
        let lists = |value: &Value| value.items.is_some();
        let after = match begun {
            Some(at) => at + 1,
            None if values.iter().any(lists) => 0,
            None => values.len(),
        };
        Self {
            origin: origin_of(values),
            columns: super::query::columns_of(values),
            query: values.iter().find_map(|value| value.query.clone()),
            text: text_of(text),
            file: text_of(file),
            open: text_of(open),
            ty: values
                .first()
                .map(|value| value.ty.clone())
                .unwrap_or_default(),
            knows: values.last().and_then(|value| value.knows.clone()),
            name: values.first().and_then(|value| value.text.clone()),
            first: values.first().map(may_be_absent).unwrap_or_default(),
            parts: values.first().and_then(|value| value.parts.clone()),
            second: values.get(1).map(may_be_absent).unwrap_or_default(),
            parameters: listed_origins(&values[after..]),
            entry: values
                .first()
                .filter(|value| value.entries.is_some())
                .map(|value| Rc::new(value.clone())),
        }
    }
}

/// Where some values come from, and the items of those that are written out as a list.
pub(super) fn listed_origins(values: &[Value]) -> Vec<Lineage> {
    let mut origins = Vec::with_capacity(values.len());
    for value in values {
        match &value.items {
            Some(items) => origins.extend_from_slice(items),
            None => origins.push(may_be_absent(value)),
        }
    }
    origins
}

/// The name in a text that is nothing but something that is not known: `{name}`.
pub(super) fn unsaid(text: &str) -> Option<&str> {
    let name = text.strip_prefix('{')?.strip_suffix('}')?;
    let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    (plain && !name.is_empty()).then_some(name)
}

/// Where a value comes from, and whether it may be absent.
pub(super) fn may_be_absent(value: &Value) -> Lineage {
    // `None` says nothing of what it is an option of.
    let absent = value.is_none && value.ty.is_unknown();
    match absent || super::expr::is_option(&value.ty) {
        true => value.origin.and(Origin::OPTIONAL),
        false => value.origin.present(),
    }
}

pub(super) fn origin_of(values: &[Value]) -> Lineage {
    values
        .iter()
        .fold(Lineage::REPEATABLE, |all, value| all.and(value.origin))
}

/// What was known of the receiver before a method ran.
pub(super) struct Receiver {
    pub(super) origin: Lineage,
    pub(super) knows: Option<Rc<Knows>>,
    pub(super) query: Option<Arc<Query>>,
    pub(super) columns: Option<Rc<[Column]>>,
    pub(super) text: Option<Arc<str>>,
    pub(super) ty: Type,
}

impl Receiver {
    pub(super) fn of(value: &Value) -> Self {
        Self {
            origin: value.origin,
            knows: value.knows.clone(),
            query: value.query.clone(),
            columns: value.columns.clone(),
            text: value.text.clone(),
            ty: value.ty.clone(),
        }
    }
}

/// The functions by which the parameters of a handler are made from a request, and whether the handler runs without what
/// they make: `Option<Guard>`.
pub(super) fn extractors(
    resolver: &Resolver<'_, '_>,
    methods: &MethodIndex,
    handler: FunctionId,
) -> Vec<(FunctionId, bool)> {
    let def = &resolver.program.functions[handler.0];
    let context = FunctionContext::new(resolver, handler);
    let types = def.function.parameters.iter();
    let types = types.map(|(_, ty)| (resolver.type_of(context.scope(), ty), false));
    let mut pending: Vec<(Type, bool)> = types.collect();
    let mut found = Vec::new();
    while let Some((ty, optional)) = pending.pop() {
        for name in resolver.catalog.effects.extracts.iter() {
            let functions = methods.find(&ty, &SmolStr::new(name));
            found.extend(functions.into_iter().map(|id| (id, optional)));
        }
        let tolerates = match &ty {
            Type::External(path, _) => path.ends_with("::Option") || path.ends_with("::Result"),
            _ => false,
        };
        if let Type::External(_, arguments) | Type::Tuple(arguments) = ty {
            let optional = optional || tolerates;
            pending.extend(arguments.into_iter().map(|ty| (ty, optional)));
        }
    }
    found.sort_unstable();
    found.dedup_by_key(|(id, _)| *id);
    found
}

impl<'a> BodyReader<'a, '_> {
    /// Evaluates one way of a branch; gives its steps too.
    pub(super) fn arm<T>(
        &mut self,
        knows: Option<&Rc<Knows>>,
        eval: impl FnOnce(&mut Self) -> T,
    ) -> (T, Vec<Step>) {
        let outer = std::mem::take(&mut self.steps);
        self.conditions.push(knows.cloned());
        let value = self.branch(eval);
        self.conditions.pop();
        let inner = std::mem::replace(&mut self.steps, outer);
        (value, inner)
    }

    /// Keeps a branch, where something happens in it.
    pub(super) fn branched(&mut self, knows: Option<&Rc<Knows>>, arms: Vec<(When, Vec<Step>)>) {
        if let Some(told) = knows.and_then(|knows| knows.told)
            && let By::Key(key) = told.by
        {
            let without = match told.negated {
                true => When::Something,
                false => When::Nothing,
            };
            let mut refusing = arms.iter().filter(|(when, _)| *when == without);
            self.out.keys[key].required |= refusing.any(|(_, steps)| refuses(steps));
        }
        if arms.iter().any(|(_, steps)| !steps.is_empty()) {
            let knows = knows.map(|knows| Knows::clone(knows)).unwrap_or_default();
            self.steps.push(Step::Branch {
                knows,
                arms,
                by_variant: None,
            });
        }
    }

    /// Keeps what a closure or async block does, at the place where it stands.
    pub(super) fn scoped(&mut self, outer: Vec<Step>, span: Span) {
        let inner = std::mem::replace(&mut self.steps, outer);
        if !inner.is_empty() {
            self.steps.push(Step::Scope {
                span,
                transaction: false,
                steps: inner,
            });
        }
    }

    /// A call of functions of the system.
    pub(super) fn visit(
        &mut self,
        functions: &[FunctionId],
        span: Span,
        origins: Vec<Lineage>,
        table: Option<SmolStr>,
    ) -> Option<Rc<Knows>> {
        self.context.id?;
        let site = self.out.sites.len();
        self.out.sites.push(FoundSite {
            functions: functions.to_vec(),
            span,
            required: false,
            ignored: false,
            origins,
            table,
            records: Vec::new(),
            chosen: Vec::new(),
            later: None,
            announced: false,
            texts: Vec::new(),
            variants: Vec::new(),
            asked: None,
            types: Vec::new(),
        });
        self.steps.push(Step::Call(site));
        Some(told(By::Site(site)))
    }

    /// The parameter of the function that is read that a text stands for.
    pub(super) fn said_by(&self, text: &str) -> Option<usize> {
        self.parameter_named(unsaid(text)?)
    }

    /// The texts among the arguments of a call.
    pub(super) fn texts(&self, args: &[Value]) -> Vec<(usize, FoundText)> {
        let texts = args.iter().enumerate().filter_map(|(index, value)| {
            if let Some(QueryVerb::Sql(text, parameters)) =
                value.query.as_ref().map(|query| &query.verb)
            {
                return Some(match self.said_by(text) {
                    Some(parameter) => (index, FoundText::Parameter(parameter)),
                    None => (index, FoundText::Text(Arc::clone(text), parameters.clone())),
                });
            }
            let text = value.text.as_ref()?;
            if let Some(parameter) = self.said_by(text) {
                return Some((index, FoundText::Parameter(parameter)));
            }
            let statement = super::query::looks_like_sql(text);
            // Of an address, its beginning says enough.
            let address = || text.starts_with("http");
            let known = statement || !text.is_empty() && (!text.contains('{') || address());
            known.then(|| {
                let parameters = match statement {
                    true => listed_origins(&args[index + 1..]),
                    false => Vec::new(),
                };
                (index, FoundText::Text(Arc::clone(text), parameters))
            })
        });
        texts.collect()
    }

    /// What is known of what a method gives, by what it is called on and given.
    fn knows_of_method(
        &mut self,
        name: &SmolStr,
        (receiver, args): (&Receiver, &[ExprId]),
        given: &Given,
        followed: bool,
        result: &mut Value,
    ) {
        if result.knows.is_none() {
            result.knows.clone_from(&receiver.knows);
        }
        if result.knows.is_none() {
            result.knows.clone_from(&given.knows);
        }
        if listed(&self.catalog().effects.asks_record, name)
            && let (Some(found), Some(asked)) = (&result.knows, &given.knows)
        {
            // `record.filter(|record| record.is_valid())`.
            let mut both = Knows::clone(found);
            both.fields.extend(asked.fields.iter().cloned());
            result.knows = Some(Rc::new(both));
        }
        if !followed && let Some(column) = self.named_column(name, receiver, args) {
            result.knows = Some(column);
        }
    }

    /// What a method makes of a text.
    fn text_of_method(
        &mut self,
        name: &SmolStr,
        span: Span,
        (receiver, args): (&Receiver, &[ExprId]),
        given: &Given,
        result: &mut Value,
    ) {
        if result.text.is_none() && listed(&self.catalog().effects.same_text, name) {
            result.text.clone_from(&receiver.text);
        }
        self.fall_back(name, span, receiver, given, result);
        if let ("replace", Some(text), [from, to]) = (name.as_str(), &receiver.text, args)
            && let ExprKind::Str(from) = &self.body.get(*from).kind
        {
            // `ADDRESS.replace("{tenant}", id)` is the address with something else in it.
            let to = match &self.body.get(*to).kind {
                ExprKind::Str(to) => to.as_str(),
                _ => "{}",
            };
            result.text = Some(text.replace(from.as_str(), to).into());
        }
    }

    /// `variable.unwrap_or("https://..")`: what the address is where nothing else is said.
    fn fall_back(
        &mut self,
        name: &str,
        span: Span,
        receiver: &Receiver,
        given: &Given,
        result: &mut Value,
    ) {
        let Some(address) = given.name.as_ref().filter(|text| text.contains("://")) else {
            return;
        };
        if !listed(&self.catalog().effects.falls_back, name) {
            return;
        }
        match receiver.text.as_deref() {
            Some(text) if text.starts_with('$') && !text.starts_with("${") => {
                let variable = SmolStr::new(&text[1..]);
                self.out.unset.push((variable, Arc::clone(address), span));
            }
            Some(text) if !text.starts_with('{') => {}
            _ => result.text = Some(Arc::clone(address)),
        }
    }

    /// I/O that was just recorded, or the run of a statement whose connection is not known.
    pub(super) fn affect(&mut self, call: Option<usize>, effect: FoundEffect) -> Option<Rc<Knows>> {
        let function = &self.resolver.program.functions[self.context.id?.0];
        let mut effect = effect;
        // What only runs what it is given is called like that.
        effect.by_reader = function.name != effect.called && self.only_reads(&function.name);
        let words = split_words(&function.name);
        let asking = &self.catalog().effects.asking_functions;
        effect.asks_by_name = words.first().is_some_and(|word| listed(asking, word));
        if let Some(call) = call.map(|index| &self.out.calls[index]) {
            effect.kind = Some(call.kind);
            effect.krate.clone_from(&call.krate);
            effect.method.clone_from(&call.method);
            effect.target.clone_from(&call.target);
            effect.asks = call.asks;
            effect.keyed = call.key.answer == crate::model::Answer::Yes;
            let keys = self.request_keys.borrow();
            let named = |(at, _): &&(Span, Lineage)| {
                let mut places = call.key.evidence.iter();
                places.any(|place| place.span() == Some(*at))
            };
            if let Some((_, origin)) = keys.iter().rev().find(named) {
                effect.key = *origin;
            }
            let said = |text: &Option<String>| self.said_by(text.as_deref()?);
            effect.said.method = said(&effect.method);
            effect.said.target = said(&effect.target);
            // What is not known is no method.
            effect.method = effect.method.filter(|method| !method.contains('{'));
        }
        if let Some(QueryVerb::Sql(text, _)) = effect.query.as_ref().map(|query| &query.verb) {
            effect.said.statement = self.said_by(text);
        }
        let index = self.out.effects.len();
        self.out.effects.push(effect);
        self.steps.push(Step::Effect(index));
        Some(told(By::Effect(index)))
    }

    /// The I/O that a call of a function, or an `await`, has just recorded.
    pub(super) fn affect_by_call(&mut self, calls: usize, name: &str, value: &mut Value) {
        if self.out.calls.len() <= calls {
            return;
        }
        let index = self.out.calls.len() - 1;
        let span = self.out.calls[index].name_span;
        let given = std::mem::take(&mut self.given);
        let query = self.statement_run(None, &given);
        let effect = FoundEffect {
            query,
            origin: given.origin.and(value.origin),
            key: given.first.and(value.origin),
            ..FoundEffect::blank(span, name)
        };
        value.knows = self.affect(Some(index), effect);
        value.origin = value.origin.and(Origin::STORED);
        value.query = None;
    }

    /// A statement that a function runs in the process, which it is given.
    pub(super) fn run_in_process(&mut self, krate: String, name: &str, span: Span) {
        let given = std::mem::take(&mut self.given);
        let effect = FoundEffect {
            query: self.statement_run(None, &given),
            kind: Some(CallKind::Db),
            krate,
            origin: given.origin,
            ..FoundEffect::blank(span, name)
        };
        self.affect(None, effect);
    }

    /// A statement that is awaited is run, whatever the method is called that does so.
    pub(super) fn await_statement(&mut self, inner: ExprId, value: &mut Value) {
        let (name, span) = match &self.body.get(inner).kind {
            ExprKind::Method {
                name, name_range, ..
            } if self.followed != Some(inner) => (name.clone(), self.span(*name_range)),
            _ => return,
        };
        let Some(query) = value.query.take_if(|query| query.writes()) else {
            return;
        };
        let effect = FoundEffect {
            krate: query.krate.clone(),
            query: Some(query),
            ..FoundEffect::blank(span, &name)
        };
        value.knows = self.affect(None, effect);
        value.origin = value.origin.and(Origin::STORED);
        value.columns = None;
    }

    /// What a method call means beside its value: I/O, transactions, what is required, what is
    /// known of the result.
    pub(super) fn after_method(
        &mut self,
        name: &SmolStr,
        name_span: Span,
        receiver: &Receiver,
        (receiver_expr, args): (ExprId, &[ExprId]),
        (mark, followed): ((usize, usize), bool),
        result: &mut Value,
    ) {
        let (steps, calls) = mark;
        self.read_key(receiver, args.len(), name_span, result);
        let given = std::mem::take(&mut self.given);
        self.text_of_method(name, name_span, (receiver, args), &given, result);
        let rules = &self.catalog().effects;
        // What a function of the system gives is known by what it is made of there.
        let both = match listed(&rules.sums, name) {
            _ if followed => Lineage::REPEATABLE,
            true => self.sum(receiver.origin, given.origin),
            false => receiver.origin.and(given.origin),
        };
        result.origin = result.origin.and(both).present();
        self.knows_of_method(name, (receiver, args), &given, followed, result);
        self.build(name, receiver, &given, result);
        self.keep_statement(name, receiver_expr, result);
        let recorded = self.out.calls.len() > calls
            && self
                .out
                .calls
                .last()
                .is_some_and(|call| call.name_span == name_span);
        let ran = self.ran.take();
        let runs = ran.is_some() || self.runs(name, receiver);
        if listed(&rules.prepares, name) {
            // What is prepared is run later.
            let text = given.text.clone().or_else(|| given.open.clone());
            result.query = text.map(|text| Arc::new(Query::of_text(text)));
        } else if recorded || runs {
            let query = self.statement_run(Some((name, receiver)), &given);
            let query = query.or_else(|| self.open_statement(recorded, &given));
            // A store of keys and values is given no statements.
            let keyed = ran.as_deref().and_then(|krate| rules.calls_of(krate));
            let query = query.or_else(|| {
                let text = given.open.clone().or_else(|| given.name.clone());
                let ran = ran.is_some() && keyed.is_none();
                Some(Arc::new(Query::of_text(text.filter(|_| ran)?)))
            });
            let second = keyed.is_some_and(|rules| listed(&rules.second_key, name));
            let krate = query.as_ref().map_or("", |query| query.krate.as_str());
            let mut statements = rules.statements.iter();
            let counts = query.as_ref().is_some_and(|query| query.aggregates());
            let required = statements.any(|rules| {
                (krate.is_empty() || rules.krate == krate) && listed(&rules.ones, name)
            }) && !counts;
            let given_row = query.as_ref().and_then(|query| self.given_row(query, name));
            if let Some(row) = given_row.filter(|_| result.ty.is_unknown()) {
                result.ty = row;
            }
            let krate = query.as_ref().map(|query| query.krate.clone());
            let columns = given.columns.iter().flat_map(|columns| columns.iter());
            let operators = columns
                .filter(|column| column.name.starts_with('$'))
                .map(|column| column.name.clone())
                .collect();
            let effect = FoundEffect {
                span: name_span,
                called: name.clone(),
                kind: ran.is_some().then_some(CallKind::Db),
                krate: krate.or(ran).unwrap_or_default(),
                method: None,
                target: None,
                query,
                required,
                origin: given.origin.and(receiver.origin),
                key: match args {
                    [] => receiver.origin,
                    // What was queued before is run: its names are there.
                    _ if self.queues(&receiver.ty) => receiver.origin,
                    _ if second => given.second,
                    _ => given.first,
                },
                text: receiver.text.clone(),
                operators,
                asks: false,
                keyed: false,
                session: false,
                said: Said::default(),
                by_reader: false,
                asks_by_name: false,
            };
            let inserts = effect
                .query
                .as_ref()
                .is_some_and(|query| query.inserts_anew());
            let call = recorded.then(|| self.out.calls.len() - 1);
            result.knows = self.affect(call, effect);
            // What an insert gives back is as new as the row.
            result.origin = match inserts {
                true => Origin::STORED.and(Origin::INSERTED),
                false => Origin::STORED,
            }
            .into();
            result.query = None;
            result.columns = None;
        }
        self.transact(name, name_span, args, steps);
        self.know(name, receiver, result);
        self.taken_in(name, (receiver_expr, &receiver.ty), given.origin);
        self.filled(name, (receiver_expr, receiver.origin), given.origin, args);
    }

    /// What something of a library takes in of which nothing is known, it is made of: a digest.
    fn taken_in(&mut self, name: &str, (receiver, ty): (ExprId, &Type), given: Lineage) {
        let foreign = match ty {
            Type::External(path, _) => !self.catalog().crates.knows_crate_of(path),
            _ => false,
        };
        if foreign && listed(&self.catalog().effects.takes_in, name) {
            self.collected(receiver, given);
        }
    }

    /// What a method puts into a collection, or a source of randomness into what it is given.
    fn filled(
        &mut self,
        name: &str,
        (receiver, source): (ExprId, Lineage),
        put: Lineage,
        args: &[ExprId],
    ) {
        let rules = &self.catalog().effects;
        if listed(&rules.collects, name) {
            self.collected(receiver, put);
        }
        // `token.hash(&mut hasher)`: what is hashed goes into what it is given.
        if let ("hash", [hasher]) = (name, args) {
            self.collected(*hasher, source);
        }
        let fills = listed(&rules.fills, name);
        if fills && self.decide_by(source, Origin::RANDOM) == Origin::RANDOM {
            for arg in args {
                self.collected(*arg, Origin::RANDOM.into());
            }
        }
    }

    /// From here on transactions are serializable: what was read holds when it is written.
    pub(super) fn serialize_from(&mut self, span: Span) {
        let text: Arc<str> = "set transaction isolation level serializable".into();
        let effect = FoundEffect {
            query: Some(Arc::new(Query::of_text(text))),
            ..FoundEffect::blank(span, "serializable")
        };
        self.affect(None, effect);
    }

    /// What a method means for transactions and messages; `steps` were there before it.
    fn transact(&mut self, name: &SmolStr, name_span: Span, args: &[ExprId], steps: usize) {
        let rules = &self.catalog().effects;
        if listed(&rules.serializable, name) && args.is_empty() {
            self.serialize_from(name_span);
        }
        if listed(&rules.transactions, name) && self.steps.len() > steps {
            let inner = self.steps.split_off(steps);
            self.steps.push(Step::Scope {
                span: name_span,
                transaction: true,
                steps: inner,
            });
        } else if listed(&rules.acknowledges, name) {
            self.steps.push(Step::Acknowledge(name_span));
        } else if listed(&rules.begins, name) {
            self.steps.push(Step::Begin);
        } else if listed(&rules.commits, name) {
            self.steps.push(Step::Commit);
        }
    }

    /// What is put into a channel is done by whoever takes it out.
    pub(super) fn through_channel(
        &mut self,
        entry: &MethodEntry,
        receiver: &Value,
        values: &[Value],
        span: Span,
    ) {
        if entry.begins_session {
            let effect = FoundEffect {
                session: true,
                ..FoundEffect::blank(span, "session")
            };
            self.affect(None, effect);
        }
        if entry.unseen && self.context.id.is_some() {
            self.out.unseen.push(span);
        }
        let Type::External(_, items) = &receiver.ty else {
            return;
        };
        let (Some(message), Some(function)) = (items.first(), self.context.id) else {
            return;
        };
        let Some(item) = &told_by_type(message) else {
            // Of what is no type of the system, nobody knows who takes it.
            if entry.hands_over && is_whole(message) {
                self.out.unseen.push(span);
            }
            return;
        };
        if entry.takes {
            self.takes(*item, function);
        }
        if entry.hands_over || entry.announces {
            self.ask(super::learnt::Asked::Taken(*item));
            let takers = self.before.takers.get(item).cloned().unwrap_or_default();
            if takers.is_empty() && entry.hands_over {
                self.out.unseen.push(span);
            }
            for taker in takers.into_iter().filter(|taker| *taker != function) {
                let site = self.out.sites.len();
                self.visit(&[taker], span, Vec::new(), None);
                let put = super::variant::passed_variants(None, values).into_iter();
                let put = put.filter(|(index, _)| *index == 0);
                let taken = put.map(|(_, variant)| (ByVariant::TAKEN, variant));
                self.out.sites[site].variants = taken.collect();
                self.out.sites[site].ignored = true;
                self.out.sites[site].later = Some(*item);
                self.out.sites[site].announced = entry.announces;
            }
        }
    }

    /// A function takes an item of a type from a channel.
    fn takes(&mut self, item: TypeId, function: FunctionId) {
        let takers = self.out.learnt().takers.entry(item).or_default();
        takers.insert(function);
        self.steps.push(Step::Take(item.0));
    }

    /// A function that is given what another one takes from a channel takes it too.
    pub(super) fn takes_by_call(&mut self, functions: &[FunctionId], result: &mut Value) {
        let mut inner = &result.ty;
        while let Type::External(_, arguments) = inner {
            match arguments.first() {
                Some(argument) => inner = argument,
                None => return,
            }
        }
        let (Type::Local(item, _), Some(function)) = (inner, self.context.id) else {
            return;
        };
        let Some(takers) = self.before.takers.get(item) else {
            return;
        };
        if functions.iter().any(|called| takers.contains(called)) {
            self.takes(*item, function);
            *result = self.given_variant(std::mem::take(result), ByVariant::TAKEN);
        }
    }

    /// `emails.push(..)` where something was found or done: the collection tells of it.
    pub(super) fn collected(&mut self, receiver: ExprId, origin: Lineage) {
        let ExprKind::Path(path) = &self.body.get(receiver).kind else {
            return;
        };
        let Some(name) = path.as_name() else { return };
        let conditions = self.conditions.iter().rev().flatten();
        let mut told = conditions.filter_map(|knows| knows.told);
        let first = told.next();
        let also: Vec<Told> = told.collect();
        let mut variables = self.variables.iter_mut().rev();
        if let Some((_, value)) = variables.find(|(known, _)| known == name) {
            value.origin = value.origin.and(origin);
            if first.is_some() {
                value.knows = Some(Rc::new(Knows {
                    told: first,
                    also,
                    ..Knows::default()
                }));
            }
        }
    }

    /// Whether a jump hands on a failure: `return Err(..)`, `return StatusCode::BAD_REQUEST`.
    pub(super) fn hands_on_failure(&self, value: Option<ExprId>) -> bool {
        let mut at = value;
        while let Some(id) = at {
            match &self.body.get(id).kind {
                ExprKind::Call { callee, .. } => at = Some(*callee),
                ExprKind::Method { receiver, .. } => at = Some(*receiver),
                ExprKind::Tuple(items) => at = items.first().copied(),
                ExprKind::Path(path) => {
                    let refusals = &self.catalog().effects.refusals;
                    let words = split_words(path.last()).join("_");
                    return path.last() == "Err" || listed(refusals, &words);
                }
                _ => return false,
            }
        }
        false
    }

    /// Macros that leave the function, or do so where a condition does not hold.
    pub(super) fn macro_leaves(&mut self, path: &Path, values: &[Value]) {
        let rules = &self.catalog().effects;
        if listed(&rules.leaves, path.last()) {
            self.steps.push(Step::Exit { fails: true });
        } else if listed(&rules.ensures, path.last()) {
            let knows = values.first().and_then(|value| value.knows.clone());
            let arms = vec![
                (When::Something, Vec::new()),
                (When::Nothing, vec![Step::Exit { fails: true }]),
            ];
            self.branched(knows.as_ref(), arms);
        }
    }
}

/// The type of the system by which a message is told from others: `(Message, Sender<Answer>)`, `Vec<Message>`.
fn told_by_type(message: &Type) -> Option<TypeId> {
    let mut at = message;
    for _ in 0..MAX_DEREF {
        at = match at {
            Type::Local(id, _) => return Some(*id),
            Type::Tuple(parts) => return parts.iter().find_map(told_by_type),
            Type::List(inner) => inner,
            Type::External(_, arguments) => arguments.first()?,
            _ => return None,
        };
    }
    None
}

/// Whether all of a type of other crates is known, and it is more than a signal or part of an answer.
fn is_whole(message: &Type) -> bool {
    match message {
        Type::External(..) => !super::expr::is_result(message),
        Type::Tuple(parts) => !parts.is_empty() && parts.iter().all(is_whole),
        Type::List(inner) => is_whole(inner),
        _ => false,
    }
}

/// Whether an arm does nothing but leave the function with a failure.
fn refuses(steps: &[Step]) -> bool {
    let Some((Step::Exit { fails: true }, before)) = steps.split_last() else {
        return false;
    };
    before.iter().all(|step| matches!(step, Step::Call(_)))
}

/// What tells of an effect or call.
pub(super) fn told(by: By) -> Rc<Knows> {
    Rc::new(Knows {
        told: Some(Told { by, negated: false }),
        ..Knows::default()
    })
}

/// When a pattern matches.
pub(super) fn when(pat: &Pat) -> When {
    match pat {
        Pat::Bind(name, None, _) if name == "None" => When::Nothing,
        Pat::TupleStruct(path, inner) => match path.last() {
            "Err" => When::Nothing,
            "Ok" | "Some" => match inner.first() {
                Some(Pat::Bind(name, None, _)) if name == "None" => When::Nothing,
                Some(Pat::TupleStruct(..)) => inner.first().map_or(When::Something, when),
                _ => When::Something,
            },
            _ => When::Otherwise,
        },
        Pat::Typed(inner, _) => when(inner),
        Pat::Or(cases) => match cases.as_slice() {
            [first, rest @ ..] if rest.iter().all(|case| when(case) == when(first)) => when(first),
            _ => When::Otherwise,
        },
        _ => When::Otherwise,
    }
}
