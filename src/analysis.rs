//! The stages in their order, from sources to verdicts.

use crate::catalog::Catalog;
use crate::model::System;
use crate::problem::Problem;
use crate::source::{SourceKind, Sources};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
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

/// Reads, links and judges. `threads` is how many workers read files; none for as many as there
/// are cores. The result does not depend on it.
///
/// # Errors
/// When the workers cannot be started.
pub fn analyse(
    sources: Sources,
    mut problems: Vec<Problem>,
    catalog: &Catalog,
    threads: Option<usize>,
) -> Result<Analysis, String> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.unwrap_or(0))
        .stack_size(STACK_BYTES)
        .build()
        .map_err(|error| format!("cannot start worker threads: {error}"))?;
    let (system, found) = pool.install(|| {
        let (facts, mut found) = crate::read::read_all(&sources);
        let (mut system, unread) = crate::link::link(&sources, &facts, catalog);
        found.extend(unread);
        crate::judge::judge(&mut system, &sources, catalog);
        (system, found)
    });
    problems.extend(found);
    problems.sort();
    problems.dedup();
    let read = ReadCount {
        openapi: sources.count(SourceKind::OpenApi),
        rust: sources.count(SourceKind::Rust),
        compose: sources.count(SourceKind::Compose),
        skipped: sources.count(SourceKind::Unreadable),
    };
    Ok(Analysis {
        sources,
        system,
        problems,
        read,
    })
}
