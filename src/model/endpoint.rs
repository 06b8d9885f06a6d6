//! Endpoints: what the contract says of an operation, its handler, and its label.

use super::method::is_safe;
use super::plan::Plan;
use super::{CatalogLine, Confidence, Evidence, stable_id};
use crate::read::openapi::{ContractOperation, Extension, Outgoing, Remark};
use crate::source::Span;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// May an identical request be sent twice and leave the same intended state as once?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
    /// A value that the client sends is unique: the repeat changes nothing.
    NaturalKey,
    /// Insert or update under a key that the client sends.
    Upsert,
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
            Self::NaturalKey => "natural-key",
            Self::Upsert => "upsert",
            Self::Declared => "declared",
            Self::None => "none",
        }
    }
}

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Basis {
    /// The contract alone.
    #[serde(rename = "contract")]
    Contract,
    /// The code alone.
    #[serde(rename = "code")]
    Code,
    /// The contract, and the code that answers.
    #[serde(rename = "contract+code")]
    ContractAndCode,
}

impl Basis {
    /// The name used in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Contract => "contract",
            Self::Code => "code",
            Self::ContractAndCode => "contract+code",
        }
    }
}

/// A method on a path.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Endpoint {
    /// The service that offers it: the contract's title, or the component it was joined with.
    pub service: String,
    /// The method, in capitals.
    pub method: String,
    /// The path, the server's base path included.
    pub path: String,
    /// What the contract says, where it has the operation.
    pub operation: Option<Operation>,
    /// It belongs into a contract: it is no probe, no page and nothing internal.
    pub listed: bool,
    /// Where the code registers it, where it does.
    pub route: Option<Span>,
    /// The function that answers, where it was found.
    pub handler: Option<Handler>,
    /// What it changes, where it was followed.
    pub effects: Vec<Effect>,
    /// Those of them that add up when the request is repeated.
    pub adds_up: Vec<Effect>,
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
    /// What to do about it, where something is to be done.
    pub plan: Option<Plan>,
    /// Why a second execution would cost somebody money or goods.
    pub critical: Option<Evidence>,
    /// What says that it writes, though its method is safe.
    pub writes_though_safe: Option<Evidence>,
    /// A protocol sends browsers here, and leaves no choice of the method: `/oidc/callback`.
    pub landing: bool,
    /// Where the user says that a gateway before its service answers repeated idempotency keys.
    pub keys_at_gateway: Option<CatalogLine>,
    /// The contract marks it as no longer to be used.
    pub deprecated: bool,
    /// Who owns it, by the CODEOWNERS file.
    pub owners: Vec<String>,
}

impl Endpoint {
    /// A name that stays the same while service, method and path stay: checklists are merged by
    /// it.
    #[must_use]
    pub fn id(&self) -> String {
        stable_id(&[&self.service, &self.method, &self.path])
    }

    /// Method and path.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether the method may write (every method that is not registered as safe).
    #[must_use]
    pub fn is_write(&self) -> bool {
        !is_safe(&self.method)
    }
}

/// An operation of a contract.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Operation {
    /// What the contract says.
    pub written: Arc<ContractOperation>,
    /// The contract, as an index into [`System::contracts`](super::System::contracts).
    pub contract: usize,
    /// The extension, of the operation or the whole document, by which generated clients repeat it
    /// by themselves.
    pub retried_by: Option<Extension>,
    /// Idempotency keys and preconditions among its parameters and body members.
    pub keys: Vec<Key>,
}

impl std::ops::Deref for Operation {
    type Target = ContractOperation;

    fn deref(&self) -> &ContractOperation {
        &self.written
    }
}

/// A contract, as far as the whole of it matters.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ContractInfo {
    /// The service that it describes.
    pub service: String,
    /// The version of the API, `info.version`.
    pub api_version: Option<String>,
    /// Whether it is Swagger 2.0, which writes parameters in another way.
    pub swagger2: bool,
    /// The sentence of its description that speaks of idempotency.
    pub remark: Option<Remark>,
    /// Where the document starts.
    pub span: Span,
    /// The cargo package that serves it, where it was found.
    pub served_by: Option<String>,
    /// What stands between its paths and those of that package.
    pub prefix: Option<Prefix>,
}

/// A request that a service sends and others answer: a webhook or a callback.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OutgoingRequest {
    /// The service that sends it.
    pub service: String,
    /// What makes it be sent.
    pub kind: Outgoing,
    /// The name of the webhook or callback.
    pub name: String,
    /// The request.
    pub written: Arc<ContractOperation>,
    /// The header or body member by which the receiver tells a repeat, where the contract has one.
    pub delivery_id: Option<(String, Span)>,
}

/// Whether a key must be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum KeyRequirement {
    /// Always.
    Required,
    /// If the client likes.
    Optional,
}

/// A parameter or body member that may carry a key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Key {
    /// Its name as written.
    pub name: String,
    /// A header; otherwise a body member or query parameter.
    pub header: bool,
    /// Whether it must be sent.
    pub requirement: KeyRequirement,
    /// Where it is declared.
    pub span: Span,
    /// The catalogue's entry; none for a name that only its description makes a key.
    pub known: Option<CatalogLine>,
    /// A conditional header (RFC 9110 section 13).
    pub precondition: bool,
    /// The status codes that belong to the key, where whoever defines it names them.
    pub answers: Vec<u16>,
}

/// The function behind an endpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Handler {
    /// Its name.
    pub function: String,
    /// Where its name stands.
    pub span: Span,
    /// Its code.
    pub code: HandlerCode,
    /// The functions of the middleware around it, by their index in the call graph.
    pub layers: Vec<usize>,
    /// Middleware of other crates around it, by the paths of their types.
    pub foreign_layers: Vec<String>,
    /// It hands its connection to another protocol: a WebSocket begins with a GET (RFC 6455 section 4.1).
    pub upgrades: bool,
}

/// The code of a handler.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HandlerCode {
    /// Functions, by their index in the call graph; several where a trait has several
    /// implementations.
    Functions(Vec<usize>),
    /// A closure in a function.
    Closure(usize, Span),
}

impl HandlerCode {
    /// The functions, or the one that the closure stands in.
    #[must_use]
    pub fn functions(&self) -> &[usize] {
        match self {
            Self::Functions(functions) => functions,
            Self::Closure(function, _) => std::slice::from_ref(function),
        }
    }
}

/// What stands between the paths of a contract and those of the code that serves it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Prefix {
    /// What the contract has in front and the code has not: a gateway takes it away.
    pub removed: String,
    /// What the code has in front and the contract has not.
    pub added: String,
}

impl Prefix {
    /// What makes one path the other, where one ends with the other.
    #[must_use]
    pub fn between(contract: &str, code: &str) -> Option<Self> {
        if contract.is_empty() || code.is_empty() {
            return (contract == code).then(Self::default);
        }
        let whole_segment = |prefix: &str| prefix.is_empty() || prefix.starts_with('/');
        if let Some(removed) = contract.strip_suffix(code.trim_end_matches('/')) {
            return whole_segment(removed).then(|| Self {
                removed: removed.to_owned(),
                added: String::new(),
            });
        }
        let added = code.strip_suffix(contract.trim_end_matches('/'))?;
        whole_segment(added).then(|| Self {
            removed: String::new(),
            added: added.to_owned(),
        })
    }

    /// The unnamed path of the code for a path of the contract.
    #[must_use]
    pub fn apply(&self, path: &str) -> String {
        let path = unnamed_path(path);
        let rest = path.strip_prefix(&self.removed).unwrap_or(&path);
        format!("{}{rest}", self.added)
    }
}

/// A path whose parameters have no names.
#[must_use]
pub fn unnamed_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut inside = false;
    for c in path.trim_end_matches('/').chars() {
        match c {
            '{' => {
                inside = true;
                out.push_str("{}");
            }
            '}' => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

/// Something a handler changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Effect {
    /// What is done: `insert`, `publish`, `mail` and so on.
    pub kind: String,
    /// To what.
    pub target: String,
    /// Where.
    pub span: Span,
}
