//! The README shows what the program really prints.

mod common;

use common::{checked, read, root, without_catalog_lines};
use seaworthy::diagram::{self, Graph, SvgOptions};
use seaworthy::report::check_human;

/// The texts in fences of a language.
fn fences<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let open = format!("```{language}\n");
    text.split(open.as_str())
        .skip(1)
        .filter_map(|rest| rest.split("\n```").next())
        .collect()
}

#[test]
fn findings_and_picture_are_real() {
    let readme = without_catalog_lines(&read(&root().join("README.md")));
    let (analysis, outcome) = checked(&root().join("examples/bookstore"), 1);
    let styled = check_human::render(&analysis, &outcome, 120);
    let printed = without_catalog_lines(&anstream::adapter::strip_str(&styled).to_string());
    let shown = fences(&readme, "text")[0];
    assert!(shown.split("\n\n").count() >= 3);
    for block in shown.split("\n\n") {
        assert!(
            printed.contains(block),
            "the README shows what is not printed:\n{block}"
        );
    }
    let options = SvgOptions {
        title: "Bookstore".to_owned(),
        ..SvgOptions::default()
    };
    let picture = diagram::svg(&Graph::new(&analysis.system), &analysis.sources, &options);
    let file = "examples/bookstore/architecture.svg";
    assert!(readme.contains(&format!("]({file})")));
    assert!(
        read(&root().join(file)) == picture,
        "{file} is not what is drawn now: write it again as the README says"
    );
}

#[test]
fn the_configuration_shown_is_one() {
    let readme = read(&root().join("README.md"));
    let text = fences(&readme, "yaml")[0];
    let config = seaworthy::config::Config::parse(Default::default(), text.to_owned());
    let critical = config.expect("a configuration").critical;
    assert_eq!(critical.words, ["wallet"]);
    assert!(
        critical.paths.is_match("/v1/ledger/entries") && !critical.paths.is_match("/v1/orders")
    );
    assert!(critical.never.is_match("/v1/orders/drafts/7"));
}
