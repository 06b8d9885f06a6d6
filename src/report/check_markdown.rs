//! `check --format markdown`: a comment for a pull request, in the Markdown that the forges share.

use super::check_region::{Region, most_important_first};
use super::checklist::{counted, read_line};
use super::location;
use crate::analysis::Analysis;
use crate::escape::{html, markdown_code, markdown_comment, url_path};
use crate::finding::{Finding, Severity};
use crate::model::Evidence;
use crate::outcome::Outcome;
use std::fmt::Write;

/// The longest comment that GitHub takes has 65,536 characters; bytes are never fewer.
const MAX_BYTES: usize = 65_536;
/// What is kept for the lines that say what was left out.
const RESERVE: usize = 400;
/// How many pieces of evidence a finding shows.
const MAX_EVIDENCE: usize = 20;

/// The comment. `link_base` leads to the files of the revision that was checked, such as
/// `https://forge.example/group/project/blob/<revision>/`; without it, files are no links.
#[must_use]
pub fn render(analysis: &Analysis, outcome: &Outcome, link_base: Option<&str>) -> String {
    let writer = Writer {
        analysis,
        outcome,
        link_base: link_base.map(address),
    };
    let mut out = writer.head();
    let (problems, unread) = writer.problems(MAX_BYTES / 4);
    let budget = MAX_BYTES - RESERVE - problems.len();
    let findings = most_important_first(outcome);
    let mut shown = 0;
    let mut severity = None;
    for reported in &findings {
        let finding = &reported.finding;
        let mut text = String::new();
        if severity != Some(finding.severity) {
            let count = counted(outcome.count(finding.severity), finding.severity.name());
            let _ = write!(text, "\n### {count}\n\n");
        }
        text.push_str(&writer.finding(finding));
        if out.len() + text.len() > budget {
            break;
        }
        severity = Some(finding.severity);
        out.push_str(&text);
        shown += 1;
    }
    if shown < findings.len() {
        let more = findings.len() - shown;
        let _ = write!(
            out,
            "\n**{} more did not fit into a comment.**\n",
            counted(more, "finding")
        );
    }
    out.push_str(&problems);
    if unread > 0 {
        let _ = write!(
            out,
            "\n**{} more did not fit into a comment.**\n",
            counted(unread, "problem")
        );
    }
    out
}

struct Writer<'a> {
    analysis: &'a Analysis,
    outcome: &'a Outcome,
    link_base: Option<String>,
}

impl Writer<'_> {
    fn head(&self) -> String {
        let outcome = self.outcome;
        let counts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
            .into_iter()
            .filter(|severity| outcome.count(*severity) > 0)
            .map(|severity| counted(outcome.count(severity), severity.name()))
            .collect();
        let headline = match counts.as_slice() {
            [] => "no findings".to_owned(),
            counts => counts.join(", "),
        };
        let mut line = format!("Read {}.", read_line(self.analysis));
        for (number, what) in [
            (outcome.suppressed().count(), "suppressed"),
            (outcome.known(), "known before"),
        ] {
            if number > 0 {
                let _ = write!(line, " {} {what}.", counted(number, "finding"));
            }
        }
        if !self.analysis.problems.is_empty() {
            let problems = counted(self.analysis.problems.len(), "problem");
            let _ = write!(line, " **{problems} kept something from being read.**");
        }
        format!("## seaworthy: {headline}\n\n{line}\n")
    }

    /// One line, and below it what the finding rests on, folded.
    fn finding(&self, finding: &Finding) -> String {
        let region = Region::new(self.analysis, self.outcome, finding.span);
        let mut out = format!(
            "- {} {} ({})\n",
            self.link(&region),
            markdown_comment(&finding.message),
            markdown_code(&finding.rule)
        );
        out.push_str("  <details><summary>What to do, and why</summary>\n\n");
        let _ = writeln!(out, "  - **{}**", markdown_comment(&finding.help));
        for evidence in finding.evidence.iter().take(MAX_EVIDENCE) {
            let _ = writeln!(out, "  - {}", self.evidence(evidence));
        }
        if finding.evidence.len() > MAX_EVIDENCE {
            let _ = writeln!(
                out,
                "  - and {} more",
                finding.evidence.len() - MAX_EVIDENCE
            );
        }
        let _ = writeln!(
            out,
            "  - Confidence: {}",
            html(&format!("{:?}", finding.confidence).to_lowercase())
        );
        out.push_str("\n  </details>\n");
        out
    }

    fn evidence(&self, evidence: &Evidence) -> String {
        let place = match evidence.span() {
            Some(span) => self.link(&Region::new(self.analysis, self.outcome, span)),
            None => {
                // The catalogue is no file of the repository.
                let (file, line) = location(&self.analysis.sources, evidence.place);
                markdown_code(&format!("{file}:{line}"))
            }
        };
        format!("{place}: {}", markdown_comment(&evidence.reason))
    }

    fn link(&self, region: &Region) -> String {
        let place = markdown_code(&region.place());
        match &self.link_base {
            Some(base) if !region.file.starts_with("../") => {
                let path = url_path(&region.file);
                format!("[{place}]({base}{path}#L{})", region.start.line)
            }
            _ => place,
        }
    }

    /// The problems that fit, and how many do not.
    fn problems(&self, budget: usize) -> (String, usize) {
        let problems = &self.analysis.problems;
        if problems.is_empty() {
            return (String::new(), 0);
        }
        let mut out = format!("\n### {}\n\n", counted(problems.len(), "problem"));
        for (index, problem) in problems.iter().enumerate() {
            let region = Region::new(self.analysis, self.outcome, problem.span);
            let line = format!(
                "- {} {}; {}\n",
                self.link(&region),
                markdown_comment(&problem.message),
                markdown_comment(&problem.help)
            );
            if out.len() + line.len() > budget {
                return (out, problems.len() - index);
            }
            out.push_str(&line);
        }
        (out, 0)
    }
}

/// The user's own address with what would end a Markdown link encoded, and a slash at its end.
fn address(base: &str) -> String {
    let mut out = String::new();
    for c in base.chars() {
        match c {
            '(' | ')' | '<' | '>' | ' ' | '\\' | '`' => {
                let _ = write!(out, "%{:02X}", c as u32);
            }
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    if !out.ends_with('/') {
        out.push('/');
    }
    out
}
