//! The command line: one file a command. The only place that writes to the terminal.

mod audit;
mod check;
mod config;
mod diagram;
mod diff;
mod explain;
mod generate;
mod init;
mod known;
mod output;
mod rules;
mod schema;
mod shell;
mod target;

use crate::analysis::Analysis;
use clap::{Parser, Subcommand};
use shell::{Shell, ShellArgs};
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;
use target::{Effort, Target};

/// How a run ended; the same numbers in every command and format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// Everything was read, and nothing is at or above the threshold.
    Clean,
    /// There are findings at or above the threshold.
    Findings,
    /// Something could not be read or done.
    Incomplete,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        match status {
            ExitStatus::Clean => Self::from(0),
            ExitStatus::Findings => Self::from(1),
            ExitStatus::Incomplete => Self::from(2),
        }
    }
}

/// Why a command could not do its work.
#[derive(Debug)]
pub struct CommandError(String);

impl<E: std::error::Error> From<E> for CommandError {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

const AFTER_HELP: &str = "\
Examples:
  seaworthy check                      findings for the system below the current directory
  seaworthy check services/ --format json
  seaworthy audit --format markdown    the checklist for a review
  seaworthy diagram | tee system.mmd   the architecture as a Mermaid chart
  seaworthy diff main                  what a branch changes in the architecture
  seaworthy explain outbound-call-without-breaker

Exit status: 0 nothing to report, 1 findings at or above --fail-on, 2 something could not be read.";

/// Finds what breaks when requests are repeated, services are slow and messages come twice.
///
/// Reads OpenAPI contracts, Rust services and compose files below a directory and joins them into one
/// model of the architecture. Nothing is executed, built or fetched.
#[derive(Debug, Parser)]
#[command(name = "seaworthy", version, about, after_help = AFTER_HELP)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    shell: ShellArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Report what is wrong, with file and line, for people and for CI
    Check(check::CheckArgs),
    /// Write the checklist: every write endpoint with its label, every outbound call with its guards
    Audit(audit::AuditArgs),
    /// Draw the architecture: services, queues, stores, and who calls, publishes and writes
    Diagram(diagram::DiagramArgs),
    /// Tell what changed in the architecture between two revisions or directories
    Diff(diff::DiffArgs),
    /// Write a commented seaworthy.yaml that fits the system
    Init(init::InitArgs),
    /// Show which settings are in force, and where each comes from
    Config(config::ConfigArgs),
    /// Print the JSON schema of seaworthy.yaml, for editors
    Schema,
    /// Print completions for a shell
    Completions(generate::CompletionArgs),
    /// Print the manual, or write a page for each command
    Man(generate::ManArgs),
    /// Explain a rule, with examples
    Explain(explain::ExplainArgs),
    /// List the rules
    Rules,
}

/// Parses the arguments, runs the command, and says how it ended.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let shell = cli.shell.start();
    let result = match &cli.command {
        Command::Check(args) => check::run(args, &shell),
        Command::Audit(args) => audit::run(args, &shell),
        Command::Diagram(args) => diagram::run(args, &shell),
        Command::Diff(args) => diff::run(args, &shell),
        Command::Init(args) => init::run(args, &shell),
        Command::Config(args) => config::run(args),
        Command::Schema => schema::run(),
        Command::Completions(args) => generate::completions(args),
        Command::Man(args) => generate::man(args),
        Command::Explain(args) => explain::run(args),
        Command::Rules => rules::run(),
    };
    shell.end();
    let status = result.unwrap_or_else(|CommandError(message)| {
        output::error(&message);
        ExitStatus::Incomplete
    });
    status.into()
}

/// The status of a command that has no findings of its own.
fn status_of(analysis: &Analysis) -> ExitStatus {
    if analysis.problems.is_empty() {
        ExitStatus::Clean
    } else {
        ExitStatus::Incomplete
    }
}

/// The way from the directory of `output` to `root`, ending in a slash; empty where they are the
/// same, and where either cannot be found.
fn link_base(output: &Path, root: &Path) -> String {
    let directory = |path: &Path| match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let root = if root.is_file() {
        directory(root)
    } else {
        root.to_owned()
    };
    let (Ok(from), Ok(to)) = (directory(output).canonicalize(), root.canonicalize()) else {
        return String::new();
    };
    let from: Vec<Component<'_>> = from.components().collect();
    let to: Vec<Component<'_>> = to.components().collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let mut base = "../".repeat(from.len() - common);
    for part in &to[common..] {
        base.push_str(&crate::escape::url_path(
            &part.as_os_str().to_string_lossy(),
        ));
        base.push('/');
    }
    base
}
