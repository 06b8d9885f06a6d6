//! `check --format sarif`: a SARIF 2.1.0 log, for code scanning of forges and for viewers. Every
//! finding is in it, whatever became of it. GitHub does not look at `suppressions`: there, what was
//! suppressed is an alert until something dismisses it.

use super::check_region::{Region, rank};
use super::check_sarif_log::{
    ArtifactLocation, BaseUri, CodeFlow, Descriptor, Invocation, Location, Log, Notification,
    PhysicalLocation, RegionJson, Result, ResultProperties, Run, SCHEMA, Suppression, ThreadFlow,
    ThreadFlowLocation, Tool, text,
};
use super::check_sarif_rules::{CUT, UNREAD, driver};
use super::location;
use crate::analysis::Analysis;
use crate::escape;
use crate::model::{Confidence, Evidence};
use crate::outcome::{Outcome, Reported, State, SuppressedBy};
use crate::source::Span;
use std::collections::BTreeMap;

/// GitHub refuses a run with more results, and shows the 5,000 worst; it shows 100 places of a
/// result (docs.github.com, "SARIF results exceed one or more limits").
const MAX_RESULTS: usize = 25_000;
const MAX_EVIDENCE: usize = 100;
/// It refuses a file of more than 10 MB, too, compressed. As many results with a little less than
/// this evidence, no two places the same, were 7.1 MB.
const MAX_EVIDENCE_OF_ALL: usize = 60_000;

/// What addresses of files are relative to: the top of the repository.
const ROOT: &str = "%SRCROOT%";

/// The whole log, ending in a line break.
///
/// # Errors
/// When a value cannot be written as JSON.
pub fn render(analysis: &Analysis, outcome: &Outcome) -> serde_json::Result<String> {
    let shown = shown(outcome);
    let writer = Writer {
        analysis,
        outcome,
        rules: outcome.rules.keys().map(String::as_str).zip(0..).collect(),
        with_baseline: is_compared(outcome),
        most_evidence: (MAX_EVIDENCE_OF_ALL / shown.len().max(1)).min(MAX_EVIDENCE),
    };
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: driver(outcome),
            },
            invocations: [writer.invocation(&shown)],
            original_uri_base_ids: [(
                ROOT,
                BaseUri {
                    description: text("The top of the repository."),
                },
            )]
            .into(),
            column_kind: "unicodeCodePoints",
            results: shown
                .iter()
                .map(|reported| writer.result(reported))
                .collect(),
        }],
    };
    Ok(serde_json::to_string_pretty(&log)? + "\n")
}

/// All findings in their order or, where they are too many, the most important ones.
fn shown(outcome: &Outcome) -> Vec<&Reported> {
    let mut ranked: Vec<(usize, &Reported)> = outcome.findings.iter().enumerate().collect();
    if ranked.len() > MAX_RESULTS {
        ranked.sort_by_key(|(_, one)| (one.state != State::Open, rank(&one.finding)));
        ranked.truncate(MAX_RESULTS);
        ranked.sort_by_key(|(index, _)| *index);
    }
    ranked.into_iter().map(|(_, reported)| reported).collect()
}

/// Whether every result can say how it compares with a baseline: all have to, or none (3.27.24),
/// and whether a baseline has a suppressed finding too is not known.
fn is_compared(outcome: &Outcome) -> bool {
    outcome.known() > 0 && outcome.suppressed().next().is_none()
}

struct Writer<'a> {
    analysis: &'a Analysis,
    outcome: &'a Outcome,
    rules: BTreeMap<&'a str, usize>,
    with_baseline: bool,
    /// How many pieces of evidence a result shows.
    most_evidence: usize,
}

impl Writer<'_> {
    fn result(&self, reported: &Reported) -> Result {
        let finding = &reported.finding;
        let (related, catalogue) = self.evidence(&finding.evidence);
        let steps = related.iter().cloned().map(|location| ThreadFlowLocation {
            location: Location {
                id: None,
                ..location
            },
        });
        let flow = CodeFlow {
            thread_flows: [ThreadFlow {
                locations: steps.collect(),
            }],
        };
        let label = (!finding.label.is_empty()).then_some(finding.label.as_str());
        let (state, baseline_state) = match reported.state {
            State::Open => ("open", "new"),
            State::Known => ("known", "unchanged"),
            State::Suppressed(_) => ("suppressed", "unchanged"),
        };
        Result {
            rule_id: escape::label(&finding.rule),
            rule_index: self.rules.get(finding.rule.as_str()).copied(),
            level: finding.severity.name(),
            // The first sentence is all that a list of alerts shows.
            message: text(&format!("{}. Help: {}.", finding.message, finding.help)),
            locations: self
                .location(finding.span, label, None)
                .into_iter()
                .collect(),
            code_flows: if related.is_empty() {
                vec![]
            } else {
                vec![flow]
            },
            related_locations: related,
            partial_fingerprints: [("seaworthy/v1", reported.fingerprint.clone())].into(),
            suppressions: self.suppressions(reported),
            baseline_state: self.with_baseline.then_some(baseline_state),
            properties: ResultProperties {
                confidence: confidence(finding.confidence),
                state,
                catalogue,
            },
        }
    }

    /// Evidence in the audited system as places, and that of the catalogue, which has no file
    /// there, as text.
    fn evidence(&self, evidence: &[Evidence]) -> (Vec<Location>, Vec<String>) {
        let mut related = Vec::new();
        let mut catalogue = Vec::new();
        for evidence in evidence.iter().take(self.most_evidence) {
            match evidence.span() {
                Some(span) => {
                    let id = Some(related.len() + 1);
                    related.extend(self.location(span, Some(&evidence.reason), id));
                }
                None => {
                    let (file, line) = location(&self.analysis.sources, evidence.place);
                    let line = format!("{file}:{line}: {}", evidence.reason);
                    catalogue.push(escape::terminal(&line));
                }
            }
        }
        (related, catalogue)
    }

    /// A place; none for a file above the repository's top, which no relative address can name
    /// (3.4.4).
    fn location(&self, span: Span, label: Option<&str>, id: Option<usize>) -> Option<Location> {
        let region = Region::new(self.analysis, self.outcome, span);
        if region.file.starts_with("../") {
            return None;
        }
        Some(Location {
            id,
            physical_location: PhysicalLocation {
                artifact_location: ArtifactLocation {
                    uri: escape::url_path(&region.file),
                    uri_base_id: ROOT,
                },
                region: Some(RegionJson {
                    start_line: region.start.line,
                    start_column: region.start.column,
                    end_line: region.end.line,
                    end_column: region.end.column,
                }),
            },
            message: label.map(text),
        })
    }

    /// Empty where nothing was suppressed: that is known of every result (3.27.23).
    fn suppressions(&self, reported: &Reported) -> Vec<Suppression> {
        let State::Suppressed(suppression) = &reported.state else {
            return Vec::new();
        };
        vec![Suppression {
            kind: match suppression.by {
                SuppressedBy::Comment => "inSource",
                SuppressedBy::Configuration => "external",
            },
            status: "accepted",
            justification: suppression.reason.as_deref().map(escape::terminal),
            location: self.location(suppression.place, None, None),
        }]
    }

    fn invocation(&self, shown: &[&Reported]) -> Invocation {
        let problems = self.analysis.problems.iter().map(|problem| {
            let mut places: Vec<Location> = self
                .location(problem.span, None, None)
                .into_iter()
                .collect();
            if problem.span.start == problem.span.end && problem.span.start == 0 {
                // The whole file is meant.
                for place in &mut places {
                    place.physical_location.region = None;
                }
            }
            Notification {
                descriptor: Descriptor {
                    id: UNREAD,
                    index: 0,
                },
                level: "error",
                message: text(&format!("{}. Help: {}.", problem.message, problem.help)),
                locations: places,
            }
        });
        let mut notifications: Vec<Notification> = problems.collect();
        notifications.extend(self.cut(shown).map(|message| Notification {
            descriptor: Descriptor { id: CUT, index: 1 },
            level: "warning",
            message: text(&message),
            locations: Vec::new(),
        }));
        Invocation {
            execution_successful: self.analysis.problems.is_empty(),
            tool_execution_notifications: notifications,
        }
    }

    /// What the limits left out, if anything.
    fn cut(&self, shown: &[&Reported]) -> Option<String> {
        let results = self.outcome.findings.len() - shown.len();
        let evidence: usize = shown
            .iter()
            .map(|one| {
                one.finding
                    .evidence
                    .len()
                    .saturating_sub(self.most_evidence)
            })
            .sum();
        (results + evidence > 0).then(|| {
            format!(
                "Left out: {results} results beyond the {MAX_RESULTS} most important ones, and \
                 {evidence} pieces of evidence beyond {} for a result.",
                self.most_evidence
            )
        })
    }
}

fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    }
}
