//! What became of the findings of a run: which are open, which were suppressed, which were known
//! before. Every format of `check` writes this down.

use crate::analysis::Analysis;
use crate::finding::{Finding, Severity};
use crate::model::stable_id;
use crate::rules::Page;
use crate::source::{Sources, Span};
use std::collections::BTreeMap;

/// The findings of a run, with what became of each.
#[derive(Debug)]
pub struct Outcome {
    /// The findings, ordered by place, then by rule.
    pub findings: Vec<Reported>,
    /// The rules that were asked, those of the user's configuration included, by their ids.
    pub rules: BTreeMap<String, Page>,
    /// The way from the repository's top to the audited directory, with a `/` at its end; empty
    /// where they are the same, and where there is no repository. Formats that a forge reads name
    /// files from its top.
    pub prefix: String,
}

/// A finding, and what became of it.
#[derive(Debug)]
pub struct Reported {
    /// The finding.
    pub finding: Finding,
    /// Sixteen hexadecimal digits, unique in a run: rule, file and the names involved. The same
    /// while lines move.
    pub fingerprint: String,
    /// Open, suppressed or known.
    pub state: State,
}

/// What became of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It is reported, and may fail the build.
    Open,
    /// Somebody wrote down that it is to be left out.
    Suppressed(Suppression),
    /// A baseline or an older revision has it already.
    Known,
}

/// Where somebody wrote down that a finding is to be left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// A comment at the element, or an entry of the configuration.
    pub by: SuppressedBy,
    /// The reason that was given.
    pub reason: Option<String>,
    /// The comment or the entry.
    pub place: Span,
}

/// The two places where a finding can be suppressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuppressedBy {
    /// A comment: `seaworthy: allow(rule) reason`.
    Comment,
    /// An entry of `suppress` in `seaworthy.yaml`.
    Configuration,
}

impl Outcome {
    /// All of these findings as open ones.
    #[must_use]
    pub fn new(findings: Vec<Finding>, rules: BTreeMap<String, Page>, sources: &Sources) -> Self {
        let mut outcome = Self {
            findings: Vec::new(),
            rules,
            prefix: String::new(),
        };
        outcome.add(findings, sources);
        outcome
    }

    /// Further findings, as open ones, in their order among the others.
    pub fn add(&mut self, findings: Vec<Finding>, sources: &Sources) {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for finding in findings {
            let base = finding.fingerprint(sources);
            let before = seen.entry(base.clone()).or_default();
            *before += 1;
            // Twins, the same in every name, are told apart by their order.
            let fingerprint = match *before {
                1 => base,
                nth => stable_id(&[&base, &nth.to_string()]),
            };
            self.findings.push(Reported {
                finding,
                fingerprint,
                state: State::Open,
            });
        }
        self.findings.sort_by(|a, b| {
            let (a, b) = (&a.finding, &b.finding);
            (a.span, &a.rule, &a.subject).cmp(&(b.span, &b.rule, &b.subject))
        });
    }

    /// The findings that are reported.
    pub fn open(&self) -> impl Iterator<Item = &Reported> {
        self.findings
            .iter()
            .filter(|reported| reported.state == State::Open)
    }

    /// The findings that were suppressed, with where that is written.
    pub fn suppressed(&self) -> impl Iterator<Item = (&Reported, &Suppression)> {
        self.findings
            .iter()
            .filter_map(|reported| match &reported.state {
                State::Suppressed(suppression) => Some((reported, suppression)),
                State::Open | State::Known => None,
            })
    }

    /// How many findings were known before.
    #[must_use]
    pub fn known(&self) -> usize {
        let known = |reported: &&Reported| reported.state == State::Known;
        self.findings.iter().filter(known).count()
    }

    /// How many open findings have a severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.open()
            .filter(|reported| reported.finding.severity == severity)
            .count()
    }

    /// A file as the repository's top names it: [`Outcome::prefix`] and the path relative to the
    /// audited directory, `..` taken out.
    #[must_use]
    pub fn path_in_repository(&self, path: &str) -> String {
        let mut parts: Vec<&str> = Vec::new();
        for part in self.prefix.split('/').chain(path.split('/')) {
            match part {
                "" | "." => {}
                ".." if parts.last().is_some_and(|last| *last != "..") => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        parts.join("/")
    }

    /// The file of a span, as the repository's top names it.
    #[must_use]
    pub fn file(&self, analysis: &Analysis, span: Span) -> String {
        self.path_in_repository(&analysis.sources.get(span.source).path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Confidence;
    use crate::source::{SourceId, SourceKind};

    fn finding(start: u32) -> Finding {
        Finding {
            rule: "a-rule".to_owned(),
            severity: Severity::Note,
            confidence: Confidence::High,
            span: Span::new(SourceId(0), start, start + 1),
            label: String::new(),
            message: String::new(),
            help: String::new(),
            evidence: Vec::new(),
            others: Vec::new(),
            subject: "the same".to_owned(),
        }
    }

    #[test]
    fn twins_have_fingerprints_of_their_own() {
        let file = ("a.rs".to_owned(), SourceKind::Rust, "abc".to_owned());
        let sources = Sources::new(vec![file]);
        let outcome = Outcome::new(vec![finding(0), finding(1)], BTreeMap::new(), &sources);
        assert_ne!(
            outcome.findings[0].fingerprint,
            outcome.findings[1].fingerprint
        );
        let moved = Outcome::new(vec![finding(2)], BTreeMap::new(), &sources);
        assert_eq!(
            outcome.findings[0].fingerprint,
            moved.findings[0].fingerprint
        );
    }

    #[test]
    fn files_are_named_from_the_top_of_the_repository() {
        let mut outcome = Outcome::new(Vec::new(), BTreeMap::new(), &Sources::default());
        outcome.prefix = "services/orders/".to_owned();
        assert_eq!(
            outcome.path_in_repository("src/main.rs"),
            "services/orders/src/main.rs"
        );
        assert_eq!(
            outcome.path_in_repository("../../seaworthy.yaml"),
            "seaworthy.yaml"
        );
        assert_eq!(outcome.path_in_repository("../../../x"), "../x");
    }
}
