//! `check` for people: excerpts with carets, what the finding rests on, and what to do.

use super::place::source_location;
use super::{location, plural};
use crate::analysis::Analysis;
use crate::escape;
use crate::finding::{Finding, Severity};
use crate::model::Evidence;
use crate::outcome::Outcome;
use crate::policies;
use crate::problem::Problem;
use crate::source::{Source, Span};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Lines shown before the marked one.
const LINES_BEFORE: usize = 2;
/// How much of an excerpt is shown around the mark, in bytes; some files are one long line.
const MAX_EXCERPT: usize = 2_000;
/// How many pieces of evidence a finding shows.
const MAX_EVIDENCE: usize = 6;

/// The whole report, styled; what prints it removes the styles where they are not wanted.
#[must_use]
pub fn render(analysis: &Analysis, outcome: &Outcome, width: usize) -> String {
    render_linked(analysis, outcome, width, None)
}

/// [`render`], with the places as links (OSC 8) for a terminal that makes something of them. `base` is
/// the URL of the audited directory, with a `/` at its end.
#[must_use]
pub fn render_linked(
    analysis: &Analysis,
    outcome: &Outcome,
    width: usize,
    base: Option<&str>,
) -> String {
    let renderer = Renderer::styled()
        .decor_style(DecorStyle::Ascii)
        .term_width(width);
    let mut out = String::new();
    let mut explained: BTreeSet<&str> = BTreeSet::new();
    for reported in outcome.open() {
        let finding = &reported.finding;
        // Where to read more is said once for each rule.
        let page = outcome.rules.get(&finding.rule);
        let shipped = page.is_some_and(|page| page.group != policies::GROUP);
        let more = explained.insert(&finding.rule) && shipped;
        let mut text = render_finding(analysis, finding, more, &renderer);
        if let Some(base) = base {
            text = linked(&text, &places(analysis, finding), base);
        }
        let _ = writeln!(out, "{text}\n");
    }
    for problem in &analysis.problems {
        let _ = writeln!(out, "{}\n", render_problem(analysis, problem, &renderer));
    }
    out.push_str(&summary(analysis, outcome));
    out
}

/// The places that the text of a finding names, in their order.
fn places(analysis: &Analysis, finding: &Finding) -> Vec<(String, usize)> {
    let seen = finding.evidence.iter().take(MAX_EVIDENCE);
    let spans = seen.filter_map(Evidence::span);
    std::iter::once(finding.span)
        .chain(spans)
        .map(|span| source_location(&analysis.sources, span))
        .collect()
}

/// A text with these places, each once and in this order, as links to files.
fn linked(text: &str, places: &[(String, usize)], base: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len() * 2), text);
    for (file, line) in places {
        let place = format!("{}:{line}", one_line(file));
        // What was broken over two lines stays as it is.
        if let Some((before, after)) = rest.split_once(&place) {
            let path = escape::url_path(file);
            let _ = write!(
                out,
                "{before}\u{1b}]8;;{base}{path}\u{1b}\\{place}\u{1b}]8;;\u{1b}\\"
            );
            rest = after;
        }
    }
    out + rest
}

fn render_finding(
    analysis: &Analysis,
    finding: &Finding,
    more: bool,
    renderer: &Renderer,
) -> String {
    let source = analysis.sources.get(finding.span.source);
    let excerpt = Excerpt::new(source, finding.span);
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let message = one_line(&finding.message);
    let label = one_line(&finding.label);
    let mut notes: Vec<String> = Vec::new();
    for evidence in finding.evidence.iter().take(MAX_EVIDENCE) {
        let (file, line) = location(&analysis.sources, evidence.place);
        notes.push(one_line(&format!("{file}:{line}: {}", evidence.reason)));
    }
    if finding.evidence.len() > MAX_EVIDENCE {
        notes.push(format!(
            "and {} more",
            finding.evidence.len() - MAX_EVIDENCE
        ));
    }
    let help = one_line(&finding.help);
    let path = one_line(&source.path);
    let rule = one_line(&finding.rule);
    let mut group = level
        .primary_title(message.as_str())
        .id(rule.as_str())
        .element(
            Snippet::source(excerpt.text.as_str())
                .line_start(excerpt.first_line)
                .path(path.as_str())
                .fold(false)
                .annotation(
                    AnnotationKind::Primary
                        .span(excerpt.mark.clone())
                        .label(label.as_str()),
                ),
        );
    for note in &notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    group = group.element(Level::HELP.message(help.as_str()));
    let page = format!("seaworthy explain {rule}");
    if more {
        group = group.element(Level::NOTE.with_name("more").message(page.as_str()));
    }
    renderer.render(&[group])
}

fn render_problem(analysis: &Analysis, problem: &Problem, renderer: &Renderer) -> String {
    let source = analysis.sources.get(problem.span.source);
    let message = one_line(&problem.message);
    let path = one_line(&source.path);
    let help = one_line(&problem.help);
    let level = Level::ERROR.with_name("problem");
    if source.text.is_empty() {
        let place = format!("{path}: {message}");
        return renderer.render(&[level
            .primary_title(place.as_str())
            .element(Level::HELP.message(help.as_str()))]);
    }
    let excerpt = Excerpt::new(source, problem.span);
    renderer.render(&[level
        .primary_title(message.as_str())
        .element(
            Snippet::source(excerpt.text.as_str())
                .line_start(excerpt.first_line)
                .path(path.as_str())
                .fold(false)
                .annotation(AnnotationKind::Primary.span(excerpt.mark.clone())),
        )
        .element(Level::HELP.message(help.as_str()))])
}

/// A line break in a name would let it pose as a line of the report, or as a command to what reads
/// the log of a build.
fn one_line(text: &str) -> String {
    escape::terminal(text).replace('\n', "\u{fffd}")
}

/// The lines around a span, and the span within them.
struct Excerpt {
    text: String,
    first_line: usize,
    mark: std::ops::Range<usize>,
}

impl Excerpt {
    fn new(source: &Source, span: Span) -> Self {
        let text = source.text.as_str();
        let start = floor_boundary(text, span.start as usize);
        // Only the first line of a longer span is marked.
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let end = floor_boundary(text, (span.end as usize).clamp(start, line_end));
        let mut from = text[..start].rfind('\n').map_or(0, |at| at + 1);
        for _ in 0..LINES_BEFORE {
            if from > 0 {
                from = text[..from - 1].rfind('\n').map_or(0, |at| at + 1);
            }
        }
        if start - from > MAX_EXCERPT {
            from = floor_boundary(text, start - MAX_EXCERPT / 2);
        }
        let to = if line_end - start > MAX_EXCERPT {
            floor_boundary(text, start + MAX_EXCERPT / 2)
        } else {
            line_end
        };
        let end = end.min(to);
        Self {
            first_line: source.line(u32::try_from(from).unwrap_or(0)),
            text: text[from..to].to_owned(),
            mark: start - from..end - from,
        }
    }
}

fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// One line: what was found, in what was read, and what could not be read.
#[must_use]
pub fn summary(analysis: &Analysis, outcome: &Outcome) -> String {
    let count = |severity| outcome.count(severity);
    let parts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .filter(|severity| count(*severity) > 0)
        .map(|severity| plural(count(severity), severity.name()))
        .collect();
    let found = if parts.is_empty() {
        "no findings".to_owned()
    } else {
        parts.join(", ")
    };
    let read = analysis.read;
    if read.openapi + read.rust + read.compose + analysis.problems.len() == 0 {
        return "nothing to read: no contract, Rust file or compose file was found\n".to_owned();
    }
    let mut line = format!(
        "{found} in {}, {} and {}",
        plural(read.openapi, "contract"),
        plural(read.rust, "Rust file"),
        plural(read.compose, "compose file")
    );
    let rehearsals = analysis.system.rehearsals.len();
    if rehearsals > 0 {
        let _ = write!(line, " ({rehearsals} for tests or development only)");
    }
    for (number, what) in [
        (outcome.suppressed().count(), "suppressed"),
        (outcome.known(), "known before"),
    ] {
        if number > 0 {
            let _ = write!(line, "; {number} {what}");
        }
    }
    if !analysis.problems.is_empty() {
        let _ = write!(
            line,
            "; {} kept something from being read",
            plural(analysis.problems.len(), "problem")
        );
    }
    line + "\n"
}

#[cfg(test)]
mod tests {
    use super::linked;

    #[test]
    fn places_are_links_in_their_order() {
        let text = " --> a b.rs:1:2\nnote: a b.rs:10: x\nnote: a b.rs:1: y";
        let places = [("a b.rs".to_owned(), 1), ("a b.rs".to_owned(), 1)];
        let linked = linked(text, &places, "file:///x/");
        let link = "\u{1b}]8;;file:///x/a%20b.rs\u{1b}\\a b.rs:1\u{1b}]8;;\u{1b}\\";
        assert!(linked.starts_with(&format!(" --> {link}:2")), "{linked}");
        assert_eq!(anstream::adapter::strip_str(&linked).to_string(), text);
    }
}
