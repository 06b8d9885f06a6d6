//! Places, evidence and problems as every format writes them.

use crate::model::{Evidence, Place};
use crate::problem::Problem;
use crate::source::{Sources, Span};
use serde::Serialize;

/// Evidence in JSON.
#[derive(Debug, Serialize)]
pub struct EvidenceJson {
    file: String,
    line: usize,
    reason: String,
}

/// A problem in JSON.
#[derive(Debug, Serialize)]
pub struct ProblemJson {
    file: String,
    line: usize,
    message: String,
    help: String,
}

/// `file:line` of a piece of evidence.
#[must_use]
pub fn location(sources: &Sources, place: Place) -> (String, usize) {
    match place {
        Place::Source(span) => source_location(sources, span),
        Place::Catalog(line) => (line.file.to_owned(), line.line),
    }
}

pub(super) fn source_location(sources: &Sources, span: Span) -> (String, usize) {
    let file = sources.get(span.source);
    (file.path.clone(), file.line(span.start))
}

/// Evidence as JSON, in its order.
#[must_use]
pub fn evidence(sources: &Sources, evidence: &[Evidence]) -> Vec<EvidenceJson> {
    let json = |evidence: &Evidence| {
        let (file, line) = location(sources, evidence.place);
        EvidenceJson {
            file,
            line,
            reason: evidence.reason.clone(),
        }
    };
    evidence.iter().map(json).collect()
}

/// Problems as JSON, in their order.
#[must_use]
pub fn problems(sources: &Sources, problems: &[Problem]) -> Vec<ProblemJson> {
    let json = |problem: &Problem| {
        let (file, line) = source_location(sources, problem.span);
        ProblemJson {
            file,
            line,
            message: problem.message.clone(),
            help: problem.help.clone(),
        }
    };
    problems.iter().map(json).collect()
}
