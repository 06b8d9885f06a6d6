//! No service of a compose file is lost: they are counted a second time by another parser.

mod common;

use common::system;
use serde_yaml::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Every compose file of this repository, and of the directory that `SEAWORTHY_COMPOSE` names.
fn compose_files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut roots = vec![root.join("tests"), root.join("examples")];
    roots.extend(std::env::var_os("SEAWORTHY_COMPOSE").map(PathBuf::from));
    let mut found = Vec::new();
    while let Some(directory) = roots.pop() {
        for entry in std::fs::read_dir(&directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                roots.push(path);
            } else if is_compose(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn is_compose(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or("");
    let ending = path.extension().and_then(|ending| ending.to_str());
    let text = || std::fs::read_to_string(path).unwrap_or_default();
    matches!(ending, Some("yaml" | "yml" | "json"))
        && (name.contains("compose")
            || path
                .parent()
                .is_some_and(|directory| directory.ends_with("compose"))
            || text().starts_with("services:"))
}

/// The names of the services, as the other parser reads them; nothing where it cannot.
fn counted(text: &str) -> Option<BTreeSet<String>> {
    let mut root: Value = serde_yaml::from_str(text).ok()?;
    root.apply_merge().ok()?;
    let root = root.as_mapping()?;
    let name = |key: &Value| match key {
        Value::String(name) => name.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        _ => String::new(),
    };
    let services = root.get("services");
    let first_version = services.is_none();
    let services = match services {
        Some(services) => services.as_mapping()?,
        None => root,
    };
    let is_service = |value: &Value| match value {
        Value::Mapping(service) if first_version => ["image", "build", "extends"]
            .iter()
            .any(|key| service.contains_key(*key)),
        Value::Mapping(_) => true,
        _ => false,
    };
    let names = services.iter().filter(|(_, value)| is_service(value));
    let names = names.map(|(key, _)| name(key));
    Some(names.filter(|name| !name.starts_with("x-")).collect())
}

#[test]
fn no_service_is_lost() {
    let (mut files, mut services) = (0, 0);
    for path in compose_files() {
        let text = std::fs::read_to_string(&path).expect("a file of text");
        let Some(expected) = counted(&text) else {
            continue;
        };
        let analysis = system(&[("compose.yaml", &text)]);
        let components = analysis.system.components.iter();
        let drawn: BTreeSet<String> = components
            .filter(|component| component.in_compose)
            .map(|component| component.name.clone())
            .collect();
        assert_eq!(drawn, expected, "{}", path.display());
        files += 1;
        services += expected.len();
    }
    assert!(
        files >= 20 && services >= 60,
        "{files} files, {services} services"
    );
}

#[test]
fn later_files_are_laid_over_earlier_ones() {
    let analysis = system(&[
        (
            "compose.yaml",
            "services:\n  api:\n    image: example/api:1\n    environment: {DATABASE_URL: 'postgres://db/x', CACHE_URL: 'redis://cache:6379'}\n    depends_on: [db, cache]\n  db: {image: postgres}\n  cache: {image: redis}\n  old: {image: redis}\n",
        ),
        (
            "compose.override.yaml",
            "services:\n  api:\n    image: example/api:2\n    environment: {CACHE_URL: !reset null}\n    depends_on: !override [db]\n  old: !reset null\n",
        ),
    ]);
    assert_eq!(analysis.problems, []);
    let system = &analysis.system;
    let api = system.component("api").expect("a component");
    assert_eq!(
        api.image.as_ref().map(|(image, _)| image.as_str()),
        Some("example/api:2")
    );
    assert!(system.component("old").is_none(), "a file takes it away");
    let relations: Vec<String> = system
        .relations
        .iter()
        .map(|relation| format!("{} {} {}", relation.from, relation.kind.name(), relation.to))
        .collect();
    assert_eq!(relations, ["api reads-writes db"]);
}

#[test]
fn what_is_waited_for_and_not_there_is_a_problem() {
    let analysis = system(&[(
        "compose.yaml",
        "services:\n  api:\n    image: example/api\n    depends_on: [bd, cache]\n    links: ['stroe:store']\n  db: {image: postgres}\n  cache: {image: redis}\n  late:\n    image: example/late\n    depends_on: {other: {condition: service_started, required: false}}\n",
    )]);
    let said: Vec<&str> = analysis
        .problems
        .iter()
        .map(|problem| problem.message.as_str())
        .collect();
    assert_eq!(
        said,
        [
            "`api` depends on `bd`, which no compose file here defines",
            "`api` links to `stroe`, which no compose file here defines",
        ]
    );
    assert_eq!(analysis.system.components.len(), 4, "the rest counts");
}

#[test]
fn what_is_only_gone_on_from_is_no_system() {
    let analysis = system(&[
        (
            "common.yaml",
            "services:\n  base: {image: example/base, environment: {DATABASE_URL: 'postgres://db/x'}}\n",
        ),
        (
            "compose.yaml",
            "services:\n  api:\n    extends: {file: common.yaml, service: base}\n    ports: ['80:80']\n  db: {image: postgres}\n",
        ),
    ]);
    assert_eq!(analysis.problems, []);
    let names: Vec<&str> = analysis
        .system
        .components
        .iter()
        .map(|component| component.id.as_str())
        .collect();
    assert_eq!(names, ["api", "db"]);
}

#[test]
fn sql_beside_compose_files_alone_is_nobody_s_schema() {
    let compose = ("compose.yaml", "services:\n  db: {image: clickhouse}\n");
    let sql = (
        "init.sql",
        "CREATE TABLE t (a UInt8) ENGINE = Memory SETTINGS a.b = 1;\n",
    );
    assert_eq!(system(&[compose, sql]).problems, []);
    let code = ("src/main.rs", "fn main() {}\n");
    assert_eq!(system(&[compose, sql, code]).problems.len(), 1);
}
