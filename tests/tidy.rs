//! What a reader of the repository may rely on.

mod common;

use common::{files_below, read, root};
use seaworthy::catalog::Catalog;
use seaworthy::rules::{Page, RULES};
use std::collections::BTreeSet;

#[test]
fn every_path_named_in_the_documents_exists() {
    let documents = [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "docs/ci.md",
        "docs/configuration.md",
        "docs/robustness.md",
    ];
    for document in documents {
        let text = read(&root().join(document));
        let mut named = 0;
        for code in text.split('`').skip(1).step_by(2) {
            let first = code.split('/').next().unwrap_or("");
            let ours =
                ["src", "rules", "tests", "examples", ".ci"].contains(&first) && code.contains('/');
            if ours && !code.contains(['<', '*', ' ', '{']) {
                named += 1;
                assert!(
                    root().join(code.trim_end_matches('/')).exists(),
                    "{document} names {code}"
                );
            }
        }
        assert!(
            named > 0
                || ["CHANGELOG.md", "docs/ci.md", "docs/configuration.md"].contains(&document),
            "{document} names no path; is the test still looking?"
        );
    }
}

#[test]
fn every_page_is_registered_and_called_as_its_file() {
    let registered: BTreeSet<String> = RULES
        .iter()
        .map(|rule| Page::parse(rule.page_text).expect("a page"))
        .map(|page| format!("rules/{}/{}.md", page.group, page.id))
        .collect();
    let on_disk: BTreeSet<String> = files_below(&root().join("rules"), &["md"])
        .iter()
        .map(|path| {
            path.strip_prefix(root())
                .expect("below the root")
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert_eq!(registered, on_disk);
}

#[test]
fn rules_stand_in_the_order_of_groups_and_names() {
    let order: Vec<_> = RULES
        .iter()
        .map(|rule| Page::parse(rule.page_text).expect("a page"))
        .map(|page| (page.group, page.id))
        .collect();
    assert!(order.is_sorted(), "{order:?}");
}

#[test]
fn no_test_is_switched_off() {
    let mark = concat!("#[", "ignore");
    for directory in ["src", "tests"] {
        for path in files_below(&root().join(directory), &["rs"]) {
            assert!(!read(&path).contains(mark), "{}", path.display());
        }
    }
}

#[test]
fn no_product_is_named_in_the_code() {
    let catalog = Catalog::shipped().expect("the catalogue loads");
    let mut products: BTreeSet<String> = catalog.crates.documentation.keys().cloned().collect();
    products.extend(
        catalog
            .images
            .entries
            .iter()
            .map(|entry| entry.value.technology.clone()),
    );
    // Languages, kinds and guards that are no products here.
    for word in ["std", "any", "rust", "temporal", "registry", "retry"] {
        products.remove(word);
    }
    for path in files_below(&root().join("src"), &["rs"]) {
        let text = read(&path);
        let code = text.split("#[cfg(test)]").next().unwrap_or(&text);
        for (number, line) in code.lines().enumerate() {
            for quoted in line.split('"').skip(1).step_by(2) {
                assert!(
                    !products.contains(quoted),
                    "{}:{}: \"{quoted}\"",
                    path.display(),
                    number + 1
                );
            }
        }
    }
}

#[test]
fn every_dependency_says_why() {
    let manifest = read(&root().join("Cargo.toml"));
    let mut section = "";
    let mut previous = "";
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if section.ends_with("dependencies]") && line.contains(" = ") {
            assert!(previous.starts_with("# "), "{line}");
        }
        previous = line;
    }
}
