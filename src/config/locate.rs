//! Where the configuration of an audited directory is.

use std::path::{Path, PathBuf};

/// The names under which the file is looked for.
const FILE_NAMES: [&str; 2] = ["seaworthy.yaml", "seaworthy.yml"];
/// What stands at the top of a repository, and no configuration is looked for above it.
const REPOSITORY: &str = ".git";

/// Whether a file is called like a configuration.
pub(crate) fn is_configuration(path: &Path) -> bool {
    FILE_NAMES
        .iter()
        .any(|name| path.file_name().is_some_and(|file| file == *name))
}

/// A configuration's file, and how it lies to the audited directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// The file.
    pub path: PathBuf,
    /// The file relative to the audited directory, with `/`; as it was given where it lies elsewhere.
    pub name: String,
    /// The way from the file's directory to the audited directory, with a `/` at its end; empty where
    /// they are the same and where the one does not hold the other.
    pub prefix: String,
}

impl Location {
    /// A file that the user names.
    #[must_use]
    pub fn named(path: &Path, root: &Path) -> Self {
        let plain = Self {
            path: path.to_owned(),
            name: path.display().to_string(),
            prefix: String::new(),
        };
        let real = |path: &Path| path.canonicalize().ok();
        let (Some(file), Some(directory)) = (real(path), real(&directory_of(root))) else {
            return plain;
        };
        if let Ok(inside) = file.strip_prefix(&directory) {
            let name = slashed(inside);
            return Self { name, ..plain };
        }
        let above = file
            .parent()
            .and_then(|parent| directory.strip_prefix(parent).ok());
        match above {
            Some(way) => Self::above(path.to_owned(), way),
            None => plain,
        }
    }

    /// A file that lies `way` above the audited directory.
    fn above(path: PathBuf, way: &Path) -> Self {
        let steps = way.components().count();
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let prefix = slashed(way);
        Self {
            name: format!("{}{file}", "../".repeat(steps)),
            prefix: match prefix.is_empty() {
                true => prefix,
                false => prefix + "/",
            },
            path,
        }
    }
}

/// The nearest configuration, in the audited directory or above: up to `top`, or to the top of the
/// repository where there is one.
#[must_use]
pub fn locate(root: &Path, top: Option<&Path>) -> Option<Location> {
    let start = directory_of(root).canonicalize().ok()?;
    let top = top.and_then(|top| top.canonicalize().ok());
    for directory in start.ancestors() {
        for name in FILE_NAMES {
            let path = directory.join(name);
            if path.is_file() {
                let way = start.strip_prefix(directory).ok()?;
                // The path as the user would write it, for messages.
                let path = match way.as_os_str().is_empty() {
                    true => directory_of(root).join(name),
                    false => path,
                };
                return Some(Location::above(path, way));
            }
        }
        if directory.join(REPOSITORY).exists() || top.as_deref() == Some(directory) {
            return None;
        }
    }
    None
}

/// Whether a configuration that was found is a link out of the repository, or of its own directory
/// where there is no repository.
pub(super) fn leads_out(path: &Path) -> bool {
    let Ok(real) = path.canonicalize() else {
        return false;
    };
    let Ok(directory) = directory_of(path).canonicalize() else {
        return true;
    };
    let top = directory
        .ancestors()
        .find(|directory| directory.join(REPOSITORY).exists())
        .unwrap_or(&directory);
    !real.starts_with(top)
}

/// The way from the top of the repository that holds `root` to `root`, with a `/` at its end.
#[must_use]
pub(crate) fn way_in_repository(root: &Path) -> Option<String> {
    let start = directory_of(root).canonicalize().ok()?;
    let top = start
        .ancestors()
        .find(|directory| directory.join(REPOSITORY).exists())?;
    let way = slashed(start.strip_prefix(top).ok()?);
    Some(match way.is_empty() {
        true => way,
        false => way + "/",
    })
}

/// The audited directory, or the one of an audited file.
fn directory_of(root: &Path) -> PathBuf {
    let directory = match root.is_file() {
        true => root.parent().unwrap_or(Path::new("")),
        false => root,
    };
    match directory.as_os_str().is_empty() {
        true => PathBuf::from("."),
        false => directory.to_owned(),
    }
}

fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_file_counts_and_the_repository_is_the_limit() {
        let outer = tempfile::tempdir().expect("a directory");
        let repository = outer.path().join("repository");
        let service = repository.join("services/orders");
        std::fs::create_dir_all(&service).expect("directories");
        std::fs::create_dir(repository.join(".git")).expect("a directory");
        std::fs::write(outer.path().join("seaworthy.yaml"), "").expect("a file");
        assert_eq!(locate(&service, None), None);
        std::fs::write(repository.join("seaworthy.yml"), "").expect("a file");
        let found = locate(&service, None).expect("a configuration");
        assert_eq!(found.name, "../../seaworthy.yml");
        assert_eq!(found.prefix, "services/orders/");
        assert_eq!(
            way_in_repository(&service).as_deref(),
            Some("services/orders/")
        );
        std::fs::write(service.join("seaworthy.yaml"), "").expect("a file");
        let found = locate(&service, None).expect("a configuration");
        assert_eq!(
            (found.name.as_str(), found.prefix.as_str()),
            ("seaworthy.yaml", "")
        );
        let named = Location::named(&repository.join("seaworthy.yml"), &service);
        assert_eq!(named.prefix, "services/orders/");
    }
}
