//! `rules/catalog/idempotency.yaml`: names that carry an idempotency key or a precondition.

use super::Entry;
use schemars::JsonSchema;
use serde::Deserialize;

/// Where a key is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeyPlace {
    /// A request header; names are compared without case.
    Header,
    /// A member of the request body or a query parameter.
    Field,
    /// A conditional request header (RFC 9110 section 13).
    Precondition,
}

/// A name that carries a key.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyEntry {
    /// The name.
    pub name: String,
    /// Where it is sent.
    pub place: KeyPlace,
    /// Who defines it.
    #[serde(default)]
    pub docs: String,
    /// The name alone proves little (`x-request-id` is mostly for tracing).
    #[serde(default)]
    pub weak: bool,
    /// Status codes for a first request that still runs and for another payload, where whoever
    /// defines the key names them.
    #[serde(default)]
    pub answers: Vec<u16>,
    /// Names that must match.
    #[serde(default)]
    pub hit: Vec<String>,
    /// Names that look alike and must not match.
    #[serde(default)]
    pub miss: Vec<String>,
}

/// An extension by which a contract declares an operation idempotent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// The extension.
    pub name: String,
    /// It says only that a key is accepted.
    #[serde(default)]
    pub accepts_key: bool,
    /// Who defines it.
    pub docs: String,
}

/// An extension by which clients that are generated from a contract repeat requests by themselves.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetryExtension {
    /// The extension.
    pub name: String,
    /// Who defines it.
    pub docs: String,
}

/// All names, ready to be asked.
#[derive(Debug)]
pub struct Keys {
    /// Names that carry a key.
    pub keys: Vec<Entry<KeyEntry>>,
    /// Extensions.
    pub declarations: Vec<Entry<Declaration>>,
    /// Extensions by which generated clients repeat requests.
    pub retries: Vec<Entry<RetryExtension>>,
}

impl Keys {
    /// The entry of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&Entry<KeyEntry>> {
        self.keys.iter().find(|entry| {
            entry.value.place != KeyPlace::Field && entry.value.name.eq_ignore_ascii_case(name)
        })
    }

    /// The entry of a body member or query parameter.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Entry<KeyEntry>> {
        self.keys
            .iter()
            .find(|entry| entry.value.place == KeyPlace::Field && entry.value.name == name)
    }

    /// The entry of an extension.
    #[must_use]
    pub fn declaration(&self, name: &str) -> Option<&Entry<Declaration>> {
        self.declarations
            .iter()
            .find(|entry| entry.value.name == name)
    }

    /// The entry of an extension by which generated clients repeat requests.
    #[must_use]
    pub fn retry(&self, name: &str) -> Option<&Entry<RetryExtension>> {
        self.retries.iter().find(|entry| entry.value.name == name)
    }
}
