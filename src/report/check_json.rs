//! `check --format json`: version 1 of the format that other tools read (README, "JSON").

use super::{EvidenceJson, ProblemJson, evidence, problems};
use crate::analysis::Analysis;
use crate::finding::Severity;
use crate::model::Confidence;
use crate::outcome::{Outcome, Reported};
use serde::Serialize;

#[derive(Serialize)]
struct Report {
    version: u32,
    findings: Vec<FindingJson>,
    problems: Vec<ProblemJson>,
}

#[derive(Serialize)]
struct FindingJson {
    rule: String,
    severity: Severity,
    confidence: Confidence,
    message: String,
    help: String,
    file: String,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    evidence: Vec<EvidenceJson>,
    fingerprint: String,
    subject: String,
}

/// The whole report, ending in a line break.
///
/// # Errors
/// When a value cannot be written as JSON.
pub fn render(analysis: &Analysis, outcome: &Outcome) -> serde_json::Result<String> {
    let sources = &analysis.sources;
    let json = |reported: &Reported| {
        let finding = &reported.finding;
        let file = sources.get(finding.span.source);
        let (start, end) = (
            file.line_column(finding.span.start),
            file.line_column(finding.span.end),
        );
        FindingJson {
            rule: finding.rule.clone(),
            severity: finding.severity,
            confidence: finding.confidence,
            message: finding.message.clone(),
            help: finding.help.clone(),
            file: file.path.clone(),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            evidence: evidence(sources, &finding.evidence),
            fingerprint: reported.fingerprint.clone(),
            subject: finding.subject.clone(),
        }
    };
    let report = Report {
        version: 1,
        findings: outcome.open().map(json).collect(),
        problems: problems(sources, &analysis.problems),
    };
    Ok(serde_json::to_string_pretty(&report)? + "\n")
}
