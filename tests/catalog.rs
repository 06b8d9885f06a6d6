//! The catalogue proves itself: every `hit` matches its entry, no `miss` does, and the data is in
//! order.

mod common;

use common::system;
use seaworthy::catalog::{Catalog, KeyPlace, shipped_files};
use seaworthy::model::{Answer, GuardKind};

fn catalog() -> Catalog {
    Catalog::shipped().expect("the catalogue loads")
}

/// `kind+guard+guard` of every call, in order.
fn calls(code: &str) -> Vec<String> {
    let analysis = system(&[("src/main.rs", code)]);
    assert_eq!(analysis.problems, [], "{code}");
    let mut calls = analysis.system.calls;
    calls.sort_by_key(|call| call.name_span);
    let described = calls.iter().map(|call| {
        let present = GuardKind::ALL
            .into_iter()
            .filter(|kind| call.guards.get(*kind).answer == Answer::Yes);
        present.fold(call.kind.name().to_owned(), |text, kind| {
            format!("{text}+{}", kind.name())
        })
    });
    described.collect()
}

/// `METHOD /path` of every route, sorted.
fn routes(code: &str) -> Vec<String> {
    let analysis = system(&[("src/main.rs", code)]);
    let endpoints = analysis.system.endpoints.iter();
    let mut routes: Vec<_> = endpoints.map(seaworthy::model::Endpoint::name).collect();
    routes.sort();
    routes
}

#[test]
fn crates_hit_and_miss() {
    let mut hits = 0;
    for (line, hit, miss) in &catalog().crates.proofs {
        for proof in hit {
            assert_eq!(
                calls(&proof.code),
                proof.calls,
                "{}:{}\n{}",
                line.file,
                line.line,
                proof.code
            );
            if !proof.routes.is_empty() {
                assert_eq!(
                    routes(&proof.code),
                    proof.routes,
                    "{}:{}\n{}",
                    line.file,
                    line.line,
                    proof.code
                );
            }
            hits += 1;
        }
        for code in miss {
            assert!(
                calls(code).is_empty(),
                "{}:{}\n{code}",
                line.file,
                line.line
            );
        }
    }
    assert!(hits > 10);
}

#[test]
fn every_crate_that_does_io_has_a_hit_and_a_miss() {
    let files = shipped_files().iter();
    for (file, text) in files.map(|file| (file.path, file.yaml)) {
        if !file.contains("/rust/") {
            continue;
        }
        for entry in text.split("\n- crate: ").skip(1) {
            let name = entry.lines().next().unwrap_or("");
            if entry.contains("io: ") {
                assert!(
                    entry.contains("\n  hit:\n") && entry.contains("\n  miss:\n"),
                    "{file}: {name}"
                );
            }
        }
    }
}

#[test]
fn images_hit_and_miss() {
    let catalog = catalog();
    for entry in &catalog.images.entries {
        let place = format!("{}:{}", entry.line.file, entry.line.line);
        assert!(
            !entry.value.hit.is_empty() && !entry.value.miss.is_empty(),
            "{place}: needs hit and miss"
        );
        for image in &entry.value.hit {
            let found = catalog
                .images
                .find(image)
                .unwrap_or_else(|| panic!("{place}: {image} matches nothing"));
            assert_eq!(
                found.line, entry.line,
                "{place}: {image} matches another entry"
            );
        }
        for image in &entry.value.miss {
            assert!(
                catalog
                    .images
                    .find(image)
                    .is_none_or(|found| found.line != entry.line),
                "{place}: {image}"
            );
        }
    }
}

#[test]
fn keys_hit_and_miss() {
    let catalog = catalog();
    for entry in &catalog.keys.keys {
        let find = |name: &str| match entry.value.place {
            KeyPlace::Field => catalog.keys.field(name),
            KeyPlace::Header | KeyPlace::Precondition => catalog.keys.header(name),
        };
        for name in &entry.value.hit {
            assert_eq!(
                find(name).map(|found| found.line),
                Some(entry.line),
                "{name}"
            );
        }
        for name in &entry.value.miss {
            assert!(
                find(name).is_none_or(|found| found.line != entry.line),
                "{name}"
            );
        }
    }
}

#[test]
fn data_is_sorted_and_documented() {
    let catalog = catalog();
    let images: Vec<_> = catalog
        .images
        .entries
        .iter()
        .map(|e| (e.value.technology.clone(), e.value.kind.name()))
        .collect();
    assert!(
        images.is_sorted(),
        "rules/catalog/images.yaml is sorted by technology, then kind"
    );
    for entry in &catalog.images.entries {
        assert!(
            entry.value.docs.starts_with("https://"),
            "{}: {}",
            entry.line.line,
            entry.value.technology
        );
        assert!(
            entry.value.repositories.is_sorted(),
            "{}: {}",
            entry.line.line,
            entry.value.technology
        );
    }
    let files = shipped_files().iter();
    for (file, text) in files.map(|file| (file.path, file.yaml)) {
        if !file.contains("/rust/") {
            continue;
        }
        let crates: Vec<_> = text
            .lines()
            .filter_map(|line| line.strip_prefix("- crate: "))
            .collect();
        assert!(
            crates.is_sorted() && !crates.is_empty(),
            "{file} is sorted by crate: {crates:?}"
        );
    }
    for (name, docs) in &catalog.crates.documentation {
        assert!(docs.starts_with("https://"), "{name}");
    }
}

#[test]
fn policies_of_a_mesh_hit_and_miss() {
    let guards = |policy: &str| {
        let code =
            "async fn f(http: &reqwest::Client) { http.get(\"http://orders/open\").send().await; }";
        let analysis = system(&[("src/main.rs", code), ("policy.yaml", policy)]);
        assert_eq!(analysis.problems, [], "{policy}");
        let call = &analysis.system.calls[0];
        call.layers
            .iter()
            .map(|layer| layer.kind)
            .collect::<Vec<_>>()
    };
    for entry in &catalog().mesh.policies {
        let expected: Vec<GuardKind> = entry.guards.iter().map(|guard| guard.guard).collect();
        let found = guards(&entry.hit);
        assert!(!found.is_empty(), "{} misses:\n{}", entry.kind, entry.hit);
        assert!(
            found.iter().all(|kind| expected.contains(kind)),
            "{}: {found:?}",
            entry.kind
        );
        assert_eq!(guards(&entry.miss), [], "{}:\n{}", entry.kind, entry.miss);
    }
}
