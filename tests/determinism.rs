//! The same input gives the same bytes, whatever the number of threads.

mod common;

use common::{checked, findings, root};
use seaworthy::diagram::{self, Flavour, Graph, HtmlView, OldPlaces, Reading, SvgOptions};
use seaworthy::report::{audit_json, audit_markdown, check_human, check_json};

fn everything(threads: usize) -> String {
    let (analysis, outcome) = checked(&root().join("examples/bookstore"), threads);
    let findings = findings(&analysis);
    let graph = Graph::new(&analysis.system);
    let views = [HtmlView {
        name: "whole".to_owned(),
        graph: &graph,
    }];
    [
        check_human::render(&analysis, &outcome, 120),
        check_json::render(&analysis, &outcome).expect("JSON"),
        audit_json::render(&analysis, true).expect("JSON"),
        audit_markdown::render(&analysis, "", false),
        diagram::mermaid(&graph, Reading::Right),
        diagram::dot(&graph, "", Reading::Right),
        diagram::json(&analysis).expect("JSON"),
        diagram::svg(&graph, &analysis.sources, &SvgOptions::default()),
        diagram::plantuml(&graph, "", Reading::Right, Flavour::Plain),
        diagram::plantuml(&graph, "", Reading::Down, Flavour::C4),
        diagram::d2(&graph, "", Reading::Down),
        diagram::structurizr(&graph, "", Reading::Right),
        diagram::drawio(&graph, "", Reading::Right, &OldPlaces::new()),
        diagram::html(&views, &analysis, &findings, &SvgOptions::default()).expect("JSON"),
    ]
    .concat()
}

#[test]
fn one_and_eight_threads_agree() {
    let one = everything(1);
    assert!(one.len() > 10_000);
    for _ in 0..3 {
        assert!(one == everything(8), "the output depends on the threads");
    }
}

#[test]
fn fingerprints_survive_lines_that_move() {
    let text = "async fn f() { reqwest::get(\"https://a.example\").await; }\n";
    let moved = format!("// a comment\n\n{text}");
    let prints = |text: &str| -> Vec<String> {
        let analysis = common::system(&[("src/main.rs", text)]);
        findings(&analysis)
            .iter()
            .map(|finding| finding.fingerprint(&analysis.sources))
            .collect()
    };
    assert_eq!(prints(text), prints(&moved));
    assert_eq!(prints(text).len(), 2);
    assert_ne!(prints(text)[0], prints(text)[1]);
}
