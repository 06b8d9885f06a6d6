//! What the formats look like.

use crate::common::without_catalog_lines;
use crate::schema::sarif;
use crate::{bookstore, hostile};
use seaworthy::Analysis;
use seaworthy::outcome::Outcome;
use seaworthy::report::{
    check_checkstyle, check_github, check_gitlab, check_junit, check_markdown,
};

/// A log without the pages of the rules, which are in the repository as they are.
fn without_pages(analysis: &Analysis, outcome: &Outcome) -> String {
    let mut log = sarif(analysis, outcome);
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array_mut();
    let rules = rules.expect("rules");
    for rule in rules.iter_mut() {
        let page = rule["help"]["markdown"].as_str().expect("a page");
        assert_eq!(rule["help"]["text"], page);
        let first = page.lines().next().unwrap_or_default().to_owned();
        rule["help"] = first.into();
    }
    rules.truncate(2);
    serde_json::to_string_pretty(&log).expect("JSON")
}

macro_rules! snapshots {
    ($($test:ident: $name:literal, $analysis:ident, $outcome:ident => $text:expr;)*) => {$(
        #[test]
        fn $test() {
            for (system, (analysis, outcome)) in [("hostile", hostile()), ("bookstore", bookstore())] {
                let ($analysis, $outcome) = (&analysis, &outcome);
                let text: String = $text;
                insta::assert_snapshot!(format!("{}_{system}", $name), without_catalog_lines(&text));
            }
        }
    )*};
}

#[test]
fn log() {
    // The log of the example is too long to be read.
    let (analysis, outcome) = hostile();
    let text = without_pages(&analysis, &outcome);
    insta::assert_snapshot!("sarif_hostile", without_catalog_lines(&text));
}

snapshots! {
    github: "github", analysis, outcome => check_github::render(analysis, outcome);
    gitlab: "gitlab", analysis, outcome => check_gitlab::render(analysis, outcome).expect("JSON");
    junit: "junit", analysis, outcome => check_junit::render(analysis, outcome);
    checkstyle: "checkstyle", analysis, outcome => check_checkstyle::render(analysis, outcome);
    markdown: "markdown", analysis, outcome => check_markdown::render(analysis, outcome, Some("https://forge.example/bookstore/blob/main"));
}
