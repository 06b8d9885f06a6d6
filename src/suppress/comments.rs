//! Comments that suppress findings: `seaworthy: allow(rule, other-rule) reason`.

use super::extent;
use crate::source::{Source, SourceId, SourceKind, Span};
use memchr::memmem;
use std::ops::Range;

/// What such a comment begins with.
const MARK: &str = "seaworthy:";

/// A comment that suppresses findings, or means to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Comment {
    /// The comment, from the mark to its end.
    pub(super) span: Span,
    /// The rules that it names; nothing where it cannot be read.
    pub(super) rules: Vec<String>,
    /// Why.
    pub(super) reason: Option<String>,
    /// What it stands for: bytes of the element that follows, or of its own line.
    pub(super) covers: Range<usize>,
}

/// A comment as it stands in a file.
pub(super) struct Found {
    /// The comment without what begins and ends it.
    pub(super) text: Range<usize>,
    /// What it covers.
    pub(super) covers: Range<usize>,
}

/// All of them in one file.
pub(super) fn comments(id: SourceId, source: &Source) -> Vec<Comment> {
    let text = source.text.as_str();
    if memmem::find(text.as_bytes(), MARK.as_bytes()).is_none() {
        return Vec::new();
    }
    let found = match source.kind {
        SourceKind::Rust => extent::in_rust(text),
        SourceKind::Sql => extent::in_lines(text, "--"),
        SourceKind::Configuration | SourceKind::Unreadable => Vec::new(),
        // Nothing in JSON is a comment.
        _ if text.trim_start().starts_with('{') => Vec::new(),
        _ => extent::in_lines(text, "#"),
    };
    found
        .into_iter()
        .filter_map(|found| comment(id, text, found))
        .collect()
}

fn comment(id: SourceId, text: &str, found: Found) -> Option<Comment> {
    let inside = text.get(found.text.clone())?;
    let trimmed = inside.trim();
    let said = trimmed.strip_prefix(MARK)?.trim();
    let start = found.text.start + inside.find(MARK)?;
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let span = Span::new(id, offset(start), offset(start + trimmed.len()));
    let (rules, reason) = allowed(said).unwrap_or_default();
    Some(Comment {
        span,
        rules,
        reason,
        covers: found.covers,
    })
}

/// The rules and the reason of `allow(rule, rule) reason`.
fn allowed(said: &str) -> Option<(Vec<String>, Option<String>)> {
    let rest = said.strip_prefix("allow")?.trim_start().strip_prefix('(')?;
    let (rules, reason) = rest.split_once(')')?;
    let rules: Vec<String> = rules
        .split(',')
        .map(|rule| rule.trim().to_owned())
        .filter(|rule| !rule.is_empty())
        .collect();
    let reason = reason.trim().trim_start_matches([':', '-', '—']).trim();
    let reason = (!reason.is_empty()).then(|| reason.to_owned());
    (!rules.is_empty()).then_some((rules, reason))
}

#[cfg(test)]
mod tests {
    use super::allowed;

    #[test]
    fn rules_and_reason_are_read() {
        let read = |text: &str| {
            allowed(text).map(|(rules, reason)| (rules.join(" "), reason.unwrap_or_default()))
        };
        let both = |rules: &str, reason: &str| Some((rules.to_owned(), reason.to_owned()));
        assert_eq!(read("allow(a-b) it is so"), both("a-b", "it is so"));
        assert_eq!(
            read("allow(a, b): why (really)"),
            both("a b", "why (really)")
        );
        assert_eq!(read("allow (a)"), both("a", ""));
        assert_eq!(read("allow()"), None);
        assert_eq!(read("alow(a) b"), None);
    }
}
