//! What a rule says.

use crate::model::{Confidence, Evidence, stable_id};
use crate::source::{Sources, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How bad it is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Worth mending.
    Warning,
    /// Wrong.
    Error,
}

impl Severity {
    /// The name used in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A finding.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// Where.
    pub span: Span,
    /// Why this place, a few words.
    pub label: String,
    /// What is wrong, with the names involved; no final full stop.
    pub message: String,
    /// What to do, as an imperative; no final full stop.
    pub help: String,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// Further places that have the same fault, where several are told as one.
    pub others: Vec<Span>,
    /// What it is about, by name: the same after lines move.
    pub subject: String,
}

impl Finding {
    /// The function, endpoint or component that it speaks of first: the same while the code around it
    /// changes.
    #[must_use]
    pub fn element(&self) -> &str {
        self.names().nth(1).unwrap_or(&self.subject)
    }

    /// The names that it is about: what the configuration may name to leave it out. Its subject, and
    /// what stands between backticks in its message.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let quoted = self.message.split('`').skip(1).step_by(2);
        std::iter::once(self.subject.as_str()).chain(quoted)
    }

    /// Sixteen hexadecimal digits that stay the same while the file, the rule and the names stay.
    #[must_use]
    pub fn fingerprint(&self, sources: &Sources) -> String {
        let path = &sources.get(self.span.source).path;
        stable_id(&[self.rule.as_str(), path, &self.subject])
    }
}
