//! Faults of code that show in the order in which it does things.

use super::Evidence;
use crate::source::Span;
use serde::{Deserialize, Serialize};

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CodeFaultKind {
    /// Looked for, not found, inserted: two requests at the same time both insert.
    CheckThenInsert,
    /// A store and a broker are written to, and one of them may be left out.
    DualWrite,
    /// A message that is delivered twice is worked on twice.
    ConsumerWithoutDedupe,
    /// A message is said to be worked on before it is.
    AckBeforeWork,
    /// The contract declares a key that nothing reads.
    KeyIgnored,
    /// A key is stored where two of the same may stand.
    KeyStoredApart,
}

/// A fault of code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CodeFault {
    /// What is wrong.
    pub kind: CodeFaultKind,
    /// Where.
    pub span: Span,
    /// The endpoint or function.
    pub name: String,
    /// The table, topic or key that it is about.
    pub target: String,
    /// Why.
    pub evidence: Vec<Evidence>,
}
