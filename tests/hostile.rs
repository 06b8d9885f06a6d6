//! Input that is broken, foreign or hostile costs itself and nothing more.

mod common;

use common::{directory, findings, system};
use seaworthy::diagram::{self, Graph};
use seaworthy::report::{audit_markdown, check_human};
use std::fs;
use std::path::PathBuf;

/// An empty directory of its own.
fn scratch(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a directory");
    path
}

#[test]
fn a_broken_file_costs_itself() {
    let analysis = system(&[
        ("compose.yaml", "services:\n  a: {image: x\n"),
        (
            "openapi.yaml",
            "openapi: 3.0.0\npaths: {/a: {post: {responses: {}}}}\n",
        ),
        ("src/main.rs", "fn main( {"),
    ]);
    let places: Vec<_> = analysis
        .problems
        .iter()
        .map(|problem| analysis.sources.place(problem.span))
        .collect();
    assert_eq!(places.len(), 2, "{places:?}");
    assert_eq!(analysis.system.endpoints.len(), 1);
}

#[test]
#[cfg(unix)]
fn links_out_of_the_root_are_not_followed() {
    let outside = scratch("links-outside");
    fs::write(
        outside.join("openapi.yaml"),
        "openapi: 3.0.0\npaths: {/a: {post: {responses: {}}}}\n",
    )
    .expect("a file");
    let inside = scratch("links-inside");
    std::os::unix::fs::symlink(&outside, inside.join("link")).expect("a link");
    std::os::unix::fs::symlink(outside.join("openapi.yaml"), inside.join("openapi.yaml"))
        .expect("a link");
    std::os::unix::fs::symlink(&inside, inside.join("circle")).expect("a link");
    let analysis = directory(&inside, 1);
    assert_eq!(analysis.system.endpoints.len(), 0);
    assert_eq!(analysis.problems, []);
}

#[test]
fn text_that_is_not_utf8_is_said_aloud() {
    let path = scratch("not-utf8");
    fs::write(
        path.join("compose.yaml"),
        b"services:\n  a: {image: \"\xff\"}\n",
    )
    .expect("a file");
    let analysis = directory(&path, 1);
    assert_eq!(analysis.problems.len(), 1);
    assert!(
        analysis.problems[0].message.contains("UTF-8"),
        "{}",
        analysis.problems[0].message
    );
    assert_eq!(analysis.read.skipped, 1);
}

#[test]
fn build_output_vendored_code_and_ignored_files_are_left_out() {
    let path = scratch("foreign");
    let code = "async fn f() { reqwest::get(\"https://a.example\").await; }\n";
    for directory in [
        "node_modules/a",
        "target/debug",
        "vendor/a",
        "generated",
        "src",
    ] {
        fs::create_dir_all(path.join(directory)).expect("a directory");
        fs::write(path.join(directory).join("lib.rs"), code).expect("a file");
    }
    fs::write(path.join("target/CACHEDIR.TAG"), "").expect("a file");
    fs::write(path.join("vendor/a/.cargo-checksum.json"), "{}").expect("a file");
    fs::write(path.join(".gitignore"), "generated\n").expect("a file");
    let analysis = directory(&path, 1);
    assert_eq!(analysis.read.rust, 1);
    assert_eq!(analysis.system.calls.len(), 1);
}

#[test]
fn names_from_the_system_do_not_break_out_of_a_format() {
    let name = "a\\\"];x->y[\u{202e}`|<img src=x>@team#1%%{init}%%";
    let compose = format!(
        "services:\n  \"{}\":\n    build: .\n    depends_on: [db]\n  db: {{image: postgres}}\n",
        name.replace('\\', "\\\\").replace('"', "\\\"")
    );
    let analysis = system(&[("compose.yaml", &compose)]);
    assert_eq!(analysis.problems, []);
    let graph = Graph::new(&analysis.system);
    let mermaid = diagram::mermaid(&graph);
    assert!(!mermaid.contains("<img") && !mermaid.contains("%%{") && !mermaid.contains('\u{202e}'));
    let dot = diagram::dot(&graph);
    assert!(dot.contains("\\\\\\\"];x->y["), "{dot}");
    let human = check_human::render(&analysis, &findings(&analysis), 120);
    assert!(!human.contains('\u{202e}'), "{human}");
    assert!(!audit_markdown::render(&analysis, "").contains("<img"));
}

#[test]
fn a_long_method_chain_does_not_overflow() {
    let code = format!("fn f(c: C) {{ c{}; }}\n", ".m()".repeat(50_000));
    let analysis = system(&[("src/main.rs", &code)]);
    assert_eq!(analysis.problems.len(), 1, "what was left out is said");
}

#[test]
fn modules_and_aliases_in_circles_end() {
    let analysis = system(&[
        (
            "src/main.rs",
            "mod a; mod b; use a::*; type T = U; type U = T; static S: T = S;\nfn f(t: T) { t.x().y; g() } fn g() { f(S) } fn main() { f(S); let c = X::new(); c.get(); }\n",
        ),
        (
            "src/a.rs",
            "pub use crate::b::*; pub use super::b::X; #[path = \"a.rs\"] pub mod a;\n",
        ),
        ("src/b.rs", "pub use crate::a::*; pub use super::a::X;\n"),
    ]);
    assert_eq!(analysis.system.calls.len(), 0);
}
