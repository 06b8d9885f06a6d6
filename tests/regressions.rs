//! What once broke something, or looks as if it could: every file goes through its reader and through the whole run.

mod common;

use common::drive::{WAYS, path_of, run};
use common::{read, root};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// The files of one way, sorted.
fn cases(way: &str) -> Vec<PathBuf> {
    let directory = root().join("tests/regressions").join(way);
    let Ok(entries) = std::fs::read_dir(directory) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    found.sort();
    found
}

#[test]
fn every_reader_and_the_whole_run_take_every_case() {
    // With the stack that a program begins with; a test has less.
    let main = std::thread::Builder::new().stack_size(8 << 20);
    let all = main.spawn(broken).expect("a thread");
    assert_eq!(all.join().expect("it ends"), Vec::<PathBuf>::new());
}

fn broken() -> Vec<PathBuf> {
    let mut broken = Vec::new();
    for (way, through) in WAYS {
        for case in cases(way) {
            let bytes = std::fs::read(&case).expect("a file");
            let text = String::from_utf8_lossy(&bytes);
            let whole = || match way {
                "system" => {}
                way => run(&[(path_of(way), &text), ("other.rs", "fn main() {}\n")]),
            };
            let both = || {
                through(&text);
                whole();
            };
            if std::panic::catch_unwind(both).is_err() {
                broken.push(case);
            }
        }
    }
    broken
}

#[test]
fn every_way_has_cases_and_every_case_a_way() {
    let ways: BTreeSet<String> = WAYS.iter().map(|(way, _)| (*way).to_owned()).collect();
    let entries = std::fs::read_dir(root().join("tests/regressions")).expect("a directory");
    let names = entries.flatten().map(|entry| entry.file_name());
    let there: BTreeSet<String> = names
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    assert_eq!(there, ways);
    let empty: Vec<&String> = ways.iter().filter(|way| cases(way).is_empty()).collect();
    assert_eq!(empty, Vec::<&String>::new());
}

#[test]
fn the_small_system_is_worth_running() {
    let mut config = seaworthy::config::Config::default();
    let files = common::drive::files(common::drive::SMALL);
    let (analysis, outcome) = common::drive::judged(&files, &mut config);
    assert_eq!(analysis.problems, []);
    assert!(
        analysis
            .system
            .endpoints
            .iter()
            .any(|endpoint| endpoint.handler.is_some())
    );
    assert!(outcome.findings.len() >= 5, "{}", outcome.findings.len());
    assert!(analysis.system.relations.len() >= 2);
    assert!(read(&root().join("fuzz/run")).contains("SEAWORTHY_FUZZ"));
}
