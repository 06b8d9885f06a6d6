//! CODEOWNERS files of GitHub and GitLab: who owns which path.

use crate::problem::Problem;
use crate::source::{SourceId, Span, offset};

/// A CODEOWNERS file.
#[derive(Clone, Debug, Default)]
pub struct Codeowners {
    /// The rules, in order: of those that match in a section the last counts.
    pub rules: Vec<OwnerRule>,
}

/// A line of the file.
#[derive(Clone, Debug)]
pub struct OwnerRule {
    /// The section it stands in (GitLab); zero for those before the first.
    pub section: usize,
    /// The pattern, as in a `.gitignore`.
    pub pattern: String,
    /// Users, teams and addresses; none takes the owners away.
    pub owners: Vec<String>,
}

/// How many rules are read: each is compiled to a pattern of some KiB.
const MAX_RULES: usize = 10_000;

/// The longest line that is read, in bytes.
const MAX_LINE: usize = 4_000;

/// Reads a file. GitLab's sections (`[Name] @default`) give their owners to lines that have none.
pub(crate) fn read(source: SourceId, text: &str) -> (Codeowners, Vec<Problem>) {
    let mut file = Codeowners::default();
    let mut problems = Vec::new();
    let mut section = 0;
    let mut default: Vec<String> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let span = Span::new(source, offset(start), offset(start + line.trim_end().len()));
        start += line.len();
        if line.len() > MAX_LINE {
            problems.push(Problem::new(
                span,
                format!("a line of CODEOWNERS is longer than {MAX_LINE} bytes and is left out"),
                "name the files with several shorter lines",
            ));
            continue;
        }
        if file.rules.len() >= MAX_RULES {
            problems.push(Problem::new(
                span,
                format!(
                    "CODEOWNERS has more than {MAX_RULES} rules; those from here on are left out"
                ),
                "name directories instead of files",
            ));
            break;
        }
        let words = words(line);
        let Some(first) = words.first() else {
            continue;
        };
        if let Some(rest) = first.strip_prefix('^').unwrap_or(first).strip_prefix('[') {
            let whole = line.trim();
            match whole.find(']') {
                Some(end) if !rest.is_empty() => {
                    section += 1;
                    // `[Name][2] @owner`: the number is of approvals.
                    let after = whole[end + 1..].trim_start();
                    let after = match after.strip_prefix('[') {
                        Some(number) => number.split_once(']').map_or("", |(_, rest)| rest),
                        None => after,
                    };
                    default = self::words(after);
                }
                _ => problems.push(Problem::new(
                    span,
                    "a section of CODEOWNERS has no closing bracket",
                    "write it as `[Name]`",
                )),
            }
            continue;
        }
        let owners = &words[1..];
        file.rules.push(OwnerRule {
            section,
            pattern: first.clone(),
            owners: if owners.is_empty() { &default } else { owners }.to_vec(),
        });
    }
    (file, problems)
}

/// The words of a line up to its comment; a backslash keeps a space or a `#`.
fn words(line: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut characters = line.trim().chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => match characters.next() {
                Some(kept @ (' ' | '#')) => word.push(kept),
                Some(other) => word.extend(['\\', other]),
                None => {}
            },
            '#' if word.is_empty() => break,
            c if c.is_whitespace() => {
                words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            }
            c => word.push(c),
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_sections_and_comments_are_told_apart() {
        let text = "# who\n*  @all @b # rest\n/docs\\ x/ docs@example.org\n\n[Data][2] @data\n*.sql\n^[Maybe]\na @c\n[broken\n";
        let (file, problems) = read(SourceId(0), text);
        let rules: Vec<_> = file
            .rules
            .iter()
            .map(|rule| (rule.section, rule.pattern.as_str(), rule.owners.join(" ")))
            .collect();
        assert_eq!(
            rules,
            [
                (0, "*", "@all @b".to_owned()),
                (0, "/docs x/", "docs@example.org".to_owned()),
                (1, "*.sql", "@data".to_owned()),
                (2, "a", "@c".to_owned()),
            ]
        );
        assert_eq!(problems.len(), 1);
    }
}
