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

/// The variable that names the directory, where no argument does.
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
        let answer = postcard::from_bytes(entry::payload(&bytes, key)?).ok()?;
        mark_used(&path);
        Some(answer)
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
