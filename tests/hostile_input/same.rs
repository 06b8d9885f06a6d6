//! The same bytes, however the run is made.

use super::ran::{Tree, program};
use std::fs;
use std::path::Path;

const COMMANDS: [&[&str]; 6] = [
    &["check", "--format", "json"],
    &["check", "--format", "sarif"],
    &["check", "--format", "human"],
    &["audit", "--format", "json"],
    &["diagram", "--format", "svg"],
    &["diagram", "--format", "html"],
];

/// Everything that is said of a directory, from within it.
fn said(directory: &Path, threads: &str) -> String {
    let mut all = String::new();
    for command in COMMANDS {
        let output = program()
            .args(command)
            .args(["--threads", threads])
            .current_dir(directory)
            .output()
            .expect("it runs");
        assert!(output.status.code().is_some_and(|status| status < 3));
        all.push_str(&String::from_utf8(output.stdout).expect("text"));
    }
    all
}

fn files(directory: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory").flatten() {
        match entry.path().is_dir() {
            true => files(&entry.path(), found),
            false => found.push(entry.path()),
        }
    }
}

#[test]
fn threads_runs_directories_and_the_order_of_files_do_not_matter() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/bookstore");
    let mut all = Vec::new();
    files(&example, &mut all);
    all.sort();
    let laid_out = |name: &str, order: &[std::path::PathBuf]| {
        let mut tree = Tree::new(name);
        for file in order {
            let path = file.strip_prefix(&example).expect("below the example");
            tree = tree.with(
                path.to_str().expect("text"),
                fs::read(file).expect("a file"),
            );
        }
        tree
    };
    let forwards = laid_out("same/one/bookstore", &all);
    all.reverse();
    let backwards = laid_out("same/another/place/bookstore", &all);
    let one = said(&forwards.0, "1");
    assert!(one.len() > 50_000);
    assert!(one == said(&forwards.0, "1"), "two runs differ");
    assert!(one == said(&forwards.0, "8"), "the threads show");
    assert!(
        one == said(&backwards.0, "8"),
        "the place or the order of files shows"
    );
}
