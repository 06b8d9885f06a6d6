//! Expressions to values.

use super::effect::{may_be_absent, origin_of, when};
use super::learnt::Asked;
use super::lineage::Lineage;
use super::query::columns_of;
use super::route::{Router, entries_of};
use super::selected::{is_state, names_state};
use super::value::{ClientState, Pending, Value, Waiting};
use super::{BodyReader, Found, FunctionContext};
use crate::catalog::listed;
use crate::link::program::{ConstantId, FunctionId};
use crate::link::resolve::{Namespace, Resolved};
use crate::link::types::Type;
use crate::model::{Knows, Origin, Step, When};
use crate::read::rust::ir::{
    Block, Body, ExprId, ExprKind, OperatorKind, Pat, Path, Statement, TypeRef,
};
use crate::source::{SourceId, Span};
use std::rc::Rc;
use std::sync::Arc;

/// How many constants are looked into, one within the other.
const MAX_CONSTANTS: usize = 16;

/// How many bytes of a text in a constant are kept.
const MAX_CONSTANT: usize = 64 * 1024;

/// How many wrappers a field or method is looked for through.
pub(super) const MAX_DEREF: usize = 8;

impl<'a> BodyReader<'a, '_> {
    /// The value of an expression; calls and edges inside it are recorded on the way.
    #[expect(clippy::too_many_lines, reason = "one arm for each kind of expression")]
    pub(super) fn eval(&mut self, id: ExprId) -> Value {
        let body = self.body;
        match &body.get(id).kind {
            ExprKind::Path(path) => self.path_value(id, path),
            ExprKind::Str(text) => Value::text(text.as_str()),
            ExprKind::Int(number) => Value {
                text: Some(number.to_string().into()),
                ..Value::default()
            },
            ExprKind::Bool(_) | ExprKind::Literal | ExprKind::Opaque => Value::default(),
            ExprKind::Call { callee, args } => self.call(id, *callee, args),
            ExprKind::Method {
                receiver,
                name,
                name_range,
                turbofish,
                args,
            } => self.method_call(id, *receiver, name, *name_range, turbofish, args),
            ExprKind::Field { base, name } => {
                let base = self.eval(*base);
                self.field_of(&base, name)
            }
            ExprKind::Await(inner) => {
                let mut value = self.eval(*inner);
                self.keep_unseen(&mut value);
                self.await_statement(*inner, &mut value);
                let calls = self.out.calls.len();
                self.await_request(id, *inner, &mut value);
                self.affect_by_call(calls, "await", &mut value);
                self.run(&mut value.pending);
                let ran = std::mem::take(&mut value.pending);
                if !ran.calls.is_empty() || !ran.edges.is_empty() {
                    value.outcome = Some(Rc::new(ran));
                }
                value
            }
            ExprKind::Try(inner) => {
                let value = self.eval(*inner);
                let absent = is_option(&value.ty);
                if let Some(told) = value.knows.as_ref().and_then(|knows| knows.told)
                    && absent
                {
                    self.require(told, true);
                }
                let called = match self.body.get(*inner).kind {
                    ExprKind::Await(future) => future,
                    _ => *inner,
                };
                if value.refuses == Some(self.span_of(called)) {
                    let fails = vec![Step::Exit { fails: true }];
                    let arms = vec![(When::Something, Vec::new()), (When::Nothing, fails)];
                    self.branched(value.knows.as_ref(), arms);
                }
                let ty = tried(&value.ty);
                value.with_type(ty)
            }
            ExprKind::Operator { kind, operands } => {
                let values: Vec<_> = operands.iter().map(|part| self.eval(*part)).collect();
                let asked = self.ask_each(*kind, &values, id);
                let text = values
                    .iter()
                    .any(|value| value.ty.is_text())
                    .then(|| join_text(&values));
                // What begins at nothing is summed up anew.
                let from_nothing = values.iter().any(|one| one.text.as_deref() == Some("0"));
                let origin = match (kind, values.as_slice()) {
                    (OperatorKind::Sum, [left, right]) if text.is_none() && !from_nothing => {
                        self.sum(left.origin, right.origin)
                    }
                    (OperatorKind::Not, [only]) if self.is_field(operands[0]) => {
                        self.turned(only.origin)
                    }
                    _ => origin_of(&values),
                };
                Value {
                    text: text.map(Into::into),
                    origin,
                    columns: columns_of(&values),
                    knows: asked.or_else(|| self.compared(*kind, operands, &values)),
                    ..Value::default()
                }
            }
            ExprKind::Assign {
                target,
                value,
                changes,
            } => {
                let given = self.eval(*value);
                self.assign(*target, (*value, &given), *changes);
                Value::default()
            }
            ExprKind::Block(block) => self.block(block),
            ExprKind::Async(block) => {
                let span = self.span_of(id);
                let value = self.deferred(span, |reader| reader.block(block));
                // What it gives in the end has been made, and is not waited for.
                Value {
                    unseen: None,
                    ..value
                }
            }
            ExprKind::Closure {
                parameters, body, ..
            } => self.closure(parameters, *body, &[]),
            ExprKind::If {
                condition,
                then,
                otherwise,
            } => {
                let (knows, then, steps) = self.branch(|reader| {
                    let knows = reader.eval(*condition).knows;
                    let (then, steps) = reader.arm(knows.as_ref(), |reader| reader.eval(*then));
                    (knows, then, steps)
                });
                let mut branches = vec![then];
                let mut arms = vec![(When::Something, steps)];
                let (value, steps) = match otherwise {
                    Some(id) => self.arm(None, |reader| reader.eval(*id)),
                    None => Default::default(),
                };
                branches.extend(otherwise.map(|_| value));
                arms.push((When::Nothing, steps));
                let unasked = is_unasked(&branches);
                self.branched(knows.as_ref(), arms);
                let mut merged = merge(branches);
                merged.knows = merged.knows.or(knows).filter(|_| !unasked);
                merged
            }
            ExprKind::Let { pat, value } => {
                let value = self.eval(*value);
                self.bind(pat, &value);
                Value {
                    knows: self.matched(pat, &value),
                    ..Value::default()
                }
            }
            ExprKind::Match { value, arms } => {
                let value = self.eval(*value);
                let (mut branches, mut ways) = (Vec::new(), Vec::new());
                let asks = arms.iter().any(|(pat, ..)| names_state(pat));
                let mut knows = self.with_state(&value, asks);
                let mut asked = Vec::new();
                for (pat, guard, arm) in arms {
                    let (one, steps) = self.arm(knows.as_ref(), |reader| {
                        reader.bind(pat, &value);
                        let Some(guard) = guard else {
                            return reader.eval(*arm);
                        };
                        let knows = reader.eval(*guard).knows;
                        let fields = knows.iter().flat_map(|knows| knows.fields.iter().cloned());
                        asked.extend(fields);
                        let (one, mut steps) =
                            reader.arm(knows.as_ref(), |reader| reader.eval(*arm));
                        // What only looks at the record is a part of the choice between the ways.
                        if knows.as_ref().is_some_and(|knows| is_state(knows)) {
                            reader.steps.append(&mut steps);
                            return one;
                        }
                        reader.branched(knows.as_ref(), vec![(When::Something, steps)]);
                        one
                    });
                    branches.push(one);
                    ways.push((when(pat), steps));
                }
                if !asked.is_empty() {
                    let known = knows.as_deref().cloned().unwrap_or_default();
                    let fields = [known.fields, asked].concat();
                    knows = Some(Rc::new(Knows { fields, ..known }));
                }
                let unasked = is_unasked(&branches);
                self.branched(knows.as_ref(), complemented(ways));
                self.by_variant(
                    &value,
                    arms.iter().map(|(pat, guard, _)| (pat, guard.is_some())),
                );
                let mut merged = merge(branches);
                merged.knows = merged.knows.or(knows).filter(|_| !unasked);
                merged
            }
            ExprKind::Loop { pat, header, body } => self.repeated(id, pat.as_ref(), *header, *body),
            ExprKind::Struct { path, fields, rest } => self.struct_literal(path, fields, *rest),
            ExprKind::Tuple(items) => {
                let values: Vec<_> = items.iter().map(|item| self.eval(*item)).collect();
                let (routes, functions) = together(&values);
                let (origin, columns) = (origin_of(&values), columns_of(&values));
                // Of what the parts tell, what was found or done says more than a field.
                let telling = |value: &&Value| {
                    let knows = value.knows.as_ref();
                    knows.is_some_and(|knows| knows.told.is_some())
                };
                let told = values.iter().rev().find(telling);
                let told = told.and_then(|value| value.knows.clone());
                let knows = told.or_else(|| values.iter().rev().find_map(|v| v.knows.clone()));
                let items = Some(values.iter().map(may_be_absent).collect());
                let is_none = values.iter().any(|value| value.is_none);
                let entries = entries_of(&values);
                let types = values.into_iter().map(|value| value.ty).collect();
                Value {
                    items,
                    entries,
                    is_none,
                    routes,
                    functions,
                    origin,
                    columns,
                    knows,
                    ..Value::of(Type::Tuple(types))
                }
            }
            ExprKind::Array(items) => {
                let values: Vec<_> = items.iter().map(|item| self.eval(*item)).collect();
                list_of(values)
            }
            ExprKind::Index { base, index } => {
                let base = self.eval(*base);
                let index = self.eval(*index);
                // One of many by a random number is random.
                let item = item_of(&base);
                let origin = item.origin.and(index.origin);
                Value { origin, ..item }
            }
            ExprKind::Cast { value, ty } => {
                let value = self.eval(*value);
                let ty = self.type_of(ty);
                value.with_type(ty)
            }
            ExprKind::Jump {
                value,
                returns,
                labelled,
                ..
            } => {
                let given = value.map(|value| self.eval(value));
                // `break value` is what the loop gives.
                match returns | labelled {
                    true => self.returned.extend(given),
                    false => self.broken_with.extend(given),
                }
                self.steps.push(match returns {
                    true => Step::Exit {
                        fails: self.hands_on_failure(*value),
                    },
                    false => Step::Leave,
                });
                Value {
                    leaves: true,
                    ..Value::default()
                }
            }
            ExprKind::Range { from, to, .. } => {
                for end in from.iter().chain(to) {
                    self.eval(*end);
                }
                Value::default()
            }
            ExprKind::Named { value, .. } => self.eval(*value),
            ExprKind::Macro { path, types, args } => self.macro_value(path, types, args),
        }
    }

    /// Whether the last statement of a block leaves what is around it.
    fn is_left(&self, block: &Block) -> bool {
        match block.statements.last() {
            Some(Statement::Expr(last)) => match &self.body.get(*last).kind {
                ExprKind::Jump { .. } => true,
                ExprKind::Macro { path, .. } => listed(&self.catalog().effects.leaves, path.last()),
                _ => false,
            },
            _ => false,
        }
    }

    fn block(&mut self, block: &'a Block) -> Value {
        let mark = self.variables.len();
        let active = self.active.len();
        for statement in &block.statements {
            let held = std::mem::take(&mut self.held);
            self.active.extend(held);
            let since = (self.out.calls.len(), self.out.edges.len());
            match statement {
                Statement::Let {
                    pat,
                    ty,
                    value,
                    otherwise,
                } => {
                    self.statement_let(pat, ty.as_ref(), *value, *otherwise);
                    if let (Pat::Other, Some(value)) = (pat, value) {
                        self.dropped(*value);
                        self.left_alone(*value, since);
                    }
                }
                Statement::Expr(id) => {
                    self.eval(*id);
                    self.dropped(*id);
                    self.left_alone(*id, since);
                }
                Statement::Item(_) => {}
            }
        }
        let held = std::mem::take(&mut self.held);
        self.active.extend(held);
        let value = block
            .value
            .map(|value| self.eval(value))
            .unwrap_or_else(|| Value {
                leaves: self.is_left(block),
                ..Value::default()
            });
        self.variables.truncate(mark);
        self.active.truncate(active);
        self.held.clear();
        value
    }

    fn statement_let(
        &mut self,
        pat: &Pat,
        ty: Option<&TypeRef>,
        value: Option<ExprId>,
        otherwise: Option<ExprId>,
    ) {
        let mut value = value.map(|value| self.eval(value)).unwrap_or_default();
        if let Some(otherwise) = otherwise {
            let (_, steps) = self.arm(None, |reader| reader.eval(otherwise));
            let knows = self.matched(pat, &value);
            let arms = vec![(When::Something, Vec::new()), (When::Nothing, steps)];
            self.branched(knows.as_ref(), arms);
        }
        if let Some(declared) = ty.map(|ty| self.type_of(ty)).filter(|ty| !ty.is_unknown()) {
            value.ty = declared;
        }
        self.bind(pat, &value);
    }

    /// Evaluates something that runs later; its I/O is pending in the value.
    pub(super) fn deferred(&mut self, span: Span, eval: impl FnOnce(&mut Self) -> Value) -> Value {
        let outer = std::mem::take(&mut self.steps);
        let (calls, edges) = (self.out.calls.len(), self.out.edges.len());
        let runs = self.runs.len();
        let returned = std::mem::take(&mut self.returned);
        let mut value = eval(self);
        self.scoped(outer, span);
        self.returned = returned;
        let waiting = Waiting {
            calls: (calls..self.out.calls.len()).collect(),
            edges: (edges..self.out.edges.len()).collect(),
            runs: (runs..self.runs.len()).collect(),
            parameters: value.pending.parameters.clone(),
        };
        value.pending = waiting.into();
        value
    }

    /// A closure: its value is what it gives when called.
    pub(super) fn closure(
        &mut self,
        parameters: &'a [(Pat, Option<TypeRef>)],
        body: ExprId,
        arguments: &[Value],
    ) -> Value {
        let mark = self.variables.len();
        for (index, (pat, ty)) in parameters.iter().enumerate() {
            let mut value = arguments.get(index).cloned().unwrap_or_default();
            if let Some(ty) = ty {
                let declared = self.type_of(ty);
                if !declared.is_unknown() {
                    value.ty = declared;
                }
            }
            if self.is_router(&value.ty) && value.routes.is_none() {
                value.routes = Some(Rc::default());
            }
            self.bind(pat, &value);
        }
        self.repeats += 1;
        let span = self.span_of(body);
        let mut value = self.deferred(span, |reader| reader.eval(body));
        self.repeats -= 1;
        if value.routes.is_none() {
            // What it adds to a router that it is given.
            let filled = self.variables[mark..].iter();
            value.routes = filled.filter_map(|(_, value)| value.routes.clone()).next();
        }
        self.variables.truncate(mark);
        value
    }

    /// Evaluates something that may not happen: what it assigns, it may not assign.
    pub(super) fn branch<T>(&mut self, eval: impl FnOnce(&mut Self) -> T) -> T {
        let mark = self.variables.len();
        self.branches.push(mark);
        let value = eval(self);
        self.branches.pop();
        self.variables.truncate(mark);
        value
    }

    fn path_value(&mut self, id: ExprId, path: &Path) -> Value {
        if let Some(name) = path.as_name() {
            if name == "self" {
                let own = Value {
                    origin: Origin::parameter(Origin::SELF).into(),
                    place: self.locked_self(),
                    ..Value::of(self.context.self_type.clone().unwrap_or_default())
                };
                return self.given_variant(own, Origin::SELF);
            }
            if let Some(value) = self.variable(name) {
                return value.clone();
            }
        }
        let segments = &path.segments;
        match self.resolve(segments, Namespace::Values) {
            Resolved::Constant(id) => self.constant(id),
            Resolved::Function(id) => {
                self.out.passed_on.insert(id);
                let named = Value::functions(&[id]);
                // `given.unwrap_or_else(random_token)` may be what the function gives.
                let takes = &self.resolver.program.functions[id.0].function.parameters;
                match takes.is_empty() {
                    true => Value {
                        origin: self.result_lineage(id, &[], Lineage::REPEATABLE),
                        ..named
                    },
                    false => named,
                }
            }
            Resolved::Member(id, name) => {
                let local = Type::Local(id, Vec::new());
                if let Some(constant) = self.methods.constant(id, &name) {
                    return self.constant(constant);
                }
                let found = self.methods.find(&local, &name);
                self.out.passed_on.extend(found.iter().copied());
                if found.is_empty() {
                    Value {
                        variant: self.variant_of(id, &name),
                        ..Value::of(local)
                    }
                } else {
                    Value::functions(&found)
                }
            }
            Resolved::Type(id) => Value::of(Type::Local(id, Vec::new())),
            _ if segments.first().is_some_and(|first| first.name == "Self")
                && segments.len() == 2 =>
            {
                let own = self.context.self_type.clone().unwrap_or_default();
                if let Type::Local(id, _) = &own
                    && let Some(constant) = self.methods.constant(*id, &segments[1].name)
                {
                    return self.constant(constant);
                }
                let found = self.methods.find(&own, &segments[1].name);
                self.out.passed_on.extend(found.iter().copied());
                Value::functions(&found)
            }
            // `Method::POST` of whatever crate names an HTTP method.
            Resolved::External(found) => match found.rsplit("::").nth(1) {
                Some("Method") => Value::text(found.rsplit("::").next().unwrap_or_default()),
                // `header::CONTENT_TYPE` names a header.
                Some("header") => {
                    let name = found.rsplit("::").next().unwrap_or_default();
                    Value::text(name.to_ascii_lowercase().replace('_', "-"))
                }
                _ => {
                    // A function that is passed on by its name gives what it would give if it were called.
                    if let Some(client) = self.made_by(id, path, &found) {
                        return client;
                    }
                    let fresh = self.fresh(&found);
                    let value = self.foreign_value(path);
                    Value {
                        origin: value.origin.and(fresh),
                        ..value
                    }
                }
            },
            _ => self.foreign_value(path),
        }
    }

    /// The value of a path that nothing of the system answers to.
    fn foreign_value(&mut self, path: &Path) -> Value {
        let mut value = Value {
            is_none: path.as_name().is_some_and(|name| name == "None"),
            ..Value::default()
        };
        let of_level = path.segments.len() > 1;
        if of_level && listed(&self.catalog().effects.serializable, path.last()) {
            let around = self
                .context
                .id
                .map(|id| &self.resolver.program.functions[id.0]);
            if let Some(span) = around.map(|def| def.span) {
                self.serialize_from(span);
            }
        }
        if listed(&self.catalog().effects.random_values, path.last()) {
            value.origin = Origin::RANDOM.into();
        }
        self.column_or_table(path, &mut value);
        value
    }

    /// The value of an expression of another body, read in its own place; what it does there is of no matter here.
    pub(super) fn aside(
        &mut self,
        context: &FunctionContext<'a>,
        source: SourceId,
        body: &'a Body,
        expr: Option<ExprId>,
    ) -> Value {
        let constants = Rc::clone(&self.constants);
        let open = constants.open.get();
        constants.open.set(open + 1);
        let mut aside = Found::default();
        let mut reader = BodyReader::new(
            self.resolver,
            self.methods,
            self.before,
            context,
            source,
            body,
            &mut aside,
        );
        reader.constants = Rc::clone(&constants);
        let mut value = expr.map(|expr| reader.eval(expr)).unwrap_or_default();
        // What is made of constants that are made of constants may grow beyond all bounds.
        value.text = value.text.filter(|text| text.len() <= MAX_CONSTANT);
        constants.open.set(open);
        self.out.asked.append(&mut aside.asked);
        self.out.unset.append(&mut aside.unset);
        if let Some(aside) = &aside.learnt {
            self.out.learnt().add_made(aside);
        }
        value
    }

    /// The declared type of a constant, and what its initialiser says of the client or text in it. Of one that names itself
    /// on the way, only its type is known.
    pub(super) fn constant(&mut self, id: ConstantId) -> Value {
        let constants = Rc::clone(&self.constants);
        if let Some(known) = constants.known.borrow().get(&id) {
            return known.clone();
        }
        let def = &self.resolver.program.constants[id.0];
        let context = FunctionContext {
            id: None,
            module: def.module,
            generics: Vec::new(),
            self_type: None,
            associated: &[],
        };
        let mut value = Value::of(self.resolver.type_of(context.scope(), def.ty));
        let open = constants.open.get();
        constants.known.borrow_mut().insert(id, value.clone());
        if let Some(body) = def.value.filter(|_| open < MAX_CONSTANTS) {
            let initial = self.aside(&context, def.source, body, body.root);
            value.client = initial.client;
            value.text = initial.text;
        }
        let may_be_filled = matches!(value.ty, Type::External(..)) && value.text.is_none();
        if value.client.is_none() && may_be_filled {
            self.ask(Asked::Static(id));
            let kept = self.before.statics.get(&id);
            value.client = kept.map(|state| Rc::new(state.clone()));
        }
        constants.known.borrow_mut().insert(id, value.clone());
        value
    }
}

/// What `?` gives: the first type argument of anything called a result or an option, whoever
/// defines it.
pub(super) fn tried(ty: &Type) -> Type {
    match ty {
        Type::External(path, arguments)
            if matches!(path.rsplit("::").next(), Some("Result" | "Option")) =>
        {
            arguments.first().cloned().unwrap_or_default()
        }
        other => other.clone(),
    }
}

/// A list that is written out.
pub(super) fn list_of(values: Vec<Value>) -> Value {
    let items = Some(values.iter().map(may_be_absent).collect());
    let entries = entries_of(&values);
    let merged = merge(values);
    Value {
        items,
        entries,
        ty: Type::List(Box::new(merged.ty.clone())),
        ..merged
    }
}

/// An item of a collection.
pub(super) fn item_of(collection: &Value) -> Value {
    let ty = match &collection.ty {
        Type::List(item) => (**item).clone(),
        Type::External(_, arguments) => arguments.first().cloned().unwrap_or_default(),
        _ => Type::Unknown,
    };
    Value {
        // Those are the items of the collection, and no parts of this one.
        items: None,
        ..collection.with_type(ty)
    }
}

/// One value for several branches: the first known type, and of clients what holds for all. What
/// differs depends on a condition, and is not known.
pub(super) fn merge(branches: Vec<Value>) -> Value {
    let ty = branches
        .iter()
        .fold(Type::Unknown, |known, value| better(known, &value.ty));
    let mut pending = Pending::default();
    let mut client: Option<Rc<ClientState>> = None;
    let (routes, functions) = together(&branches);
    for value in &branches {
        pending.add(&value.pending);
        client = match (client, &value.client) {
            (Some(a), Some(b)) => Some(Rc::new(a.either(b))),
            (a, b) => a.or_else(|| b.clone()),
        };
    }
    // What is absent, or left, says nothing of what is there otherwise.
    let there = branches.iter();
    let mut there = there.filter(|value| !value.is_none && !value.leaves);
    let only = there.next().filter(|_| there.next().is_none());
    Value {
        ty,
        client,
        text: only.and_then(|only| only.text.clone()),
        entries: only.and_then(|only| only.entries.clone()),
        parts: only.and_then(|only| only.parts.clone()),
        pending,
        routes,
        functions,
        origin: origin_of(&branches),
        items: items_of(&branches),
        columns: columns_of(&branches),
        query: branches.iter().find_map(|value| value.query.clone()),
        knows: branches.iter().find_map(|value| value.knows.clone()),
        ..Value::default()
    }
}

/// Where the items of a list or tuple come from that each of several ways writes out.
fn items_of(branches: &[Value]) -> Option<Rc<[Lineage]>> {
    let (first, rest) = branches.split_first()?;
    let mut all = first.items.as_deref()?.to_vec();
    for branch in rest {
        let items = branch.items.as_deref()?;
        if items.len() != all.len() {
            return None;
        }
        for (known, other) in all.iter_mut().zip(items) {
            *known = known.and(*other);
        }
    }
    Some(all.into())
}

/// Whether one of several ways gives what was looked for, and another one nothing without having looked: what comes of
/// them tells of neither.
fn is_unasked(branches: &[Value]) -> bool {
    let mut given = branches.iter();
    let told = |value: &Value| {
        let knows = value.knows.as_ref();
        knows.is_some_and(|knows| knows.told.is_some())
    };
    given.clone().any(told) && given.any(|value| value.is_none && !told(value))
}

/// The one of two types of which more is known.
fn better(known: Type, other: &Type) -> Type {
    match (known, other) {
        (Type::Tuple(items), Type::Tuple(others)) if items.len() == others.len() => {
            let pairs = items.into_iter().zip(others);
            Type::Tuple(pairs.map(|(item, other)| better(item, other)).collect())
        }
        (known, other) if known.is_unknown() => other.clone(),
        (known, _) => known,
    }
}

/// Where one way is taken for something, the only other one is taken for nothing.
fn complemented(mut ways: Vec<(When, Vec<Step>)>) -> Vec<(When, Vec<Step>)> {
    if let [first, second] = ways.as_mut_slice() {
        match (first.0, second.0) {
            (When::Something, When::Otherwise) => second.0 = When::Nothing,
            (When::Nothing, When::Otherwise) => second.0 = When::Something,
            _ => {}
        }
    }
    ways
}

pub(super) fn is_option(ty: &Type) -> bool {
    matches!(ty, Type::External(path, _) if path.rsplit("::").next() == Some("Option"))
}

pub(super) fn is_result(ty: &Type) -> bool {
    matches!(ty, Type::External(path, _) if path.rsplit("::").next() == Some("Result"))
}

/// The routes of several values, and the functions that they stand for.
pub(super) fn together(values: &[Value]) -> (Option<Rc<Router>>, Option<Arc<[FunctionId]>>) {
    let mut routers = values.iter().filter_map(|value| value.routes.as_ref());
    let first = routers.next().cloned();
    let routes = routers.fold(first, |all, other| Some(Rc::new(all?.either(other))));
    let mut named = values.iter().filter_map(|value| value.functions.as_ref());
    let functions = match (named.next(), named.next()) {
        (Some(only), None) => Some(Arc::clone(only)),
        (None, _) => None,
        _ => {
            let all = values.iter().filter_map(|value| value.functions.as_deref());
            Some(all.flatten().copied().collect())
        }
    };
    (routes, functions)
}

fn join_text(values: &[Value]) -> String {
    values
        .iter()
        .map(|value| value.text.as_deref().unwrap_or("{}"))
        .collect()
}
