//! The files of a run: text, kind, and the way from a byte to a line.

use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// Index of a file in [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourceId(pub u32);

/// A byte range in one file. Lines and columns exist only where text is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// The file.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end` of `source`.
    #[must_use]
    pub fn new(source: SourceId, start: u32, end: u32) -> Self {
        Self { source, start, end }
    }

    /// Whether `other` lies inside this span.
    #[must_use]
    pub fn contains(&self, other: Span) -> bool {
        self.source == other.source && self.start <= other.start && other.end <= self.end
    }
}

/// What a file is, told by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// An OpenAPI or Swagger description.
    OpenApi,
    /// A file that a description refers to.
    OpenApiPart,
    /// A compose file.
    Compose,
    /// A file that a compose file mounts or builds from, of whatever language.
    Beside,
    /// Settings of the programs of a workspace.
    Settings,
    /// Rust source code.
    Rust,
    /// A `Cargo.toml`.
    CargoManifest,
    /// A `Cargo.lock`.
    CargoLock,
    /// A CODEOWNERS file.
    Codeowners,
    /// SQL: migrations, and statements in files of their own.
    Sql,
    /// Resources of a cluster: policies of a mesh are among them.
    Resources,
    /// The configuration of this tool.
    Configuration,
    /// Something that could not be read; it carries a problem.
    Unreadable,
}

impl SourceKind {
    /// A few words for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::OpenApi => "API description",
            Self::OpenApiPart => "part of an API description",
            Self::Compose => "compose file",
            Self::Beside => "file beside a compose file",
            Self::Settings => "file of settings",
            Self::Rust => "Rust file",
            Self::CargoManifest => "Cargo manifest",
            Self::CargoLock => "Cargo.lock",
            Self::Codeowners => "CODEOWNERS",
            Self::Sql => "SQL file",
            Self::Resources => "file of cluster resources",
            Self::Configuration => "configuration of seaworthy",
            Self::Unreadable => "file that could not be read",
        }
    }
}

/// A position as people count it: both from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// One file.
#[derive(Debug)]
pub struct Source {
    /// Path relative to the audited root, with `/`.
    pub path: String,
    /// What the file is.
    pub kind: SourceKind,
    /// The whole text, without a byte order mark.
    pub text: String,
    line_starts: OnceLock<Vec<u32>>,
    /// How many characters begin before each block of the text.
    characters: OnceLock<Vec<u32>>,
}

/// Bytes of a block.
const BLOCK_BYTES: usize = 4096;

impl Source {
    fn new(path: String, kind: SourceKind, text: String) -> Self {
        Self {
            path,
            kind,
            text,
            line_starts: OnceLock::new(),
            characters: OnceLock::new(),
        }
    }

    /// Where each line begins. Most files are named nowhere: they are not looked through for it.
    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let breaks = memchr::memchr_iter(b'\n', self.text.as_bytes());
            std::iter::once(0)
                .chain(breaks.map(|at| offset(at + 1)))
                .collect()
        })
    }

    /// The directory that holds the file, relative to the root; empty for the root itself.
    #[must_use]
    pub fn directory(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(dir, _)| dir)
    }

    /// The line of a byte; a byte past the end is on the last one.
    #[must_use]
    pub fn line(&self, byte: u32) -> usize {
        let starts = self.line_starts();
        starts.partition_point(|start| *start <= byte).max(1)
    }

    /// The line and column of a byte; a byte past the end gives the last position.
    #[must_use]
    pub fn line_column(&self, byte: u32) -> LineColumn {
        let line = self.line(byte);
        let start = self.line_starts()[line - 1] as usize;
        let end = (byte as usize).min(self.text.len());
        let before = match end.saturating_sub(start) {
            length if length > BLOCK_BYTES => self.characters_to(end) - self.characters_to(start),
            _ => self.text.as_bytes().get(start..end).map_or(0, characters),
        };
        LineColumn {
            line,
            column: before + 1,
        }
    }

    /// How many characters begin before a byte. A contract may be one line of many megabytes, with a thousand findings
    /// in it: only the block with the byte is looked through each time.
    fn characters_to(&self, byte: usize) -> usize {
        let bytes = self.text.as_bytes();
        let blocks = self.characters.get_or_init(|| {
            let mut count = 0;
            let before = bytes.chunks(BLOCK_BYTES).map(|block| {
                let before = count;
                count += offset(characters(block));
                before
            });
            before.collect()
        });
        let block = (byte / BLOCK_BYTES).min(blocks.len().saturating_sub(1));
        let rest = &bytes[block * BLOCK_BYTES..byte];
        blocks.get(block).map_or(0, |before| *before as usize) + characters(rest)
    }
}

/// How many characters begin in some bytes of UTF-8.
fn characters(bytes: &[u8]) -> usize {
    let begins = |byte: &&u8| **byte & 0b1100_0000 != 0b1000_0000;
    bytes.iter().filter(begins).count()
}

/// All files of a run, in the order of their paths.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// Files held in memory: path relative to the root, kind, text.
    #[must_use]
    pub fn new(mut files: Vec<(String, SourceKind, String)>) -> Self {
        files.sort_by(|a, b| a.0.cmp(&b.0));
        files.dedup_by(|a, b| a.0 == b.0);
        let files = files
            .into_iter()
            .map(|(path, kind, text)| Source::new(path, kind, text))
            .collect();
        Self { files }
    }

    /// The file behind an id.
    #[must_use]
    pub fn get(&self, id: SourceId) -> &Source {
        &self.files[id.0 as usize]
    }

    /// Every file with its id, ordered by path.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.files
            .iter()
            .enumerate()
            .map(|(i, file)| (SourceId(offset(i)), file))
    }

    /// The id of the file at a path relative to the root.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<SourceId> {
        self.files
            .binary_search_by(|file| file.path.as_str().cmp(path))
            .ok()
            .map(|i| SourceId(offset(i)))
    }

    /// The text a span covers.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.source)
            .text
            .get(span.start as usize..span.end as usize)
            .unwrap_or("")
    }

    /// `path:line` of a span's first byte.
    #[must_use]
    pub fn place(&self, span: Span) -> String {
        let file = self.get(span.source);
        format!("{}:{}", file.path, file.line(span.start))
    }

    /// How many files there are of a kind.
    #[must_use]
    pub fn count(&self, kind: SourceKind) -> usize {
        self.files.iter().filter(|file| file.kind == kind).count()
    }
}

/// A path relative to a directory, both relative to the root; `.` and `..` are resolved and never
/// lead out of the root.
#[must_use]
pub fn join_path(directory: &str, path: &str) -> String {
    let whole = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{directory}/{path}")
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// A path relative to a directory, both relative to the root, unless it leads out of the root.
#[must_use]
pub fn join_inside(directory: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in directory.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// A byte offset or index as the 32 bits that spans hold; `collect` refuses larger files.
pub(crate) fn offset(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let sources = Sources::new(vec![("a".into(), SourceKind::Rust, "né\nx\n".into())]);
        let file = sources.get(SourceId(0));
        assert_eq!(file.line_column(0), LineColumn { line: 1, column: 1 });
        assert_eq!(file.line_column(3), LineColumn { line: 1, column: 3 });
        assert_eq!(file.line_column(4), LineColumn { line: 2, column: 1 });
        assert_eq!(file.line_column(99).line, 3);
    }

    #[test]
    fn columns_of_long_lines_are_counted_in_characters() {
        // Ends where a block does.
        let text = format!("é\n{}é€", "aé€".repeat(1364));
        assert_eq!(text.len(), 2 * BLOCK_BYTES);
        let files = vec![("a".to_owned(), SourceKind::Rust, text)];
        let sources = Sources::new(files);
        let file = sources.get(SourceId(0));
        for byte in (0..file.text.len()).filter(|byte| file.text.is_char_boundary(*byte)) {
            let start = file.text[..byte].rfind('\n').map_or(0, |at| at + 1);
            let column = file.text[start..byte].chars().count() + 1;
            assert_eq!(file.line_column(offset(byte)).column, column, "{byte}");
        }
        let end = file.line_column(u32::MAX);
        assert_eq!((end.line, end.column), (2, 4095));
    }

    #[test]
    fn files_are_found_by_path() {
        let sources = Sources::new(vec![
            ("b".into(), SourceKind::Rust, String::new()),
            ("a/c".into(), SourceKind::Rust, String::new()),
        ]);
        assert_eq!(sources.find("b"), Some(SourceId(1)));
        assert_eq!(sources.find("c"), None);
        assert_eq!(sources.get(SourceId(0)).directory(), "a");
    }

    #[test]
    fn paths_are_joined_inside_the_root() {
        assert_eq!(join_path("a/b", "../c/./d"), "a/c/d");
        assert_eq!(join_path("", "."), "");
        assert_eq!(join_path("a", "../../../etc/passwd"), "etc/passwd");
        assert_eq!(join_inside("a/b", "../c.yaml").as_deref(), Some("a/c.yaml"));
        assert_eq!(join_inside("a", "../../etc/passwd"), None);
        assert_eq!(join_inside("a", "/etc/passwd"), None);
    }
}
