//! Files of settings of the programs of a workspace, by their names: `configuration/production.yaml`, `settings.toml`,
//! `.env.example`.

use super::beside::FOREIGN_NAMES;
use super::walk::Walked;
use super::{Selection, read_bytes, relative, without_mark};
use crate::source::SourceKind;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::path::Path;

/// The largest file of settings that is looked at, in bytes.
const MAX_BYTES: u64 = 64 * 1024;

/// How many are looked at.
const MAX_FILES: usize = 400;

/// Directories whose files hold settings.
const DIRECTORIES: [&str; 5] = ["conf", "config", "configs", "configuration", "settings"];

/// Files that hold settings wherever they are, by their names without an ending.
const NAMES: [&str; 6] = [
    "app",
    "appsettings",
    "application",
    "config",
    "configuration",
    "settings",
];

/// Endings of files of settings.
const ENDINGS: [&str; 5] = ["ini", "json", "toml", "yaml", "yml"];

/// Loads them where there is code. A file that cannot be read is left out: it is no input of its own.
pub(super) fn load(
    base: &Path,
    walked: &Walked,
    selection: &Selection,
    files: &mut Vec<(String, SourceKind, String)>,
) {
    if !files
        .iter()
        .any(|(_, kind, _)| *kind == SourceKind::CargoManifest)
    {
        return;
    }
    let known: BTreeSet<&str> = files.iter().map(|(path, ..)| path.as_str()).collect();
    let met = walked.others.iter().chain(&walked.candidates);
    let paths = met.map(|path| relative(base, path));
    let mut wanted: Vec<String> = paths
        .filter(|path| is_settings(path) && !known.contains(path.as_str()))
        .filter(|path| selection.enters(path))
        .collect();
    wanted.sort();
    wanted.truncate(MAX_FILES);
    let read = wanted.into_par_iter().filter_map(|path| {
        let full = base.join(&path);
        let small = full.metadata().is_ok_and(|data| data.len() <= MAX_BYTES);
        let bytes = small.then(|| read_bytes(&full).ok()).flatten()?;
        let text = without_mark(String::from_utf8(bytes).ok()?);
        Some((path, SourceKind::Settings, text))
    });
    let read: Vec<_> = read.collect();
    files.extend(read);
}

fn is_settings(path: &str) -> bool {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    let mut parts = directory.split('/');
    if parts.clone().any(|part| FOREIGN_NAMES.contains(&part)) {
        return false;
    }
    // A hidden directory belongs to a tool.
    let hidden = parts.clone().any(|part| part.starts_with('.'));
    if hidden {
        return false;
    }
    if name == ".env" || name.starts_with(".env.") {
        return true;
    }
    let Some((stem, ending)) = name.rsplit_once('.') else {
        return false;
    };
    let stem = stem.split('.').next().unwrap_or(stem);
    ENDINGS.contains(&ending)
        && (NAMES.contains(&stem)
            || parts
                .next_back()
                .is_some_and(|last| DIRECTORIES.contains(&last)))
}

#[cfg(test)]
mod tests {
    use super::is_settings;

    #[test]
    fn settings_are_known_by_their_names() {
        for path in [
            ".env",
            "shop/.env.example",
            "configuration/production.yaml",
            "shop/settings.toml",
            "config.default.json",
        ] {
            assert!(is_settings(path), "{path}");
        }
        for path in [
            ".cargo/config.toml",
            "tests/config/a.yaml",
            "config/a.rs",
            "Cargo.toml",
            "environment",
        ] {
            assert!(!is_settings(path), "{path}");
        }
    }
}
