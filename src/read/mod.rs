//! Readers: one source in, its facts and problems out. A reader sees one file, and never fails.

pub mod cargo;
pub mod compose;
pub mod openapi;
pub mod rust;
pub(crate) mod tree;

use crate::problem::Problem;
use crate::source::{Source, SourceId, SourceKind, Sources};
use rayon::prelude::*;

/// What one file says.
#[derive(Debug)]
pub enum FileFacts {
    /// API descriptions.
    OpenApi(Vec<openapi::Contract>),
    /// A compose file.
    Compose(compose::ComposeFile),
    /// Rust items.
    Rust(rust::ir::RustFile),
    /// A Cargo manifest.
    Cargo(cargo::CargoManifest),
    /// Nothing that matters.
    Nothing,
}

/// Reads every file, in parallel. The facts stand in the order of the sources.
#[must_use]
pub fn read_all(sources: &Sources) -> (Vec<FileFacts>, Vec<Problem>) {
    let files: Vec<(SourceId, &Source)> = sources.iter().collect();
    let read: Vec<(FileFacts, Vec<Problem>)> = files
        .par_iter()
        .map(|(id, source)| read_one(*id, source))
        .collect();
    let mut problems = Vec::new();
    let facts = read
        .into_iter()
        .map(|(facts, mut found)| {
            problems.append(&mut found);
            facts
        })
        .collect();
    (facts, problems)
}

fn read_one(id: SourceId, source: &Source) -> (FileFacts, Vec<Problem>) {
    match source.kind {
        SourceKind::OpenApi => {
            let (contracts, problems) = openapi::read(id, &source.text);
            (FileFacts::OpenApi(contracts), problems)
        }
        SourceKind::Compose => {
            let (file, problems) = compose::read(id, &source.path, &source.text);
            (
                file.map_or(FileFacts::Nothing, FileFacts::Compose),
                problems,
            )
        }
        SourceKind::Rust => {
            let (file, problems) = rust::read(id, &source.text);
            (FileFacts::Rust(file), problems)
        }
        SourceKind::CargoManifest => {
            let (manifest, problems) = cargo::read(id, &source.text);
            (FileFacts::Cargo(manifest), problems)
        }
        SourceKind::Unreadable => (FileFacts::Nothing, Vec::new()),
    }
}
