//! Outbound calls.

use super::{Evidence, Guard, GuardLayer, Guards};
use crate::source::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What leaves the process.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
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
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Http,
        Self::Grpc,
        Self::Smtp,
        Self::CloudSdk,
        Self::BrokerPublish,
        Self::BrokerConsume,
        Self::Cache,
        Self::Db,
    ];

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

/// A function from which a call is reached and which nothing in the system calls.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EntryPoint {
    /// Its name.
    pub function: String,
    /// Where its name stands.
    pub span: Span,
}

/// What makes a call beside the services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Aside {
    /// A program that does one thing and ends: whoever started it waits for it.
    Command,
    /// Code that shows how something is used, or tests it.
    Example,
    /// It only asks whether somebody is there: a breaker would answer for them.
    Probe,
    /// Nobody runs it: the name of the function stands nowhere else.
    Unused,
}

/// The expression that does the I/O.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
    /// The guards around it in its own function and in its client, from the inside out.
    pub layers: Vec<GuardLayer>,
    /// Whether the request names an idempotency key, and where.
    pub key: Guard,
    /// What it sends asks a question or for a token, and changes nothing.
    #[serde(skip)]
    pub asks: bool,
    /// It is made for every item of a collection at once: where.
    pub fan_out: Option<Evidence>,
    /// The whole address comes out of a record: each of many goes to a host of its own.
    #[serde(skip)]
    pub of_data: bool,
    /// It is made in a task that its function begins and leaves to itself.
    pub detached: bool,
    /// Why it is a call.
    pub evidence: Vec<Evidence>,
    /// From where it is reached.
    pub entry_points: Vec<EntryPoint>,
    /// The target is this machine: a sidecar, or a test.
    pub local: bool,
    /// What is asked for is a connection that lasts (RFC 6455 section 3).
    pub socket: bool,
    /// Something that runs reaches it: a program, a handler, a trait's method. What only the
    /// functions of a library reach is for whoever uses the library. Where the system has no
    /// program at all, everything counts.
    pub reached: bool,
    /// Somebody may wait for it: a handler leads to it, or code that is called unseen. What only `main` and work in
    /// the background lead to holds up nobody. Where the system has no program at all, everything counts.
    pub waited: bool,
    /// It is made beside the services.
    pub aside: Option<Aside>,
    /// Who owns the file, by the CODEOWNERS file.
    pub owners: Vec<String>,
}

/// A method that may be I/O, called on something whose type could not be found. No verdict rests on
/// it: unknown is not yes, and not no.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

/// Work that a handler or consumer puts into a queue in memory that has no bound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnboundedBuffer {
    /// The package or service it belongs to.
    pub service: String,
    /// The function that puts it there, by its index in the call graph.
    pub function: usize,
    /// The call that does.
    pub span: Span,
    /// The type of what is queued.
    pub item: String,
    /// Where such queues are made.
    pub made: Vec<Evidence>,
    /// A handler or consumer reaches it: nothing slows its source down.
    pub fed_from_outside: bool,
}

/// A URL up to a path that is not known and that follows its host at once: `https://api.example.com{path}`.
pub(crate) fn before_path(url: &str) -> &str {
    let Some((before, behind)) = url.split_once('{') else {
        return url;
    };
    let host = before.split_once("://").map_or("", |(_, host)| host);
    let whole = host.contains('.') && host.ends_with(|c: char| c.is_ascii_alphanumeric());
    let rest = behind.split_once('}').map_or("", |(_, rest)| rest);
    match whole && !host.contains('/') && (rest.is_empty() || rest.starts_with(['/', '?'])) {
        true => before,
        false => url,
    }
}
