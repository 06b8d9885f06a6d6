//! The directory of the cache: how it is made, and how it stays small.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The ending of an entry.
pub(super) const ENDING: &str = "entry";

/// How an entry is called that is being written.
pub(super) const UNFINISHED: (&str, &str) = ("seaworthy-", ".part");

/// How many entries are kept, and how many bytes.
const MAX_ENTRIES: usize = 64;
const MAX_BYTES: u64 = 512 * 1024 * 1024;

/// What is unfinished and older than this, nobody finishes.
const GIVEN_UP: Duration = Duration::from_secs(3600);

/// Tells backups, and this program, that nothing here is anybody's work (<https://bford.info/cachedir/>).
const TAG: (&str, &str) = (
    "CACHEDIR.TAG",
    "Signature: 8a477f597d28d172789f06886806bc55\n# A cache of seaworthy: it may be deleted at any time.\n",
);

/// Makes the directory, where it is not there.
pub(super) fn make_directory(directory: &Path) -> std::io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(directory)?;
    std::fs::write(directory.join(TAG.0), TAG.1)
}

/// Deletes what was not used for the longest time, until no more is left than may be, and what was never
/// finished. What cannot be deleted stays.
pub(super) fn tidy(directory: &Path) {
    shrink(directory, MAX_ENTRIES, MAX_BYTES);
}

fn shrink(directory: &Path, most: usize, most_bytes: u64) {
    let Ok(files) = std::fs::read_dir(directory) else {
        return;
    };
    let mut entries: Vec<(SystemTime, PathBuf, u64)> = Vec::new();
    for file in files.flatten() {
        let (path, Ok(data)) = (file.path(), file.metadata()) else {
            continue;
        };
        let Ok(used) = data.modified() else {
            continue;
        };
        let name = file.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(UNFINISHED.0) && name.ends_with(UNFINISHED.1) {
            if used.elapsed().is_ok_and(|age| age > GIVEN_UP) {
                let _ = std::fs::remove_file(&path);
            }
        } else if is_entry(&name) {
            entries.push((used, path, data.len()));
        }
    }
    // The last used first; by name where that is the same.
    entries.sort_by(|a, b| b.cmp(a));
    let mut bytes = 0;
    for (at, (_, path, size)) in entries.iter().enumerate() {
        bytes += size;
        // What was just written stays, however large it is.
        if at > 0 && (at >= most || bytes > most_bytes) {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Whether a file is one of ours: the user may have named a directory with other files in it.
fn is_entry(name: &str) -> bool {
    name.split_once('.').is_some_and(|(key, ending)| {
        ending == ENDING && key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The files of a directory; entries by their first digit.
    fn names(directory: &Path) -> Vec<String> {
        let files = std::fs::read_dir(directory).expect("a directory").flatten();
        let mut names: Vec<String> = files
            .map(|file| file.file_name().to_string_lossy().into_owned())
            .map(|name| match is_entry(&name) {
                true => name[..1].to_owned(),
                false => name,
            })
            .collect();
        names.sort();
        names
    }

    /// A file of ten bytes that was used so many hours ago.
    fn file(directory: &Path, name: &str, hours: u64) {
        let path = directory.join(name);
        std::fs::write(&path, "0123456789").expect("a file");
        let file = std::fs::File::options().write(true).open(&path);
        let then = SystemTime::now() - Duration::from_secs(3600 * hours);
        file.and_then(|file| file.set_modified(then))
            .expect("a time");
    }

    #[test]
    fn what_was_not_used_for_the_longest_time_goes() {
        let directory = tempfile::tempdir().expect("a directory");
        let directory = directory.path();
        for (name, hours) in [("a", 1), ("b", 4), ("c", 2), ("d", 3)] {
            file(directory, &format!("{}.entry", name.repeat(64)), hours);
        }
        for name in ["seaworthy-1.part", "notes.part", "notes.entry"] {
            file(directory, name, 9);
        }
        file(directory, "seaworthy-2.part", 0);
        let others = ["notes.entry", "notes.part", "seaworthy-2.part"];
        shrink(directory, 3, 1000);
        assert_eq!(names(directory), [&["a", "c", "d"][..], &others].concat());
        shrink(directory, 3, 25);
        assert_eq!(names(directory), [&["a", "c"][..], &others].concat());
        shrink(directory, 3, 5);
        assert_eq!(names(directory), [&["a"][..], &others].concat());
    }
}
