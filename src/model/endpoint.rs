//! Endpoints: what the contract says of an operation, its handler, and its label.

use super::{Confidence, Evidence};
use crate::source::Span;
use serde::Serialize;

/// May an identical request be sent twice and leave the same intended state as once?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Label {
    /// Yes (RFC 9110 section 9.2.2).
    Idempotent,
    /// No: one valid request breaks it.
    NotIdempotent,
    /// The effects could not be followed.
    Unknown,
}

impl Label {
    /// The name used in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Idempotent => "idempotent",
            Self::NotIdempotent => "not-idempotent",
            Self::Unknown => "unknown",
        }
    }
}

/// What the label rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    /// The method is idempotent (RFC 9110 section 9.2.2), and nothing contradicts it.
    Method,
    /// An idempotency key is required.
    Key,
    /// A key makes it idempotent when the client sends one.
    OptionalKey,
    /// A conditional header is required (RFC 9110 section 13).
    Precondition,
    /// The effects are repeatable.
    Effects,
    /// The contract declares it.
    Declared,
    /// Nothing makes it idempotent.
    None,
}

impl Via {
    /// The name used in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::Key => "key",
            Self::OptionalKey => "optional-key",
            Self::Precondition => "precondition",
            Self::Effects => "effects",
            Self::Declared => "declared",
            Self::None => "none",
        }
    }
}

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Basis {
    /// The contract alone.
    #[serde(rename = "contract")]
    Contract,
}

/// A method on a path.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The service that offers it: the contract's title, or the component it was joined with.
    pub service: String,
    /// The method, in capitals.
    pub method: String,
    /// The path, the server's base path included.
    pub path: String,
    /// What the contract says, where it has the operation.
    pub operation: Option<Operation>,
    /// The function that answers, where it was found.
    pub handler: Option<Handler>,
    /// What it changes, where it was followed.
    pub effects: Vec<Effect>,
    /// The verdict.
    pub label: Label,
    /// What the verdict rests on.
    pub via: Via,
    /// What was looked at.
    pub basis: Basis,
    /// How sure the verdict is.
    pub confidence: Confidence,
    /// Why.
    pub evidence: Vec<Evidence>,
    /// What to do about it; empty where nothing is to be done.
    pub plan: String,
}

impl Endpoint {
    /// Whether the method may write (every method that RFC 9110 section 9.2.1 does not call safe).
    #[must_use]
    pub fn is_write(&self) -> bool {
        !is_safe(&self.method)
    }
}

/// The safe methods of RFC 9110 section 9.2.1, and QUERY (RFC 10008).
#[must_use]
pub fn is_safe(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE" | "QUERY")
}

/// An operation of a contract, as far as the label needs it.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The method's key.
    pub span: Span,
    /// Its `operationId`.
    pub id: Option<String>,
    /// Its one-line summary.
    pub summary: Option<String>,
    /// Marked as deprecated.
    pub deprecated: bool,
    /// Idempotency keys and preconditions among its parameters and body members.
    pub keys: Vec<Key>,
    /// Media types of the request body.
    pub media_types: Vec<String>,
    /// Status codes it may answer with, with their spans.
    pub responses: Vec<(String, Span)>,
    /// `x-` extensions with boolean true or another value.
    pub extensions: Vec<(String, Span)>,
}

/// Whether a key must be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyRequirement {
    /// Always.
    Required,
    /// If the client likes.
    Optional,
}

/// A parameter or body member that may carry a key.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its name as written.
    pub name: String,
    /// A header; otherwise a body member or query parameter.
    pub header: bool,
    /// Whether it must be sent.
    pub requirement: KeyRequirement,
    /// Where it is declared.
    pub span: Span,
}

/// The function behind an endpoint.
#[derive(Clone, Debug)]
pub struct Handler {
    /// Its name.
    pub function: String,
    /// Where its name stands.
    pub span: Span,
}

/// Something a handler changes.
#[derive(Clone, Debug)]
pub struct Effect {
    /// What is done: `insert`, `publish`, `mail` and so on.
    pub kind: String,
    /// To what.
    pub target: String,
    /// Where.
    pub span: Span,
}
