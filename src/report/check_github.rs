//! `check --format github`: workflow commands, which GitHub Actions shows as annotations at the
//! lines of a pull request.

use super::check_region::{Region, evidence_lines, most_important_first};
use super::checklist::counted;
use crate::analysis::Analysis;
use crate::escape::{workflow_data, workflow_line, workflow_property};
use crate::finding::{Finding, Severity};
use crate::outcome::Outcome;
use crate::problem::Problem;
use std::fmt::Write;

/// How many annotations of a kind are shown of a step; 50 are of a job
/// (github.com/actions/toolkit, docs/problem-matchers.md, "Limitations").
const MAX_OF_A_KIND: usize = 10;
/// How many pieces of evidence an annotation shows.
const MAX_EVIDENCE: usize = 6;

/// The commands, the most important findings first; what GitHub would not show as lines of the
/// log; and one line that counts.
#[must_use]
pub fn render(analysis: &Analysis, outcome: &Outcome) -> String {
    let findings = most_important_first(outcome);
    let findings = findings
        .iter()
        .map(|reported| Annotation::of_finding(analysis, outcome, &reported.finding));
    let problems = analysis
        .problems
        .iter()
        .map(|problem| Annotation::of_problem(analysis, outcome, problem));
    let annotations: Vec<Annotation> = findings.chain(problems).collect();
    let mut out = String::new();
    let mut rest = Vec::new();
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        let of_kind = annotations
            .iter()
            .filter(|annotation| annotation.severity == severity);
        for (index, annotation) in of_kind.enumerate() {
            match index < MAX_OF_A_KIND {
                true => annotation.command(&mut out),
                false => rest.push(annotation),
            }
        }
    }
    if !rest.is_empty() {
        let _ = writeln!(out, "::group::{} more", rest.len());
        for annotation in &rest {
            let _ = writeln!(out, "{}", annotation.line());
        }
        out.push_str("::endgroup::\n");
    }
    out.push_str(&summary(analysis, outcome, rest.len()));
    out
}

struct Annotation {
    severity: Severity,
    title: String,
    region: Region,
    message: String,
    details: Vec<String>,
}

impl Annotation {
    fn of_finding(analysis: &Analysis, outcome: &Outcome, finding: &Finding) -> Self {
        let mut details = vec![format!("help: {}", finding.help)];
        let evidence = evidence_lines(analysis, outcome, finding);
        let left_out = evidence.len().saturating_sub(MAX_EVIDENCE);
        details.extend(evidence.into_iter().take(MAX_EVIDENCE));
        if left_out > 0 {
            details.push(format!("and {left_out} more"));
        }
        Self {
            severity: finding.severity,
            title: finding.rule.clone(),
            region: Region::new(analysis, outcome, finding.span),
            message: finding.message.clone(),
            details,
        }
    }

    fn of_problem(analysis: &Analysis, outcome: &Outcome, problem: &Problem) -> Self {
        Self {
            severity: Severity::Error,
            title: "not read".to_owned(),
            region: Region::new(analysis, outcome, problem.span),
            message: problem.message.clone(),
            details: vec![format!("help: {}", problem.help)],
        }
    }

    /// An annotation. Columns count within one line, so longer regions have none.
    fn command(&self, out: &mut String) {
        let kind = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let (start, end) = (self.region.start, self.region.end);
        let file = workflow_property(&self.region.file);
        let last = self.region.last_line();
        let _ = write!(
            out,
            "::{kind} file={file},line={},endLine={last}",
            start.line
        );
        if start.line == end.line {
            let _ = write!(out, ",col={},endColumn={}", start.column, end.column);
        }
        let mut message = self.message.clone();
        for detail in &self.details {
            message.push('\n');
            message.push_str(detail);
        }
        let _ = writeln!(
            out,
            ",title={}::{}",
            workflow_property(&format!("seaworthy: {}", self.title)),
            workflow_data(&message)
        );
    }

    fn line(&self) -> String {
        workflow_line(&format!(
            "{}[{}] {}: {}; {}",
            self.severity.name(),
            self.title,
            self.region.place(),
            self.message,
            self.details[0]
        ))
    }
}

fn summary(analysis: &Analysis, outcome: &Outcome, rest: usize) -> String {
    let mut parts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .filter(|severity| outcome.count(*severity) > 0)
        .map(|severity| counted(outcome.count(severity), severity.name()))
        .collect();
    if parts.is_empty() {
        parts.push("no findings".to_owned());
    }
    if !analysis.problems.is_empty() {
        parts.push(format!(
            "{} that kept something from being read",
            counted(analysis.problems.len(), "problem")
        ));
    }
    for (number, what) in [
        (outcome.suppressed().count(), "suppressed"),
        (outcome.known(), "known before"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    }
    let mut line = format!("seaworthy: {}", parts.join(", "));
    if rest > 0 {
        let _ = write!(
            line,
            "; GitHub annotates {MAX_OF_A_KIND} of each kind in a step, the other {rest} are in the group above"
        );
    }
    line + "\n"
}
