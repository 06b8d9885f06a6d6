//! `seaworthy audit`.

use super::{CommandError, ExitStatus, Target, output, status_of};
use crate::report::{audit_json, audit_markdown, audit_table};
use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seaworthy audit                            tables for the terminal
  seaworthy audit --format markdown > AUDIT.md
  seaworthy audit --format json | jq '.endpoints[] | select(.label != \"idempotent\")'")]
pub(super) struct AuditArgs {
    #[command(flatten)]
    target: Target,
    /// How the checklist is written
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Tables, for the terminal
    Table,
    /// For a wiki or a pull request
    Markdown,
    /// For other tools
    Json,
}

pub(super) fn run(args: &AuditArgs) -> Result<ExitStatus, CommandError> {
    let analysis = args.target.analyse()?;
    let text = match args.format {
        Format::Table => audit_table::render(&analysis, output::width()),
        Format::Markdown => audit_markdown::render(&analysis),
        Format::Json => audit_json::render(&analysis)?,
    };
    output::write(&text)?;
    Ok(status_of(&analysis))
}
