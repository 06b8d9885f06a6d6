//! What protects a call: kinds, layers in their order, how they are set, and what can be wrong with
//! them.

use super::{Answer, CallKind, Confidence, Evidence};
use crate::source::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What protects a call.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum GuardKind {
    /// A limit on the whole request.
    Timeout,
    /// The call is repeated when it fails.
    Retry,
    /// A circuit breaker.
    Breaker,
    /// A limit on how many calls run at the same time.
    Bulkhead,
    /// Something else is answered when the call fails.
    Fallback,
}

impl GuardKind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Timeout,
        Self::Retry,
        Self::Breaker,
        Self::Bulkhead,
        Self::Fallback,
    ];

    /// The name used in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Retry => "retry",
            Self::Breaker => "breaker",
            Self::Bulkhead => "bulkhead",
            Self::Fallback => "fallback",
        }
    }
}

/// Which kinds of calls must have which guard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardDemands {
    /// Those that must have a circuit breaker.
    pub breaker: Vec<CallKind>,
    /// Those that must have a timeout.
    pub timeout: Vec<CallKind>,
}

impl Default for GuardDemands {
    /// Requests to other services need both; a store, a cache and a broker that is published to need
    /// a timeout. Whoever takes messages waits for them.
    fn default() -> Self {
        let requests = |kind: &CallKind| kind.is_request();
        let waits = |kind: &CallKind| *kind != CallKind::BrokerConsume;
        Self {
            breaker: CallKind::ALL.into_iter().filter(requests).collect(),
            timeout: CallKind::ALL.into_iter().filter(waits).collect(),
        }
    }
}

impl GuardDemands {
    /// Whether calls of a kind must have a guard.
    #[must_use]
    pub fn demand(&self, guard: GuardKind, kind: CallKind) -> bool {
        match guard {
            GuardKind::Breaker => self.breaker.contains(&kind),
            GuardKind::Timeout => self.timeout.contains(&kind),
            GuardKind::Retry | GuardKind::Bulkhead | GuardKind::Fallback => false,
        }
    }
}

/// How often a call is made at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Attempts {
    /// So often, the first time included.
    AtMost(u32),
    /// Until it succeeds.
    Unlimited,
}

/// How a guard is set, as far as seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GuardSettings {
    /// A timeout's length in milliseconds.
    pub limit_ms: Option<u64>,
    /// How often a retry calls.
    pub attempts: Option<Attempts>,
    /// A retry waits between two attempts.
    pub pauses: Option<bool>,
    /// A retry repeats only what cannot have been done: refused connections, say.
    pub only_unapplied: bool,
    /// A retry looks at the error before it calls again.
    pub selective: bool,
    /// The guard is made anew for each call, so that it remembers nothing of the call before.
    pub made_per_call: bool,
    /// A loop of the system and no library.
    pub by_hand: bool,
}

impl GuardSettings {
    /// What is the same in both.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        Self {
            limit_ms: self.limit_ms.filter(|_| self.limit_ms == other.limit_ms),
            attempts: self.attempts.filter(|_| self.attempts == other.attempts),
            pauses: self.pauses.filter(|_| self.pauses == other.pauses),
            only_unapplied: self.only_unapplied && other.only_unapplied,
            selective: self.selective || other.selective,
            made_per_call: self.made_per_call && other.made_per_call,
            by_hand: self.by_hand && other.by_hand,
        }
    }
}

/// One guard around a call. Layers are listed from the innermost, next to the call, outwards.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GuardLayer {
    /// What it does.
    pub kind: GuardKind,
    /// What was seen.
    pub evidence: Evidence,
    /// How it is set.
    pub settings: GuardSettings,
}

impl GuardLayer {
    /// A guard of which nothing more is known.
    #[must_use]
    pub fn new(kind: GuardKind, evidence: Evidence) -> Self {
        Self {
            kind,
            evidence,
            settings: GuardSettings::default(),
        }
    }

    /// Whether it is the same guard: of one kind at one place.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.kind == other.kind && self.evidence == other.evidence
    }
}

/// Whether something protects a call, and why that is said.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Guard {
    /// Whether it is there on every path.
    pub answer: Answer,
    /// What was seen.
    pub evidence: Vec<Evidence>,
}

/// The guards of a call.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Guards {
    /// A limit on the whole request.
    pub timeout: Guard,
    /// The call is repeated when it fails.
    pub retry: Guard,
    /// A circuit breaker.
    pub breaker: Guard,
    /// A limit on how many calls run at the same time.
    pub bulkhead: Guard,
    /// Something else is answered when the call fails.
    pub fallback: Guard,
}

impl Guards {
    /// The guard of a kind.
    #[must_use]
    pub fn get(&self, kind: GuardKind) -> &Guard {
        match kind {
            GuardKind::Timeout => &self.timeout,
            GuardKind::Retry => &self.retry,
            GuardKind::Breaker => &self.breaker,
            GuardKind::Bulkhead => &self.bulkhead,
            GuardKind::Fallback => &self.fallback,
        }
    }

    /// The guard of a kind, to be filled in.
    pub fn get_mut(&mut self, kind: GuardKind) -> &mut Guard {
        match kind {
            GuardKind::Timeout => &mut self.timeout,
            GuardKind::Retry => &mut self.retry,
            GuardKind::Breaker => &mut self.breaker,
            GuardKind::Bulkhead => &mut self.bulkhead,
            GuardKind::Fallback => &mut self.fallback,
        }
    }
}

/// Guards that do not do what they are there for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardFault {
    /// What is wrong.
    pub kind: GuardFaultKind,
    /// The call they are around, by its index among those of the system.
    pub call: usize,
    /// Where it is to be mended.
    pub span: Span,
    /// What it rests on, from the inside out.
    pub evidence: Vec<Evidence>,
    /// How sure it is.
    pub confidence: Confidence,
}

/// What can be wrong with the guards of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum GuardFaultKind {
    /// A write that carries no idempotency key is sent again.
    RetriedWrite,
    /// A retry has no end: neither a number of attempts nor, where written by hand, a pause.
    EndlessRetry,
    /// Retries around retries: so many attempts come of one.
    Amplified {
        /// The product.
        attempts: u32,
    },
    /// A timeout ends what is inside it before that has made all its attempts.
    Outlasted {
        /// How long what is inside may take, in milliseconds.
        worst_ms: u64,
        /// The timeout, in milliseconds.
        limit_ms: u64,
    },
    /// A breaker is made anew for each call and never opens.
    BreakerPerCall,
    /// A retry outside a breaker repeats the breaker's own refusals.
    BreakerRetried,
    /// It is made for every item of a collection at once, however many there are.
    FannedOut,
}

/// Milliseconds for people.
#[must_use]
pub fn duration_in_words(milliseconds: u64) -> String {
    match milliseconds {
        0..1000 => format!("{milliseconds} ms"),
        _ if milliseconds.is_multiple_of(60_000) => format!("{} min", milliseconds / 60_000),
        _ if milliseconds.is_multiple_of(1000) => format!("{} s", milliseconds / 1000),
        _ => {
            let (seconds, tenths) = (milliseconds / 1000, milliseconds % 1000 / 100);
            format!("{seconds}.{tenths} s")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        assert_eq!(duration_in_words(250), "250 ms");
        assert_eq!(duration_in_words(2_000), "2 s");
        assert_eq!(duration_in_words(2_500), "2.5 s");
        assert_eq!(duration_in_words(120_000), "2 min");
    }
}
