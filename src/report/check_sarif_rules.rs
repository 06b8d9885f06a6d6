//! The rules and the kinds of notifications in a SARIF log.

use super::check_sarif_log::{Configuration, Described, Driver, Help, Rule, RuleProperties, text};
use crate::escape;
use crate::finding::Severity;
use crate::model::Confidence;
use crate::outcome::Outcome;
use crate::rules::Page;
use std::collections::BTreeMap;

/// The notification about something that could not be read.
pub(super) const UNREAD: &str = "not-read";
/// The notification about what a limit left out.
pub(super) const CUT: &str = "left-out";

/// GitHub shows the first 1,024 characters of a description and 10 tags of a rule
/// (docs.github.com, "SARIF support for code scanning").
const MAX_DESCRIPTION: usize = 1_024;
const MAX_TAGS: usize = 10;

/// The tool and its rules, in the order of their ids.
pub(super) fn driver(outcome: &Outcome) -> Driver {
    let precisions = precisions(outcome);
    let addresses = [env!("CARGO_PKG_HOMEPAGE"), env!("CARGO_PKG_REPOSITORY")];
    Driver {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        semantic_version: env!("CARGO_PKG_VERSION"),
        information_uri: addresses.into_iter().find(|address| !address.is_empty()),
        rules: outcome
            .rules
            .values()
            .map(|page| rule(page, precisions.get(page.id.as_str()).copied()))
            .collect(),
        notifications: vec![
            described(
                UNREAD,
                "Something could not be read.",
                "What it says is missing from the results; the rest was checked.",
            ),
            described(
                CUT,
                "Results or evidence were left out.",
                "There are more than readers of this format take; the most important ones are here.",
            ),
        ],
    }
}

fn described(id: &'static str, short: &str, help: &str) -> Described {
    Described {
        id,
        short_description: text(short),
        full_description: text(&format!("{short} {help}")),
        help: text(help),
    }
}

/// The least confidence among the findings of each rule: a rule has none of its own, and readers
/// take one value for all of its results.
fn precisions(outcome: &Outcome) -> BTreeMap<&str, Confidence> {
    let mut least: BTreeMap<&str, Confidence> = BTreeMap::new();
    for reported in &outcome.findings {
        let finding = &reported.finding;
        let entry = least.entry(&finding.rule).or_insert(finding.confidence);
        *entry = finding.confidence.min(*entry);
    }
    least
}

fn rule(page: &Page, precision: Option<Confidence>) -> Rule {
    let body = escape::terminal(&page.body);
    let mut tags = vec!["reliability".to_owned(), escape::label(&page.group)];
    tags.extend(page.inputs.iter().map(|input| escape::label(input)));
    tags.truncate(MAX_TAGS);
    Rule {
        id: escape::label(&page.id),
        name: name(&page.id),
        short_description: text(&sentence(&page.summary)),
        full_description: text(&introduction(page)),
        help: Help {
            text: body.clone(),
            markdown: body,
        },
        default_configuration: Configuration {
            level: page.severity.name(),
        },
        properties: RuleProperties {
            tags,
            problem_severity: match page.severity {
                Severity::Note => "recommendation",
                Severity::Warning => "warning",
                Severity::Error => "error",
            },
            precision: precision.map(|precision| match precision {
                Confidence::Low => "low",
                Confidence::Medium => "medium",
                Confidence::High => "high",
            }),
        },
    }
}

/// `a-rule` as `ARule`.
fn name(id: &str) -> String {
    let words = id.split(|c: char| !c.is_ascii_alphanumeric());
    let upper = words.map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    });
    upper.collect()
}

fn sentence(text: &str) -> String {
    format!("{}.", cut(text.trim_end_matches('.')))
}

/// The first paragraph of the page, or its summary where there is none.
fn introduction(page: &Page) -> String {
    let paragraphs = page.body.split("\n\n").map(str::trim);
    let first = paragraphs
        .filter(|paragraph| !paragraph.is_empty() && !paragraph.starts_with('#'))
        .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
        .next();
    match first {
        Some(paragraph) => cut(&paragraph),
        None => sentence(&page.summary),
    }
}

/// Cut at the last word that fits.
fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_DESCRIPTION - 2) {
        Some((end, _)) => {
            let fits = &text[..end];
            let end = fits.rfind(' ').unwrap_or(end);
            format!("{}…", &text[..end])
        }
        None => text.to_owned(),
    }
}
