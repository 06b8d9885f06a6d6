//! The only reader of files: walks a root and tells what each file is by its content.

mod beside;
mod ignores;
pub mod revision;
mod settings;
mod walk;

use crate::problem::Problem;
use crate::read::openapi::referenced_files;
use crate::source::{SourceKind, Sources, Span, join_inside};
use globset::GlobSet;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use walk::Walked;

/// The largest file that is read, in bytes. Nothing that people write by hand comes near it.
const MAX_FILE_BYTES: u64 = 32 * 1024 * 1024;
/// How many files a worker loads before another one may take what is left.
const FILES_AT_ONCE: usize = 16;

/// The root itself could not be read.
#[derive(Debug)]
pub struct CollectError {
    /// The path as it was given.
    pub path: PathBuf,
    /// Why.
    pub reason: String,
}

impl std::fmt::Display for CollectError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot read {}: {}", self.path.display(), self.reason)
    }
}

impl std::error::Error for CollectError {}

/// Which files are read, and the configuration that says so.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// What stands before a path relative to the root, for the globs.
    pub prefix: String,
    /// The files that are read; all where there is nothing. Manifests are read all the same: they say
    /// what the others are.
    pub include: Option<GlobSet>,
    /// The files and directories that are not.
    pub exclude: GlobSet,
    /// Name and text of the configuration: findings may point into it.
    pub configuration: Option<(String, String)>,
}

impl Selection {
    /// Whether everything is read.
    fn is_all(&self) -> bool {
        self.include.is_none() && self.exclude.is_empty()
    }

    /// Whether something below a path may be read.
    fn enters(&self, path: &str) -> bool {
        !self.exclude.is_match(format!("{}{path}", self.prefix))
    }

    /// Whether a file is read.
    fn takes(&self, path: &str) -> bool {
        let whole = format!("{}{path}", self.prefix);
        let included = || match &self.include {
            Some(include) => include.is_match(&whole) || is_manifest(path),
            None => true,
        };
        !self.exclude.is_match(&whole) && included()
    }
}

/// Whether a file says how others belong together.
fn is_manifest(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name, "Cargo.toml" | "Cargo.lock" | "CODEOWNERS")
}

/// Everything below `root` (a directory, or one file) that seaworthy understands, and what of it
/// could not be read. Ignore files are honoured and symbolic links are not followed.
///
/// # Errors
/// When `root` does not exist or cannot be opened at all.
pub fn collect(
    root: &Path,
    selection: &Selection,
) -> Result<(Sources, Vec<Problem>), CollectError> {
    let fail = |reason: String| CollectError {
        path: root.to_owned(),
        reason,
    };
    let metadata = std::fs::metadata(root).map_err(|error| fail(error.to_string()))?;
    if !metadata.is_dir() && !metadata.is_file() {
        return Err(fail("neither a directory nor a regular file".to_owned()));
    }
    if metadata.is_dir() {
        std::fs::read_dir(root).map_err(|error| fail(error.to_string()))?;
    }
    // Ignore files count up to the top of the disk.
    let real = base_or_here(root).canonicalize();
    for directory in real.iter().flat_map(|root| root.ancestors()) {
        if let Some(reason) = ignores::fault(directory) {
            let path = directory.to_owned();
            return Err(CollectError { path, reason });
        }
    }
    let base = if metadata.is_file() {
        root.parent().unwrap_or(Path::new(""))
    } else {
        root
    };
    let mut walked = Walked::of(root, base, selection);
    let mut faults = std::mem::take(&mut walked.faults);
    let candidates = walked.candidates.par_iter().with_max_len(FILES_AT_ONCE);
    let loaded: Vec<Loaded> = candidates.map(|path| load(base, path)).collect();

    let mut files = Vec::new();
    for entry in loaded {
        match entry {
            Loaded::File(path, kind, text) => files.push((path, kind, text)),
            Loaded::Foreign => {}
            Loaded::Fault(path, message) => faults.push((path, message)),
        }
    }
    load_parts(base, selection, &mut files, &mut faults);
    beside::load(base, &walked, selection, &mut files);
    settings::load(base, &walked, selection, &mut files);
    if let Some((name, text)) = &selection.configuration {
        files.push((name.clone(), SourceKind::Configuration, text.clone()));
    }
    for (path, _) in &faults {
        files.push((path.clone(), SourceKind::Unreadable, String::new()));
    }
    let sources = Sources::new(files);
    let problems = faults
        .into_iter()
        .filter_map(|(path, message)| {
            let span = Span::new(sources.find(&path)?, 0, 0);
            Some(Problem::new(
                span,
                message,
                "make the file readable, or list it in .ignore",
            ))
        })
        .collect();
    Ok((sources, problems))
}

/// Loads the files below the root that descriptions refer to, whatever they are called, and what
/// those refer to in turn.
fn load_parts(
    base: &Path,
    selection: &Selection,
    files: &mut Vec<(String, SourceKind, String)>,
    faults: &mut Vec<(String, String)>,
) {
    let wanted = |path: &str, text: &str| -> Vec<String> {
        let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
        referenced_files(text)
            .iter()
            .filter_map(|file| join_inside(directory, file))
            .collect()
    };
    let mut pending: Vec<String> = files
        .par_iter()
        .filter(|(_, kind, _)| *kind == SourceKind::OpenApi)
        .flat_map_iter(|(path, _, text)| wanted(path, text))
        .collect();
    if pending.is_empty() {
        return;
    }
    let Ok(real_base) = base_or_here(base).canonicalize() else {
        return;
    };
    let mut known: BTreeSet<String> = files.iter().map(|(path, ..)| path.clone()).collect();
    known.extend(faults.iter().map(|(path, _)| path.clone()));
    let mut at = 0;
    let mut parts = Vec::new();
    pending.sort();
    while at < pending.len() {
        let path = pending[at].clone();
        at += 1;
        if !known.insert(path.clone()) || !selection.enters(&path) {
            continue;
        }
        // Only a file below the root, also after symbolic links: no device, no pipe, no /etc.
        let full = base.join(&path);
        let inside = full.canonicalize().is_ok_and(|real| {
            real.starts_with(&real_base) && real.metadata().is_ok_and(|data| data.is_file())
        });
        if !inside {
            continue;
        }
        match read_text(&full) {
            Ok(text) => {
                pending.extend(wanted(&path, &text));
                parts.push((path, SourceKind::OpenApiPart, text));
            }
            Err(reason) => faults.push((path, format!("cannot be read: {reason}"))),
        }
    }
    files.extend(parts);
}

/// The empty path is the current directory.
fn base_or_here(base: &Path) -> &Path {
    if base.as_os_str().is_empty() {
        Path::new(".")
    } else {
        base
    }
}

/// The text of a file that is known to matter.
fn read_text(path: &Path) -> Result<String, String> {
    let bytes = read_bytes(path).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(too_large());
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(without_mark(text)),
        Err(error) => Err(not_utf8(error.utf8_error().valid_up_to())),
    }
}

/// The text of a file that is no input of its own: a configuration, a baseline, an older report.
///
/// # Errors
/// When it is too large or not UTF-8, or cannot be opened.
pub(crate) fn read_whole(path: &Path) -> std::io::Result<String> {
    let bytes = read_bytes(path)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(std::io::Error::other(too_large()));
    }
    String::from_utf8(bytes)
        .map_err(|error| std::io::Error::other(not_utf8(error.utf8_error().valid_up_to())))
}

/// At most one byte more than is read of a file.
fn read_bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    let file = std::fs::File::open(path)?;
    let most = MAX_FILE_BYTES + 1;
    // Room for the end too, so that nothing is moved and the end is met at once.
    let room = file.metadata()?.len().min(most) + 1;
    let mut bytes = Vec::with_capacity(usize::try_from(room).unwrap_or_default());
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn too_large() -> String {
    format!("larger than {} MiB", MAX_FILE_BYTES / 1024 / 1024)
}

fn not_utf8(at: usize) -> String {
    format!("not UTF-8 at byte {at}; save it as UTF-8")
}

fn without_mark(text: String) -> String {
    match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    }
}

enum Loaded {
    File(String, SourceKind, String),
    Foreign,
    Fault(String, String),
}

fn relative(base: &Path, path: &Path) -> String {
    let path = path.strip_prefix(base).unwrap_or(path);
    let parts: Vec<_> = path
        .components()
        .map(|part| shown(part.as_os_str()))
        .collect();
    parts.join("/")
}

/// A name as text; two names are never the same text, so that no file stands for another.
fn shown(name: &std::ffi::OsStr) -> std::borrow::Cow<'_, str> {
    match name.to_str() {
        Some(name) => name.into(),
        None => name.as_encoded_bytes().escape_ascii().to_string().into(),
    }
}

fn load(base: &Path, path: &Path) -> Loaded {
    let name = relative(base, path);
    let fault = |reason: String| Loaded::Fault(name.clone(), format!("cannot be read: {reason}"));
    let bytes = match read_bytes(path) {
        Ok(bytes) => bytes,
        Err(error) => return fault(error.to_string()),
    };
    if bytes.len() as u64 > MAX_FILE_BYTES {
        // Data dumps in JSON are not ours to complain about; a contract that large would be.
        return match kind_of(&name, &String::from_utf8_lossy(&bytes[..64 * 1024])) {
            Some(_) => fault(too_large()),
            None => Loaded::Foreign,
        };
    }
    match String::from_utf8(bytes) {
        Ok(text) => {
            let text = without_mark(text);
            match kind_of(&name, &text) {
                Some(kind) => Loaded::File(name, kind, text),
                None => Loaded::Foreign,
            }
        }
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            match kind_of(&name, &guessed(error.as_bytes())) {
                Some(_) => fault(not_utf8(at)),
                None => Loaded::Foreign,
            }
        }
    }
}

/// The text of a file that is not UTF-8, as far as its kind can be told by it.
fn guessed(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    let unit: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return String::from_utf8_lossy(bytes),
    };
    let (pairs, _) = bytes[2..].as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    String::from_utf16_lossy(&units).into()
}

/// What a file is, from its name where the language decides it and from its text otherwise.
#[must_use]
pub fn kind_of(name: &str, text: &str) -> Option<SourceKind> {
    // What a generator makes a project of: `{{project-name}}/src/main.rs`.
    if name.contains("{{") {
        return None;
    }
    let file_name = name.rsplit('/').next().unwrap_or(name);
    if file_name == "Cargo.toml" {
        return Some(SourceKind::CargoManifest);
    }
    if file_name == "Cargo.lock" {
        return Some(SourceKind::CargoLock);
    }
    if file_name == "CODEOWNERS" {
        return Some(SourceKind::Codeowners);
    }
    if file_name.ends_with(".sql") {
        // What undoes a migration says nothing of the system as it stands.
        let undoes = file_name == "down.sql" || file_name.ends_with(".down.sql");
        return (!undoes).then_some(SourceKind::Sql);
    }
    if file_name.ends_with(".rs") {
        return Some(SourceKind::Rust);
    }
    let stem = file_name.to_ascii_lowercase();
    let named_compose = stem.starts_with("docker-compose") || stem.starts_with("compose.");
    let keys = top_level_keys(text);
    let has = |key: &str| keys.contains(&key);
    // What is built and tried out (Woodpecker, Drone, GitLab) is given services to do so.
    let pipeline = ["pipeline", "stages", "steps"].into_iter().any(has);
    if has("openapi") || has("swagger") {
        Some(SourceKind::OpenApi)
    } else if (has("services") && (named_compose || !pipeline && mentions_compose_keys(text)))
        || (has("include") && named_compose)
    {
        Some(SourceKind::Compose)
    } else if named_compose && !text.trim_start().starts_with('{') && mentions_compose_keys(text) {
        // The first version of the format has no `services`.
        Some(SourceKind::Compose)
    } else if has("apiVersion") && has("kind") && !text.contains("{{") {
        // With `{{ .. }}` in it, it is the template of a resource.
        Some(SourceKind::Resources)
    } else {
        None
    }
}

/// Symfony and GitLab have a top-level `services:` too; a compose service has an image or a build.
fn mentions_compose_keys(text: &str) -> bool {
    let names = ["image", "build", "extends"];
    let of_service = |key: &str| {
        let key = key.trim_start().trim_start_matches(['"', '\'', '{', ' ']);
        names.iter().any(|name| is_key(key, name))
    };
    text.lines().any(|line| {
        // `web: {image: nginx}` stands on one line.
        let inner = line.split_once('{').map(|(_, inner)| inner);
        line.starts_with([' ', '\t']) && (of_service(line) || inner.is_some_and(of_service))
    })
}

fn is_key(text: &str, name: &str) -> bool {
    text.strip_prefix(name).is_some_and(|rest| {
        rest.trim_start_matches(['"', '\''])
            .trim_start()
            .starts_with(':')
    })
}

/// The keys at the top of a YAML or JSON text, found without parsing it.
fn top_level_keys(text: &str) -> Vec<&str> {
    let start = text.trim_start();
    if start.starts_with('{') {
        json_keys(start)
    } else {
        yaml_keys(text)
    }
}

fn yaml_keys(text: &str) -> Vec<&str> {
    fn key(line: &str) -> Option<&str> {
        let (key, _) = line.split_once(':')?;
        let key = key.trim().trim_matches(['"', '\'']);
        (!key.is_empty() && !key.starts_with('#') && key.len() < 64).then_some(key)
    }
    text.lines()
        .filter(|line| !line.starts_with([' ', '\t', '-', '#']))
        .filter_map(key)
        .collect()
}

fn json_keys(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let (mut depth, mut at, mut keys) = (0_usize, 0, Vec::new());
    while at < bytes.len() {
        match bytes[at] {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let start = at + 1;
                at = start;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += 1 + usize::from(bytes[at] == b'\\');
                }
                let is_key = depth == 1
                    && text
                        .get(at + 1..)
                        .is_some_and(|rest| rest.trim_start().starts_with(':'));
                if is_key && let Some(key) = text.get(start..at) {
                    keys.push(key);
                }
            }
            _ => {}
        }
        at += 1;
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_content() {
        let kind = |name, text| kind_of(name, text);
        assert_eq!(
            kind("a/b.yml", "# x\nopenapi: 3.0.0\n"),
            Some(SourceKind::OpenApi)
        );
        assert_eq!(
            kind("a/b.json", "{\n \"swagger\" : \"2.0\"}"),
            Some(SourceKind::OpenApi)
        );
        assert_eq!(
            kind("stack.yml", "services:\n  a:\n    image: b\n"),
            Some(SourceKind::Compose)
        );
        assert_eq!(kind("Cargo.toml", ""), Some(SourceKind::CargoManifest));
    }

    #[test]
    fn near_misses_are_foreign() {
        assert_eq!(
            kind_of(
                "services.yaml",
                "services:\n  _defaults:\n    autowire: true\n"
            ),
            None
        );
        assert_eq!(kind_of("template/{{name}}/src/main.rs", ""), None);
        assert_eq!(kind_of("a.json", "{\"x\": {\"openapi\": 1}}"), None);
        assert_eq!(kind_of("a.yml", "info:\n  openapi: 3.0.0\n"), None);
        assert_eq!(
            kind_of(
                "ci.yml",
                "jobs:\n  a:\n    services:\n      db: {image: x}\n"
            ),
            None
        );
        let woodpecker =
            "steps:\n  test:\n    image: rust\nservices:\n  db:\n    image: postgres\n";
        assert_eq!(kind_of(".woodpecker.yml", woodpecker), None);
        assert!(kind_of("compose.yml", woodpecker).is_some());
    }
}
