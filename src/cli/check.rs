//! `seaworthy check`.

use super::{CommandError, ExitStatus, Target, output};
use crate::finding::{Finding, Severity};
use crate::outcome::Outcome;
use crate::report::{check_human, check_json};
use crate::rules;
use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seaworthy check                       the current directory
  seaworthy check --fail-on error       warnings are shown and do not fail the build
  seaworthy check --format json | jq '.findings[].message'")]
pub(super) struct CheckArgs {
    #[command(flatten)]
    target: Target,
    /// How findings are written
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// The least severity that gives exit status 1
    #[arg(long, value_enum, default_value_t = FailOn::Warning, value_name = "SEVERITY")]
    fail_on: FailOn,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Excerpts with carets, for people
    Human,
    /// For other tools
    Json,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FailOn {
    Note,
    Warning,
    Error,
    /// Findings never fail the build
    Never,
}

impl FailOn {
    fn fails(self, finding: &Finding) -> bool {
        match self {
            Self::Note => true,
            Self::Warning => finding.severity >= Severity::Warning,
            Self::Error => finding.severity >= Severity::Error,
            Self::Never => false,
        }
    }
}

pub(super) fn run(args: &CheckArgs) -> Result<ExitStatus, CommandError> {
    let analysis = args.target.analyse()?;
    let findings = rules::run(&analysis.system)?;
    let outcome = Outcome::new(findings, rules::pages()?, &analysis.sources);
    let text = match args.format {
        Format::Human => check_human::render(&analysis, &outcome, usize::from(output::width())),
        Format::Json => check_json::render(&analysis, &outcome)?,
    };
    output::write(&text)?;
    Ok(if !analysis.problems.is_empty() {
        ExitStatus::Incomplete
    } else if outcome.open().any(|open| args.fail_on.fails(&open.finding)) {
        ExitStatus::Findings
    } else {
        ExitStatus::Clean
    })
}
