//! `check --format gitlab`: a Code Quality report, which GitLab shows in merge requests
//! (docs.gitlab.com/ci/testing/code_quality, "Code Quality report format").

use super::check_region::Region;
use crate::analysis::Analysis;
use crate::escape::{json_text, terminal};
use crate::finding::{Finding, Severity};
use crate::model::{Confidence, stable_id};
use crate::outcome::{Outcome, Reported};
use crate::problem::Problem;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Issue {
    r#type: &'static str,
    check_name: String,
    description: String,
    categories: [&'static str; 1],
    severity: &'static str,
    fingerprint: String,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

/// The open findings and the problems, ending in a line break.
///
/// # Errors
/// When a value cannot be written as JSON.
pub fn render(analysis: &Analysis, outcome: &Outcome) -> serde_json::Result<String> {
    let findings = outcome.open().map(|reported| {
        let Reported {
            finding,
            fingerprint,
            ..
        } = reported;
        Issue {
            r#type: "issue",
            check_name: terminal(&finding.rule),
            description: terminal(&format!("{}. Help: {}.", finding.message, finding.help)),
            categories: ["Bug Risk"],
            severity: severity(finding),
            fingerprint: fingerprint.clone(),
            location: place(&Region::new(analysis, outcome, finding.span)),
        }
    });
    let mut seen = BTreeMap::new();
    let problems = analysis
        .problems
        .iter()
        .map(|problem| of_problem(analysis, outcome, problem, &mut seen));
    let issues: Vec<Issue> = findings.chain(problems).collect();
    Ok(json_text(&serde_json::to_string_pretty(&issues)?) + "\n")
}

/// GitLab knows five severities, and the worst is for what kept something from being read.
fn severity(finding: &Finding) -> &'static str {
    match (finding.severity, finding.confidence) {
        (Severity::Error, _) => "critical",
        (Severity::Warning, Confidence::High | Confidence::Medium) => "major",
        (Severity::Warning, Confidence::Low) => "minor",
        (Severity::Note, _) => "info",
    }
}

/// A problem as an issue; `seen` counts those that are the same but for their line.
fn of_problem(
    analysis: &Analysis,
    outcome: &Outcome,
    problem: &Problem,
    seen: &mut BTreeMap<String, usize>,
) -> Issue {
    let region = Region::new(analysis, outcome, problem.span);
    let path = &analysis.sources.get(problem.span.source).path;
    let base = stable_id(&["problem", path, &problem.message]);
    let nth = seen.entry(base.clone()).or_default();
    *nth += 1;
    Issue {
        r#type: "issue",
        check_name: "not-read".to_owned(),
        description: terminal(&format!("{}. Help: {}.", problem.message, problem.help)),
        categories: ["Bug Risk"],
        severity: "blocker",
        fingerprint: match *nth {
            1 => base,
            nth => stable_id(&[&base, &nth.to_string()]),
        },
        location: place(&region),
    }
}

fn place(region: &Region) -> Location {
    Location {
        // A path has to be found again: it is not made readable here.
        path: region.file.clone(),
        lines: Lines {
            begin: region.start.line,
            end: region.last_line(),
        },
    }
}
