//! The stages in their order, from sources to verdicts.

use crate::catalog::Catalog;
use crate::model::System;
use crate::problem::Problem;
use crate::source::{SourceKind, Sources};
use serde::{Deserialize, Serialize};

/// Stack of a worker: the Rust parser recurses, and only what is used is touched.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// A system with its verdicts, and what of its files could not be read.
#[derive(Debug)]
pub struct Analysis {
    /// The files.
    pub sources: Sources,
    /// The system.
    pub system: System,
    /// What could not be read, ordered.
    pub problems: Vec<Problem>,
    /// How many files of each kind were read.
    pub read: ReadCount,
}

/// How many files were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadCount {
    /// API descriptions.
    pub openapi: usize,
    /// Rust files.
    pub rust: usize,
    /// Compose files.
    pub compose: usize,
    /// Files with a problem that cost all of what they say.
    pub skipped: usize,
}

/// A stage of the work, as it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Files are looked for and read.
    Collect,
    /// An earlier run is asked for its answer.
    Recall,
    /// What is known of the world is loaded.
    Catalog,
    /// Facts are taken from so many files.
    Read(usize),
    /// Facts are joined.
    Link,
    /// Verdicts are given.
    Judge,
    /// The answer is kept for later runs.
    Keep,
    /// Rules are asked, and the report is written.
    Report,
}

impl Stage {
    /// A few words for people.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Collect => "looking for files".to_owned(),
            Self::Recall => "asking the cache".to_owned(),
            Self::Catalog => "loading the catalogue".to_owned(),
            Self::Read(files) => format!("reading {files} files"),
            Self::Link => "joining what they say".to_owned(),
            Self::Judge => "judging".to_owned(),
            Self::Keep => "keeping the answer".to_owned(),
            Self::Report => "asking the rules".to_owned(),
        }
    }
}

/// Reads, links and judges. `threads` is how many workers read files; none for as many as there
/// are cores. The result does not depend on it.
///
/// # Errors
/// When the workers cannot be started.
pub fn analyse(
    sources: Sources,
    problems: Vec<Problem>,
    catalog: &Catalog,
    threads: Option<usize>,
) -> Result<Analysis, String> {
    let pool = workers(threads).build().map_err(not_started)?;
    Ok(pool.install(|| analyse_here(sources, problems, catalog, &|_| {})))
}

/// What is said where workers cannot be started.
#[must_use]
pub fn not_started(error: rayon::ThreadPoolBuildError) -> String {
    format!("cannot start worker threads: {error}")
}

/// How many workers there are and how they are: for [`analyse`], and for everything else that a run does.
#[must_use]
pub fn workers(threads: Option<usize>) -> rayon::ThreadPoolBuilder {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.unwrap_or(0))
        .stack_size(STACK_BYTES)
}

/// [`analyse`], by the workers that it is called in, and tells of each stage as it begins.
#[must_use]
pub fn analyse_here(
    sources: Sources,
    mut problems: Vec<Problem>,
    catalog: &Catalog,
    observe: &(dyn Fn(Stage) + Sync),
) -> Analysis {
    observe(Stage::Read(sources.iter().count()));
    let (facts, found) = crate::read::read_all(&sources);
    observe(Stage::Link);
    let (mut system, unread) = crate::link::link(&sources, &facts, catalog);
    observe(Stage::Judge);
    crate::judge::judge(&mut system, &sources, catalog);
    // To give back what is no longer needed takes as long as a stage, and nobody waits for it.
    let way = system.forget_the_way();
    rayon::spawn(move || drop((facts, way)));
    problems.extend(found);
    problems.extend(unread);
    problems.sort();
    problems.dedup();
    let read = ReadCount {
        openapi: sources.count(SourceKind::OpenApi),
        rust: sources.count(SourceKind::Rust),
        compose: sources.count(SourceKind::Compose),
        skipped: sources.count(SourceKind::Unreadable),
    };
    Analysis {
        sources,
        system,
        problems,
        read,
    }
}
