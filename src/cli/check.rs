//! `seaworthy check`.

use super::known::{self, KnownArgs};
use super::{CommandError, ExitStatus, Shell, Target, output};
use crate::config::{FailOn, nearest, way_in_repository};
use crate::outcome::Outcome;
use crate::report::{
    check_checkstyle, check_github, check_gitlab, check_human, check_json, check_junit,
    check_markdown, check_sarif,
};
use crate::rules::Page;
use crate::settle::{Terms, settle};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seaworthy check                       the current directory
  seaworthy check --fail-on error       warnings are shown and do not fail the build
  seaworthy check --new-since main      only what a branch brings
  seaworthy check --baseline known.json --write-baseline
                                        take what is there as known, and report what comes
  seaworthy check --format json | jq '.findings[].message'")]
pub(super) struct CheckArgs {
    #[command(flatten)]
    target: Target,
    /// How findings are written [default: by the ending of --output, or human]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write the report to a file; one line that sums it up goes to standard error
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The least severity that gives exit status 1 [default: warning, or `fail-on` of the configuration]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
    /// Report these rules only; may be given several times
    #[arg(long = "rule", value_name = "RULE")]
    rules: Vec<String>,
    #[command(flatten)]
    known: KnownArgs,
    /// Where files can be seen, for links in Markdown: `https://forge.example/team/shop/blob/main/`
    #[arg(long, value_name = "URL")]
    link_base: Option<String>,
    /// Report what is suppressed too
    #[arg(long)]
    no_suppress: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Excerpts with carets, for people
    Human,
    /// For other tools
    Json,
    /// SARIF 2.1.0, for code scanning and viewers
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// Code Quality report of GitLab
    Gitlab,
    /// JUnit XML, for CI that shows tests
    Junit,
    /// Checkstyle XML 4.3
    Checkstyle,
    /// A comment for a pull request
    Markdown,
}

impl Format {
    /// The format that a file's name asks for.
    fn of_file(path: &std::path::Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "json" => Some(Self::Json),
            "sarif" => Some(Self::Sarif),
            "md" => Some(Self::Markdown),
            "txt" => Some(Self::Human),
            _ => None,
        }
    }
}

pub(super) fn run(args: &CheckArgs, shell: &Shell) -> Result<ExitStatus, CommandError> {
    let by_file = args.output.as_deref().and_then(Format::of_file);
    let format = args.format.or(by_file).unwrap_or(Format::Human);
    let mut config = args.target.configuration()?;
    let mut analysis = args.target.analyse_with(&mut config, shell)?;
    let terms = Terms {
        today: jiff::ZonedDateTime::now().date(),
        suppress: !args.no_suppress,
    };
    let mut outcome = settle(&mut analysis, &config, terms)?;
    outcome.prefix = way_in_repository(&args.target.path).unwrap_or_default();
    if let Some(written) = known::known(
        &args.known,
        &args.target,
        &config,
        terms,
        &analysis,
        &mut outcome,
    )? {
        output::note(&written);
        return Ok(super::status_of(&analysis));
    }
    if !args.rules.is_empty() {
        for rule in &args.rules {
            if !outcome.rules.contains_key(rule) {
                return Err(CommandError(unknown_rule(rule, &outcome)));
            }
        }
        let wanted = |rule: &String| args.rules.contains(rule);
        outcome
            .findings
            .retain(|reported| wanted(&reported.finding.rule));
        outcome.rules.retain(|rule, _: &mut Page| wanted(rule));
    }
    let width = match args.output {
        Some(_) => output::PLAIN_WIDTH,
        None => output::width(),
    };
    let text = match format {
        Format::Human => {
            let base = output::links(&args.target.path).filter(|_| args.output.is_none());
            check_human::render_linked(&analysis, &outcome, usize::from(width), base.as_deref())
        }
        Format::Json => check_json::render(&analysis, &outcome)?,
        Format::Sarif => check_sarif::render(&analysis, &outcome)?,
        Format::Github => check_github::render(&analysis, &outcome),
        Format::Gitlab => check_gitlab::render(&analysis, &outcome)?,
        Format::Junit => check_junit::render(&analysis, &outcome),
        Format::Checkstyle => check_checkstyle::render(&analysis, &outcome),
        Format::Markdown => check_markdown::render(&analysis, &outcome, args.link_base.as_deref()),
    };
    shell.end();
    match &args.output {
        Some(path) => {
            output::write_report(path, &text)?;
            output::note(check_human::summary(&analysis, &outcome).trim_end());
        }
        None => output::write(&text)?,
    }
    let fail_on = args.fail_on.or(config.file.fail_on);
    Ok(status(
        &analysis.problems,
        &outcome,
        fail_on.unwrap_or(FailOn::Warning),
    ))
}

fn unknown_rule(rule: &str, outcome: &Outcome) -> String {
    match nearest(rule, outcome.rules.keys().map(String::as_str)) {
        Some(meant) => format!("no rule is called `{rule}`; did you mean `{meant}`?"),
        None => format!("no rule is called `{rule}`; `seaworthy rules` lists them"),
    }
}

fn status(problems: &[crate::problem::Problem], outcome: &Outcome, fail_on: FailOn) -> ExitStatus {
    let fails = outcome
        .open()
        .any(|open| fail_on.fails(open.finding.severity));
    match (problems.is_empty(), fails) {
        (false, _) => ExitStatus::Incomplete,
        (true, true) => ExitStatus::Findings,
        (true, false) => ExitStatus::Clean,
    }
}
