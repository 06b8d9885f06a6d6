//! Puts any text through a reader, or through a whole run, and looks whether what comes out holds together. The fuzzers
//! and the regressions go this way.

use seaworthy::baseline::Baseline;
use seaworthy::catalog::Catalog;
use seaworthy::collect::kind_of;
use seaworthy::config::{Config, Location};
use seaworthy::outcome::Outcome;
use seaworthy::read::{beside, read_all, sql};
use seaworthy::settle::{Terms, settle};
use seaworthy::source::{SourceId, SourceKind, Sources, Span};
use seaworthy::{Analysis, analyse, diagram, report};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// What begins a file where a text holds several: the rest of its line is the path.
const FILE: &str = "@@ ";

/// A name, and what a text goes through that is put under it.
type Way = (&'static str, fn(&str));

/// What each text goes through: `system` is the whole run.
pub(crate) const WAYS: [Way; 18] = [
    ("system", |text| run(&files(text))),
    ("yaml", |text| read(SourceKind::Resources, "a.yaml", text)),
    ("json", |text| {
        read(SourceKind::Resources, "a.json", &format!("{{{text}"));
    }),
    ("openapi", openapi),
    ("compose", |text| {
        read(SourceKind::Compose, "compose.yaml", text);
    }),
    ("rust", |text| read(SourceKind::Rust, "src/main.rs", text)),
    ("statement", |text| {
        let _ = WORKER.install(|| sql::parse(text));
    }),
    ("migration", |text| read(SourceKind::Sql, "a.sql", text)),
    ("manifest", |text| {
        read(SourceKind::CargoManifest, "Cargo.toml", text);
    }),
    ("lock", |text| {
        read(SourceKind::CargoLock, "Cargo.lock", text);
    }),
    ("codeowners", |text| {
        read(SourceKind::Codeowners, "CODEOWNERS", text);
    }),
    ("beside", beside),
    ("dockerfile", dockerfile),
    ("configuration", configuration),
    ("baseline", baseline),
    ("comments", comments),
    ("checklist", checklist),
    ("picture", picture),
];

/// Where a text of each way would lie, to go through the whole run too.
pub(crate) fn path_of(way: &str) -> &'static str {
    match way {
        "yaml" => "a.yaml",
        "json" => "a.json",
        "openapi" => "openapi.yaml",
        "compose" => "compose.yaml",
        "rust" | "comments" => "src/main.rs",
        "statement" | "migration" => "migrations/a.sql",
        "manifest" => "Cargo.toml",
        "lock" => "Cargo.lock",
        "codeowners" => "CODEOWNERS",
        "dockerfile" => "Dockerfile",
        "configuration" => "seaworthy.yaml",
        _ => "a.conf",
    }
}

/// A small system in which most stages find something.
pub(crate) const SMALL: &str = "\
@@ compose.yaml
services:
  a: {build: ., depends_on: [db], environment: {B_URL: 'http://b:80'}}
  b: {image: 'nginx:1'}
  db: {image: 'postgres:16'}
@@ openapi.yaml
openapi: 3.0.0
info: {title: a}
paths: {/a: {post: {operationId: add, responses: {}}}}
@@ Cargo.toml
[package]
name = \"a\"
version = \"0.1.0\"
[dependencies]
axum = \"0.7\"
reqwest = \"0.12\"
sqlx = \"0.8\"
@@ src/main.rs
use axum::{Router, routing::post};
async fn add(pool: sqlx::PgPool) {
    sqlx::query(\"INSERT INTO t (a) VALUES ($1)\").execute(&pool).await.unwrap();
    reqwest::get(\"http://b:80/x\").await.unwrap();
}
fn main() { let r = Router::new().route(\"/a\", post(add)); }
@@ migrations/1.sql
CREATE TABLE t (a int UNIQUE);
@@ Dockerfile
FROM rust
COPY . .
CMD [\"a\"]
";

static CATALOG: LazyLock<Catalog> =
    LazyLock::new(|| Catalog::shipped().expect("the catalogue loads"));

/// The workers of the program have this much.
static WORKER: LazyLock<rayon::ThreadPool> = LazyLock::new(|| {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1);
    pool.stack_size(64 << 20).build().expect("a worker")
});

/// The files of a text that holds several, each behind a line `@@ path`.
pub(crate) fn files(text: &str) -> Vec<(&str, &str)> {
    let marked = text.strip_prefix(FILE).into_iter();
    let parts = marked.flat_map(|rest| rest.split("\n@@ "));
    let named = parts.filter_map(|part| part.split_once('\n'));
    let found: Vec<(&str, &str)> = named.take(12).collect();
    match found.is_empty() {
        true => vec![("src/main.rs", text)],
        false => found,
    }
}

fn sources(files: &[(&str, &str)]) -> Sources {
    let files = files.iter().map(|(path, text)| {
        let kind = match *path {
            "seaworthy.yaml" => SourceKind::Configuration,
            path => kind_of(path, text).unwrap_or(SourceKind::Beside),
        };
        ((*path).to_owned(), kind, (*text).to_owned())
    });
    Sources::new(files.collect())
}

fn read(kind: SourceKind, path: &str, text: &str) {
    let sources = Sources::new(vec![
        (path.to_owned(), kind, text.to_owned()),
        // Tables are read where there is code.
        (
            "other.rs".to_owned(),
            SourceKind::Rust,
            "fn f() {}".to_owned(),
        ),
    ]);
    let (facts, problems) = WORKER.install(|| read_all(&sources));
    let holder = sources.find(path).expect("the file is there");
    for problem in &problems {
        assert_span(&sources, problem.span);
    }
    assert_spans(&sources, &format!("{:?}", facts[holder.0 as usize]));
}

fn openapi(text: &str) {
    let part = |path: &str, kind| (path.to_owned(), kind, text.to_owned());
    let sources = Sources::new(vec![
        part("openapi.yaml", SourceKind::OpenApi),
        part("part.yaml", SourceKind::OpenApiPart),
    ]);
    let (facts, problems) = WORKER.install(|| read_all(&sources));
    assert_spans(&sources, &format!("{facts:?}{problems:?}"));
}

fn beside(text: &str) {
    for path in ["a.conf", ".env", "a.py"] {
        let sources = Sources::new(vec![(path.to_owned(), SourceKind::Beside, text.to_owned())]);
        let file = beside::read(SourceId(0), path, text);
        assert_spans(&sources, &format!("{file:?}"));
    }
}

fn dockerfile(text: &str) {
    let mut files = files(SMALL);
    files.retain(|(path, _)| *path != "Dockerfile");
    files.push(("Dockerfile", text));
    judged(&files, &mut Config::default());
}

fn configuration(text: &str) {
    if let Ok(mut config) = config(text) {
        let mut files = files(SMALL);
        files.push(("seaworthy.yaml", text));
        judged(&files, &mut config);
    }
}

fn config(text: &str) -> Result<Config, String> {
    let location = Location {
        name: "seaworthy.yaml".to_owned(),
        ..Location::default()
    };
    Config::parse(location, text.to_owned()).map_err(|error| error.to_string())
}

fn baseline(text: &str) {
    if let Ok(known) = Baseline::parse(text) {
        let (analysis, mut outcome) = judged(&files(SMALL), &mut Config::default());
        let again = known.text().expect("a baseline is JSON");
        assert_eq!(Baseline::parse(&again).as_ref(), Ok(&known));
        assert!(known.mark(&mut outcome, &analysis.sources).len() <= known.len());
    }
}

fn comments(text: &str) {
    let code = format!("{text}\nasync fn f() {{ reqwest::get(\"http://b\").await; }}\n");
    let compose = format!("{text}\nservices:\n  a: {{image: 'nginx:1'}}\n");
    let tables = format!("{text}\nCREATE TABLE t (a int);\n");
    let files = [
        ("src/main.rs", code.as_str()),
        ("compose.yaml", &compose),
        ("a.sql", &tables),
    ];
    judged(&files, &mut Config::default());
}

fn checklist(text: &str) {
    let (analysis, _) = judged(&files(SMALL), &mut Config::default());
    let new = report::audit_markdown::render(&analysis, "", false);
    if report::is_checklist(text) {
        let merged = report::merge_checklists(text, &new);
        // What people wrote is kept once, not twice.
        assert_eq!(
            report::merge_checklists(&merged, &new),
            report::merge_checklists(&report::merge_checklists(&merged, &new), &new)
        );
    }
    let _ = report::audit_csv::render(&analysis, Some(text));
}

fn picture(text: &str) {
    if let Some(facts) = diagram::Facts::read(text) {
        assert_eq!(facts.changes(&facts), Vec::<String>::new());
    }
    if let Some(old) = diagram::old_places(text) {
        let (analysis, _) = judged(&files(SMALL), &mut Config::default());
        let graph = diagram::Graph::new(&analysis.system);
        let options = diagram::SvgOptions {
            old: old.clone(),
            ..diagram::SvgOptions::default()
        };
        let _ = diagram::svg(&graph, &analysis.sources, &options);
        let _ = diagram::drawio(&graph, "", diagram::Reading::Down, &old);
    }
}

/// A system with its verdicts and findings, looked through.
pub(crate) fn judged(files: &[(&str, &str)], config: &mut Config) -> (Analysis, Outcome) {
    let sources = sources(files);
    let own;
    let catalog = match config.location {
        None => &*CATALOG,
        Some(_) => match Catalog::load_for(&sources, config) {
            Ok(catalog) => {
                own = catalog;
                &own
            }
            Err(_) => &*CATALOG,
        },
    };
    let mut analysis = analyse(sources, Vec::new(), catalog, Some(1)).expect("workers start");
    let terms = Terms {
        today: jiff::civil::date(2026, 6, 1),
        suppress: true,
    };
    let outcome = settle(&mut analysis, config, terms).expect("the pages are in order");
    assert_sound(&analysis, &outcome);
    (analysis, outcome)
}

/// The whole run, with every report and every picture.
pub(crate) fn run(files: &[(&str, &str)]) {
    let text = files.iter().find(|(path, _)| *path == "seaworthy.yaml");
    let mut config = text
        .and_then(|(_, text)| config(text).ok())
        .unwrap_or_default();
    let (analysis, mut outcome) = judged(files, &mut config);
    reports(&analysis, &outcome);
    pictures(&analysis);
    let known = Baseline::of(&outcome, &analysis.sources);
    known.mark(&mut outcome, &analysis.sources);
    assert_eq!(outcome.open().count(), 0, "a baseline leaves nothing open");
}

fn reports(analysis: &Analysis, outcome: &Outcome) {
    use report as r;
    let _ = r::check_human::render(analysis, outcome, 80);
    let _ = r::check_json::render(analysis, outcome).expect("JSON");
    let _ = r::check_sarif::render(analysis, outcome).expect("JSON");
    let _ = r::check_gitlab::render(analysis, outcome).expect("JSON");
    let _ = r::check_github::render(analysis, outcome);
    let _ = r::check_junit::render(analysis, outcome);
    let _ = r::check_checkstyle::render(analysis, outcome);
    let _ = r::check_markdown::render(analysis, outcome, None);
    let _ = r::starter::render(analysis, outcome);
    let _ = r::audit_table::render(analysis, 80, true);
    let _ = r::audit_json::render(analysis, true).expect("JSON");
    let _ = r::audit_html::render(analysis, "");
    let csv = r::audit_csv::render(analysis, None).expect("CSV");
    assert_eq!(
        r::audit_csv::render(analysis, Some(&csv)).ok(),
        Some(csv),
        "a checklist that nobody wrote in stays"
    );
    let list = r::audit_markdown::render(analysis, "", true);
    assert_eq!(r::merge_checklists(&list, &list), list);
    let none = r::changes::Changes::between(&analysis.system, &analysis.system);
    assert!(none.is_empty(), "{}", none.lines());
}

fn pictures(analysis: &Analysis) {
    use diagram as d;
    let by = d::summary_grouping(&analysis.system);
    let whole = || d::Graph::grouped(&analysis.system, by);
    let (whole, summed) = (
        whole(),
        whole().without_telemetry().without_hubs().overview(),
    );
    for (graph, reading) in [(&whole, d::Reading::Right), (&summed, d::Reading::Down)] {
        let svg = d::svg(graph, &analysis.sources, &d::SvgOptions::default());
        let old = d::old_places(&svg).expect("our own picture");
        for text in [
            &svg,
            &d::mermaid(graph, reading),
            &d::dot(graph, "", reading),
            &d::plantuml(graph, "", reading, d::Flavour::Plain),
            &d::plantuml(graph, "", reading, d::Flavour::C4),
            &d::d2(graph, "", reading),
            &d::structurizr(graph, "", reading),
            &d::drawio(graph, "", reading, &old),
        ] {
            let facts = d::Facts::read(text);
            assert_eq!(facts, Some(d::Facts::of(graph)), "{text}");
        }
        let name = "a".to_owned();
        let views = [d::HtmlView { name, graph }];
        d::html(&views, analysis, &[], &d::SvgOptions::default()).expect("JSON");
    }
    d::json(analysis).expect("JSON");
}

/// Every place that is told lies in its file, between characters, and no two findings have one fingerprint.
pub(crate) fn assert_sound(analysis: &Analysis, outcome: &Outcome) {
    let all = format!(
        "{:?}{:?}{:?}",
        analysis.system, analysis.problems, outcome.findings
    );
    assert_spans(&analysis.sources, &all);
    let mut seen = BTreeSet::new();
    for reported in &outcome.findings {
        assert!(seen.insert(&reported.fingerprint), "{reported:?}");
    }
}

/// All spans in the `Debug` text of something: none can be forgotten. What it quotes is passed over.
fn assert_spans(sources: &Sources, debug: &str) {
    const MARK: &str = "Span { source: SourceId(";
    let mut seen: BTreeSet<[u32; 3]> = BTreeSet::new();
    for plain in unquoted(debug) {
        for (at, _) in plain.match_indices(MARK) {
            let rest = &plain[at + MARK.len()..];
            let numbers = rest.split(|c: char| !c.is_ascii_digit());
            let mut numbers = numbers.filter_map(|digits| digits.parse().ok());
            let mut next = || numbers.next().expect("three numbers");
            seen.insert([next(), next(), next()]);
        }
    }
    for [source, start, end] in seen {
        assert_span(sources, Span::new(SourceId(source), start, end));
    }
}

/// The parts of a `Debug` text between the strings in it.
fn unquoted(debug: &str) -> Vec<&str> {
    let (mut parts, mut from, mut quoted) = (Vec::new(), 0, false);
    let bytes = debug.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quoted => at += 1,
            b'\'' if !quoted && debug[at..].starts_with("'\"'") => at += 2,
            b'"' if quoted => (from, quoted) = (at + 1, false),
            b'"' => {
                parts.push(&debug[from..at]);
                quoted = true;
            }
            _ => {}
        }
        at += 1;
    }
    parts.push(&debug[from.min(debug.len())..]);
    parts
}

fn assert_span(sources: &Sources, span: Span) {
    let source = sources.get(span.source);
    let (start, end) = (span.start as usize, span.end as usize);
    assert!(
        source.text.get(start..end).is_some(),
        "{start}..{end} of {} bytes in {}",
        source.text.len(),
        source.path
    );
}
