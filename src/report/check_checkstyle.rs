//! `check --format checkstyle`: the XML of Checkstyle, version 4.3, which many tools read.

use super::check_region::Region;
use super::check_xml::Xml;
use crate::analysis::Analysis;
use crate::finding::{Finding, Severity};
use crate::outcome::Outcome;
use std::collections::BTreeMap;

struct Error {
    line: usize,
    column: usize,
    severity: &'static str,
    message: String,
    source: String,
}

/// The open findings and the problems, by file.
#[must_use]
pub fn render(analysis: &Analysis, outcome: &Outcome) -> String {
    let mut files: BTreeMap<String, Vec<Error>> = BTreeMap::new();
    let mut add = |region: Region, severity, message, source| {
        files.entry(region.file).or_default().push(Error {
            line: region.start.line,
            column: region.start.column,
            severity,
            message,
            source,
        });
    };
    for reported in outcome.open() {
        let finding = &reported.finding;
        add(
            Region::new(analysis, outcome, finding.span),
            match finding.severity {
                Severity::Note => "info",
                Severity::Warning => "warning",
                Severity::Error => "error",
            },
            format!("{}. Help: {}.", finding.message, finding.help),
            source(outcome, finding),
        );
    }
    for problem in &analysis.problems {
        add(
            Region::new(analysis, outcome, problem.span),
            "error",
            format!("{}. Help: {}.", problem.message, problem.help),
            "seaworthy.problem.not-read".to_owned(),
        );
    }
    let mut xml = Xml::new();
    xml.begin("checkstyle", &[("version", "4.3")]);
    for (file, mut errors) in files {
        errors.sort_by_key(|error| (error.line, error.column));
        xml.begin("file", &[("name", &file)]);
        for error in errors {
            let attributes = [
                ("line", error.line.to_string()),
                ("column", error.column.to_string()),
                ("severity", error.severity.to_owned()),
                ("message", error.message),
                ("source", error.source),
            ];
            let attributes = attributes
                .each_ref()
                .map(|(key, value)| (*key, value.as_str()));
            xml.leaf("error", &attributes, "");
        }
        xml.end();
    }
    xml.finish()
}

/// `seaworthy.<group>.<rule>`; Jenkins shows such names as packages and types.
pub(super) fn source(outcome: &Outcome, finding: &Finding) -> String {
    format!("seaworthy.{}.{}", group(outcome, finding), finding.rule)
}

/// The group of a finding's rule.
pub(super) fn group<'o>(outcome: &'o Outcome, finding: &Finding) -> &'o str {
    let page = outcome.rules.get(&finding.rule);
    page.map_or("other", |page| page.group.as_str())
}
