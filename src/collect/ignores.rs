//! A look at ignore files before the walker opens them: a pipe or a device would never end.

use std::fs::Metadata;
use std::path::{Path, PathBuf};

/// Where patterns of files to leave out stand, below a directory.
const NAMES: [&str; 3] = [".gitignore", ".ignore", ".git/info/exclude"];

/// The largest ignore file that is read, in bytes: each line becomes a pattern of some KiB.
const MAX_BYTES: u64 = 256 * 1024;

/// Why the ignore files of a directory cannot be read; nothing where they can.
pub(super) fn fault(directory: &Path) -> Option<String> {
    let own = NAMES
        .iter()
        .find_map(|name| of_file(&directory.join(name), name));
    own.or_else(|| of_worktree(&directory.join(".git")))
}

/// Why a file cannot be read; nothing where it can, or is not there.
fn of_file(path: &Path, name: &str) -> Option<String> {
    // The walker passes over a link that leads nowhere.
    let data = readable(path)?;
    if data.is_none() {
        return Some(format!(
            "its {name} is no regular file; delete that, or make it one"
        ));
    }
    let large = data.is_some_and(|data| data.len() > MAX_BYTES);
    large.then(|| {
        let most = MAX_BYTES / 1024;
        format!("its {name} is larger than {most} KiB; list directories in it, not files")
    })
}

/// What is known of a file that ends; `Some(None)` of what may have no end, and nothing of what is not there or a
/// directory.
fn readable(path: &Path) -> Option<Option<Metadata>> {
    let link = path.symlink_metadata().ok()?.is_symlink();
    let data = path.metadata().ok()?;
    if data.is_dir() {
        return None;
    }
    // A file of the kernel has no length, and may have no end either.
    let ends = data.is_file() && !(link && data.len() == 0);
    Some(ends.then_some(data))
}

/// The same for the `.git` of a worktree or submodule: a file that names a directory, whose `commondir` names the one
/// where more patterns stand (<https://git-scm.com/docs/gitrepository-layout>).
fn of_worktree(git: &Path) -> Option<String> {
    if !git.metadata().ok()?.is_file() {
        return None;
    }
    let faulty = |path: &Path| of_file(path, ".git leads to a file that");
    let first_line = |path: &Path| -> Option<String> {
        let text = std::fs::read_to_string(path).ok()?;
        Some(text.lines().next()?.to_owned())
    };
    faulty(git).or_else(|| {
        // As the walker takes it, from where the program runs.
        let directory = PathBuf::from(first_line(git)?.strip_prefix("gitdir: ")?);
        let named = directory.join("commondir");
        faulty(&named).or_else(|| {
            let common = first_line(&named)?;
            let common = match common.starts_with('.') {
                true => directory.join(common),
                false => PathBuf::from(common),
            };
            faulty(&common.join("info/exclude"))
        })
    })
}
