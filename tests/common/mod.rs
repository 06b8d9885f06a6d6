//! Systems for tests: from text in memory, or from a directory.

#![allow(dead_code, reason = "every test program uses a part of this")]

pub(crate) mod drive;

use seaworthy::catalog::Catalog;
use seaworthy::collect::{collect, kind_of};
use seaworthy::config::{Config, Location};
use seaworthy::finding::Finding;
use seaworthy::outcome::Outcome;
use seaworthy::settle::{Terms, settle};
use seaworthy::source::{SourceKind, Sources};
use seaworthy::{Analysis, analyse, rules};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// A fixed day, on which suppressions count.
const TERMS: Terms = Terms {
    today: jiff::civil::date(2026, 6, 1),
    suppress: true,
};

/// The directory of the package.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The shipped catalogue, loaded once for each test program.
static CATALOG: LazyLock<Catalog> =
    LazyLock::new(|| Catalog::shipped().expect("the catalogue loads"));

/// A system from paths and texts.
pub(crate) fn system(files: &[(&str, &str)]) -> Analysis {
    let files = files.iter().map(|(path, text)| {
        let kind =
            kind_of(path, text).unwrap_or_else(|| panic!("{path} is of no known kind:\n{text}"));
        ((*path).to_owned(), kind, (*text).to_owned())
    });
    analyse(Sources::new(files.collect()), Vec::new(), &CATALOG, Some(1)).expect("workers start")
}

/// The manifest of a package with dependencies of any version.
pub(crate) fn manifest(name: &str, dependencies: &[&str]) -> String {
    let lines = dependencies.iter().map(|name| format!("{name} = \"*\"\n"));
    format!(
        "[package]\nname = \"{name}\"\n[dependencies]\n{}",
        lines.collect::<String>()
    )
}

/// A system from a directory.
pub(crate) fn directory(path: &Path, threads: usize) -> Analysis {
    let mut config = Config::discover(path, Some(path)).expect("the configuration is in order");
    let (sources, problems) = collect(path, &config.selection).expect("the directory is there");
    let catalog = Catalog::load_for(&sources, &mut config).expect("the catalogue loads");
    analyse(sources, problems, &catalog, Some(threads)).expect("workers start")
}

/// A system from a directory as `check` sees it, and what becomes of its findings on a fixed day.
pub(crate) fn checked(path: &Path, threads: usize) -> (Analysis, Outcome) {
    let mut config = Config::discover(path, Some(path)).expect("the configuration is in order");
    let (sources, problems) = collect(path, &config.selection).expect("the directory is there");
    let catalog = Catalog::load_for(&sources, &mut config).expect("the catalogue loads");
    let mut analysis = analyse(sources, problems, &catalog, Some(threads)).expect("workers start");
    let outcome = settle(&mut analysis, &config, TERMS).expect("the pages are in order");
    (analysis, outcome)
}

/// What all rules say.
pub(crate) fn findings(analysis: &Analysis) -> Vec<Finding> {
    rules::run(&analysis.system).expect("the pages are in order")
}

/// What all rules say, as `check` reports it.
pub(crate) fn outcome(analysis: &Analysis) -> Outcome {
    let pages = rules::pages().expect("the pages are in order");
    Outcome::new(findings(analysis), pages, &analysis.sources)
}

/// A system from text in memory with a configuration, and what becomes of its findings on a fixed day.
pub(crate) fn settled(files: &[(&str, &str)], config: &str) -> (Analysis, Outcome) {
    let location = Location {
        name: "seaworthy.yaml".to_owned(),
        ..Location::default()
    };
    let mut config = Config::parse(location, config.to_owned()).expect("a configuration");
    let files = files.iter().map(|(path, text)| {
        let kind = kind_of(path, text).unwrap_or_else(|| panic!("{path} is of no known kind"));
        ((*path).to_owned(), kind, (*text).to_owned())
    });
    let own = (
        "seaworthy.yaml".to_owned(),
        SourceKind::Configuration,
        config.text.clone(),
    );
    let sources = Sources::new(files.chain([own]).collect());
    let catalog = Catalog::load_for(&sources, &mut config).expect("the catalogue loads");
    let mut analysis = analyse(sources, Vec::new(), &catalog, Some(1)).expect("workers start");
    let outcome = settle(&mut analysis, &config, TERMS).expect("the pages are in order");
    (analysis, outcome)
}

/// Every file below a directory with one of the extensions, sorted.
pub(crate) fn files_below(directory: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in std::fs::read_dir(&directory)
            .expect("a directory")
            .flatten()
        {
            let path = entry.path();
            if path.is_dir() {
                pending.push(path);
            } else if path
                .extension()
                .is_some_and(|e| extensions.iter().any(|known| e == *known))
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A file's text.
pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A report without the line numbers of the catalogue: an entry more must not change what this
/// shows of another.
pub(crate) fn without_catalog_lines(report: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in report.lines() {
        let after_file = lines
            .last()
            .is_some_and(|previous| previous.contains("\"file\": \"rules/catalog/"));
        if after_file && line.trim_start().starts_with("\"line\":") {
            lines.push(line.replace(|c: char| c.is_ascii_digit(), ""));
        } else if let Some((before, after)) = line.split_once("rules/catalog/")
            && let Some((file, rest)) = after.split_once(".yaml:")
        {
            let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            lines.push(format!("{before}rules/catalog/{file}.yaml:{rest}"));
        } else {
            lines.push(line.to_owned());
        }
    }
    lines.join("\n") + "\n"
}

/// `METHOD /path label via`, sorted.
pub(crate) fn labels(files: &[(&str, &str)]) -> Vec<String> {
    let analysis = system(files);
    assert_eq!(analysis.problems, []);
    let shown = analysis.system.endpoints.iter().map(|endpoint| {
        let (label, via) = (endpoint.label.name(), endpoint.via.name());
        format!("{} {label} {via}", endpoint.name())
    });
    let mut shown: Vec<String> = shown.collect();
    shown.sort();
    shown
}
