//! Writes a checklist again without losing what people wrote in it.
//!
//! A generated row carries a stable id in a comment. When a checklist is written over an older
//! one, each row takes over the tick and the last cell of the row with its id; every line that
//! was not generated is put back behind the row or heading it stood behind; and what has no
//! place any more is kept in a section of its own. The last line of a checklist is a comment with
//! a digest of each generated line: that is how a person's line is told from ours.

use crate::model::stable_id;
use std::collections::{BTreeMap, BTreeSet};

/// The box that people tick.
const OPEN: &str = "☐";
/// The start of the comment that carries an id.
const ID: &str = "<!-- sw:";
/// The start of the last line.
const SEAL: &str = "<!-- seaworthy:lines ";
/// The section for what has no place any more, with the table of the rows that are gone.
const KEPT: [&str; 4] = [
    "## Kept from an earlier version",
    "What people wrote beside something that is gone.",
    "| | Line | Notes |",
    "|---|---|---|",
];

/// An empty box with its id.
pub(super) fn tick(id: &str) -> String {
    format!("{OPEN} {ID}{id} -->")
}

/// An id without a box: there is nothing to do, but there may be something to say.
pub(super) fn no_tick(id: &str) -> String {
    format!("{ID}{id} -->")
}

/// Adds the last line: digests of all lines.
pub(super) fn seal(text: &str) -> String {
    let digests: BTreeSet<String> = text.lines().filter_map(digest).collect();
    let digests: Vec<String> = digests.into_iter().collect();
    format!("{text}\n{SEAL}{} -->\n", digests.join(" "))
}

/// Eight digits for a line as it is generated, so without tick and note; none for an empty line.
fn digest(line: &str) -> Option<String> {
    let bare = match Row::parse(line) {
        Some(row) => row.bare(),
        None => line.trim().to_owned(),
    };
    (!bare.is_empty()).then(|| stable_id(&[&bare])[..8].to_owned())
}

/// A row of a table with an id.
struct Row<'a> {
    id: &'a str,
    /// What stands in the first cell beside the id.
    mark: &'a str,
    /// The cells between the first and the last, with their bars.
    middle: &'a str,
    /// The last cell.
    note: &'a str,
}

impl<'a> Row<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let line = line.trim();
        let inner = line.strip_prefix('|')?.strip_suffix('|')?;
        let (mark, rest) = inner.split_once(ID)?;
        let (id, rest) = rest.split_once("-->")?;
        let bars: Vec<usize> = bars(rest).collect();
        let (first, last) = (*bars.first()?, *bars.last()?);
        // A mark may be written behind the id too.
        let behind = rest[..first].trim();
        Some(Self {
            id: id.trim(),
            mark: if behind.is_empty() {
                mark.trim()
            } else {
                behind
            },
            middle: rest[first..last].trim_matches(['|', ' ']),
            note: rest[last + 1..].trim(),
        })
    }

    /// The row as it was generated, whatever was ticked and noted.
    fn bare(&self) -> String {
        format!("{ID}{} --> {}", self.id, self.middle)
    }

    /// Whether a person changed the first cell.
    fn is_ticked(&self) -> bool {
        !matches!(self.mark, "" | OPEN)
    }
}

/// Where the bars of a row stand that separate cells; an escaped one is text.
fn bars(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    (0..bytes.len()).filter(move |at| {
        let escapes = bytes[..*at]
            .iter()
            .rev()
            .take_while(|byte| **byte == b'\\')
            .count();
        bytes[*at] == b'|' && escapes % 2 == 0
    })
}

/// Names the lines of a checklist, so that a line is found again when others come and go: a row by
/// its id, any other line by its section, the heading or fold above it, its text, and how often
/// that text came before.
#[derive(Default)]
struct Names {
    section: String,
    fold: String,
    seen: BTreeMap<String, usize>,
}

impl Names {
    fn name(&mut self, line: &str) -> String {
        if let Some(row) = Row::parse(line) {
            return row.id.to_owned();
        }
        let line = line.trim();
        if line.starts_with("# ") || line.starts_with("## ") {
            line.clone_into(&mut self.section);
            self.fold.clear();
            self.seen.clear();
        } else if line.starts_with("###") || line.starts_with("<details>") {
            line.clone_into(&mut self.fold);
        }
        let text = format!("{}\n{}\n{line}", self.section, self.fold);
        let count = self.seen.entry(text.clone()).or_default();
        *count += 1;
        format!("{text}\n{count}")
    }
}

/// What a person made of a row.
struct Said {
    mark: String,
    middle: String,
    note: String,
}

/// Lines that a person wrote, and the names of the generated lines before them in their section,
/// the nearest first.
struct Block {
    lines: Vec<String>,
    places: Vec<String>,
}

/// What people wrote in an older checklist.
#[derive(Default)]
struct Written {
    rows: BTreeMap<String, Said>,
    blocks: Vec<Block>,
}

impl Written {
    /// `known` are the digests of lines that were generated.
    fn read(old: &str, known: &BTreeSet<String>) -> Self {
        let mut written = Self::default();
        let mut names = Names::default();
        let mut section: Vec<String> = Vec::new();
        let mut own: Vec<String> = Vec::new();
        for line in old.lines().filter(|line| !line.trim().starts_with(SEAL)) {
            let row = Row::parse(line);
            if line.trim().is_empty() {
                // An empty line inside of what a person wrote belongs to it.
                if !own.is_empty() {
                    own.push(String::new());
                }
                continue;
            }
            let generated = digest(line).is_none_or(|digest| known.contains(&digest))
                || KEPT.contains(&line.trim());
            if row.is_none() && !generated {
                own.push(line.trim_end().to_owned());
                continue;
            }
            written.flush(&section, &mut own);
            let before = names.section.clone();
            let name = names.name(line);
            if names.section != before {
                section.clear();
            }
            section.push(name);
            if let Some(row) = row {
                written.row(&row, generated || names.section == KEPT[0]);
            }
        }
        written.flush(&section, &mut own);
        written
    }

    fn row(&mut self, row: &Row<'_>, generated: bool) {
        if !generated && !row.middle.is_empty() {
            // Somebody wrote between the cells: which word is whose cannot be told any more.
            let line = format!("- {} {}", row.mark, joined(row.middle));
            self.blocks.push(Block {
                lines: vec![line],
                places: Vec::new(),
            });
        }
        if row.is_ticked() || !row.note.is_empty() {
            self.rows.entry(row.id.to_owned()).or_insert_with(|| Said {
                mark: row.mark.to_owned(),
                middle: row.middle.to_owned(),
                note: row.note.to_owned(),
            });
        }
    }

    fn flush(&mut self, section: &[String], own: &mut Vec<String>) {
        while own.last().is_some_and(String::is_empty) {
            own.pop();
        }
        if !own.is_empty() {
            self.blocks.push(Block {
                lines: std::mem::take(own),
                places: section.iter().rev().cloned().collect(),
            });
        }
    }
}

/// Cells of a row as one.
fn joined(middle: &str) -> String {
    let mut cells = Vec::new();
    let mut start = 0;
    for bar in bars(middle).chain([middle.len()]) {
        cells.push(middle[start..bar].trim());
        start = (bar + 1).min(middle.len());
    }
    cells.retain(|cell| !cell.is_empty());
    cells.join(" · ")
}

/// Whether a text is a checklist that was written here.
#[must_use]
pub fn is_checklist(text: &str) -> bool {
    text.lines()
        .any(|line| line.starts_with(SEAL) || Row::parse(line).is_some())
}

/// The new checklist with everything that people wrote in the old one.
#[must_use]
pub fn merge(old: &str, new: &str) -> String {
    let sealed = |text: &str| -> Vec<String> {
        let last = text
            .lines()
            .rev()
            .find_map(|line| line.trim().strip_prefix(SEAL));
        last.unwrap_or("")
            .split_whitespace()
            .map(str::to_owned)
            .collect()
    };
    let known: BTreeSet<String> = sealed(old).into_iter().chain(sealed(new)).collect();
    let mut written = Written::read(old, &known);
    let mut names = Names::default();
    let named: Vec<(&str, String)> = new.lines().map(|line| (line, names.name(line))).collect();
    let places: BTreeSet<&str> = named.iter().map(|(_, name)| name.as_str()).collect();
    let mut at: BTreeMap<&str, Vec<Vec<String>>> = BTreeMap::new();
    let mut homeless = Vec::new();
    for block in std::mem::take(&mut written.blocks) {
        match block
            .places
            .iter()
            .find_map(|place| places.get(place.as_str()))
        {
            Some(place) => at.entry(place).or_default().push(block.lines),
            None => homeless.push(block.lines),
        }
    }
    let mut out: Vec<String> = Vec::new();
    // What waits for the end of a table or a fold, which a line inside would break.
    let mut waiting: Vec<Vec<String>> = Vec::new();
    let mut inside = Inside::default();
    for (line, name) in &named {
        if line.starts_with(SEAL) {
            put_back(&mut out, &mut waiting);
            kept(
                &mut out,
                std::mem::take(&mut written.rows),
                std::mem::take(&mut homeless),
            );
        }
        inside.enter(line);
        if !inside.holds(line) && put_back(&mut out, &mut waiting) && line.is_empty() {
            continue;
        }
        match Row::parse(line) {
            Some(row) => out.push(filled(line, &row, &mut written)),
            None => out.push((*line).to_owned()),
        }
        waiting.extend(at.remove(name.as_str()).unwrap_or_default());
        inside.leave(line);
    }
    out.join("\n") + "\n"
}

/// Whether a line stands inside of something that another line would break.
#[derive(Default)]
struct Inside {
    fold: bool,
}

impl Inside {
    fn enter(&mut self, line: &str) {
        self.fold |= line.starts_with("<details>");
    }

    fn leave(&mut self, line: &str) {
        self.fold &= !line.starts_with("</details>");
    }

    fn holds(&self, line: &str) -> bool {
        self.fold || line.trim_start().starts_with('|')
    }
}

/// A row with the tick and note of its id.
fn filled(line: &str, row: &Row<'_>, written: &mut Written) -> String {
    let Some(said) = written.rows.remove(row.id) else {
        return line.to_owned();
    };
    let mark = if said.mark.is_empty() {
        row.mark
    } else {
        &said.mark
    };
    format!(
        "| {mark} {ID}{} --> | {} | {} |",
        row.id, row.middle, said.note
    )
}

/// Writes what waits, with an empty line behind it; whether there was something.
fn put_back(out: &mut Vec<String>, waiting: &mut Vec<Vec<String>>) -> bool {
    let some = !waiting.is_empty();
    for lines in waiting.drain(..) {
        if out.last().is_some_and(|line| !line.is_empty()) {
            out.push(String::new());
        }
        out.extend(lines);
        out.push(String::new());
    }
    some
}

/// What has no place any more.
fn kept(out: &mut Vec<String>, rows: BTreeMap<String, Said>, homeless: Vec<Vec<String>>) {
    if rows.is_empty() && homeless.is_empty() {
        return;
    }
    let empty = String::new;
    out.extend([KEPT[0].to_owned(), empty(), KEPT[1].to_owned(), empty()]);
    for lines in homeless {
        out.extend(lines);
        out.push(empty());
    }
    if !rows.is_empty() {
        out.extend([KEPT[2].to_owned(), KEPT[3].to_owned()]);
        for (id, said) in rows {
            let line = joined(&said.middle);
            out.push(format!(
                "| {} {ID}{id} --> | {line} | {} |",
                said.mark, said.note
            ));
        }
        out.push(empty());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(rows: &[(&str, &str)], count: usize) -> String {
        let rows: Vec<String> = rows
            .iter()
            .map(|(id, name)| format!("| {} | {name} | a \\| b |  |", tick(id)))
            .collect();
        seal(&format!(
            "# Audit\n\nRead {count} files.\n\n## Shop\n\n| | Endpoint | Why | Notes |\n|---|---|---|---|\n{}\n\n<details><summary>plan</summary>\n\ntext\n\n</details>\n",
            rows.join("\n")
        ))
    }

    #[test]
    fn nothing_changes_where_nobody_wrote() {
        let text = list(&[("a1", "POST /a"), ("b2", "POST /b")], 2);
        assert_eq!(merge(&text, &text), text);
        let other = list(&[("b2", "POST /b")], 1);
        assert_eq!(merge(&text, &other), other);
    }

    #[test]
    fn ticks_notes_and_lines_are_kept_when_rows_move_and_change() {
        let old = list(&[("a1", "POST /a"), ("b2", "POST /b")], 2)
            .replace(
                "| ☐ <!-- sw:b2 --> | POST /b | a \\| b |  |",
                "| [x] <!-- sw:b2 --> | POST /b | a \\| b | agreed \\| ok |\nsaid between rows",
            )
            .replace(
                "Read 2 files.",
                "Read 2 files.\n\nOur own words.\n\nIn two parts.",
            )
            .replace("text\n", "text\n\na word in the fold\n");
        let new = list(
            &[("c3", "POST /c"), ("b2", "POST /b2"), ("a1", "POST /a")],
            3,
        );
        let merged = merge(&old, &new);
        assert!(merged.contains("| [x] <!-- sw:b2 --> | POST /b2 | a \\| b | agreed \\| ok |"));
        assert!(
            merged.contains("POST /a | a \\| b |  |\n\nsaid between rows\n\n<details>"),
            "{merged}"
        );
        // The line before it changed, so it stands behind the heading of its section.
        assert!(
            merged.contains("# Audit\n\nOur own words.\n\nIn two parts.\n"),
            "{merged}"
        );
        assert!(
            merged.contains("</details>\n\na word in the fold\n"),
            "{merged}"
        );
        assert!(!merged.contains(KEPT[0]));
        assert_eq!(
            merge(&merged, &new),
            merged,
            "merging again changes nothing"
        );
    }

    #[test]
    fn what_is_gone_is_kept_apart_and_comes_back() {
        let old = list(&[("a1", "POST /a"), ("b2", "POST /b")], 2)
            .replace(
                "| POST /b | a \\| b |  |",
                "| POST /b | a \\| b | why not |",
            )
            .replace("## Shop\n", "## Shop\n\nOurs.\n");
        let gone = seal("# Audit\n\nnothing\n");
        let kept = merge(&old, &gone);
        assert!(
            kept.contains("Ours.")
                && kept.contains("| ☐ <!-- sw:b2 --> | POST /b · a \\| b | why not |"),
            "{kept}"
        );
        assert_eq!(merge(&kept, &gone), kept, "merging again changes nothing");
        let back = merge(&kept, &list(&[("b2", "POST /b")], 1));
        assert!(
            back.contains("| ☐ <!-- sw:b2 --> | POST /b | a \\| b | why not |"),
            "{back}"
        );
        assert!(back.contains("Ours."));
    }

    #[test]
    fn a_word_between_the_cells_is_kept() {
        let text = list(&[("a1", "POST /a")], 1);
        let old = text.replace("POST /a |", "POST /a (ask Finance) |");
        let merged = merge(&old, &text);
        assert!(merged.contains("ask Finance"), "{merged}");
        assert!(merged.contains("| ☐ <!-- sw:a1 --> | POST /a | a \\| b |  |"));
    }

    #[test]
    fn another_file_is_no_checklist() {
        assert!(is_checklist(&list(&[], 0)));
        assert!(!is_checklist("# Readme\n\n| a | b |\n|---|---|\n"));
    }
}
