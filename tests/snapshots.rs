//! What every report and picture looks like, over the example system.

mod common;

use common::{checked, directory, root, without_catalog_lines};
use seaworthy::diagram::{self, Graph, Reading};
use seaworthy::report::{
    audit_csv, audit_html, audit_json, audit_markdown, audit_table, check_human, check_json,
};

macro_rules! snapshot {
    ($name:literal, $analysis:ident => $text:expr) => {{
        let $analysis = directory(&root().join("examples/bookstore"), 2);
        assert_eq!($analysis.problems, []);
        let text: String = $text;
        insta::assert_snapshot!($name, without_catalog_lines(&text));
    }};
}

#[test]
fn check_for_people() {
    let (analysis, outcome) = checked(&root().join("examples/bookstore"), 2);
    let styled = check_human::render(&analysis, &outcome, 120);
    let text = anstream::adapter::strip_str(&styled).to_string();
    insta::assert_snapshot!("check_human", without_catalog_lines(&text));
}

#[test]
fn check_as_json() {
    let (analysis, outcome) = checked(&root().join("examples/bookstore"), 2);
    let text = check_json::render(&analysis, &outcome).expect("JSON");
    insta::assert_snapshot!("check_json", without_catalog_lines(&text));
}

#[test]
fn audit_as_tables() {
    snapshot!("audit_table", analysis => audit_table::render(&analysis, 140, false));
}

#[test]
fn audit_as_markdown() {
    snapshot!("audit_markdown", analysis => audit_markdown::render(&analysis, "", false));
}

#[test]
fn audit_as_page() {
    // Style and script have no place in a snapshot; the rest is what people see.
    snapshot!("audit_html", analysis => {
        let page = audit_html::render(&analysis, "");
        let (head, rest) = page.split_once("<style>").expect("a style");
        let (_, rest) = rest.split_once("</style>").expect("an end of the style");
        let (body, _) = rest.split_once("<script>").expect("a script");
        format!("{head}{body}")
    });
}

#[test]
fn audit_as_csv() {
    snapshot!("audit_csv", analysis => audit_csv::render(&analysis, None).expect("CSV"));
}

#[test]
fn audit_as_json() {
    snapshot!("audit_json", analysis => audit_json::render(&analysis, true).expect("JSON"));
}

#[test]
fn diagram_as_mermaid() {
    snapshot!("diagram_mermaid", analysis => diagram::mermaid(&Graph::new(&analysis.system), Reading::Right));
}

#[test]
fn diagram_as_dot() {
    snapshot!("diagram_dot", analysis => diagram::dot(&Graph::new(&analysis.system), "", Reading::Right));
}

#[test]
fn diagram_as_json() {
    snapshot!("diagram_json", analysis => diagram::json(&analysis).expect("JSON"));
}
