//! Macros: those of other crates by what is known of them, `format!` by its text, those of the system
//! by their templates.

use super::BodyReader;
use super::effect::{Given, listed_origins, origin_of};
use super::expr::{list_of, together};
use super::query::{Column, Query, QueryVerb, looks_like_sql};
use super::value::{Pending, Value, Waiting};
use crate::catalog::listed;
use crate::link::resolve::{Namespace, Resolved};
use crate::link::types::Type;
use crate::model::{Evidence, GuardKind, GuardLayer, Step};
use crate::read::rust::ir::{ExprId, ExprKind, Path, TypeRef};
use crate::read::sql::with_names;
use crate::source::Span;
use smol_str::SmolStr;
use std::rc::Rc;
use std::sync::Arc;

impl<'a> BodyReader<'a, '_> {
    /// What a branch of `select!` waits for.
    fn awaited_by(&self, branch: ExprId) -> Option<ExprId> {
        let awaited = match self.body.get(branch).kind {
            ExprKind::Match { value, .. } => value,
            _ => branch,
        };
        match self.body.get(awaited).kind {
            ExprKind::Await(future) => Some(future),
            _ => None,
        }
    }

    /// Whether a future ends when some time has passed.
    fn waits_for_time(&self, future: ExprId) -> bool {
        let crates = &self.catalog().crates;
        let pauses = |ty: &Type| match ty {
            Type::External(path, _) => crates
                .find_type(path)
                .is_some_and(|known| known.entry.passes_time),
            _ => false,
        };
        match &self.body.get(future).kind {
            ExprKind::Call { callee, .. } => match &self.body.get(*callee).kind {
                ExprKind::Path(path) => match self.callee(path) {
                    Resolved::External(path) => {
                        let known = crates.find_function(&path);
                        let returns = known.and_then(|known| known.returns.as_ref());
                        returns.is_some_and(|ty| {
                            let nothing = &Type::Unknown;
                            pauses(&self.catalog_type(ty, nothing, nothing, nothing))
                        })
                    }
                    _ => false,
                },
                _ => false,
            },
            ExprKind::Method { receiver, .. } => self.waits_for_time(*receiver),
            ExprKind::Path(path) => {
                let variable = path.as_name().and_then(|name| self.variable(name));
                variable.is_some_and(|value| pauses(&value.ty))
            }
            _ => false,
        }
    }

    /// The timeout that a branch of `select!` is which only waits for a time: what the others wait for is dropped then.
    fn deadline(&self, branches: &[ExprId]) -> Option<GuardLayer> {
        // `_ = sleep(limit), if limited => ..`.
        let always = |branch: &&ExprId| match &self.body.get(**branch).kind {
            ExprKind::Match { arms, .. } => arms.iter().all(|(_, guard, _)| guard.is_none()),
            _ => true,
        };
        let branches = branches.iter().filter(always);
        let mut awaited = branches.filter_map(|branch| self.awaited_by(*branch));
        let pause = awaited.find(|future| self.waits_for_time(*future))?;
        let reason = "a branch of `select!` waits for a time, and drops the call then";
        let evidence = Evidence::seen(self.span_of(pause), reason);
        Some(GuardLayer::new(GuardKind::Timeout, evidence))
    }

    /// A branch of `select!` whose future is dropped after some time.
    fn before_deadline(&mut self, branch: ExprId, layer: &GuardLayer) -> Value {
        let future = self.awaited_by(branch);
        let Some(future) = future.filter(|future| !self.waits_for_time(*future)) else {
            return self.eval(branch);
        };
        // What was begun before may go on after it.
        if matches!(self.body.get(future).kind, ExprKind::Path(_)) {
            return self.eval(branch);
        }
        let (calls, edges) = (self.out.calls.len(), self.out.edges.len());
        let runs = self.runs.len();
        let value = self.eval(branch);
        let range = self.body.get(future).range;
        let inside = |span: Span| range.start <= span.start && span.start < range.end;
        let all = self.out.calls.iter().enumerate().skip(calls);
        let calls = all.filter(|(_, call)| inside(call.span)).map(|(at, _)| at);
        let all = self.out.edges.iter().enumerate().skip(edges);
        let edges = all.filter(|(_, edge)| inside(edge.span)).map(|(at, _)| at);
        let waiting = Waiting {
            calls: calls.collect(),
            edges: edges.collect(),
            runs: (runs..self.runs.len()).collect(),
            ..Waiting::default()
        };
        self.guard_pending(&mut Pending::from(waiting), layer);
        value
    }

    pub(super) fn macro_value(
        &mut self,
        path: &Path,
        types: &[TypeRef],
        args: &'a [ExprId],
    ) -> Value {
        let branches = path.last() == "select";
        let deadline = branches.then(|| self.deadline(args)).flatten();
        let values = args.iter().map(|arg| {
            let before = self.steps.len();
            let value = match &deadline {
                Some(layer) => self.before_deadline(*arg, layer),
                None => self.eval(*arg),
            };
            // What one branch takes from a channel is no business of the others.
            let takes = |step: &Step| matches!(step, Step::Take(_));
            if branches && self.steps[before..].iter().any(takes) {
                self.steps.push(Step::TakeEnds);
            }
            value
        });
        let values: Vec<_> = values.collect();
        self.macro_leaves(path, &values);
        if matches!(path.last(), "join" | "try_join") {
            for value in &values {
                self.keep_unseen(&mut value.clone());
            }
        }
        let given = Given::of(&values);
        let (resolved, foreign) = match self.resolve(&path.segments, Namespace::Types) {
            // A name that nothing binds looks like a crate: it may be a macro of the system.
            Resolved::External(path) => (path.clone(), path.contains("::")),
            _ => (path.written(), false),
        };
        if let Some(known) = self.catalog().crates.find_macro(&resolved) {
            let argument = types.first().map(|ty| self.type_of(ty)).unwrap_or_default();
            let ty = known.returns.as_ref().map(|returns| {
                self.catalog_type(returns, &Type::Unknown, &Type::Unknown, &argument)
            });
            let (mut routes, functions) = together(&values);
            if known.names_path {
                routes = Some(Rc::new(self.path_of_segments(args)));
            }
            if known.mounts {
                routes = self.mounted(&values, args);
            }
            let mut value = Value {
                routes,
                functions,
                ..Value::of(ty.unwrap_or_default())
            };
            self.started(&resolved, &given, &mut value);
            return value;
        }
        if !foreign && let Some(value) = self.expand(path, &values, args) {
            return value;
        }
        match path.last() {
            "format" | "formatcp" | "formatdoc" => self.formatted(args, &values),
            "matches" => Value {
                origin: given.origin,
                knows: self.matched_by_macro(args, &values),
                ..Value::default()
            },
            // Without the indentation, which nobody asks for.
            "indoc" | "unindent" if let [only] = values.as_slice() => only.clone(),
            "concat" | "concatcp" => {
                let shown = values.iter().zip(args);
                let shown: String = shown
                    .map(|(value, arg)| self.shown(value, Some(arg)))
                    .collect();
                Value {
                    origin: given.origin,
                    ..Value::text(shown)
                }
            }
            "stringify"
                if let Some(ExprKind::Path(path)) =
                    args.first().map(|arg| &self.body.get(*arg).kind) =>
            {
                Value::text(path.written().to_string())
            }
            "include_str" if let Some(text) = self.included(&values) => text,
            "write" | "writeln" if let [into, written @ ..] = args => {
                let text = self.formatted(written, &values[1..]);
                self.collected(*into, text.origin);
                Value::default()
            }
            "vec" | "params" => list_of(values),
            _ => {
                if let Some(statement) = self.statement_in_pieces(args, &values) {
                    return statement;
                }
                let (routes, functions) = together(&values);
                // A macro that is passed handlers lists them.
                let ty = match functions {
                    Some(_) => Type::List(Box::default()),
                    None => Type::Unknown,
                };
                let mut value = Value {
                    routes,
                    functions,
                    columns: operators(&values),
                    leaves: listed(&self.catalog().effects.leaves, path.last()),
                    ..Value::of(ty)
                };
                self.started(&resolved, &given, &mut value);
                value
            }
        }
    }

    /// The statement that a macro is given which nothing is known of, in texts and constants one after the other:
    /// `query_all!(Order, "SELECT ", COLUMNS, " FROM orders WHERE id = $1"; id)`. Such a macro is one around those of the
    /// library that the package uses.
    fn statement_in_pieces(&self, args: &[ExprId], values: &[Value]) -> Option<Value> {
        let text_of = |at: usize| match &self.body.get(*args.get(at)?).kind {
            ExprKind::Str(_) => values[at].text.as_deref(),
            // What is not seen of a constant are columns.
            ExprKind::Path(path) if is_constant(path.last()) => {
                let known = values[at].text.as_deref();
                known.filter(|text| !text.contains('{')).or(Some("*"))
            }
            _ => None,
        };
        let literal = |at: &usize| matches!(self.body.get(args[*at]).kind, ExprKind::Str(_));
        let start = (0..args.len()).find(literal)?;
        let text: String = (start..args.len()).map_while(text_of).collect();
        let pieces = (start..args.len()).map_while(text_of).count();
        let (more, values_behind) = (&args[start + pieces..], &values[start + pieces..]);
        // More of the text stands behind what is no text, or what is run is another one.
        let more_text = more
            .iter()
            .any(|arg| matches!(self.body.get(*arg).kind, ExprKind::Str(_)));
        let another = values_behind.iter().any(|value| value.query.is_some());
        if !looks_like_sql(&text)
            || text.contains('{')
            || more_text
            || another
            || crate::read::sql::parse(&with_names(&text)).is_err()
        {
            return None;
        }
        let used = &self
            .resolver
            .program
            .crate_of(self.context.module)
            .dependencies;
        let mut libraries = self.catalog().effects.statements.iter();
        let (krate, ty) = libraries.find_map(|library| {
            let wrapped = library.wrapped.as_ref()?;
            let known = used.contains_key(library.krate.as_str());
            known.then_some((library.krate.as_str(), wrapped))
        })?;
        let parameters = listed_origins(values_behind);
        let verb = QueryVerb::Sql(text.into(), parameters);
        Some(Value {
            origin: origin_of(values),
            query: Some(Arc::new(Query::new(krate, verb, None))),
            ..Value::of(Type::External(SmolStr::new(ty), Vec::new()))
        })
    }

    /// `format!("{}/x", base)`: the text with what is known filled in.
    pub(super) fn formatted(&mut self, args: &[ExprId], values: &[Value]) -> Value {
        let Some(pattern) = values.first().and_then(|value| value.text.clone()) else {
            return Value::of(Type::text());
        };
        let mut rest: &str = &pattern;
        let (mut out, mut next) = (String::new(), 1);
        let mut origin = origin_of(values);
        while let Some(at) = rest.find(['{', '}']) {
            out.push_str(&rest[..at]);
            // `{{` and `}}` are the brackets themselves.
            if let Some(bracket) = rest[at..].chars().next()
                && (bracket == '}' || rest[at + 1..].starts_with(bracket))
            {
                out.push(bracket);
                let doubled = usize::from(rest[at + 1..].starts_with(bracket));
                rest = &rest[at + 1 + doubled..];
                continue;
            }
            let Some(end) = rest[at..].find('}') else {
                break;
            };
            let name = rest[at + 1..at + end].split(':').next().unwrap_or("");
            let place = match name.parse::<usize>() {
                _ if let Some(named) = self.argument_named(args, name) => Some(named),
                _ if name.is_empty() => {
                    next += 1;
                    Some(next - 1)
                }
                // `{0}` is the first one after the text.
                Ok(number) => number.checked_add(1),
                Err(_) => None,
            };
            let named = if let Some(place) = place {
                let value = values.get(place);
                let shown = value.map(|value| self.shown(value, args.get(place)));
                // What is not known goes by the name that it has in the text.
                shown.filter(|shown| shown != "{}" || name.parse::<usize>().is_ok())
            } else {
                // `{name}` is as much an argument as one that stands behind the text.
                let captured = self.variable(name).map(|value| value.origin);
                origin = origin.and(captured.unwrap_or_default());
                self.named_text(&SmolStr::new(name))
            };
            out.push_str(&named.unwrap_or_else(|| format!("{{{name}}}")));
            rest = &rest[at + end + 1..];
        }
        out.push_str(rest);
        Value {
            origin,
            ..Value::text(out)
        }
    }

    /// The number of the argument with a name: `base = url`.
    fn argument_named(&self, args: &[ExprId], name: &str) -> Option<usize> {
        args.iter().position(|arg| match &self.body.get(*arg).kind {
            ExprKind::Named { name: known, .. } => known == name,
            _ => false,
        })
    }

    /// `[base, "/x"].concat()` and `[base, "x"].join("/")`.
    pub(super) fn concatenated(
        &mut self,
        receiver: ExprId,
        name: &str,
        args: &'a [ExprId],
    ) -> Option<Value> {
        let between = match (name, args) {
            ("concat", []) => None,
            ("join", [between]) => Some(self.eval(*between).text?),
            _ => return None,
        };
        let parts = match &self.body.get(receiver).kind {
            ExprKind::Array(parts) => parts,
            ExprKind::Macro { path, args, .. } if path.last() == "vec" => args,
            _ => return None,
        };
        let values: Vec<Value> = parts.iter().map(|part| self.eval(*part)).collect();
        if !values.iter().any(|value| value.ty == Type::text()) {
            return None;
        }
        let shown = values.iter().zip(parts);
        let shown: Vec<String> = shown
            .map(|(value, part)| self.shown(value, Some(part)))
            .collect();
        Some(Value {
            origin: origin_of(&values),
            ..Value::text(shown.join(between.as_deref().unwrap_or_default()))
        })
    }

    /// The text of a variable or constant, as `format!("{name}")` names it.
    pub(super) fn named_text(&mut self, name: &SmolStr) -> Option<String> {
        if let Some(value) = self.variable(name) {
            return value.text.as_deref().map(str::to_owned);
        }
        match self.resolve(std::slice::from_ref(name), Namespace::Values) {
            Resolved::Constant(id) => self.constant(id).text.map(|text| text.to_string()),
            _ => None,
        }
    }

    pub(super) fn shown(&self, value: &Value, expr: Option<&ExprId>) -> String {
        if let Some(text) = &value.text {
            return text.to_string();
        }
        let kind = match expr.map(|id| &self.body.get(*id).kind) {
            Some(ExprKind::Named { value, .. }) => Some(&self.body.get(*value).kind),
            kind => kind,
        };
        match kind {
            Some(ExprKind::Path(path)) => format!("{{{}}}", path.last()),
            _ => "{}".to_owned(),
        }
    }
}

/// Whether a name is written as that of a constant: `ORDER_COLUMNS`.
fn is_constant(name: &str) -> bool {
    let upper = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    name.len() > 1 && name.chars().all(upper)
}

/// The operators of a document: `doc! { "$inc": { "count": 1 } }`.
fn operators(values: &[Value]) -> Option<Rc<[Column]>> {
    let texts = values.iter().filter_map(|value| value.text.as_deref());
    let named: Rc<[Column]> = texts
        .filter(|text| text.starts_with('$') && text.len() > 1)
        .map(Column::named)
        .collect();
    (!named.is_empty()).then_some(named)
}
