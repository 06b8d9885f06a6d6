//! Fixtures of the rules: `tests/rules/<rule>/<system>/`. Only that rule runs, and it must report
//! exactly the lines that carry its mark: a comment `~ rule` at the end of the line.

mod common;

use common::{checked, findings, root};
use seaworthy::rules::{Page, RULES};
use std::collections::BTreeSet;
use std::path::Path;

/// `file:line` of every line with a mark.
fn marks(analysis: &seaworthy::Analysis) -> BTreeSet<String> {
    let mut marks = BTreeSet::new();
    for (_, source) in analysis.sources.iter() {
        for (index, line) in source.text.lines().enumerate() {
            if line.contains("//~") || line.contains("#~") {
                marks.insert(format!("{}:{}", source.path, index + 1));
            }
        }
    }
    marks
}

fn check(rule: &str, system: &Path) -> usize {
    let (analysis, outcome) = checked(system, 1);
    assert_eq!(analysis.problems, [], "{}", system.display());
    let found: BTreeSet<String> = outcome
        .open()
        .map(|reported| &reported.finding)
        .filter(|finding| finding.rule == rule)
        .map(|finding| analysis.sources.place(finding.span))
        .collect();
    let expected = marks(&analysis);
    let missing: Vec<_> = expected.difference(&found).collect();
    let noisy: Vec<_> = found.difference(&expected).collect();
    assert!(
        missing.is_empty() && noisy.is_empty(),
        "{rule} in {}: missing {missing:?}, noisy {noisy:?}",
        system.display()
    );
    expected.len()
}

#[test]
fn every_rule_reports_its_marks_and_nothing_else() {
    for rule in &RULES {
        let page = Page::parse(rule.page_text).expect("a page");
        if page.id == "stale-diagram" {
            // What `diagram --check` says: see `tests/diagram_cli.rs`.
            continue;
        }
        let home = root().join("tests/rules").join(&page.id);
        let mut systems: Vec<_> = std::fs::read_dir(&home)
            .unwrap_or_else(|error| panic!("{}: {error}", home.display()))
            .flatten()
            .map(|entry| entry.path())
            .collect();
        systems.sort();
        let marked: Vec<usize> = systems
            .iter()
            .map(|system| check(&page.id, system))
            .collect();
        assert!(marked.iter().any(|count| *count > 0), "{}: no hit", page.id);
        assert!(
            marked.contains(&0),
            "{}: no system without a finding (a near-miss)",
            page.id
        );
    }
}

#[test]
fn what_only_a_library_offers_is_a_note() {
    let manifest = |name: &str, dependency: &str| {
        format!("[package]\nname = \"{name}\"\n[dependencies]\n{dependency}\n")
    };
    let library = "pub async fn used() { let _ = reqwest::get(\"https://a.example\").await; }\npub async fn offered() { let _ = reqwest::get(\"https://b.example\").await; }\n";
    let analysis = common::system(&[
        (
            "app/Cargo.toml",
            &manifest("app", "client = { path = \"../client\" }"),
        ),
        (
            "app/src/main.rs",
            "#[tokio::main]\nasync fn main() { client::used().await; }\n",
        ),
        (
            "client/Cargo.toml",
            &manifest("client", "reqwest = \"0.12\""),
        ),
        ("client/src/lib.rs", library),
    ]);
    let severities: Vec<_> = findings(&analysis)
        .iter()
        .filter(|finding| finding.rule == "outbound-call-without-timeout")
        .map(|finding| {
            (
                analysis.sources.place(finding.span),
                finding.severity.name(),
            )
        })
        .collect();
    assert_eq!(
        severities,
        [
            ("client/src/lib.rs:1".to_owned(), "warning"),
            ("client/src/lib.rs:2".to_owned(), "note")
        ]
    );
}

#[test]
fn requests_to_one_unknown_base_are_one_finding() {
    let code = "struct Images { http: reqwest::Client, base: String }\nimpl Images {\n    async fn purge(&self) { let _ = self.http.get(format!(\"{}internal/purge\", self.base)).send().await; }\n    async fn load(&self) { let _ = self.http.get(format!(\"{}image/download\", self.base)).send().await; }\n    async fn other(&self) { let _ = self.http.get(\"https://other.example/x\").send().await; }\n}\n";
    let analysis = common::system(&[("src/main.rs", code)]);
    let found = findings(&analysis);
    let breakers = found
        .iter()
        .filter(|finding| finding.rule == "outbound-call-without-breaker");
    assert_eq!(
        breakers.count(),
        2,
        "one for the base, one for the other host"
    );
}

#[test]
fn what_costs_something_or_is_repeated_by_design_is_a_warning() {
    let text = "openapi: 3.0.0\ninfo: {title: Shop, version: '1'}\nx-speakeasy-retries: {strategy: backoff}\npaths:\n  /orders:\n    post: {x-speakeasy-retries: {disabled: true}, responses: {'201': {description: placed}}}\n  /labels:\n    post: {responses: {'201': {description: made}}}\n  /notes:\n    post: {x-speakeasy-retries: {disabled: true}, responses: {'201': {description: made}}}\n  /sandbox/orders:\n    post: {x-speakeasy-retries: {disabled: true}, responses: {'201': {description: placed}}}\n";
    let analysis = common::system(&[("openapi.yaml", text)]);
    let severities: Vec<_> = findings(&analysis)
        .iter()
        .map(|finding| (finding.subject.clone(), finding.severity.name()))
        .collect();
    assert_eq!(
        severities,
        [
            ("POST /orders".to_owned(), "warning"),
            ("POST /labels".to_owned(), "warning"),
            ("POST /notes".to_owned(), "note"),
            ("POST /sandbox/orders".to_owned(), "note"),
        ]
    );
}

#[test]
fn what_a_library_does_by_itself_depends_on_the_locked_version() {
    let manifest = "[package]\nname = \"app\"\n[dependencies]\nredis = \"*\"\n";
    let code = "async fn read(mut connection: redis::aio::MultiplexedConnection) {\n    let _: Option<String> = redis::AsyncCommands::get(&mut connection, \"k\").await.ok();\n    let _: Option<String> = connection.get(\"k\").await.ok();\n}\n";
    let timeout = |lock: Option<&str>| {
        let text = lock.map(|version| {
            format!("version = 4\n[[package]]\nname = \"redis\"\nversion = \"{version}\"\n")
        });
        let mut files = vec![("Cargo.toml", manifest), ("src/lib.rs", code)];
        files.extend(text.as_deref().map(|text| ("Cargo.lock", text)));
        let analysis = common::system(&files);
        let calls = analysis.system.calls.iter();
        calls
            .map(|call| call.guards.timeout.answer)
            .collect::<BTreeSet<_>>()
    };
    use seaworthy::model::Answer::{Unknown, Yes};
    assert_eq!(timeout(Some("1.0.2")), BTreeSet::from([Yes]));
    assert_eq!(timeout(Some("0.32.7")), BTreeSet::from([Unknown]));
    assert_eq!(timeout(None), BTreeSet::from([Unknown]));
}
