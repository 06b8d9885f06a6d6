//! Where a finding is, as forges and CI name places, and in which order findings matter.

use crate::analysis::Analysis;
use crate::finding::Finding;
use crate::outcome::{Outcome, Reported};
use crate::source::{LineColumn, Span};
use std::cmp::Reverse;

/// A part of a file that is named from the repository's top. Columns count characters; the end is
/// one past the last.
pub(super) struct Region {
    pub(super) file: String,
    pub(super) start: LineColumn,
    pub(super) end: LineColumn,
}

impl Region {
    pub(super) fn new(analysis: &Analysis, outcome: &Outcome, span: Span) -> Self {
        let source = analysis.sources.get(span.source);
        Self {
            file: outcome.file(analysis, span),
            start: source.line_column(span.start),
            end: source.line_column(span.end),
        }
    }

    /// The last line that has something of the region.
    pub(super) fn last_line(&self) -> usize {
        match self.end.column {
            1 => self.start.line.max(self.end.line - 1),
            _ => self.end.line,
        }
    }

    /// `file:line`
    pub(super) fn place(&self) -> String {
        format!("{}:{}", self.file, self.start.line)
    }
}

/// What orders findings where not all of them are shown: errors first, then what is sure.
pub(super) fn rank(finding: &Finding) -> impl Ord + use<> {
    Reverse((finding.severity, finding.confidence))
}

/// The open findings, the most important first, otherwise by place.
pub(super) fn most_important_first(outcome: &Outcome) -> Vec<&Reported> {
    let mut open: Vec<&Reported> = outcome.open().collect();
    open.sort_by_key(|reported| rank(&reported.finding));
    open
}

/// A piece of evidence as text, its file named from the repository's top where it is in there.
pub(super) fn evidence_lines(
    analysis: &Analysis,
    outcome: &Outcome,
    finding: &Finding,
) -> Vec<String> {
    let evidence = finding.evidence.iter().map(|evidence| {
        let place = match evidence.span() {
            Some(span) => Region::new(analysis, outcome, span).place(),
            None => {
                let (file, line) = super::location(&analysis.sources, evidence.place);
                format!("{file}:{line}")
            }
        };
        format!("{place}: {}", evidence.reason)
    });
    evidence.collect()
}
