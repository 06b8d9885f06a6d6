//! What an earlier run has found in the same files, kept in the user's cache directory: a run on a
//! tree that has not changed reads the files, and neither parses nor judges them again.
//!
//! An entry is one file, named by a hash of everything that its answer depends on. What does not fit in
//! any way is not there: it is found out again, and written anew. An answer is trusted as much as the
//! program is: who may write to the directory may change it.

mod entry;
mod key;
mod room;

pub use key::Key;

use crate::analysis::{Analysis, ReadCount};
use crate::model::System;
use crate::problem::Problem;
use crate::source::Sources;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The variable that names the directory, where no argument does; an empty one stands for no cache.
pub const VARIABLE: &str = "SEAWORTHY_CACHE_DIR";

/// The directory in that of all caches.
const DIRECTORY: &str = "seaworthy";

/// An entry is marked as used when the last mark is as old as this.
const MARK_AFTER: Duration = Duration::from_secs(3600);

/// A directory of answers.
#[derive(Clone, Debug)]
pub struct Cache {
    directory: PathBuf,
}

/// An answer: an [`Analysis`] without its files.
#[derive(Debug, Deserialize)]
pub struct Answer {
    /// The system.
    pub system: System,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// How many files were read.
    pub read: ReadCount,
}

impl Answer {
    /// The answer, with the files that it was asked for.
    #[must_use]
    pub fn with(self, sources: Sources) -> Analysis {
        Analysis {
            sources,
            system: self.system,
            problems: self.problems,
            read: self.read,
        }
    }
}

/// The same, to be written down.
#[derive(Serialize)]
struct Written<'a> {
    system: &'a System,
    problems: &'a [Problem],
    read: ReadCount,
}

impl Cache {
    /// The cache in a directory, which is made when something is put into it.
    #[must_use]
    pub fn at(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
        }
    }

    /// The cache of the user; none where the system knows no home of the user.
    #[must_use]
    pub fn of_user() -> Option<Self> {
        use etcetera::BaseStrategy;
        let base = etcetera::base_strategy::choose_native_strategy().ok()?;
        Some(Self::at(&base.cache_dir().join(DIRECTORY)))
    }

    /// The file of an answer, whether it is there or not.
    #[must_use]
    pub fn file(&self, key: &Key) -> PathBuf {
        let name = format!("{}.{}", key.hex(), room::ENDING);
        self.directory.join(name)
    }

    /// An answer of an earlier run.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<Answer> {
        let path = self.file(key);
        let bytes = entry::read(&path)?;
        let payload = entry::payload(&bytes, key)?;
        let (answer, rest) = postcard::take_from_bytes(payload).ok()?;
        mark_used(&path);
        rest.is_empty().then_some(answer)
    }

    /// Keeps an answer, and makes room for it.
    ///
    /// # Errors
    /// When the directory cannot be written, or the answer is too large.
    pub fn put(&self, key: &Key, analysis: &Analysis) -> std::io::Result<()> {
        let written = Written {
            system: &analysis.system,
            problems: &analysis.problems,
            read: analysis.read,
        };
        let mut bytes = entry::header_room();
        bytes = postcard::to_extend(&written, bytes).map_err(std::io::Error::other)?;
        entry::seal(&mut bytes, key)?;
        room::make_directory(&self.directory)?;
        // Whoever reads sees the old file or the new one, and never half of it.
        let mut file = tempfile::Builder::new()
            .prefix(room::UNFINISHED.0)
            .suffix(room::UNFINISHED.1)
            .tempfile_in(&self.directory)?;
        file.write_all(&bytes)?;
        file.persist(self.file(key))?;
        room::tidy(&self.directory);
        Ok(())
    }
}

/// So that what is used stays. Where that cannot be written down, it goes earlier.
fn mark_used(path: &Path) {
    let now = SystemTime::now();
    let modified = path.metadata().and_then(|data| data.modified());
    let old = modified.is_ok_and(|then| now.duration_since(then).is_ok_and(|age| age > MARK_AFTER));
    if old && let Ok(file) = std::fs::File::options().write(true).open(path) {
        let _ = file.set_modified(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::source::SourceKind;

    fn key(text: &str) -> Key {
        let file = ("a.sql".to_owned(), SourceKind::Sql, text.to_owned());
        Key::of(&Sources::new(vec![file]), &[], &Config::default())
    }

    fn analysis() -> Analysis {
        let analysed = crate::analyse(
            Sources::default(),
            Vec::new(),
            &crate::catalog::Catalog::shipped().expect("the catalogue loads"),
            Some(1),
        );
        analysed.expect("workers start")
    }

    #[test]
    fn an_entry_is_of_its_key_alone() {
        let directory = tempfile::tempdir().expect("a directory");
        let cache = Cache::at(directory.path());
        let (one, other) = (key("a"), key("b"));
        cache.put(&one, &analysis()).expect("an entry");
        assert!(cache.get(&one).is_some());
        assert!(cache.get(&other).is_none());
        std::fs::copy(cache.file(&one), cache.file(&other)).expect("a copy");
        assert!(cache.get(&other).is_none());
    }

    /// What a fault of the hash would let through.
    #[test]
    fn an_answer_that_is_none_is_not_there() {
        let directory = tempfile::tempdir().expect("a directory");
        let (cache, key) = (Cache::at(directory.path()), key("a"));
        cache.put(&key, &analysis()).expect("an entry");
        let whole = std::fs::read(cache.file(&key)).expect("an entry");
        let header = entry::header_room().len();
        let write = |payload: &[u8]| {
            let mut bytes = [&entry::header_room(), payload].concat();
            entry::seal(&mut bytes, &key).expect("a header");
            std::fs::write(cache.file(&key), bytes).expect("a file");
        };
        write(&whole[header..]);
        assert!(cache.get(&key).is_some());
        write(&[&whole[header..], b"more"].concat());
        assert!(cache.get(&key).is_none());
        write(&whole[header..whole.len() - 1]);
        assert!(cache.get(&key).is_none());
        // Lists that are said to be as long as a number can be.
        write(&[0xff; 1000]);
        assert!(cache.get(&key).is_none());
        write(&[&[0xff; 9][..], &[1], &[0; 1000]].concat());
        assert!(cache.get(&key).is_none());
    }
}
