//! Files that compose files mount, build from and take variables from: wherever they are below the
//! root, and whatever they are called.

use super::walk::{Walked, is_file};
use super::{Selection, base_or_here, ignores, read_bytes, without_mark};
use crate::read::beside::{self, CODE_ENDINGS};
use crate::read::compose;
use crate::source::{SourceId, SourceKind, join_inside};
use ignore::{WalkBuilder, WalkState};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
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
pub(super) const FOREIGN_NAMES: [&str; 18] = [
    "__mocks__",
    "__tests__",
    "build",
    "cypress",
    "dist",
    "docs",
    "e2e",
    "examples",
    "fixtures",
    "mocks",
    "node_modules",
    "playwright",
    "spec",
    "target",
    "test",
    "testdata",
    "tests",
    "vendor",
];

/// What stands in the names of programs that test others, or show their parts: `cart.test.ts`.
const TESTING_NAMES: [&str; 4] = [".spec.", ".stories.", ".test.", "_test."];

/// Loads them. A file that cannot be read is left out: it is no input of its own.
pub(super) fn load(
    base: &Path,
    walked: &Walked,
    selection: &Selection,
    files: &mut Vec<(String, SourceKind, String)>,
) {
    let is_compose = |(_, kind, _): &(String, SourceKind, String)| *kind == SourceKind::Compose;
    if !files.iter().any(is_compose) {
        return;
    }
    let Ok(real_base) = base_or_here(base).canonicalize() else {
        return;
    };
    let known: BTreeSet<String> = files.iter().map(|(path, ..)| path.clone()).collect();
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    let composes: Vec<(String, compose::ComposeFile)> = files
        .iter()
        .filter(|file| is_compose(file))
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
            found.extend(below(base, walked, &path, &directories));
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
fn below(base: &Path, walked: &Walked, path: &str, composes: &BTreeSet<String>) -> Vec<String> {
    let start = base.join(path);
    if ignores::fault(&start).is_some() {
        return Vec::new();
    }
    let whole = composes.iter().any(|compose| {
        path.is_empty() || compose == path || compose.starts_with(&format!("{path}/"))
    });
    let (say, said) = mpsc::channel();
    let found = Found {
        start: &start,
        whole,
        walked: AtomicUsize::new(0),
        kept: AtomicUsize::new(0),
    };
    match walked.directories.contains(&start) && !cfg!(windows) {
        true => found.among(walked, &say),
        false => found.walk(&start, 0, &say),
    }
    if whole && found.kept.into_inner() > MAX_FILES {
        return Vec::new();
    }
    // Workers meet files in any order.
    let paths = said.try_iter();
    let mut found: Vec<String> = paths.map(|path| super::relative(base, &path)).collect();
    found.sort();
    found.truncate(MAX_FILES);
    found
}

/// What is looked for below a directory, and how much of it there is so far.
struct Found<'a> {
    start: &'a Path,
    whole: bool,
    walked: AtomicUsize,
    kept: AtomicUsize,
}

impl Found<'_> {
    /// Takes a file that may name something; says when it is enough.
    fn take(&self, path: PathBuf, say: &mpsc::Sender<PathBuf>) -> WalkState {
        if !may_name(&path) {
            return WalkState::Continue;
        }
        if self.walked.fetch_add(1, Relaxed) >= MAX_WALKED {
            return WalkState::Quit;
        }
        // Beside everything else, only programs are the service's own.
        if self.whole && !is_code(&path) {
            return WalkState::Continue;
        }
        if self.kept.fetch_add(1, Relaxed) >= MAX_FILES && self.whole {
            return WalkState::Quit;
        }
        // The other end is there as long as the walk.
        let _ = say.send(path);
        WalkState::Continue
    }

    /// The files below a directory, so many levels below the start.
    fn walk(&self, directory: &Path, depth: usize, say: &mpsc::Sender<PathBuf>) {
        let start = self.start.to_owned();
        let walker = builder(directory, depth)
            .filter_entry(move |entry| {
                let directory = entry.file_type().is_some_and(|kind| kind.is_dir());
                let entered = || {
                    let way = entry.path().strip_prefix(&start);
                    way.is_ok_and(|way| !is_passed_over(&start, way))
                        && ignores::fault(entry.path()).is_none()
                };
                !directory || entry.depth() == 0 || entered()
            })
            .build_parallel();
        walker.run(|| {
            let say = say.clone();
            Box::new(move |entry| match entry {
                Ok(entry) if is_file(&entry) => self.take(entry.into_path(), &say),
                _ => WalkState::Continue,
            })
        });
    }

    /// The same without walking again: of what one walk has met, what this one would meet.
    fn among(&self, walked: &Walked, say: &mpsc::Sender<PathBuf>) {
        // Hidden files are left out here, unless an ignore file says that they are not to be.
        let mut hidden = builder(self.start, 0).build_matchers();
        let mut met = |path: &Path, directory: bool| -> Option<usize> {
            let way = path.strip_prefix(self.start).ok()?;
            let depth = way.components().count();
            let parents = match directory {
                true => way,
                false => way.parent()?,
            };
            if depth == 0 || depth > MAX_DEPTH || is_passed_over(self.start, parents) {
                return None;
            }
            let is_hidden = way
                .components()
                .any(|part| part.as_os_str().as_encoded_bytes().starts_with(b"."));
            let left_out = is_hidden
                && hidden
                    .iter_mut()
                    .any(|hidden| hidden.matched(way, directory).is_ignore());
            (!left_out).then_some(depth)
        };
        for directory in &walked.refused {
            let depth = met(directory, true).filter(|depth| *depth < MAX_DEPTH);
            if let Some(depth) = depth.filter(|_| ignores::fault(directory).is_none()) {
                self.walk(directory, depth, say);
            }
        }
        let named = |path: &PathBuf| may_name(path) && (!self.whole || is_code(path));
        let files = walked.others.iter().chain(&walked.candidates);
        for path in files.filter(|path| named(path)) {
            if met(path, false).is_some() {
                // Nothing more is taken once there is enough.
                let _ = self.take(path.clone(), say);
            }
        }
    }
}

fn builder(directory: &Path, depth: usize) -> WalkBuilder {
    let mut builder = WalkBuilder::new(directory);
    builder
        .max_depth(Some(MAX_DEPTH - depth))
        .hidden(true)
        .require_git(false)
        .git_global(false)
        .follow_links(false)
        .threads(rayon::current_num_threads());
    builder
}

/// Whether a directory on the way says nothing of how the system runs. Below `src/main` such a name
/// is one of a package.
fn is_passed_over(start: &Path, way: &Path) -> bool {
    let mut in_main = start.file_name().is_some_and(|name| name == "main");
    way.components().any(|part| {
        let part = part.as_os_str();
        let mut names = FOREIGN_NAMES.iter();
        let foreign = names.any(|name| part.eq_ignore_ascii_case(name)) && !in_main;
        in_main |= part == "main";
        foreign
    })
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
        && !TESTING_NAMES.iter().any(|part| name.contains(part))
}

fn is_code(path: &Path) -> bool {
    CODE_ENDINGS.contains(&ending(path).as_str())
}

fn ending(path: &Path) -> String {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.unwrap_or("").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(look: impl FnOnce(&mpsc::Sender<PathBuf>)) -> Vec<PathBuf> {
        let (say, said) = mpsc::channel();
        look(&say);
        let mut found: Vec<PathBuf> = said.try_iter().collect();
        found.sort();
        found
    }

    #[test]
    fn programs_that_test_others_name_nothing() {
        for name in [
            "cart.test.ts",
            "cart.spec.js",
            "cart.stories.tsx",
            "cart_test.go",
        ] {
            assert!(!may_name(Path::new(name)), "{name}");
        }
        for name in ["cart.ts", "latest.js", "contest.go", "inspector.py"] {
            assert!(may_name(Path::new(name)), "{name}");
        }
        let start = Path::new("web");
        assert!(is_passed_over(start, Path::new("e2e/pages")));
        assert!(!is_passed_over(start, Path::new("src/pages")));
    }

    #[test]
    fn what_one_walk_has_met_is_what_another_would_find() {
        let root = tempfile::tempdir().expect("a directory");
        let root = root.path();
        let deep = format!("{}/a.py", "d/".repeat(MAX_DEPTH));
        let less_deep = format!("{}/a.py", "d/".repeat(MAX_DEPTH - 1));
        let marked_deep = format!("{}vendored/e/a.py", "d/".repeat(MAX_DEPTH - 3));
        for (path, text) in [
            (".gitignore", "ignored.py\n!.shown.py\n!.shown/\n/out\n"),
            (".git/config", ""),
            ("a.py", ""),
            ("a.md", ""),
            ("Makefile", ""),
            ("ignored.py", ""),
            (".hidden.py", ""),
            (".shown.py", ""),
            (".hidden/a.py", ""),
            (".shown/a.py", ""),
            (".shown/.hidden/a.py", ""),
            ("out/a.py", ""),
            ("out/b/a.py", ""),
            ("Tests/a.py", ""),
            ("src/test/a.py", ""),
            ("src/main/test/a.py", ""),
            ("src/main/ignored.py", ""),
            ("node_modules/a.py", ""),
            ("third_party/a.py", ""),
            ("third_party/test/a.py", ""),
            ("third_party/ignored.py", ""),
            ("vendored/CACHEDIR.TAG", ""),
            ("vendored/a.py", ""),
            ("vendored/.ignore", "b.py"),
            ("vendored/b.py", ""),
            ("excluded/a.py", ""),
            (deep.as_str(), ""),
            (less_deep.as_str(), ""),
            (marked_deep.as_str(), ""),
        ] {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
            std::fs::write(path, text).expect("a file");
        }
        let mark = root.join(&marked_deep);
        let mark = mark.ancestors().nth(2).expect("a directory");
        std::fs::write(mark.join("modules.txt"), "").expect("a file");
        let glob = globset::Glob::new("excluded").expect("a glob");
        let exclude = globset::GlobSetBuilder::new().add(glob).build();
        let selection = Selection {
            exclude: exclude.expect("globs"),
            ..Selection::default()
        };
        let walked = Walked::of(root, root, &selection);
        assert!(walked.refused.len() >= 5, "{:?}", walked.refused);
        for (start, least) in [("", 10), ("src", 1), ("third_party", 1), ("vendored", 1)] {
            let start = root.join(start);
            let found = || Found {
                start: &start,
                whole: false,
                walked: AtomicUsize::new(0),
                kept: AtomicUsize::new(0),
            };
            let anew = sorted(|say| found().walk(&start, 0, say));
            assert!(anew.len() >= least, "{anew:?}");
            // Below a directory that was passed over, nothing is known.
            if walked.directories.contains(&start) {
                assert_eq!(sorted(|say| found().among(&walked, say)), anew);
            }
        }
    }
}
