//! What changed in an architecture between two states: components and relations that came and went,
//! calls that lost their guards, labels that changed.

use crate::diagram::{Facts, Graph, Marks, Reading, mermaid, sentence};
use crate::escape::{markdown, markdown_code};
use crate::model::{Endpoint, System};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What changed, in words; each list is ordered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Components, with what they are.
    pub components: Vec<Change>,
    /// Relations: who acts on whom, and how.
    pub relations: Vec<Change>,
    /// Endpoints, with their labels.
    pub endpoints: Vec<Change>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Change {
    /// What happened.
    pub what: What,
    /// What it happened to.
    pub name: String,
    /// How it was, where it was there.
    pub before: Option<String>,
    /// How it is, where it is there.
    pub after: Option<String>,
    /// It takes something away that a system needs when things fail.
    pub worse: bool,
}

/// What happened to something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is there as before, and otherwise.
    Changed,
}

impl What {
    fn sign(self) -> char {
        match self {
            Self::Added => '+',
            Self::Removed => '-',
            Self::Changed => '~',
        }
    }
}

impl Changes {
    /// From one state to another.
    #[must_use]
    pub fn between(old: &System, new: &System) -> Self {
        let (old_facts, new_facts) = (Facts::of(&Graph::new(old)), Facts::of(&Graph::new(new)));
        let relations = |facts: &Facts| {
            let edges = facts.edges.iter().map(|(edge, fact)| {
                let guards = match fact.unguarded {
                    true => "without timeout or breaker on some path",
                    false => "",
                };
                (sentence(edge), guards.to_owned())
            });
            edges.collect::<BTreeMap<String, String>>()
        };
        Self {
            components: compared(&old_facts.nodes, &new_facts.nodes, |_| false),
            relations: compared(&relations(&old_facts), &relations(&new_facts), |state| {
                !state.is_empty()
            }),
            endpoints: compared(&labels(old), &labels(new), |label| {
                label == "not-idempotent"
            }),
        }
    }

    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all().next().is_none()
    }

    fn all(&self) -> impl Iterator<Item = &Change> {
        let lists = [&self.components, &self.relations, &self.endpoints];
        lists.into_iter().flatten()
    }

    fn sections(&self) -> [(&'static str, &[Change]); 3] {
        [
            ("Components", &self.components),
            ("Relations", &self.relations),
            ("Endpoints", &self.endpoints),
        ]
    }

    /// Plain lines for a terminal.
    #[must_use]
    pub fn lines(&self) -> String {
        if self.is_empty() {
            return "The architecture is the same.\n".to_owned();
        }
        let mut out = String::new();
        for (title, changes) in self.sections() {
            if changes.is_empty() {
                continue;
            }
            let _ = writeln!(out, "{title}");
            for change in changes {
                let line = format!(
                    "  {} {}{}",
                    change.what.sign(),
                    change.name,
                    change.states()
                );
                let _ = writeln!(out, "{}", crate::escape::terminal(&line).replace('\n', " "));
            }
        }
        out
    }

    /// A comment for a pull request; the chart shows what changed and what it touches.
    #[must_use]
    pub fn markdown(&self, new: &System) -> String {
        if self.is_empty() {
            return "### Architecture\n\nNo change.\n".to_owned();
        }
        let mut out = String::from("### Architecture\n");
        let worse = self.all().filter(|change| change.worse).count();
        if worse > 0 {
            let _ = writeln!(out, "\n**{worse} to look at**, marked ⚠");
        }
        for (title, changes) in self.sections() {
            if changes.is_empty() {
                continue;
            }
            let _ = writeln!(out, "\n**{title}**\n");
            for change in changes {
                let mark = if change.worse { "⚠ " } else { "" };
                let _ = writeln!(
                    out,
                    "- {mark}{} {}{}",
                    match change.what {
                        What::Added => "new:",
                        What::Removed => "gone:",
                        What::Changed => "changed:",
                    },
                    markdown_code(&change.name),
                    markdown(&change.states())
                );
            }
        }
        if let Some(chart) = self.chart(new) {
            let _ = writeln!(
                out,
                "\n<details><summary>what is new or changed, and what it touches</summary>\n\n```mermaid\n{chart}```\n\n</details>"
            );
        }
        out
    }

    /// The part of the new state with new and changed relations and components.
    fn chart(&self, new: &System) -> Option<String> {
        let graph = self.touched(new)?;
        Some(mermaid(&graph, Reading::Right))
    }

    /// What is new or changed, with the other ends of its relations; none where only things went.
    fn touched<'s>(&self, new: &'s System) -> Option<Graph<'s>> {
        let graph = Graph::new(new);
        let known = |name: &String| new.component(name).is_some();
        let names: Vec<String> = self.names(|what| what != What::Removed);
        let names: Vec<String> = names.into_iter().filter(known).collect();
        match names.is_empty() {
            true => None,
            false => graph.near(&names, 1).ok(),
        }
    }

    /// What is new, gone or changed, with the other ends of its relations, and which of it is new and
    /// gone; none where no component or relation changed.
    #[must_use]
    pub fn drawn<'s>(&self, old: &'s System, new: &'s System) -> Option<(Graph<'s>, Marks)> {
        let (graph, marks) = Graph::new(new).compared(&Graph::new(old));
        let known = |name: &String| [old, new].iter().any(|one| one.component(name).is_some());
        let names: Vec<String> = self.names(|_| true);
        let names: Vec<String> = names.into_iter().filter(known).collect();
        match names.is_empty() {
            true => None,
            false => Some((graph.near(&names, 1).ok()?, marks)),
        }
    }

    /// The components with such changes, and those whose relations have them.
    fn names(&self, which: impl Fn(What) -> bool) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for change in self.components.iter().filter(|one| which(one.what)) {
            names.push(change.name.clone());
        }
        for change in self.relations.iter().filter(|one| which(one.what)) {
            let ends = change.name.rsplit_once(" (").map(|(ends, _)| ends);
            if let Some((from, to)) = ends.and_then(|ends| ends.split_once(" -> ")) {
                names.extend([from.to_owned(), to.to_owned()]);
            }
        }
        names
    }
}

impl Change {
    /// ": before -> after", as far as there is something to say.
    fn states(&self) -> String {
        let shown = |state: &Option<String>| match state.as_deref() {
            None | Some("") => None,
            Some(state) => Some(state.to_owned()),
        };
        match (self.what, shown(&self.before), shown(&self.after)) {
            (What::Added, _, Some(after)) => format!(": {after}"),
            (What::Changed, Some(before), Some(after)) => format!(": {before} -> {after}"),
            (What::Changed, None, Some(after)) => format!(": now {after}"),
            (What::Changed, Some(before), None) => format!(": no longer {before}"),
            _ => String::new(),
        }
    }
}

/// What came, went and changed between two states of named things; `bad` is a state to look at.
fn compared(
    old: &BTreeMap<String, String>,
    new: &BTreeMap<String, String>,
    bad: impl Fn(&str) -> bool,
) -> Vec<Change> {
    let mut changes = Vec::new();
    for (name, after) in new {
        let before = old.get(name);
        if before == Some(after) {
            continue;
        }
        changes.push(Change {
            what: match before {
                None => What::Added,
                Some(_) => What::Changed,
            },
            name: name.clone(),
            before: before.cloned(),
            after: Some(after.clone()),
            worse: bad(after),
        });
    }
    for (name, before) in old {
        if !new.contains_key(name) {
            changes.push(Change {
                what: What::Removed,
                name: name.clone(),
                before: Some(before.clone()),
                after: None,
                worse: false,
            });
        }
    }
    changes.sort();
    changes
}

/// The label of each endpoint that writes, by service, method and path.
fn labels(system: &System) -> BTreeMap<String, String> {
    let name = |endpoint: &Endpoint| {
        let service = match endpoint.service.is_empty() {
            true => String::new(),
            false => format!(" of {}", endpoint.service),
        };
        format!("{} {}{service}", endpoint.method, endpoint.path)
    };
    let endpoints = system.endpoints.iter();
    let writes = endpoints.filter(|endpoint| {
        !matches!(
            endpoint.method.as_str(),
            "GET" | "HEAD" | "OPTIONS" | "TRACE"
        )
    });
    writes
        .map(|endpoint| (name(endpoint), endpoint.label.name().to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        let own = |(name, state): &(&str, &str)| ((*name).to_owned(), (*state).to_owned());
        entries.iter().map(own).collect()
    }

    #[test]
    fn changes_are_told_in_words() {
        let old = map(&[("POST /a", "idempotent"), ("POST /b", "unknown")]);
        let new = map(&[("POST /a", "not-idempotent"), ("POST /c", "idempotent")]);
        let changes = Changes {
            endpoints: compared(&old, &new, |label| label == "not-idempotent"),
            ..Changes::default()
        };
        assert_eq!(
            changes.lines(),
            "Endpoints\n  + POST /c: idempotent\n  - POST /b\n  ~ POST /a: idempotent -> not-idempotent\n"
        );
        assert!(
            changes
                .markdown(&System::default())
                .contains("⚠ changed: `POST /a`")
        );
        assert!(Changes::default().is_empty());
    }
}
