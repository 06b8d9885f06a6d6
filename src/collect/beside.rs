//! Files that compose files mount, build from and take variables from: wherever they are below the
//! root, and whatever they are called.

use super::{base_or_here, read_bytes, without_mark};
use crate::read::compose;
use crate::source::{SourceId, SourceKind, join_inside};
use ignore::WalkBuilder;
use std::collections::BTreeSet;
use std::path::Path;

/// The largest file beside a compose file that is looked at, in bytes: configuration and programs
/// are smaller, data is larger.
const MAX_BYTES: u64 = 512 * 1024;

/// How many files of one directory are looked at.
const MAX_FILES: usize = 400;

/// How many files of one directory are counted at all.
const MAX_WALKED: usize = 50_000;

/// How deep below a mounted directory or build context files are looked for.
const MAX_DEPTH: usize = 8;

/// Endings of files that hold no addresses: data, pictures, archives, locks, prose.
const FOREIGN_ENDINGS: [&str; 34] = [
    "avif", "bin", "bz2", "class", "crt", "css", "csv", "gif", "gz", "ico", "ipynb", "jar", "jpeg",
    "jpg", "key", "lock", "map", "md", "mp4", "parquet", "pdf", "pem", "png", "pyc", "rs", "rst",
    "so", "sum", "svg", "tar", "webp", "woff", "woff2", "zip",
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
pub(super) fn load(base: &Path, files: &mut Vec<(String, SourceKind, String)>) {
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
            Some((path.clone(), file?))
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
            let named = service.mounts.iter().chain(&service.env_files);
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
    for path in found.difference(&known) {
        let full = base.join(path);
        let small = full
            .metadata()
            .is_ok_and(|data| data.is_file() && data.len() <= MAX_BYTES);
        let text = small.then(|| read_bytes(&full).ok()).flatten();
        if let Some(text) = text.and_then(|bytes| String::from_utf8(bytes).ok()) {
            files.push((path.clone(), SourceKind::Beside, without_mark(text)));
        }
    }
}

fn directory_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// The files of a directory that may name something. Of a directory with the compose file in it,
/// which is everything, only a small system's.
fn below(base: &Path, path: &str, composes: &BTreeSet<String>) -> Vec<String> {
    let walker = WalkBuilder::new(base.join(path))
        .max_depth(Some(MAX_DEPTH))
        .hidden(true)
        .require_git(false)
        .git_global(false)
        .follow_links(false)
        .filter_entry(|entry| {
            let directory = entry.file_type().is_some_and(|kind| kind.is_dir());
            let name = entry.file_name().to_string_lossy().to_lowercase();
            !(directory && entry.depth() > 0 && FOREIGN_NAMES.contains(&name.as_str()))
        })
        .build();
    let mut found: Vec<String> = walker
        .flatten()
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .map(ignore::DirEntry::into_path)
        .filter(|path| may_name(path.as_path()))
        .map(|path| super::relative(base, &path))
        .take(MAX_WALKED)
        .collect();
    // The order of a directory is the file system's.
    found.sort();
    let whole = composes.iter().any(|compose| {
        path.is_empty() || compose == path || compose.starts_with(&format!("{path}/"))
    });
    if whole {
        found.retain(|path| !is_data(path));
    }
    if found.len() > MAX_FILES && whole {
        return Vec::new();
    }
    found.truncate(MAX_FILES);
    found
}

/// JSON beside everything else is data or a tool's, unless it is called a configuration.
fn is_data(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    path.ends_with(".json") && !["conf", "setting"].iter().any(|word| path.contains(word))
}

fn may_name(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    let ending = ending.unwrap_or("").to_ascii_lowercase();
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or("");
    !FOREIGN_ENDINGS.contains(&ending.as_str())
        && !name.ends_with("-lock.json")
        && !name.contains(".min.")
}
