//! Outbound calls and what protects them.

use super::{Answer, Evidence};
use crate::source::Span;
use serde::{Deserialize, Serialize};

/// What leaves the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallKind {
    /// An HTTP request.
    Http,
    /// A gRPC request.
    Grpc,
    /// Mail through SMTP.
    Smtp,
    /// A request of a cloud provider's SDK.
    CloudSdk,
    /// A message sent to a broker.
    BrokerPublish,
    /// Messages taken from a broker.
    BrokerConsume,
    /// A command to a cache.
    Cache,
    /// A statement to a database.
    Db,
}

impl CallKind {
    /// The name used in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Grpc => "grpc",
            Self::Smtp => "smtp",
            Self::CloudSdk => "cloud-sdk",
            Self::BrokerPublish => "broker-publish",
            Self::BrokerConsume => "broker-consume",
            Self::Cache => "cache",
            Self::Db => "db",
        }
    }

    /// Whether it is a request that waits for an answer from another service, which can be slow or
    /// down on its own.
    #[must_use]
    pub fn is_request(self) -> bool {
        matches!(self, Self::Http | Self::Grpc | Self::Smtp | Self::CloudSdk)
    }
}

/// What protects a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuardKind {
    /// A limit on the whole request.
    Timeout,
    /// The call is repeated when it fails.
    Retry,
    /// A circuit breaker.
    Breaker,
}

impl GuardKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Timeout, Self::Retry, Self::Breaker];
}

/// Whether something protects a call, and why that is said.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    /// Whether it is there on every path.
    pub answer: Answer,
    /// What was seen.
    pub evidence: Vec<Evidence>,
}

/// The guards of a call.
#[derive(Clone, Debug, Default)]
pub struct Guards {
    /// A limit on the whole request.
    pub timeout: Guard,
    /// The call is repeated when it fails.
    pub retry: Guard,
    /// A circuit breaker.
    pub breaker: Guard,
}

impl Guards {
    /// The guard of a kind.
    #[must_use]
    pub fn get(&self, kind: GuardKind) -> &Guard {
        match kind {
            GuardKind::Timeout => &self.timeout,
            GuardKind::Retry => &self.retry,
            GuardKind::Breaker => &self.breaker,
        }
    }

    /// The guard of a kind, to be filled in.
    pub fn get_mut(&mut self, kind: GuardKind) -> &mut Guard {
        match kind {
            GuardKind::Timeout => &mut self.timeout,
            GuardKind::Retry => &mut self.retry,
            GuardKind::Breaker => &mut self.breaker,
        }
    }
}

/// A function from which a call is reached and which nothing in the system calls.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryPoint {
    /// Its name.
    pub function: String,
    /// Where its name stands.
    pub span: Span,
}

/// The expression that does the I/O.
#[derive(Clone, Debug)]
pub struct OutboundCall {
    /// The package or service it belongs to.
    pub service: String,
    /// The call, receiver chain included.
    pub span: Span,
    /// The name of the method or function that does the I/O.
    pub name_span: Span,
    /// The function around it, by its index in the call graph.
    pub function: usize,
    /// What leaves the process.
    pub kind: CallKind,
    /// The crate that does it.
    pub krate: String,
    /// The HTTP method, where seen.
    pub method: Option<String>,
    /// URL, topic, queue or operation, as far as seen.
    pub target: Option<String>,
    /// What protects it.
    pub guards: Guards,
    /// Why it is a call.
    pub evidence: Vec<Evidence>,
    /// From where it is reached.
    pub entry_points: Vec<EntryPoint>,
    /// The target is this machine: a sidecar, or a test.
    pub local: bool,
    /// Something that runs reaches it: a program, a handler, a trait's method. What only the
    /// functions of a library reach is for whoever uses the library. Where the system has no
    /// program at all, everything counts.
    pub reached: bool,
    /// Who owns the file, by the CODEOWNERS file.
    pub owners: Vec<String>,
}

/// A method that may be I/O, called on something whose type could not be found. No verdict rests on
/// it: unknown is not yes, and not no.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnknownCall {
    /// The package or service it belongs to.
    pub service: String,
    /// The method's name.
    pub name_span: Span,
    /// The method.
    pub method: String,
    /// The function around it, by its index in the call graph.
    pub function: usize,
    /// The crates it would be I/O of, among those that the package depends on.
    pub crates: Vec<String>,
}
