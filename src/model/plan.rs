//! What to do about an endpoint that is not idempotent.

use crate::source::Span;
use serde::{Deserialize, Serialize};

/// What makes the endpoint safe to repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remedy {
    /// The key that is accepted becomes required.
    RequireKey,
    /// A key is declared and required.
    AddKey,
    /// A value that the client sends becomes unique.
    NaturalKey,
    /// The client chooses the id and sends PUT.
    PutWithClientId,
    /// A precondition is required.
    IfMatch,
    /// The body is declared as a merge patch.
    MergePatch,
    /// A change of state that is already done is answered as done.
    StateTransition,
    /// What is sent out goes through an outbox, under a key.
    Outbox,
    /// A repeat does no harm; it is enough to limit and expire what it makes.
    Expire,
}

impl Remedy {
    /// The name used in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::RequireKey => "require-key",
            Self::AddKey => "add-key",
            Self::NaturalKey => "natural-key",
            Self::PutWithClientId => "put-with-client-id",
            Self::IfMatch => "if-match",
            Self::MergePatch => "merge-patch",
            Self::StateTransition => "state-transition",
            Self::Outbox => "outbox",
            Self::Expire => "expire",
        }
    }
}

/// A plan for one endpoint. Its texts are ours but for names of the contract, which stand in
/// backticks; formats escape them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What makes it safe to repeat.
    pub remedy: Remedy,
    /// The remedy in one sentence.
    pub summary: String,
    /// What the server must do, one step each, in order.
    pub server: Vec<String>,
    /// What to add to the contract, YAML.
    pub contract_change: String,
    /// How to undo what a later step cannot finish, where somebody would pay for it.
    pub compensation: Option<Compensation>,
}

impl Plan {
    /// The whole plan but the change of the contract, as one paragraph.
    #[must_use]
    pub fn text(&self) -> String {
        let compensation = self.compensation.iter().map(|undo| undo.text.as_str());
        let steps = self.server.iter().map(String::as_str);
        let parts: Vec<&str> = std::iter::once(self.summary.as_str())
            .chain(steps)
            .chain(compensation)
            .collect();
        parts.join(" ")
    }
}

/// A name of the contract between backticks, whatever it holds.
#[must_use]
pub fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "'"))
}

/// A compensating transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compensation {
    /// What to do.
    pub text: String,
    /// The operation of the same contract that undoes it, where there is one.
    pub operation: Option<(String, Span)>,
}
