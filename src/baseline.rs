//! Findings that are known already: those of a file, or those of an older revision. What is known is
//! not reported again.

use crate::outcome::{Outcome, State};
use crate::source::Sources;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The version of the file's format.
const VERSION: u32 = 1;

/// A set of known findings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: Vec<Known>,
}

/// A known finding. It is recognised by its fingerprint, which holds rule, file and names. Where it is
/// found no more, one by the same rule stands for it: on the same element of the same file, whose code has
/// changed, or in another file: on the same element or with the same names where its own is gone, with both the same
/// where it is not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    file: String,
    rule: String,
    name: String,
    element: String,
    fingerprint: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    findings: Vec<Known>,
}

impl Baseline {
    /// The open findings of an outcome.
    #[must_use]
    pub fn of(outcome: &Outcome, sources: &Sources) -> Self {
        let known = outcome.open().map(|reported| Known {
            file: sources.get(reported.finding.span.source).path.clone(),
            rule: reported.finding.rule.clone(),
            name: reported.finding.subject.clone(),
            element: reported.finding.element().to_owned(),
            fingerprint: reported.fingerprint.clone(),
        });
        let mut entries: Vec<Known> = known.collect();
        entries.sort();
        Self { entries }
    }

    /// Reads the text of a baseline file.
    ///
    /// # Errors
    /// When it is none, with the line where that shows.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = serde_json::from_str(text)
            .map_err(|error| format!("line {}: not a baseline: {error}", error.line()))?;
        if file.version != VERSION {
            return Err(format!(
                "version {} of the baseline is not known; write it again with --write-baseline",
                file.version
            ));
        }
        Ok(Self {
            entries: file.findings,
        })
    }

    /// The text of the file: a finding a line, ordered, so that a change reads well.
    ///
    /// # Errors
    /// When a name cannot be written as JSON.
    pub fn text(&self) -> serde_json::Result<String> {
        let mut text = format!("{{\n  \"version\": {VERSION},\n  \"findings\": [");
        for (index, entry) in self.entries.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let _ = write!(text, "{comma}\n    {}", serde_json::to_string(entry)?);
        }
        if !self.entries.is_empty() {
            text.push_str("\n  ");
        }
        text.push_str("]\n}\n");
        Ok(text)
    }

    /// How many findings it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Marks the open findings that are known, and gives the entries that were found again.
    pub fn mark(&self, outcome: &mut Outcome, sources: &Sources) -> Self {
        let by_fingerprint: BTreeMap<&str, usize> = self
            .entries
            .iter()
            .enumerate()
            .map(|(index, entry)| (entry.fingerprint.as_str(), index))
            .collect();
        let mut found: BTreeSet<usize> = BTreeSet::new();
        let mut unknown = Vec::new();
        for (at, reported) in outcome.findings.iter_mut().enumerate() {
            if reported.state != State::Open {
                continue;
            }
            match by_fingerprint.get(reported.fingerprint.as_str()) {
                Some(index) => {
                    found.insert(*index);
                    reported.state = State::Known;
                }
                None => unknown.push(at),
            }
        }
        // The older ones that are left stand for one each.
        for change in [
            Change::Inside,
            Change::Moved,
            Change::Both,
            Change::Elsewhere,
        ] {
            let mut waiting: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
            for (index, entry) in self.entries.iter().enumerate().rev() {
                let gone = sources.find(&entry.file).is_none();
                let expected = matches!(change, Change::Moved | Change::Both);
                if !found.contains(&index) && gone == expected {
                    let names = (&*entry.file, &*entry.name, &*entry.element);
                    let key = change.key(&entry.rule, names);
                    waiting.entry(key).or_default().push(index);
                }
            }
            unknown.retain(|at| {
                let reported = &mut outcome.findings[*at];
                let finding = &reported.finding;
                let file = &*sources.get(finding.span.source).path;
                let names = (file, &*finding.subject, finding.element());
                let known = waiting.get_mut(&change.key(&finding.rule, names));
                let Some(index) = known.and_then(Vec::pop) else {
                    return true;
                };
                found.insert(index);
                reported.state = State::Known;
                false
            });
        }
        Self {
            entries: found
                .into_iter()
                .map(|index| self.entries[index].clone())
                .collect(),
        }
    }
}

/// Rule, file and name by which an older finding is looked for.
type Key = (String, Option<String>, String);

/// What may have happened to the code of a finding.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    /// Its code changed, in its file.
    Inside,
    /// Its file moved.
    Moved,
    /// Its file moved and its code changed.
    Both,
    /// It moved to another file, and its own is still there.
    Elsewhere,
}

impl Change {
    /// By what a finding is the same: its rule, and of its file, names and element what has not changed.
    fn key(self, rule: &str, (file, name, element): (&str, &str, &str)) -> Key {
        let (file, name) = match self {
            Self::Inside => (Some(file.to_owned()), element.to_owned()),
            Self::Moved => (None, name.to_owned()),
            Self::Both => (None, element.to_owned()),
            Self::Elsewhere => (None, format!("{element} {name}")),
        };
        (rule.to_owned(), file, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Finding, Severity};
    use crate::model::Confidence;
    use crate::source::{SourceKind, Span};

    fn outcome(files: &[&str], found: &[(&str, u32, &str)]) -> (Outcome, Sources) {
        let texts = files
            .iter()
            .map(|path| ((*path).to_owned(), SourceKind::Rust, "x".repeat(99)));
        let sources = Sources::new(texts.collect());
        let findings = found.iter().map(|(path, start, subject)| Finding {
            rule: "a-rule".to_owned(),
            severity: Severity::Warning,
            confidence: Confidence::High,
            span: Span::new(sources.find(path).expect("a file"), *start, *start),
            label: String::new(),
            // The first word is the element.
            message: format!("`{}`", subject.split(' ').next().unwrap_or_default()),
            help: String::new(),
            evidence: Vec::new(),
            others: Vec::new(),
            subject: (*subject).to_owned(),
        });
        let outcome = Outcome::new(findings.collect(), BTreeMap::new(), &sources);
        (outcome, sources)
    }

    fn open(outcome: &Outcome) -> Vec<&str> {
        outcome
            .open()
            .map(|reported| reported.finding.subject.as_str())
            .collect()
    }

    #[test]
    fn what_is_known_is_known_after_lines_and_files_moved() {
        let (old, sources) = outcome(
            &["a.rs", "b.rs"],
            &[("a.rs", 1, "one"), ("a.rs", 2, "two"), ("b.rs", 1, "three")],
        );
        let baseline = Baseline::of(&old, &sources);
        let text = baseline.text().expect("JSON");
        assert_eq!(Baseline::parse(&text), Ok(baseline.clone()));
        let (mut new, sources) = outcome(
            &["a.rs", "c.rs"],
            &[
                ("a.rs", 50, "two"),
                ("a.rs", 60, "four"),
                ("c.rs", 1, "three"),
                ("c.rs", 2, "one"),
                ("c.rs", 3, "one"),
            ],
        );
        let kept = baseline.mark(&mut new, &sources);
        // One stands for one: of two that are alike the second is new.
        assert_eq!(open(&new), ["four", "one"]);
        assert_eq!(kept.len(), 3);
    }

    #[test]
    fn what_changed_inside_is_known_by_its_element() {
        let (old, sources) = outcome(&["a.rs", "b.rs"], &[("a.rs", 1, "f x"), ("b.rs", 1, "g x")]);
        let baseline = Baseline::of(&old, &sources);
        let (mut new, sources) = outcome(
            &["a.rs", "c.rs"],
            &[
                ("a.rs", 1, "f y"),
                ("a.rs", 2, "g y"),
                ("c.rs", 1, "g z"),
                ("c.rs", 2, "g z"),
            ],
        );
        baseline.mark(&mut new, &sources);
        // One stands for one, wherever the file that is gone went.
        assert_eq!(open(&new), ["g z", "g z"]);
    }

    #[test]
    fn what_is_no_baseline_is_an_error_with_its_line() {
        let error =
            Baseline::parse("{\n  \"version\": 1,\n  \"findngs\": []\n}").expect_err("no baseline");
        assert!(
            error.starts_with("line 3: not a baseline: unknown field"),
            "{error}"
        );
        assert!(Baseline::parse("{\"version\": 7, \"findings\": []}").is_err());
    }
}
