//! `rules/catalog/images.yaml`: what a container image is.

use super::{CatalogError, Entry};
use crate::model::{CatalogLine, ComponentKind, RelationKind};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// One product.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageEntry {
    /// Its name in diagrams.
    pub technology: String,
    /// What it is there for.
    pub kind: ComponentKind,
    /// Where its documentation is.
    #[serde(default)]
    pub docs: String,
    /// Repositories, without `docker.io/`, `library/`, tag and digest.
    #[serde(default)]
    pub repositories: Vec<String>,
    /// Last path segments that mean this product in any namespace.
    #[serde(default)]
    pub names: Vec<String>,
    /// Ports it listens on.
    #[serde(default)]
    pub ports: Vec<u16>,
    /// What it does to the stores and collectors that it addresses, where its kind leaves that open.
    #[serde(default)]
    pub acts: Option<RelationKind>,
    /// What it is there for by a word of its command, or of the service's name.
    #[serde(default)]
    pub roles: BTreeMap<ComponentKind, Vec<String>>,
    /// Commands that start it: an image of one's own that runs one of them is this product.
    #[serde(default)]
    pub commands: Vec<String>,
    /// Whether its Dockerfile has a `HEALTHCHECK`, where somebody has looked.
    #[serde(default)]
    pub ships_healthcheck: Option<bool>,
    /// Images that must match.
    #[serde(default)]
    pub hit: Vec<String>,
    /// Images that look alike and must not match.
    #[serde(default)]
    pub miss: Vec<String>,
}

/// How an image was recognised.
#[derive(Clone, Copy, Debug)]
pub struct ImageMatch<'c> {
    /// The entry.
    pub entry: &'c ImageEntry,
    /// Where it stands.
    pub line: CatalogLine,
    /// The repository itself is listed, not only its last segment.
    pub exact: bool,
}

/// All images, ready to be asked.
#[derive(Debug)]
pub struct Images {
    /// The entries.
    pub entries: Vec<Entry<ImageEntry>>,
    repositories: BTreeMap<String, usize>,
    names: BTreeMap<String, usize>,
    commands: BTreeMap<String, usize>,
}

impl Images {
    /// The user's entries and the shipped ones; a name of the user's hides the shipped entry of it.
    pub(super) fn new(
        own: Vec<Entry<ImageEntry>>,
        shipped: Vec<Entry<ImageEntry>>,
    ) -> Result<Self, CatalogError> {
        let mut images = Self {
            entries: Vec::new(),
            repositories: BTreeMap::new(),
            names: BTreeMap::new(),
            commands: BTreeMap::new(),
        };
        let users = own.len();
        images.entries = own.into_iter().chain(shipped).collect();
        for (index, entry) in images.entries.iter().enumerate() {
            let image = &entry.value;
            let lists = [
                (&mut images.repositories, &image.repositories, true),
                (&mut images.names, &image.names, true),
                (&mut images.commands, &image.commands, false),
            ];
            for (known, names, any_case) in lists {
                for name in names {
                    let name = match any_case {
                        true => name.to_ascii_lowercase(),
                        false => name.clone(),
                    };
                    match known.get(&name) {
                        Some(first) if *first < users && index >= users => {}
                        Some(_) => {
                            return Err(CatalogError {
                                place: format!("{}:{}", entry.line.file, entry.line.line),
                                message: format!("`{name}` stands in two entries"),
                            });
                        }
                        None => {
                            known.insert(name, index);
                        }
                    }
                }
            }
        }
        Ok(images)
    }

    /// The product that a command starts.
    #[must_use]
    pub fn started_by(&self, command: &str) -> Option<ImageMatch<'_>> {
        let index = *self.commands.get(command)?;
        Some(ImageMatch {
            entry: &self.entries[index].value,
            line: self.entries[index].line,
            exact: false,
        })
    }

    /// The product behind an image reference, or behind a bare product name.
    #[must_use]
    pub fn find(&self, image: &str) -> Option<ImageMatch<'_>> {
        let repository = image_repository(image).to_ascii_lowercase();
        let found = |index: usize, exact: bool| ImageMatch {
            entry: &self.entries[index].value,
            line: self.entries[index].line,
            exact,
        };
        if let Some(index) = self.repositories.get(&repository) {
            return Some(found(*index, true));
        }
        let name = repository.rsplit('/').next().unwrap_or(&repository);
        self.names.get(name).map(|index| found(*index, false))
    }
}

/// The repository of an image reference: without tag, digest, Docker Hub's host names and
/// `library/` (the reference grammar of github.com/distribution/reference).
#[must_use]
pub fn image_repository(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    let image = match image.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => image,
    };
    let hub = ["docker.io/", "index.docker.io/", "registry-1.docker.io/"];
    let image = hub
        .iter()
        .find_map(|host| image.strip_prefix(host))
        .unwrap_or(image);
    image.strip_prefix("library/").unwrap_or(image)
}

#[cfg(test)]
mod tests {
    use super::image_repository;

    #[test]
    fn references_are_cut_to_their_repository() {
        for (image, repository) in [
            ("postgres", "postgres"),
            ("postgres:16-alpine", "postgres"),
            ("docker.io/library/redis:7@sha256:00", "redis"),
            ("localhost:5000/team/redis", "localhost:5000/team/redis"),
            ("localhost:5000/team/redis:7", "localhost:5000/team/redis"),
            ("quay.io/debezium/connect:2.7", "quay.io/debezium/connect"),
        ] {
            assert_eq!(image_repository(image), repository);
        }
    }
}
