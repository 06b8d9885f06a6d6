//! A git revision as a directory: its files are taken from git's objects, the work tree and the
//! index stay as they are, and nothing that a repository configures is run (no filters, no hooks).

use super::walk::may_matter;
use super::{CollectError, MAX_FILE_BYTES};
use crate::config::is_configuration;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

/// Files that no reader asks for by their ending are small where they are read at all: Dockerfiles,
/// `.env`, mounted configurations.
const MAX_OTHER_BYTES: u64 = 256 * 1024;

/// The files of a revision, in a directory that is removed with this value.
#[derive(Debug)]
pub struct Revision {
    directory: tempfile::TempDir,
    inside: PathBuf,
}

impl Revision {
    /// The directory that stands for the one the revision was asked of.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.directory.path().join(&self.inside)
    }

    /// The directory that stands for the top of the repository.
    #[must_use]
    pub fn top(&self) -> PathBuf {
        self.directory.path().to_owned()
    }
}

/// A file of the revision: its object, and where it belongs.
struct Entry {
    object: String,
    path: PathBuf,
}

/// Lays the files out that the revision `name` has below `root`, a directory in a work tree.
///
/// # Errors
/// When `root` is in no git repository, git is not installed, or there is no such revision.
pub fn export(root: &Path, name: &str) -> Result<Revision, CollectError> {
    let fail = |reason: String| CollectError {
        path: root.to_owned(),
        reason,
    };
    git(root, &["rev-parse", "--git-dir"]).map_err(fail)?;
    // A repository without a work tree has no such thing.
    let prefix = git(root, &["rev-parse", "--show-prefix"]).unwrap_or_default();
    let prefix = prefix.trim_end_matches('\n').to_owned();
    let commit = format!("{name}^{{commit}}");
    let commit = git(
        root,
        &[
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &commit,
        ],
    )
    .map_err(|_| {
        fail(format!(
            "`{name}` is neither a directory nor a git revision"
        ))
    })?;
    let commit = commit.trim().to_owned();
    let listing =
        git(root, &["ls-tree", "-r", "-z", "-l", "--full-tree", &commit]).map_err(fail)?;
    // A configuration may stand in any directory above.
    let above = |entry: &Entry| {
        let parent = entry.path.parent().unwrap_or(Path::new(""));
        is_configuration(&entry.path) && Path::new(&prefix).starts_with(parent)
    };
    let below = |entry: &Entry| entry.path.starts_with(&prefix) || above(entry);
    let entries: Vec<Entry> = listing
        .split('\0')
        .filter_map(entry)
        .filter(below)
        .collect();
    let directory = tempfile::tempdir().map_err(|error| fail(error.to_string()))?;
    write_all(root, directory.path(), &entries).map_err(|error| fail(error.to_string()))?;
    let inside = PathBuf::from(prefix);
    std::fs::create_dir_all(directory.path().join(&inside))
        .map_err(|error| fail(error.to_string()))?;
    Ok(Revision { directory, inside })
}

fn git(root: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("git cannot be run: {error}"))?;
    if output.status.success() {
        return String::from_utf8(output.stdout).map_err(|_| "a path is not UTF-8".to_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(said.lines().next().unwrap_or("git failed").to_owned())
}

/// A line of `git ls-tree -l`: mode, type, object, size, a tab and the path. Only regular files, of a
/// size that is read, at places that are below the directory.
fn entry(line: &str) -> Option<Entry> {
    let (head, path) = line.split_once('\t')?;
    let mut words = head.split_whitespace();
    let (mode, kind, object) = (words.next()?, words.next()?, words.next()?);
    let size: u64 = words.next()?.parse().ok()?;
    let path = PathBuf::from(path);
    let mut parts = path.components();
    let plain = parts.all(|part| matches!(part, Component::Normal(_)));
    let most = match may_matter(&path) {
        true => MAX_FILE_BYTES,
        false => MAX_OTHER_BYTES,
    };
    (mode.starts_with("100") && kind == "blob" && plain && size <= most).then(|| Entry {
        object: object.to_owned(),
        path,
    })
}

/// Writes the files with one run of git.
fn write_all(root: &Path, directory: &Path, entries: &[Entry]) -> std::io::Result<()> {
    let mut child = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let broken = || std::io::Error::other("git ended early");
    let mut asks = child.stdin.take().ok_or_else(broken)?;
    let mut answers = BufReader::new(child.stdout.take().ok_or_else(broken)?);
    for entry in entries {
        writeln!(asks, "{}", entry.object)?;
        asks.flush()?;
        let mut head = String::new();
        answers.read_line(&mut head)?;
        let size: usize = head
            .split_whitespace()
            .nth(2)
            .and_then(|size| size.parse().ok())
            .ok_or_else(broken)?;
        let mut content = vec![0; size + 1];
        answers.read_exact(&mut content)?;
        content.truncate(size);
        let path = directory.join(&entry.path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, content)?;
    }
    drop(asks);
    child.wait().map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::entry;

    #[test]
    fn only_regular_files_below_the_directory_are_laid_out() {
        let path = |line: &str| entry(line).map(|one| one.path.display().to_string());
        assert_eq!(
            path("100644 blob abc 12\tsrc/main.rs"),
            Some("src/main.rs".to_owned())
        );
        for line in [
            "120000 blob abc 12\tlink",
            "160000 commit abc -\tmodule",
            "100644 blob abc 12\t../outside.rs",
            "100644 blob abc 99999999\tlogo.png",
        ] {
            assert_eq!(path(line), None, "{line}");
        }
    }
}
