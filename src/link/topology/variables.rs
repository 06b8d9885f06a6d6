//! What `.env` files and files of variables give.

use crate::read::FileFacts;
use crate::read::beside::BesideFile;
use crate::read::compose::{Text, interpolate};
use crate::source::{SourceKind, Sources, join_inside};
use std::collections::BTreeMap;

/// Files of variables among all files.
pub(super) struct Variables<'a> {
    pub(super) sources: &'a Sources,
    pub(super) facts: &'a [FileFacts],
}

impl Variables<'_> {
    /// What a file gives, in its order.
    pub(super) fn of_file(&self, path: &str) -> Vec<(Text, Text)> {
        let Some(source) = self.sources.find(path) else {
            return Vec::new();
        };
        let FileFacts::Beside(BesideFile { variables, .. }) = &self.facts[source.0 as usize] else {
            return Vec::new();
        };
        let mut known: BTreeMap<&str, String> = BTreeMap::new();
        let mut found = Vec::new();
        for (name, value, span) in variables {
            // A later line may use an earlier one.
            let value = interpolate(value, &|name| known.get(name).cloned());
            known.insert(name, value.clone());
            let text = |value: String| Text { value, span: *span };
            found.push((text(name.clone()), text(value)));
        }
        found
    }

    /// What the `.env` beside a compose file gives.
    pub(super) fn of_directory(&self, directory: &str) -> BTreeMap<String, String> {
        let path = join_inside(directory, ".env").unwrap_or_default();
        let given = self.of_file(&path).into_iter();
        given
            .map(|(name, value)| (name.value, value.value))
            .collect()
    }

    /// The files that `COMPOSE_FILE` of an `.env` puts together, where `known` does not already
    /// (Docker documentation, "Pre-defined environment variables").
    pub(super) fn compose_files(&self, known: &[Vec<String>]) -> Vec<Vec<String>> {
        let mut sets = Vec::new();
        let files = self.sources.iter();
        for (_, source) in files.filter(|(_, source)| source.kind == SourceKind::Beside) {
            if source.path.rsplit('/').next() != Some(".env") {
                continue;
            }
            let directory = source.directory();
            let given = self.of_directory(directory);
            let Some(listed) = given.get("COMPOSE_FILE") else {
                continue;
            };
            let separator = given
                .get("COMPOSE_PATH_SEPARATOR")
                .map_or(":", String::as_str);
            let listed = listed.split(separator).filter(|path| !path.is_empty());
            let set: Vec<String> = listed
                .filter_map(|path| join_inside(directory, path))
                .collect();
            let taken = |path: &String| known.iter().flatten().any(|known| known == path);
            if set.len() > 1 && !set.iter().any(taken) {
                sets.push(set);
            }
        }
        sets
    }
}
