//! Files that compose files mount, build from and take variables from: wherever they are below the
//! root, and whatever they are called.

use super::{Selection, base_or_here, read_bytes, without_mark};
use crate::read::beside::{self, CODE_ENDINGS};
use crate::read::compose;
use crate::source::{SourceId, SourceKind, join_inside};
use ignore::{DirEntry, WalkBuilder, WalkState};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc;

/// The largest file beside a compose file that is looked at, in bytes: configuration and programs
/// are smaller, data is larger.
const MAX_BYTES: u64 = 512 * 1024;

/// How many files of one directory are looked at.
const MAX_FILES: usize = 400;

/// How many files of one directory are counted at all.
const MAX_WALKED: usize = 50_000;

/// How deep below a mounted directory or build context files are looked for.
const MAX_DEPTH: usize = 16;

/// Endings of configuration: what a service that mounts it reads.
const CONFIGURATION_ENDINGS: [&str; 19] = [
    "cfg",
    "cnf",
    "conf",
    "config",
    "env",
    "hcl",
    "ini",
    "j2",
    "json",
    "lua",
    "properties",
    "sh",
    "template",
    "tf",
    "tmpl",
    "toml",
    "xml",
    "yaml",
    "yml",
];

/// Directories whose files say nothing of how the system runs.
const FOREIGN_NAMES: [&str; 13] = [
    "__tests__",
    "build",
    "dist",
    "docs",
    "examples",
    "fixtures",
    "node_modules",
    "spec",
    "target",
    "test",
    "testdata",
    "tests",
    "vendor",
];

/// Loads them. A file that cannot be read is left out: it is no input of its own.
pub(super) fn load(
    base: &Path,
    selection: &Selection,
    files: &mut Vec<(String, SourceKind, String)>,
) {
    let Ok(real_base) = base_or_here(base).canonicalize() else {
        return;
    };
    let known: BTreeSet<String> = files.iter().map(|(path, ..)| path.clone()).collect();
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    let composes: Vec<(String, compose::ComposeFile)> = files
        .iter()
        .filter(|(_, kind, _)| *kind == SourceKind::Compose)
        .filter_map(|(path, _, text)| {
            let (file, _) = compose::read(SourceId(0), path, text);
            let mut file = file?;
            let known = variables(base, &real_base, directory_of(path));
            let plain = |text: &mut compose::Text| {
                let value = |name: &str| known.get(name).cloned();
                text.value = compose::interpolate(&text.value, &value);
            };
            let services = file.services.into_iter();
            file.services = services.map(|service| service.with_texts(&plain)).collect();
            Some((path.clone(), file))
        })
        .collect();
    let directories: BTreeSet<String> = composes
        .iter()
        .map(|(path, _)| directory_of(path).to_owned())
        .collect();
    for (path, file) in &composes {
        let directory = directory_of(path);
        wanted.extend(join_inside(directory, ".env"));
        for service in &file.services {
            let named = service.paths().chain(&service.env_files);
            let context = service.build.as_ref().map(|build| &build.context);
            wanted.extend(
                named
                    .chain(context)
                    .filter_map(|text| join_inside(directory, &text.value)),
            );
            if let Some(build) = &service.build {
                let context = join_inside(directory, &build.context.value);
                let file = build.dockerfile.as_ref();
                let name = file.map_or("Dockerfile", |file| file.value.as_str());
                wanted.extend(context.and_then(|context| join_inside(&context, name)));
            }
        }
    }
    let mut found: BTreeSet<String> = BTreeSet::new();
    for path in wanted {
        let full = base.join(&path);
        // Only what is below the root, also after symbolic links: no device, no pipe, no /etc.
        let Ok(real) = full.canonicalize() else {
            continue;
        };
        if !real.starts_with(&real_base) {
            continue;
        }
        if real.is_file() {
            found.insert(path);
        } else if real.is_dir() {
            found.extend(below(base, &path, &directories));
        }
    }
    for path in found
        .difference(&known)
        .filter(|path| selection.enters(path))
    {
        let full = base.join(path);
        let text = is_small(&full).then(|| read_bytes(&full).ok()).flatten();
        if let Some(text) = text.and_then(|bytes| String::from_utf8(bytes).ok()) {
            files.push((path.clone(), SourceKind::Beside, without_mark(text)));
        }
    }
}

/// What the `.env` of a directory gives: paths may hang on it.
fn variables(base: &Path, real_base: &Path, directory: &str) -> BTreeMap<String, String> {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    let path = base.join(directory).join(".env");
    let inside = path.canonicalize().ok();
    let inside = inside.filter(|real| real.starts_with(real_base) && is_small(real));
    let text = inside.and_then(|real| read_bytes(&real).ok());
    let Some(text) = text.and_then(|bytes| String::from_utf8(bytes).ok()) else {
        return known;
    };
    for (name, value, _) in beside::read(SourceId(0), ".env", &text).variables {
        let value = compose::interpolate(&value, &|name| known.get(name).cloned());
        known.insert(name, value);
    }
    known
}

/// Whether it is a file that is looked at.
fn is_small(path: &Path) -> bool {
    let data = path.metadata();
    data.is_ok_and(|data| data.is_file() && data.len() <= MAX_BYTES)
}

fn directory_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// The files of a directory that may name something. Of a directory with the compose file in it,
/// which is everything, only a small system's.
fn below(base: &Path, path: &str, composes: &BTreeSet<String>) -> Vec<String> {
    if super::ignores::fault(&base.join(path)).is_some() {
        return Vec::new();
    }
    let whole = composes.iter().any(|compose| {
        path.is_empty() || compose == path || compose.starts_with(&format!("{path}/"))
    });
    let walker = WalkBuilder::new(base.join(path))
        .max_depth(Some(MAX_DEPTH))
        .hidden(true)
        .require_git(false)
        .git_global(false)
        .follow_links(false)
        .threads(rayon::current_num_threads())
        .filter_entry(|entry| {
            let directory = entry.file_type().is_some_and(|kind| kind.is_dir());
            let name = entry.file_name().to_string_lossy().to_lowercase();
            if directory && super::ignores::fault(entry.path()).is_some() {
                return false;
            }
            let foreign = directory && entry.depth() > 0 && FOREIGN_NAMES.contains(&name.as_str());
            // Below `src/main` such a name is one of a package.
            let mut parents = entry.path().components().rev().skip(1).take(entry.depth());
            !foreign || parents.any(|parent| parent.as_os_str() == "main")
        })
        .build_parallel();
    let (walked, kept) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let (say, said) = mpsc::channel();
    walker.run(|| {
        let (say, walked, kept) = (say.clone(), &walked, &kept);
        Box::new(move |entry| {
            let is_file = |entry: &DirEntry| entry.file_type().is_some_and(|kind| kind.is_file());
            let Some(path) = entry.ok().filter(is_file).map(DirEntry::into_path) else {
                return WalkState::Continue;
            };
            if !may_name(&path) {
                return WalkState::Continue;
            }
            if walked.fetch_add(1, Relaxed) >= MAX_WALKED {
                return WalkState::Quit;
            }
            // Beside everything else, only programs are the service's own.
            if whole && !is_code(&path) {
                return WalkState::Continue;
            }
            if kept.fetch_add(1, Relaxed) >= MAX_FILES && whole {
                return WalkState::Quit;
            }
            // The other end is there as long as the walk.
            let _ = say.send(super::relative(base, &path));
            WalkState::Continue
        })
    });
    if whole && kept.into_inner() > MAX_FILES {
        return Vec::new();
    }
    // Workers meet files in any order.
    let mut found: Vec<String> = said.try_iter().collect();
    found.sort();
    found.truncate(MAX_FILES);
    found
}

/// Programs, configuration, and files without an ending that build or configure.
fn may_name(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or("");
    let plain = ending(path).is_empty() || name.starts_with("Dockerfile") || name.starts_with('.');
    let known = is_code(path) || CONFIGURATION_ENDINGS.contains(&ending(path).as_str());
    (known || plain)
        && !["package.json", "tsconfig.json", "composer.json"].contains(&name)
        && !name.ends_with("-lock.json")
        && !name.ends_with("-lock.yaml")
        && !name.contains(".min.")
}

fn is_code(path: &Path) -> bool {
    CODE_ENDINGS.contains(&ending(path).as_str())
}

fn ending(path: &Path) -> String {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.unwrap_or("").to_ascii_lowercase()
}
