//! What could not be read. A problem is a value beside the facts; it never ends a run.

use crate::source::Span;
use serde::{Deserialize, Serialize};

/// Something in the input that could not be read, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    /// Where; an empty span at the start of the file when the whole file is meant.
    pub span: Span,
    /// What is wrong, without a final full stop.
    pub message: String,
    /// What the reader can do, as an imperative.
    pub help: String,
}

impl Problem {
    /// A problem at `span`.
    pub fn new(span: Span, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            help: help.into(),
        }
    }
}
