//! What is known of a value: its type, the client behind it, its text, and the I/O it stands for.

use crate::link::types::Type;
use crate::model::GuardKind;
use crate::model::{Answer, Evidence};
use std::rc::Rc;

/// A value in a function body.
#[derive(Clone, Debug, Default)]
pub(super) struct Value {
    pub(super) ty: Type,
    /// The client, builder or request it is or holds.
    pub(super) client: Option<Rc<ClientState>>,
    /// The text it is, as far as known; `{name}` for a part that is not.
    pub(super) text: Option<Rc<str>>,
    /// The I/O that runs when this future is awaited or this closure is called.
    pub(super) pending: Pending,
}

impl Value {
    pub(super) fn of(ty: Type) -> Self {
        Self {
            ty,
            ..Self::default()
        }
    }

    pub(super) fn text(text: impl Into<Rc<str>>) -> Self {
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

/// Calls and call-graph edges by their index in the output.
#[derive(Clone, Debug, Default)]
pub(super) struct Pending {
    pub(super) calls: Vec<usize>,
    pub(super) edges: Vec<usize>,
    /// Parameters of the function that is read: what was passed in and has not run yet.
    pub(super) parameters: Vec<usize>,
    /// Runs of parameters that are part of this, by their number among those of the function.
    pub(super) runs: Vec<usize>,
}

impl Pending {
    pub(super) fn add(&mut self, other: &Self) {
        self.calls.extend_from_slice(&other.calls);
        self.edges.extend_from_slice(&other.edges);
        self.parameters.extend_from_slice(&other.parameters);
        self.runs.extend_from_slice(&other.runs);
    }
}

/// What has been set on a client, its builder, or a request made with it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ClientState {
    answers: [Answer; 3],
    pub(super) evidence: Vec<(GuardKind, Evidence)>,
    pub(super) method: Option<String>,
    pub(super) target: Option<String>,
}

fn index(kind: GuardKind) -> usize {
    match kind {
        GuardKind::Timeout => 0,
        GuardKind::Retry => 1,
        GuardKind::Breaker => 2,
    }
}

impl ClientState {
    /// A client that was just made: no guard but the given ones.
    pub(super) fn fresh(defaults: &[GuardKind], evidence: Evidence) -> Self {
        let mut state = Self {
            answers: [Answer::No; 3],
            ..Self::default()
        };
        for kind in defaults {
            state.answers[index(*kind)] = Answer::Yes;
            state.evidence.push((*kind, evidence.clone()));
        }
        // Where a client is made is where its timeout is missing; a breaker belongs elsewhere.
        if !defaults.contains(&GuardKind::Timeout) {
            state.evidence.push((GuardKind::Timeout, evidence));
        }
        state
    }

    pub(super) fn answer(&self, kind: GuardKind) -> Answer {
        self.answers[index(kind)]
    }

    pub(super) fn set(&mut self, kind: GuardKind, evidence: Evidence) {
        self.answers[index(kind)] = Answer::Yes;
        self.evidence.retain(|(known, _)| *known != kind);
        self.evidence.push((kind, evidence));
    }

    /// Something unknown was put around the client: what it lacked, it may have now.
    pub(super) fn doubt(&mut self) {
        for answer in &mut self.answers {
            if *answer == Answer::No {
                *answer = Answer::Unknown;
            }
        }
    }

    /// The one or the other, by a condition: where they differ, nobody knows.
    pub(super) fn either(&self, other: &Self) -> Self {
        let mut either = self.meet(other);
        for kind in GuardKind::ALL {
            if self.answer(kind) != other.answer(kind) {
                either.answers[index(kind)] = Answer::Unknown;
                either.evidence.retain(|(known, _)| *known != kind);
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
        met.method = self
            .method
            .clone()
            .filter(|method| other.method.as_ref() == Some(method));
        met.target = self
            .target
            .clone()
            .filter(|target| other.target.as_ref() == Some(target));
        met
    }
}
