//! The walk over everything below the root: which files may matter, and which others there are.

use super::{Selection, ignores, relative};
use ignore::{DirEntry, WalkBuilder, WalkState};
use std::path::{Path, PathBuf};
use std::sync::mpsc;

/// Directories that hold other people's code, whatever is in them.
const FOREIGN_DIRECTORIES: [&str; 5] = [".git", ".hg", ".svn", "node_modules", "third_party"];

/// Files that mark the directory they stand in as build output or vendored code: cargo's target
/// directory and `cargo vendor`, Go's and Composer's vendor directories.
const FOREIGN_MARKS: [&str; 4] = [
    "CACHEDIR.TAG",
    ".cargo-checksum.json",
    "modules.txt",
    "autoload.php",
];

/// What a walk has met.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// The files that may matter by their name, ordered.
    pub(super) candidates: Vec<PathBuf>,
    /// All other regular files, in any order.
    pub(super) others: Vec<PathBuf>,
    /// The directories that these files are in, in any order.
    pub(super) directories: Vec<PathBuf>,
    /// Directories that were passed over though no ignore file names them, in any order.
    pub(super) refused: Vec<PathBuf>,
    /// Path and reason of what could not be read, ordered.
    pub(super) faults: Vec<(String, String)>,
}

/// One thing that was met.
enum Met {
    Candidate(PathBuf),
    Other(PathBuf),
    Directory(PathBuf),
    Refused(PathBuf),
    Fault(String, String),
}

impl Walked {
    pub(super) fn of(root: &Path, base: &Path, selection: &Selection) -> Self {
        let (entered, from) = (selection.clone(), base.to_owned());
        let (say, said) = mpsc::channel();
        let tell = say.clone();
        let walker = WalkBuilder::new(root)
            .hidden(false)
            .require_git(false)
            .git_global(false)
            .follow_links(false)
            .threads(rayon::current_num_threads())
            .filter_entry(move |entry| {
                if !is_directory(entry) || entry.depth() == 0 {
                    return true;
                }
                let path = entry.path();
                let entered = || entered.is_all() || entered.enters(&relative(&from, path));
                let passed_over = match is_foreign(path) || !entered() {
                    true => Met::Refused(path.to_owned()),
                    false => match ignores::fault(path) {
                        None => return true,
                        Some(reason) => {
                            let reason = format!("is not entered: {reason}");
                            Met::Fault(relative(&from, path), reason)
                        }
                    },
                };
                // The other end is there as long as the walk.
                let _ = tell.send(passed_over);
                false
            })
            // The serial walker asks for every ignore file of every directory by name; this one looks
            // whether the directory lists it.
            .build_parallel();
        walker.run(|| {
            let say = say.clone();
            Box::new(move |entry| {
                let _ = met(entry, root, base, selection).map(|met| say.send(met));
                WalkState::Continue
            })
        });
        let mut walked = Self::default();
        for met in said.try_iter() {
            match met {
                Met::Candidate(path) => walked.candidates.push(path),
                Met::Other(path) => walked.others.push(path),
                Met::Directory(path) => walked.directories.push(path),
                Met::Refused(path) => walked.refused.push(path),
                Met::Fault(path, reason) => walked.faults.push((path, reason)),
            }
        }
        // Workers meet files in any order.
        let candidates = &mut walked.candidates;
        candidates.sort_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
        walked.faults.sort();
        walked
    }
}

fn met(
    entry: Result<DirEntry, ignore::Error>,
    root: &Path,
    base: &Path,
    selection: &Selection,
) -> Option<Met> {
    let entry = match entry {
        Ok(entry) => entry,
        Err(error) => {
            let path = fault_path(&error).map_or_else(String::new, |path| relative(root, path));
            let reason = format!("cannot be read: {}", plain_reason(&error));
            return Some(Met::Fault(path, reason));
        }
    };
    if is_directory(&entry) {
        return Some(Met::Directory(entry.into_path()));
    }
    if !is_file(&entry) {
        return None;
    }
    let path = entry.into_path();
    let taken = || selection.is_all() || selection.takes(&relative(base, &path));
    Some(match may_matter(&path) && taken() {
        true => Met::Candidate(path),
        false => Met::Other(path),
    })
}

fn is_directory(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_dir())
}

pub(super) fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_file())
}

fn is_foreign(directory: &Path) -> bool {
    let named = directory
        .file_name()
        .is_some_and(|name| FOREIGN_DIRECTORIES.iter().any(|foreign| name == *foreign));
    named
        || FOREIGN_MARKS
            .iter()
            .any(|mark| directory.join(mark).is_file())
}

fn fault_path(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            fault_path(err)
        }
        ignore::Error::Loop { child, .. } => Some(child),
        _ => None,
    }
}

fn plain_reason(error: &ignore::Error) -> String {
    error
        .io_error()
        .map_or_else(|| error.to_string(), ToString::to_string)
}

pub(super) fn may_matter(path: &Path) -> bool {
    if path.file_name().is_some_and(|name| name == "CODEOWNERS") {
        return true;
    }
    let extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or("");
    match extension.to_ascii_lowercase().as_str() {
        "rs" | "yaml" | "yml" | "json" | "sql" => true,
        "toml" => path.file_name().is_some_and(|name| name == "Cargo.toml"),
        "lock" => path.file_name().is_some_and(|name| name == "Cargo.lock"),
        _ => false,
    }
}
