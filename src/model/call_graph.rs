//! Which function calls which, and what protects the call.

use super::{Evidence, GuardLayer};
use crate::source::Span;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The functions of the system that are on the way to an outbound call, and all others.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct CallGraph {
    /// The functions; other parts refer to them by index.
    pub functions: Vec<FunctionNode>,
    /// The calls between them; none once the verdicts are given.
    #[serde(skip)]
    pub edges: Vec<CallEdge>,
}

impl CallGraph {
    /// The name of a function, by its index.
    #[must_use]
    pub fn name(&self, function: usize) -> &str {
        &self.functions[function].name
    }
}

/// A function.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FunctionNode {
    /// Its name, with its type: `Mailer::send`.
    pub name: String,
    /// The cargo package it belongs to.
    pub package: String,
    /// Where its name stands.
    pub span: Span,
    /// Somebody unseen calls it: it is passed on as a value (a handler, a callback), or a trait of
    /// another crate demands it.
    pub called_unseen: bool,
    /// `async fn`.
    pub is_async: bool,
    /// It implements a trait of the system: who calls it may not be seen.
    pub dispatched: bool,
    /// It is part of a program, and not only of libraries.
    pub in_program: bool,
}

/// A call.
#[derive(Clone, Debug)]
pub struct CallEdge {
    /// The function that calls.
    pub from: usize,
    /// The function that is called.
    pub to: usize,
    /// Where.
    pub span: Span,
    /// What protects everything that happens in the called function, from the inside out.
    pub guards: Vec<GuardLayer>,
    /// It is made for every item of a collection at once: where.
    pub fan_out: Option<Evidence>,
    /// Nobody waits for what comes of it: a task that is begun and left to itself.
    pub detached: bool,
}

/// A program of the workspace: a binary target.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Executable {
    /// Its name.
    pub name: String,
    /// The package it belongs to.
    pub package: String,
    /// The package's directory.
    pub directory: String,
    /// The functions it may run, by their indexes in the call graph.
    pub functions: BTreeSet<usize>,
    /// How long it runs.
    pub lasts: Lasts,
}

/// A way in which a program runs, one process each: `shop serve` beside `shop work`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProgramRole {
    /// The sub-command, as somebody types it.
    pub name: String,
    /// It is a part of the system where no compose file says what runs: its name says that it is a process. Others may be
    /// a help for somebody at a terminal, and count where a compose file names them.
    pub stands_alone: bool,
    /// It ends when it has done what it is there for.
    pub ends: bool,
    /// What runs then.
    pub program: Executable,
}

/// How long a program runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lasts {
    /// Until somebody stops it: it waits for those who ask it.
    #[default]
    Serves,
    /// Until somebody stops it: it does something again and again, or takes messages.
    Repeats,
    /// Until it has done what it is there for.
    Ends,
}
