//! Guards: those that a client has been given, those around an expression, and how they are set.

use super::effect::Given;
use super::value::{ClientState, Pending, Value};
use super::{BodyReader, FoundCall};
use crate::catalog::{
    AttemptsEntry, AttemptsFrom, DefaultsSince, HeaderFrom, KnownMethod, SettingsEntry, TargetFrom,
};
use crate::link::program::{FunctionId, TypeShape};
use crate::link::resolve::Resolved;
use crate::link::types::Type;
use crate::model::{
    Answer, Attempts, CallKind, Evidence, Guard, GuardKind, GuardLayer, GuardSettings, Guards,
};
use crate::read::cargo::Version;
use crate::read::rust::ir::{Body, ExprId, ExprKind, Path};
use crate::source::Span;
use std::rc::Rc;

/// The member of every request for a token (RFC 6749 section 4).
const GRANT: &str = "grant_type";

/// I/O that was just seen.
pub(super) struct Io<'e> {
    pub(super) span: Span,
    pub(super) name_span: Span,
    pub(super) kind: CallKind,
    pub(super) krate: &'e str,
    pub(super) evidence: Evidence,
    /// Guards that the library gives by itself.
    pub(super) defaults: &'e [GuardKind],
    /// How those are set.
    pub(super) settings: Option<&'e SettingsEntry>,
    /// Guards that it gives by itself from a version on.
    pub(super) since: Option<&'e DefaultsSince>,
    /// Middleware may be around the client.
    pub(super) layered: bool,
}

/// A guard around arguments that have not been read yet.
pub(super) struct Around<'e> {
    pub(super) layer: GuardLayer,
    /// How the catalogue says that it is set.
    pub(super) settings: Option<&'e SettingsEntry>,
    /// The policy or breaker that it is a method of.
    pub(super) receiver: Option<Rc<ClientState>>,
}

impl<'a> BodyReader<'a, '_> {
    /// What a known method makes of the client it is called on or given.
    pub(super) fn client_after(
        &self,
        method: KnownMethod<'_>,
        called: &str,
        span: Span,
        before: Option<Rc<ClientState>>,
        values: &[Value],
        target: Option<&str>,
    ) -> Option<Rc<ClientState>> {
        let entry = method.entry;
        let addressed = entry.http_method.is_some() || (target.is_some() && entry.io.is_none());
        let describes = entry.settings.is_some() && entry.wraps.is_none();
        let sets = entry.fresh.is_some()
            || entry.sets.is_some()
            || entry.surrounds.is_some()
            || entry.partly.is_some()
            || entry.adds_layer;
        let request = entry.header.is_some() || entry.body;
        if !sets && !addressed && !describes && !request {
            return before;
        }
        let mut state = before.as_deref().cloned().unwrap_or_default();
        if let Some(defaults) = &entry.fresh {
            let reason = format!("made by `{called}` of `{}`", method.owner.path);
            let evidence = Evidence::seen(span, reason);
            let of_type = method.owner.entry.default_settings.as_ref();
            let layers = defaults.iter().map(|kind| GuardLayer {
                settings: settings_for(*kind, of_type),
                ..GuardLayer::new(*kind, evidence.clone())
            });
            state = ClientState::fresh(layers.collect(), evidence.clone());
            state.made_in = self.context.id.map(|id| (id, self.repeats));
        }
        if entry.adds_layer {
            // Several are listed from the outside in.
            for layer in values {
                state = self.layered(state, layer, span);
            }
        }
        if let Some(kind) = entry.sets.or(entry.surrounds) {
            let reason = format!("set with `{called}`");
            let mut layer = GuardLayer::new(kind, Evidence::seen(span, reason));
            layer.settings = given_settings(entry.settings.as_ref(), values, None);
            if entry.surrounds.is_some() {
                state.put_around(layer);
            } else if entry.wraps.is_some() {
                state.put_outside(layer);
            } else {
                state.set(layer);
            }
        } else if describes {
            let own = Some(&state.settings);
            state.settings = given_settings(entry.settings.as_ref(), values, own);
        }
        if let Some(kind) = entry.partly {
            let reason = format!("`{called}` bounds a part of it");
            state.partly(kind, Evidence::seen(span, reason));
        }
        if addressed {
            state.method = entry.http_method.as_deref().map(|method| match method {
                "name" => called.to_ascii_uppercase(),
                "first" => {
                    let given = values.first().and_then(|value| value.text.as_deref());
                    given.unwrap_or_default().to_owned()
                }
                other => other.to_owned(),
            });
            state.method = state.method.filter(|method| !method.is_empty());
            state.target = target.map(str::to_owned).or(state.target);
        }
        state.asks |= entry.body && self.is_question(values);
        if let Some((answer, reason)) = self.key_in(entry.header, entry.body, values) {
            if let (Some(HeaderFrom::First), Some(key)) = (entry.header, values.get(1)) {
                self.request_keys.borrow_mut().push((span, key.origin));
            }
            state.keyed(answer, Evidence::seen(span, reason));
        }
        Some(Rc::new(state))
    }

    /// Whether a body asks for a token (RFC 6749 section 4), or holds a query and its variables (GraphQL over HTTP).
    fn is_question(&self, values: &[Value]) -> bool {
        let Some(Type::Local(id, _)) = values.first().map(|value| &value.ty) else {
            return false;
        };
        let TypeShape::Struct(fields) = self.resolver.program.types[id.0].shape else {
            return false;
        };
        let has = |wanted: &str| fields.iter().any(|(name, _)| name == wanted);
        has(GRANT) || has("query") && has("variables") && fields.len() <= 3 && !self.writes_down().1
    }

    /// Whether the function that is read writes down which grant it asks for a token with.
    fn names_a_grant(&self) -> bool {
        self.writes_down().0
    }

    /// Whether the function that is read writes down the member of a request for a token, and a mutation of GraphQL.
    fn writes_down(&self) -> (bool, bool) {
        *self.written_down.get_or_init(|| {
            let texts = self.body.exprs.iter().filter_map(|expr| match &expr.kind {
                ExprKind::Str(text) => Some(text.as_str()),
                _ => None,
            });
            texts.fold((false, false), |(grant, mutation), text| {
                let mutates = text.trim_start().starts_with("mutation");
                (grant || text == GRANT, mutation || mutates)
            })
        })
    }

    /// Whether a header or body that a request is given holds an idempotency key.
    fn key_in(
        &self,
        header: Option<HeaderFrom>,
        body: bool,
        values: &[Value],
    ) -> Option<(Answer, String)> {
        let keys = &self.catalog().keys;
        match header {
            Some(HeaderFrom::First) => match values.first().and_then(|name| name.text.as_deref()) {
                Some(name) if !name.contains('{') => {
                    // Some headers are a key for one provider and a trace id for all others.
                    let answer = match keys.header(name)?.value.weak {
                        true => Answer::Unknown,
                        false => Answer::Yes,
                    };
                    Some((answer, format!("the request names the key `{name}`")))
                }
                _ => Some((
                    Answer::Unknown,
                    "a header whose name is not seen".to_owned(),
                )),
            },
            Some(HeaderFrom::Unseen) => {
                Some((Answer::Unknown, "headers that are not seen".to_owned()))
            }
            None if body => {
                let Type::Local(id, _) = values.first()?.ty else {
                    return None;
                };
                let TypeShape::Struct(fields) = self.resolver.program.types[id.0].shape else {
                    return None;
                };
                let mut names = fields.iter().map(|(name, _)| name);
                let name = names.find(|name| keys.field(name).is_some())?;
                Some((Answer::Yes, format!("the body holds the key `{name}`")))
            }
            None => None,
        }
    }

    /// A client with a middleware around it: with its guard, or with any, where it is not known.
    pub(super) fn layered(&self, mut state: ClientState, layer: &Value, span: Span) -> ClientState {
        // A builder of layers gives what was put on it.
        let given = layer
            .client
            .iter()
            .flat_map(|given| given.layers.iter().rev());
        for layer in given {
            state.put_around(layer.clone());
        }
        let known = match &layer.ty {
            Type::External(path, _) => self.catalog().crates.find_type(path),
            _ => None,
        };
        match known {
            Some(known) => {
                if let Some(kind) = known.entry.guard {
                    let reason = format!("with `{}`", known.path);
                    let mut around = GuardLayer::new(kind, Evidence::seen(span, reason));
                    around.settings = settings_for(kind, known.entry.default_settings.as_ref());
                    if let Some(policy) = layer.client.as_ref() {
                        merge(&mut around.settings, &policy.settings);
                    }
                    state.put_around(around);
                }
            }
            None => state.doubt(),
        }
        state
    }

    /// Evaluates arguments under a guard; futures made before and passed in are guarded too.
    /// Gives the guard as it turned out to be set.
    pub(super) fn eval_guarded(
        &mut self,
        args: &'a [ExprId],
        around: Option<Around<'_>>,
        parameters: &[Value],
    ) -> (Vec<Value>, Option<GuardLayer>) {
        let active = self.active.len();
        let (calls, edges, runs) = (self.out.calls.len(), self.out.edges.len(), self.runs.len());
        self.active
            .extend(around.as_ref().map(|around| around.layer.clone()));
        let mut values = Vec::new();
        for arg in args {
            values.push(match &self.body.get(*arg).kind {
                ExprKind::Closure {
                    parameters: names,
                    body,
                    ..
                } if !parameters.is_empty() => self.closure(names, *body, parameters),
                ExprKind::Path(path) if around.is_some() => self.run_by_name(*arg, path),
                _ => self.eval(*arg),
            });
        }
        self.given = Given::of(&values);
        self.active.truncate(active);
        let layer = around.map(|around| self.settled(around, &values));
        if let Some(layer) = &layer {
            let found = self.out.calls[calls..].iter_mut();
            let layers = found.flat_map(|call| &mut call.layers);
            let edges = self.out.edges[edges..].iter_mut();
            let layers = layers.chain(edges.flat_map(|edge| &mut edge.guards));
            let runs = self.runs[runs..].iter_mut();
            for known in layers.chain(runs.flat_map(|run| &mut run.guards)) {
                if known.is(layer) {
                    known.settings.clone_from(&layer.settings);
                }
            }
            for value in &mut values {
                self.guard_pending(&mut value.pending, layer);
            }
        }
        (values, layer)
    }

    /// A function of the system that is passed by its name to something that runs it.
    fn run_by_name(&mut self, id: ExprId, path: &Path) -> Value {
        let alone = path
            .as_name()
            .is_some_and(|name| self.variable(name).is_some());
        let found = match self.callee(path) {
            _ if alone => Vec::new(),
            Resolved::Function(function) => vec![function],
            Resolved::Member(owner, name) => {
                self.methods.find(&Type::Local(owner, Vec::new()), &name)
            }
            _ => Vec::new(),
        };
        if found.is_empty() {
            return self.eval(id);
        }
        self.local_call(&found, id, None, &[])
    }

    /// Everything passed in runs under the guards of a builder; a client gets them around it.
    pub(super) fn wrap_in_layers(
        &mut self,
        builder: Option<&ClientState>,
        values: &mut [Value],
    ) -> Option<Rc<ClientState>> {
        let layers: &[GuardLayer] = builder.map_or(&[], |builder| &builder.layers);
        for value in values.iter_mut() {
            for layer in layers {
                self.guard_pending(&mut value.pending, layer);
            }
        }
        let given = values.iter().find_map(|value| value.client.as_deref());
        let mut state = given.cloned().unwrap_or_default();
        for layer in layers {
            state.put_outside(layer.clone());
        }
        Some(Rc::new(state))
    }

    /// A guard with what its arguments and its policy say of it.
    pub(super) fn settled(&self, around: Around<'_>, values: &[Value]) -> GuardLayer {
        let mut layer = around.layer;
        let policies = values.iter().filter_map(|value| value.client.as_ref());
        for policy in around.receiver.iter().chain(policies) {
            merge(&mut layer.settings, &policy.settings);
        }
        let before = std::mem::take(&mut layer.settings);
        layer.settings = given_settings(around.settings, values, Some(&before));
        let made_in = around.receiver.and_then(|receiver| receiver.made_in);
        // What is made before a loop, or outside of the closure that uses it, is shared.
        let here = self.context.id.map(|id| (id, self.repeats));
        layer.settings.made_per_call = made_in.is_some() && made_in == here;
        layer
    }

    pub(super) fn guard_pending(&mut self, pending: &mut Pending, layer: &GuardLayer) {
        self.start_runs(pending);
        for run in &pending.runs {
            self.runs[*run].guard(layer);
        }
        for index in &pending.calls {
            let call = &mut self.out.calls[*index];
            add_guard(call.guards.get_mut(layer.kind), &layer.evidence);
            add_layer(&mut call.layers, layer);
        }
        for index in &pending.edges {
            add_layer(&mut self.out.edges[*index].guards, layer);
        }
    }

    /// What a value stands for happens once for each item of a collection, at the same time.
    pub(super) fn fan_out(&mut self, args: &[ExprId], values: &[Value], span: Span) {
        // What is written out one by one is as long as it looks.
        let short = values.iter().any(|value| value.short);
        if short || args.iter().any(|id| self.is_written_out(*id)) {
            return;
        }
        let evidence = Evidence::seen(span, "started for every item at once");
        for value in values {
            for index in &value.pending.calls {
                let known = &mut self.out.calls[*index].fan_out;
                known.get_or_insert_with(|| evidence.clone());
            }
            for index in &value.pending.edges {
                let known = &mut self.out.edges[*index].fan_out;
                known.get_or_insert_with(|| evidence.clone());
            }
        }
    }

    /// Whether a list is as long as it is written out, or no longer than it says: `[a, b].iter().map(..)`, `.take(8)`.
    fn is_written_out(&self, list: ExprId) -> bool {
        let mut at = list;
        loop {
            match &self.body.get(at).kind {
                ExprKind::Array(_) | ExprKind::Tuple(_) => return true,
                ExprKind::Macro { path, .. } => return path.last() == "vec",
                ExprKind::Method { name, .. } if name == "take" => return true,
                ExprKind::Method { receiver, .. } => at = *receiver,
                ExprKind::Path(_) => {
                    let variable = self.variable_at(at).map(|index| &self.variables[index].1);
                    return variable.is_some_and(|value| value.short || value.items.is_some());
                }
                _ => return false,
            }
        }
    }

    /// Whether all that a function does is to give a list that is written out.
    pub(super) fn gives_written_out(&self, function: FunctionId) -> bool {
        let body = self.resolver.program.functions[function.0]
            .function
            .body
            .as_ref();
        let is_list = |body: &Body| {
            let Some(mut at) = body.root else {
                return false;
            };
            loop {
                match &body.get(at).kind {
                    ExprKind::Block(block) if block.statements.is_empty() => match block.value {
                        Some(value) => at = value,
                        None => return false,
                    },
                    ExprKind::Array(_) => return true,
                    ExprKind::Macro { path, .. } => return path.last() == "vec",
                    ExprKind::Call { callee, args } => {
                        // `HashMap::from([..])`.
                        let from = matches!(&body.get(*callee).kind, ExprKind::Path(path) if path.last() == "from");
                        match args.as_slice() {
                            [only] if from => at = *only,
                            _ => return false,
                        }
                    }
                    _ => return false,
                }
            }
        };
        body.is_some_and(is_list)
    }

    /// The guards of a library that are in force at the version that is locked.
    fn in_force<'e>(&self, io: &Io<'e>) -> Option<(&'e DefaultsSince, String)> {
        let since = io.since?;
        let first = Version::parse(&since.version)?;
        let program = self.resolver.program;
        let locked = program.locked(self.context.module, io.krate)?;
        let Version(major, minor, patch) = locked;
        (locked >= first).then(|| (since, format!("{major}.{minor}.{patch}")))
    }

    /// A request that is its own future is sent when it is awaited.
    pub(super) fn await_request(&mut self, id: ExprId, inner: ExprId, value: &mut Value) {
        let Type::External(path, _) = &value.ty else {
            return;
        };
        let Some(known) = self.catalog().crates.find_type(path) else {
            return;
        };
        let Some(kind) = known.entry.awaits else {
            return;
        };
        let name_span = match &self.body.get(inner).kind {
            ExprKind::Method { name_range, .. } => self.span(*name_range),
            ExprKind::Call { callee, .. } => self.span_of(*callee),
            _ => self.span_of(inner),
        };
        let reason = format!("to await `{}` is {} I/O", known.path, kind.name());
        let io = Io {
            span: self.span_of(id),
            name_span,
            kind,
            krate: &known.krate,
            evidence: Evidence::known(known.line, reason),
            defaults: &known.entry.defaults,
            settings: known.entry.default_settings.as_ref(),
            since: None,
            layered: known.entry.layered,
        };
        let state = value.client.take();
        self.record(&io, state, None, value);
        value.ty = Type::Unknown;
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
        for kind in GuardKind::ALL {
            let guard = guards.get_mut(kind);
            let unseen = io.layered || kind == GuardKind::Timeout || io.defaults.contains(&kind);
            if guard.answer == Answer::Unknown && !unseen {
                guard.answer = Answer::No;
            }
        }
        let mut layers = state.layers.clone();
        for kind in io.defaults {
            let guard = guards.get_mut(*kind);
            if guard.answer == Answer::Unknown {
                guard.answer = Answer::Yes;
                guard.evidence.push(io.evidence.clone());
                layers.push(GuardLayer {
                    settings: settings_for(*kind, io.settings),
                    ..GuardLayer::new(*kind, io.evidence.clone())
                });
            }
        }
        if let Some((since, version)) = self.in_force(io) {
            for kind in &since.guards {
                let guard = guards.get_mut(*kind);
                if guard.answer == Answer::Unknown {
                    guard.answer = Answer::Yes;
                    let reason = format!(
                        "`{}` does so from {} on; locked is {version}",
                        io.krate, since.version
                    );
                    guard.evidence.push(Evidence {
                        reason,
                        ..io.evidence.clone()
                    });
                    layers.push(GuardLayer {
                        settings: settings_for(*kind, since.settings.as_ref()),
                        ..GuardLayer::new(*kind, io.evidence.clone())
                    });
                }
            }
        }
        for layer in self.active.iter().rev() {
            add_guard(guards.get_mut(layer.kind), &layer.evidence);
            add_layer(&mut layers, layer);
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
            layers,
            key: Guard {
                answer: state.key,
                evidence: state.key_evidence.clone(),
            },
            asks: state.asks || io.kind == CallKind::Http && self.names_a_grant(),
            of_data: state.of_data,
            fan_out: None,
            detached: false,
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

fn add_layer(layers: &mut Vec<GuardLayer>, layer: &GuardLayer) {
    if !layers.iter().any(|known| known.is(layer)) {
        layers.push(layer.clone());
    }
}

/// What the catalogue says of a guard of one kind.
pub(super) fn settings_for(kind: GuardKind, entry: Option<&SettingsEntry>) -> GuardSettings {
    let all = given_settings(entry, &[], None);
    match kind {
        GuardKind::Timeout => GuardSettings {
            limit_ms: all.limit_ms,
            ..GuardSettings::default()
        },
        GuardKind::Retry => GuardSettings {
            limit_ms: None,
            ..all
        },
        _ => GuardSettings::default(),
    }
}

/// How a guard is set by arguments, on top of how it was before.
fn given_settings(
    entry: Option<&SettingsEntry>,
    values: &[Value],
    before: Option<&GuardSettings>,
) -> GuardSettings {
    let mut settings = before.cloned().unwrap_or_default();
    let Some(entry) = entry else { return settings };
    let text = |index: usize| values.get(index).and_then(|value| value.text.as_deref());
    let limit = match entry.limit {
        Some(TargetFrom::First) => text(0),
        Some(TargetFrom::Second) => text(1),
        Some(TargetFrom::Name) | None => None,
    };
    let limit = limit.and_then(|text| text.strip_suffix("ms")?.parse().ok());
    if entry.limit.is_some() || entry.limit_ms.is_some() {
        settings.limit_ms = limit.or(entry.limit_ms);
    }
    let first = || text(0).and_then(|text| text.parse::<u32>().ok());
    match entry.attempts {
        Some(AttemptsEntry::Fixed(number)) => {
            settings.attempts = Some(Attempts::AtMost(number));
        }
        Some(AttemptsEntry::From(AttemptsFrom::First)) => {
            settings.attempts = first().map(Attempts::AtMost);
        }
        Some(AttemptsEntry::From(AttemptsFrom::FirstPlusOne)) => {
            let attempts = first().map(|number| number.saturating_add(1));
            settings.attempts = attempts.map(Attempts::AtMost);
        }
        Some(AttemptsEntry::From(AttemptsFrom::Unlimited)) => {
            settings.attempts = Some(Attempts::Unlimited);
        }
        None => {}
    }
    settings.pauses = entry.pauses.or(settings.pauses);
    settings.only_unapplied |= entry.only_unapplied;
    settings.selective |= entry.selective;
    settings
}

/// Adds what a policy says to what is known.
fn merge(known: &mut GuardSettings, policy: &GuardSettings) {
    known.limit_ms = known.limit_ms.or(policy.limit_ms);
    known.attempts = known.attempts.or(policy.attempts);
    known.pauses = known.pauses.or(policy.pauses);
    known.only_unapplied |= policy.only_unapplied;
    known.selective |= policy.selective;
}
