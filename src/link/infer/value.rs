//! What is known of a value: its type, the client behind it, its text, and the I/O it stands for.

use super::lineage::Lineage;
use super::memory::Place;
use super::query::{Column, Query};
use super::route::Router;
use crate::link::program::{FunctionId, TypeId};
use crate::link::types::Type;
use crate::model::{Answer, Evidence, GuardKind, GuardLayer, GuardSettings, Knows, PassedVariant};
use crate::read::rust::ir::TextRange;
use crate::source::Span;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;
use std::sync::Arc;

/// A value in a function body.
#[derive(Clone, Debug, Default)]
pub(super) struct Value {
    pub(super) ty: Type,
    /// The client, builder or request it is or holds.
    pub(super) client: Option<Rc<ClientState>>,
    /// The text it is, as far as known; `{name}` for a part that is not.
    pub(super) text: Option<Arc<str>>,
    /// The I/O that runs when this future is awaited or this closure is called.
    pub(super) pending: Pending,
    /// The I/O that has run and whose outcome this is.
    pub(super) outcome: Option<Rc<Pending>>,
    /// The router it is.
    pub(super) routes: Option<Rc<Router>>,
    /// The functions of the system that it stands for: one that is passed on by its name.
    pub(super) functions: Option<Arc<[FunctionId]>>,
    /// The statement that it is.
    pub(super) query: Option<Arc<Query>>,
    /// The columns of a table that it names, with what they are compared with or set to.
    pub(super) columns: Option<Rc<[Column]>>,
    /// Where its fields come from, where it is a struct of the system that was made here: the type, and its fields.
    pub(super) parts: Option<(TypeId, Rc<[Column]>)>,
    /// Whether it is another one every time.
    pub(super) origin: Lineage,
    /// What it tells of what was found or done.
    pub(super) knows: Option<Rc<Knows>>,
    /// Where its items come from, where it is a list or tuple that is written out.
    pub(super) items: Option<Rc<[Lineage]>>,
    /// Its parts, where it is a list or tuple that is written out, and handlers or routes are among them.
    pub(super) entries: Option<Rc<[Value]>>,
    /// It was got from a field whose type is of a crate that nothing is known of: a client, a handle.
    pub(super) strange: bool,
    /// Where it lies in what the process keeps from one request to the next.
    pub(super) place: Option<Place>,
    /// A list, or an iterator over one, that is no longer than it is written out or said to be: `.take(8)`.
    pub(super) short: bool,
    /// It is written down as nothing: `None`.
    pub(super) is_none: bool,
    /// The call that gave it, which fails where what it was told says that nothing was done.
    pub(super) refuses: Option<Span>,
    /// Nothing comes of it, as what is around it is left: `return`.
    pub(super) leaves: bool,
    /// Which variant of its enum it is.
    pub(super) variant: Option<(TypeId, PassedVariant)>,
    /// The name of what was called to get it, where that is not known.
    pub(super) unseen: Option<TextRange>,
}

impl Value {
    pub(super) fn of(ty: Type) -> Self {
        Self {
            ty,
            ..Self::default()
        }
    }

    /// Functions that are passed on by their name.
    pub(super) fn functions(functions: &[FunctionId]) -> Self {
        Self {
            functions: Some(functions.into()),
            ..Self::default()
        }
    }

    pub(super) fn text(text: impl Into<Arc<str>>) -> Self {
        Self {
            ty: Type::text(),
            text: Some(text.into()),
            ..Self::default()
        }
    }

    /// The same value seen as another type: what `?`, `unwrap` and patterns give.
    pub(super) fn with_type(&self, ty: Type) -> Self {
        Self { ty, ..self.clone() }
    }
}

/// What a value waits for; for most values nothing, which takes no room.
#[derive(Clone, Debug, Default)]
pub(super) struct Pending(Option<Box<Waiting>>);

impl Deref for Pending {
    type Target = Waiting;

    fn deref(&self) -> &Waiting {
        self.0.as_deref().unwrap_or(&NOTHING)
    }
}

impl DerefMut for Pending {
    fn deref_mut(&mut self) -> &mut Waiting {
        self.0.get_or_insert_default()
    }
}

impl From<Waiting> for Pending {
    fn from(waiting: Waiting) -> Self {
        Self((!waiting.is_empty()).then(|| Box::new(waiting)))
    }
}

static NOTHING: Waiting = Waiting {
    calls: Vec::new(),
    edges: Vec::new(),
    parameters: Vec::new(),
    runs: Vec::new(),
};

/// Calls and call-graph edges by their index in the output.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting {
    pub(super) calls: Vec<usize>,
    pub(super) edges: Vec<usize>,
    /// Parameters of the function that is read: what was passed in and has not run yet.
    pub(super) parameters: Vec<usize>,
    /// Runs of parameters that are part of this, by their number among those of the function.
    pub(super) runs: Vec<usize>,
}

impl Waiting {
    pub(super) fn is_empty(&self) -> bool {
        let (steps, given) = (self.calls.len() + self.edges.len(), self.parameters.len());
        steps + given + self.runs.len() == 0
    }
}

impl Pending {
    pub(super) fn add(&mut self, other: &Self) {
        if other.is_empty() {
            return;
        }
        self.calls.extend_from_slice(&other.calls);
        self.edges.extend_from_slice(&other.edges);
        self.parameters.extend_from_slice(&other.parameters);
        self.runs.extend_from_slice(&other.runs);
    }
}

/// What has been set on a client, its builder, or a request made with it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ClientState {
    answers: [Answer; GuardKind::ALL.len()],
    pub(super) evidence: Vec<(GuardKind, Evidence)>,
    /// The guards that are there, from the inside out: first the client's own, then middleware.
    pub(super) layers: Vec<GuardLayer>,
    /// How many of them are the client's own.
    own: usize,
    /// How a policy, layer or breaker is set that stands by itself.
    pub(super) settings: GuardSettings,
    /// The function that made it, and how many loops and closures were around it there.
    pub(super) made_in: Option<(FunctionId, usize)>,
    pub(super) method: Option<String>,
    pub(super) target: Option<String>,
    /// The whole address comes out of a record.
    pub(super) of_data: bool,
    /// Whether the request names an idempotency key.
    pub(super) key: Answer,
    pub(super) key_evidence: Vec<Evidence>,
    /// What the request sends asks a question or for a token.
    pub(super) asks: bool,
    /// The parameter it came in by, of the function that hands it out.
    pub(super) origin: Option<usize>,
    /// The guards that were decided on since then.
    decided: [bool; GuardKind::ALL.len()],
}

fn index(kind: GuardKind) -> usize {
    match kind {
        GuardKind::Timeout => 0,
        GuardKind::Retry => 1,
        GuardKind::Breaker => 2,
        GuardKind::Bulkhead => 3,
        GuardKind::Fallback => 4,
    }
}

impl ClientState {
    /// A client that was just made: no guard but the given ones.
    pub(super) fn fresh(defaults: Vec<GuardLayer>, evidence: Evidence) -> Self {
        let mut state = Self {
            answers: [Answer::No; GuardKind::ALL.len()],
            ..Self::default()
        };
        // Where a client is made is where its timeout is missing; a breaker belongs elsewhere.
        if defaults
            .iter()
            .all(|layer| layer.kind != GuardKind::Timeout)
        {
            state.evidence.push((GuardKind::Timeout, evidence));
        }
        for layer in defaults {
            state.set(layer);
        }
        state
    }

    pub(super) fn answer(&self, kind: GuardKind) -> Answer {
        self.answers[index(kind)]
    }

    /// The client itself has a guard now, and none of its kind that it had before.
    pub(super) fn set(&mut self, layer: GuardLayer) {
        self.decide(&layer);
        if let Some(known) = self.layers[..self.own]
            .iter_mut()
            .find(|known| known.kind == layer.kind)
        {
            *known = layer;
        } else {
            self.layers.insert(self.own, layer);
            self.own += 1;
        }
    }

    /// The client as it is for a request on which guards of its own are set, or may have been.
    pub(super) fn with_request(&self, request: &Self) -> Self {
        let mut state = self.clone();
        // Of a request that a client has made, all is known.
        if request.layers.is_empty() && !request.answers.contains(&Answer::No) {
            state.doubt();
        }
        if request.method.is_some() {
            state.method.clone_from(&request.method);
            state.target.clone_from(&request.target);
            state.of_data = request.of_data;
            state.key = request.key;
            state.key_evidence.clone_from(&request.key_evidence);
            state.asks |= request.asks;
        }
        request
            .layers
            .iter()
            .for_each(|layer| state.set(layer.clone()));
        state
    }

    /// The client is made without a guard that it would have of itself.
    pub(super) fn lift(&mut self, kind: GuardKind, evidence: Evidence) {
        let own = self.layers[..self.own].iter();
        self.own -= own.filter(|layer| layer.kind == kind).count();
        self.layers.retain(|layer| layer.kind != kind);
        self.answers[index(kind)] = Answer::No;
        self.decided[index(kind)] = true;
        self.evidence.retain(|(known, _)| *known != kind);
        self.evidence.push((kind, evidence));
    }

    /// A guard is put around the client. What was put around it first stays outermost.
    pub(super) fn put_around(&mut self, layer: GuardLayer) {
        self.decide(&layer);
        self.layers.insert(self.own, layer);
    }

    /// A guard is put around the client with all that is around it.
    pub(super) fn put_outside(&mut self, layer: GuardLayer) {
        self.decide(&layer);
        self.layers.push(layer);
    }

    /// A parameter of the function that hands it out is this text.
    pub(super) fn say(&mut self, parameter: &str, text: Option<&str>) {
        for part in [&mut self.method, &mut self.target] {
            let open = format!("{{{parameter}}}");
            if part.as_ref().is_some_and(|known| known.contains(&open)) {
                *part = match (part.take(), text) {
                    (Some(known), Some(text)) => Some(known.replace(&open, text)),
                    (known, _) => known,
                };
            }
        }
    }

    fn decide(&mut self, layer: &GuardLayer) {
        self.decided[index(layer.kind)] = true;
        self.answers[index(layer.kind)] = Answer::Yes;
        self.evidence.retain(|(known, _)| *known != layer.kind);
        self.evidence.push((layer.kind, layer.evidence.clone()));
    }

    /// The request names an idempotency key, or headers that may be one.
    pub(super) fn keyed(&mut self, answer: Answer, evidence: Evidence) {
        if self.key != Answer::Yes {
            self.key = answer;
            self.key_evidence = vec![evidence];
        }
    }

    /// A part of what a guard is for is there: whether that is enough, nobody knows here.
    pub(super) fn partly(&mut self, kind: GuardKind, evidence: Evidence) {
        let answer = &mut self.answers[index(kind)];
        if *answer != Answer::Yes {
            *answer = Answer::Unknown;
            self.evidence.retain(|(known, _)| *known != kind);
            self.evidence.push((kind, evidence));
            self.decided[index(kind)] = true;
        }
    }

    /// Something unknown was put around the client: what it lacked, it may have now.
    pub(super) fn doubt(&mut self) {
        for answer in &mut self.answers {
            if *answer == Answer::No {
                *answer = Answer::Unknown;
            }
        }
        self.decided = [true; GuardKind::ALL.len()];
    }

    /// The state of something that comes into a function.
    pub(super) fn passed_in(&self, parameter: usize) -> Self {
        Self {
            origin: Some(parameter),
            decided: Default::default(),
            ..self.clone()
        }
    }

    /// What a function hands out that came in by a parameter, for what was given there: what the
    /// function decided on stays, the rest is as it was given.
    pub(super) fn given(&self, argument: Option<&Self>) -> Self {
        let mut state = Self {
            origin: None,
            decided: Default::default(),
            ..self.clone()
        };
        let (Some(argument), Some(_)) = (argument, self.origin) else {
            return state;
        };
        state.method = state.method.or_else(|| argument.method.clone());
        state.of_data = state.of_data || state.target.is_none() && argument.of_data;
        state.target = state.target.or_else(|| argument.target.clone());
        state.layers.clear();
        state.own = 0;
        for kind in GuardKind::ALL {
            let from = if self.decided[index(kind)] {
                self
            } else {
                argument
            };
            state.answers[index(kind)] = from.answer(kind);
            state.evidence.retain(|(known, _)| *known != kind);
            let evidence = from.evidence.iter().filter(|(known, _)| *known == kind);
            state.evidence.extend(evidence.cloned());
            let (own, around) = from.layers.split_at(from.own);
            for layer in own.iter().filter(|layer| layer.kind == kind) {
                state.layers.insert(state.own, layer.clone());
                state.own += 1;
            }
            let around = around.iter().filter(|layer| layer.kind == kind);
            state.layers.extend(around.cloned());
        }
        state
    }

    /// The one or the other, by a condition: where they differ, nobody knows.
    pub(super) fn either(&self, other: &Self) -> Self {
        let mut either = self.meet(other);
        for kind in GuardKind::ALL {
            if self.answer(kind) != other.answer(kind) {
                either.answers[index(kind)] = Answer::Unknown;
                either.evidence.retain(|(known, _)| *known != kind);
                either.layers.retain(|layer| layer.kind != kind);
                either.own = either.own.min(either.layers.len());
            }
        }
        either
    }

    /// What holds for both: a guard only where both have it.
    pub(crate) fn meet(&self, other: &Self) -> Self {
        let mut met = Self::default();
        for kind in GuardKind::ALL {
            let (a, b) = (self.answer(kind), other.answer(kind));
            let answer = match (a, b) {
                (Answer::No, _) | (_, Answer::No) => Answer::No,
                (Answer::Yes, Answer::Yes) => Answer::Yes,
                _ => Answer::Unknown,
            };
            met.answers[index(kind)] = answer;
            for (side, evidence) in [(a, &self.evidence), (b, &other.evidence)] {
                let relevant = evidence
                    .iter()
                    .filter(|(known, _)| *known == kind && side == answer);
                for entry in relevant {
                    if !met.evidence.contains(entry) {
                        met.evidence.push(entry.clone());
                    }
                }
            }
        }
        let held = |layer: &&GuardLayer| met.answer(layer.kind) == Answer::Yes;
        let layers = self.layers.iter().filter(held).map(|layer| {
            let mut other = other.layers.iter();
            let mut layer = layer.clone();
            if let Some(other) = other.find(|other| other.kind == layer.kind) {
                layer.settings = layer.settings.meet(&other.settings);
            }
            layer
        });
        met.layers = layers.collect();
        met.own = self.own.min(met.layers.len());
        met.settings = self.settings.meet(&other.settings);
        met.origin = self.origin.filter(|origin| other.origin == Some(*origin));
        for kind in 0..GuardKind::ALL.len() {
            met.decided[kind] = self.decided[kind] || other.decided[kind];
        }
        met.made_in = self.made_in.filter(|made| other.made_in == Some(*made));
        met.asks = self.asks && other.asks;
        if self.key == other.key {
            met.key = self.key;
            met.key_evidence.clone_from(&self.key_evidence);
        } else {
            met.key = Answer::Unknown;
            let both = self.key_evidence.iter().chain(&other.key_evidence);
            met.key_evidence = both.cloned().collect();
        }
        met.method = self
            .method
            .clone()
            .filter(|method| other.method.as_ref() == Some(method));
        met.of_data = self.of_data && other.of_data;
        met.target = self
            .target
            .clone()
            .filter(|target| other.target.as_ref() == Some(target));
        met
    }
}
