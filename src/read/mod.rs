//! Readers: one source in, its facts and problems out. A reader sees one file, and never fails.

pub mod beside;
pub mod cargo;
pub mod codeowners;
pub mod compose;
pub mod openapi;
pub mod resource;
pub mod rust;
pub mod sql;
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
    /// A file beside a compose file.
    Beside(beside::BesideFile),
    /// Settings of programs.
    Settings(beside::BesideFile),
    /// Rust items.
    Rust(rust::RustFacts),
    /// A Cargo manifest.
    Cargo(cargo::CargoManifest),
    /// The versions of a Cargo workspace.
    Lock(cargo::CargoLock),
    /// Who owns what.
    Codeowners(codeowners::Codeowners),
    /// SQL.
    Sql(sql::SqlFile),
    /// Resources of a cluster.
    Resources(Vec<resource::Resource>),
    /// Nothing that matters.
    Nothing,
}

/// Reads every file, in parallel. Only an API description is read with other files: the parts of
/// it that its `$ref`s name. The facts stand in the order of the sources.
#[must_use]
pub fn read_all(sources: &Sources) -> (Vec<FileFacts>, Vec<Problem>) {
    let files: Vec<(SourceId, &Source)> = sources.iter().collect();
    let parts = openapi::Parts::new(sources);
    // Tables are there for the code that writes them; without code, nobody asks.
    let without_code = sources.count(SourceKind::Rust) == 0;
    let read: Vec<(FileFacts, Vec<Problem>)> = files
        .par_iter()
        // One file may take as long as a hundred others: none waits for a worker that is busy with one.
        .with_max_len(1)
        .map(|(id, source)| match source.kind {
            SourceKind::Sql if without_code => (FileFacts::Nothing, Vec::new()),
            _ => read_one(*id, source, &parts),
        })
        .collect();
    let mut problems = parts.into_problems();
    let facts = read
        .into_iter()
        .map(|(facts, mut found)| {
            problems.append(&mut found);
            facts
        })
        .collect();
    (facts, problems)
}

fn read_one<'s>(
    id: SourceId,
    source: &'s Source,
    parts: &openapi::Parts<'s>,
) -> (FileFacts, Vec<Problem>) {
    match source.kind {
        SourceKind::OpenApi => {
            let (contracts, problems) = openapi::read(id, &source.text, parts);
            (FileFacts::OpenApi(contracts), problems)
        }
        SourceKind::Compose => {
            let (file, problems) = compose::read(id, &source.path, &source.text);
            (
                file.map_or(FileFacts::Nothing, FileFacts::Compose),
                problems,
            )
        }
        SourceKind::Beside => {
            let file = beside::read(id, &source.path, &source.text);
            (FileFacts::Beside(file), Vec::new())
        }
        SourceKind::Settings => {
            let file = beside::read(id, &source.path, &source.text);
            (FileFacts::Settings(file), Vec::new())
        }
        SourceKind::Rust => {
            let (facts, problems) = rust::RustFacts::read(id, source);
            (FileFacts::Rust(facts), problems)
        }
        SourceKind::CargoManifest => {
            let (manifest, problems) = cargo::read(id, &source.text);
            (FileFacts::Cargo(manifest), problems)
        }
        SourceKind::CargoLock => {
            let (lock, problems) = cargo::read_lock(id, &source.text);
            (FileFacts::Lock(lock), problems)
        }
        SourceKind::Codeowners => {
            let (file, problems) = codeowners::read(id, &source.text);
            (FileFacts::Codeowners(file), problems)
        }
        SourceKind::Sql => {
            let (file, problems) = sql::read(id, &source.text);
            (FileFacts::Sql(file), problems)
        }
        SourceKind::Resources => {
            let (resources, problems) = resource::read(id, &source.text);
            (FileFacts::Resources(resources), problems)
        }
        SourceKind::OpenApiPart | SourceKind::Configuration | SourceKind::Unreadable => {
            (FileFacts::Nothing, Vec::new())
        }
    }
}
