//! Contracts as people have them: no operation is lost, whatever the version and the faults, and
//! every fault is told with its place.
//!
//! `SEAWORTHY_CONTRACTS=directory` has the count made over more documents.

mod common;

use common::{directory, read, root};
use seaworthy::analyse;
use seaworthy::catalog::Catalog;
use seaworthy::collect::collect;
use seaworthy::model::{Label, Via};
use seaworthy::read::{FileFacts, read_all};
use seaworthy::source::{SourceKind, join_path};
use serde_yaml::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const METHODS: [&str; 9] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace", "query",
];

/// A document as the reference reader sees it; none where it refuses the text.
fn document(path: &Path) -> Option<Value> {
    let text = read(path);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    match serde_json::from_str::<Value>(text) {
        Ok(value) => Some(value),
        Err(_) => {
            let mut value: Value = serde_yaml::from_str(text).ok()?;
            value.apply_merge().ok()?;
            Some(value)
        }
    }
}

/// What a `$ref` names, in this file or another below `top`.
fn target(top: &Path, file: &Path, document: &Value, reference: &str) -> Option<(PathBuf, Value)> {
    let (name, pointer) = reference.split_once('#').unwrap_or((reference, ""));
    let address = document.get("$self").and_then(Value::as_str);
    let (path, mut value) = if name.is_empty() || address == Some(name) {
        (file.to_owned(), document.clone())
    } else {
        let directory = file.parent()?.strip_prefix(top).ok()?.to_str()?;
        let path = top.join(join_path(directory, name));
        (
            path.clone(),
            self::document(path.is_file().then_some(&path)?)?,
        )
    };
    for token in pointer.split('/').skip(1) {
        let token = token
            .replace("%7B", "{")
            .replace("%7D", "}")
            .replace("%20", " ");
        let token = token.replace("~1", "/").replace("~0", "~");
        value = value.get(token.as_str())?.clone();
    }
    Some((path, value))
}

/// How many operations the paths of a document have, counted on the raw tree.
fn count(top: &Path, file: &Path) -> Option<usize> {
    let document = document(file)?;
    let Some(paths) = document.get("paths").and_then(Value::as_mapping) else {
        return Some(0);
    };
    let mut operations = 0;
    for (name, item) in paths {
        if name.as_str().is_some_and(|name| name.starts_with("x-")) {
            continue;
        }
        let mut items = vec![item.clone()];
        let mut place = (file.to_owned(), document.clone());
        let mut reference = item.get("$ref").and_then(Value::as_str).map(str::to_owned);
        for _ in 0..8 {
            let Some(text) = reference.take() else { break };
            let Some((path, value)) = target(top, &place.0, &place.1, &text) else {
                break;
            };
            reference = value.get("$ref").and_then(Value::as_str).map(str::to_owned);
            place = (path.clone(), self::document(&path)?);
            items.push(value);
        }
        let mut methods: Vec<String> = Vec::new();
        for item in items.iter().filter_map(Value::as_mapping) {
            for (key, value) in item {
                let key = key.as_str().unwrap_or("");
                if METHODS.contains(&key) {
                    methods.push(key.to_owned());
                } else if key == "additionalOperations" {
                    let more = value.as_mapping().into_iter().flatten();
                    methods.extend(more.filter_map(|(key, _)| key.as_str().map(str::to_owned)));
                }
            }
        }
        methods.sort();
        methods.dedup();
        operations += methods.len();
    }
    Some(operations)
}

/// Compares both counts for every description below a directory; how many were compared.
fn compare(top: &Path) -> usize {
    let (sources, _) = collect(top, &Default::default()).expect("the directory is there");
    let (facts, _) = read_all(&sources);
    let mut compared = 0;
    for (id, source) in sources
        .iter()
        .filter(|(_, source)| source.kind == SourceKind::OpenApi)
    {
        let FileFacts::OpenApi(contracts) = &facts[id.0 as usize] else {
            panic!("{} has no contract", source.path);
        };
        let read: usize = contracts
            .iter()
            .map(|contract| contract.operations.len())
            .sum();
        // Duplicate keys and several documents in a file are read here and refused there.
        let Some(expected) = count(top, &top.join(&source.path)) else {
            continue;
        };
        assert_eq!(read, expected, "operations of {}", source.path);
        compared += 1;
    }
    compared
}

#[test]
fn no_operation_is_lost() {
    assert!(compare(&root().join("tests/contracts")) >= 3);
    assert_eq!(compare(&root().join("examples/bookstore")), 1);
    if let Ok(more) = std::env::var("SEAWORTHY_CONTRACTS") {
        let compared = compare(Path::new(&more));
        assert!(compared > 0, "{more} has no contract");
    }
}

/// `method path` of every endpoint with its label, of the contract with this title.
fn labels(title: &str) -> BTreeMap<String, (Label, Via)> {
    let analysis = directory(&root().join("tests/contracts"), 2);
    let endpoints = analysis.system.endpoints.iter();
    endpoints
        .filter(|endpoint| endpoint.service == title)
        .map(|endpoint| (endpoint.name(), (endpoint.label, endpoint.via)))
        .collect()
}

#[test]
fn every_version_is_read_with_its_own_ways() {
    let pets = labels("Pets");
    assert_eq!(pets.len(), 4);
    assert_eq!(pets["POST /v2/pets"], (Label::NotIdempotent, Via::None));
    assert_eq!(
        pets["PATCH /v2/pets/{id}"],
        (Label::Idempotent, Via::Effects)
    );
    let library = labels("Library");
    assert_eq!(library["QUERY /v3/books"], (Label::Idempotent, Via::Method));
    assert_eq!(library["COPY /v3/books"], (Label::Idempotent, Via::Method));
    assert_eq!(library["LOCK /v3/books"], (Label::NotIdempotent, Via::None));
    // Its body is that of the other operation, whose media type and schema are references too.
    assert_eq!(
        library["POST /v3/escaped~path/{a b}"],
        (Label::Idempotent, Via::Key)
    );
    assert!(library.contains_key("PUT /other/escaped~path/{a b}"));
    assert!(library.contains_key("DELETE /v3/books/{id}") && library.contains_key("GET /v3/self"));
    let spread = labels("Spread");
    assert_eq!(spread["POST /a"], (Label::Idempotent, Via::Key));
    assert_eq!(spread["POST /c"], (Label::NotIdempotent, Via::None));
    assert_eq!(spread.len(), 4);
}

#[test]
fn a_fault_costs_the_smallest_thing_and_is_told_with_its_place() {
    let analysis = directory(&root().join("tests/contracts"), 2);
    let problems: Vec<String> = analysis
        .problems
        .iter()
        .map(|problem| {
            format!(
                "{}: {}",
                analysis.sources.place(problem.span),
                problem.message
            )
        })
        .collect();
    insta::assert_snapshot!("contract_problems", problems.join("\n"));
    let names: Vec<String> = analysis
        .system
        .endpoints
        .iter()
        .filter(|endpoint| endpoint.service == "Wrong")
        .map(|endpoint| format!("{} {}", endpoint.name(), endpoint.via.name()))
        .collect();
    assert_eq!(
        names,
        [
            "GET /a method",
            "POST /a none",
            "PUT /a method",
            "PATCH /a precondition",
            "DELETE /a method",
            "TRACE /relative method",
            "HEAD /a method"
        ]
    );
}

#[test]
fn webhooks_and_callbacks_are_no_endpoints_of_ours() {
    let analysis = directory(&root().join("tests/contracts"), 1);
    let sent: Vec<String> = analysis
        .system
        .outgoing
        .iter()
        .map(|request| format!("{} {:?} {}", request.service, request.kind, request.name))
        .collect();
    assert_eq!(
        sent,
        ["Library Callback done", "Library Webhook book.returned"]
    );
    assert!(
        labels("Library")
            .keys()
            .all(|name| !name.contains("returned"))
    );
}

#[test]
fn the_same_contract_twice_is_one_and_another_version_is_another() {
    let contract = |version: &str, key: &str| {
        format!(
            "{{\"openapi\": \"3.0.0\", \"info\": {{\"title\": \"Shop\", \"version\": \"{version}\"}}, \"paths\": {{\"/a\": {{\"post\": {{{key}\"responses\": {{\"201\": {{\"description\": \"made\"}}}}}}}}}}}}"
        )
    };
    let key = "\"parameters\": [{\"name\": \"Idempotency-Key\", \"in\": \"header\", \"required\": true, \"schema\": {}}], ";
    let services = |files: &[(&str, &str)]| -> Vec<String> {
        let analysis = common::system(files);
        let endpoints = analysis.system.endpoints.iter();
        endpoints.map(|endpoint| endpoint.service.clone()).collect()
    };
    let (one, other, keyed) = (contract("1", ""), contract("2", ""), contract("1", key));
    assert_eq!(services(&[("a.json", &one), ("b.yaml", &one)]), ["Shop"]);
    assert_eq!(
        services(&[("a.json", &one), ("b.json", &other)]),
        ["Shop 1", "Shop 2"]
    );
    assert_eq!(
        services(&[("a.json", &one), ("b.json", &keyed)]),
        ["Shop 1 (a.json)", "Shop 1 (b.json)"]
    );
}

#[test]
fn critical_paths_are_configured() {
    let config = "critical:\n  words: [pets]\n  never: ['/a']\n  paths: ['/c']\n";
    let mut config =
        seaworthy::config::Config::parse(Default::default(), config.to_owned()).expect("one");
    let files = root().join("tests/contracts");
    let (sources, problems) = collect(&files, &config.selection).expect("a directory");
    let catalog = Catalog::load_for(&sources, &mut config).expect("the catalogue loads");
    let analysis = analyse(sources, problems, &catalog, Some(1)).expect("workers start");
    let mut critical: Vec<String> = analysis
        .system
        .endpoints
        .iter()
        .filter(|endpoint| endpoint.critical.is_some())
        .map(|endpoint| endpoint.name())
        .collect();
    critical.sort();
    // Not the paths that name one pet: to change or remove it twice costs nothing more.
    assert_eq!(critical, ["POST /c", "POST /v2/pets"]);
}
