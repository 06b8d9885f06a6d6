//! What is built in: under which licence, from where, and nothing of it twice that we name. `cargo deny check` asks the same
//! by `deny.toml`, and for advisories besides, whose database needs the network.

mod common;

use common::{files_below, read, root};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Crates that name a file in place of a licence, which somebody has read: it is MIT's.
const LICENCE_IN_A_FILE: [&str; 4] = [
    "dot-generator",
    "graphviz-rust",
    "into-attr",
    "into-attr-derive",
];

/// Crates that we name, and that others need in an older version too.
const OLDER_TOO: [&str; 2] = ["foldhash", "syn"];

/// The licences that `deny.toml` allows.
fn allowed() -> BTreeSet<String> {
    let text = read(&root().join("deny.toml"));
    let file: toml::Table = text.parse().expect("TOML");
    let list = file["licenses"]["allow"].as_array().expect("a list");
    let names = list.iter().map(|name| name.as_str().expect("a name"));
    names.map(str::to_owned).collect()
}

/// Every package that is built for this machine, without asking the network.
fn packages() -> Vec<Value> {
    let version = Command::new("rustc").arg("-vV").output().expect("rustc");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .args(["--filter-platform", host.expect("a host")])
        .current_dir(root())
        .output()
        .expect("cargo");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("a list").clone();
    assert!(packages.len() > 100, "{}", packages.len());
    packages
}

/// Whether one of the alternatives of an expression is allowed as a whole. An expression with brackets is a row of `AND`s.
fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let plain = expression.replace('/', " OR ").replace(['(', ')'], "\n");
    let one = |name: &str| allowed.contains(name.trim());
    match expression.contains('(') {
        true => plain
            .split('\n')
            .flat_map(|part| part.split(" AND "))
            .filter(|part| !part.trim().is_empty())
            .all(|part| part.split(" OR ").any(one)),
        false => plain
            .split(" OR ")
            .any(|alternative| alternative.split(" AND ").all(one)),
    }
}

#[test]
fn licences_are_read_as_they_are_meant() {
    let allowed: BTreeSet<String> = ["MIT", "Unicode-3.0"].map(str::to_owned).into();
    for good in [
        "MIT",
        "MIT/GPL-3.0",
        "GPL-3.0 OR MIT",
        "(MIT OR GPL-3.0) AND Unicode-3.0",
    ] {
        assert!(is_allowed(good, &allowed), "{good}");
    }
    for bad in [
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "GPL-3.0 OR MIT AND AGPL-3.0",
        "(MIT OR GPL-3.0) AND AGPL-3.0",
        "",
    ] {
        assert!(!is_allowed(bad, &allowed), "{bad}");
    }
}

#[test]
fn every_licence_is_allowed() {
    let allowed = allowed();
    let mut seen = BTreeSet::new();
    for package in packages() {
        let name = package["name"].as_str().expect("a name");
        match package["license"].as_str() {
            Some(licence) => assert!(is_allowed(licence, &allowed), "{name}: {licence}"),
            None => {
                assert!(LICENCE_IN_A_FILE.contains(&name), "{name} has no licence");
                seen.insert(name.to_owned());
            }
        }
    }
    assert_eq!(seen.len(), LICENCE_IN_A_FILE.len(), "{seen:?}");
}

#[test]
fn everything_is_from_the_registry_and_named_once() {
    let lock: toml::Table = read(&root().join("Cargo.lock")).parse().expect("TOML");
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in lock["package"].as_array().expect("a list") {
        let text = |key: &str| package.get(key).and_then(toml::Value::as_str);
        let name = text("name").expect("a name");
        match text("source") {
            Some(source) => {
                let registry = "registry+https://github.com/rust-lang/crates.io-index";
                assert_eq!(source, registry, "{name}");
                assert!(text("checksum").is_some(), "{name}");
            }
            None => assert_eq!(name, "seaworthy"),
        }
        let version = text("version").expect("a version");
        versions.entry(name).or_default().insert(version);
    }
    let manifest: toml::Table = read(&root().join("Cargo.toml")).parse().expect("TOML");
    for section in ["dependencies", "dev-dependencies"] {
        for (name, value) in manifest[section].as_table().expect("a table") {
            let renamed = value.get("package").and_then(toml::Value::as_str);
            let name = renamed.unwrap_or(name);
            let once = versions[name].len() == 1;
            assert!(
                once != OLDER_TOO.contains(&name),
                "{name}: {:?}",
                versions[name]
            );
        }
    }
}

#[test]
fn no_file_allows_itself_what_the_manifest_forbids() {
    let manifest: toml::Table = read(&root().join("Cargo.toml")).parse().expect("TOML");
    let lints = &manifest["lints"];
    assert_eq!(lints["rust"]["unsafe_code"].as_str(), Some("forbid"));
    for directory in ["src", "tests", "benches"] {
        for path in files_below(&root().join(directory), &["rs"]) {
            let text = read(&path);
            // Fixtures are systems to look at, and are not built.
            if path.starts_with(root().join("tests/rules")) {
                continue;
            }
            for mark in [
                concat!("unsafe", " {"),
                concat!("unsafe", " impl"),
                concat!("unsafe", " fn"),
            ] {
                let code = text
                    .lines()
                    .filter(|line| !line.trim_start().starts_with("//"));
                let outside =
                    |line: &str| line.split('"').step_by(2).any(|code| code.contains(mark));
                let found: Vec<&str> = code.filter(|line| outside(line)).collect();
                assert_eq!(found, Vec::<&str>::new(), "{}", path.display());
            }
            let shipped = !path.starts_with(root().join("tests"));
            let sweeping = text.lines().any(|line| line.starts_with("#![allow("));
            assert!(
                !(shipped && sweeping),
                "{} allows a lint everywhere",
                path.display()
            );
        }
    }
}
