//! Reports that people see: in a log, in a comment, on a terminal.

use crate::common::{outcome, system};
use crate::schema::sarif;
use crate::{bookstore, hostile, is_visible, many};
use seaworthy::report::{
    check_checkstyle, check_github, check_gitlab, check_human, check_junit, check_markdown,
};
use serde_json::Value;
use std::collections::BTreeSet;

#[test]
fn github_gets_our_commands_and_no_others() {
    let (analysis, outcome) = hostile();
    let text = check_github::render(&analysis, &outcome);
    assert!(is_visible(&text), "{text}");
    let mut of_kind = [0; 3];
    for line in text.lines() {
        // What runners obey: `::` after blanks, and `##[` anywhere in what is no such command.
        let Some(command) = line.trim_start().strip_prefix("::") else {
            assert!(!line.contains("##["), "{line}");
            continue;
        };
        let (head, message) = command.split_once("::").expect("an end of the command");
        let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
        match ["error", "warning", "notice"]
            .iter()
            .position(|kind| *kind == name)
        {
            Some(kind) => of_kind[kind] += 1,
            None => {
                assert!(matches!(name, "group" | "endgroup"), "{line}");
                continue;
            }
        }
        let keys: Vec<&str> = properties
            .split(',')
            .filter_map(|property| property.split_once('=').map(|(key, _)| key))
            .collect();
        assert!(keys.starts_with(&["file", "line", "endLine"]), "{keys:?}");
        assert_eq!(keys.last(), Some(&"title"));
        assert!(message.contains("%0Ahelp: "), "{message}");
    }
    assert!(of_kind.iter().all(|count| *count > 0), "{of_kind:?}");
}

#[test]
fn github_annotates_ten_of_a_kind_and_logs_the_rest() {
    let (analysis, outcome) = bookstore();
    let text = check_github::render(&analysis, &outcome);
    let (annotated, rest) = text.split_once("::group::").expect("a group");
    let (rest, last) = rest.split_once("::endgroup::\n").expect("its end");
    for kind in ["error", "warning", "notice"] {
        assert!(annotated.matches(&format!("::{kind} ")).count() <= 10);
    }
    let logged = rest.lines().count() - 1;
    assert_eq!(annotated.lines().count() + logged, outcome.open().count());
    assert!(rest.starts_with(&format!("{logged} more\n")), "{rest}");
    assert!(last.contains(&format!("the other {logged} are")), "{last}");
}

#[test]
fn markdown_is_a_comment_that_fits() {
    let (analysis, outcome) = hostile();
    let text = check_markdown::render(&analysis, &outcome, Some("https://a.example/blob/1"));
    assert!(is_visible(&text), "{text}");
    let code_aside: String = text.split('`').step_by(2).collect();
    // A bracket behind a backslash is a letter.
    let code_aside = code_aside.replace("\\]", "");
    for broken in ["<script", "<img", "@team", "https://evil", "\n::", "$x$"] {
        assert!(!code_aside.contains(broken), "{broken}: {text}");
    }
    // Not even once entities are read.
    let rendered = code_aside.replace("&#64;", "@").replace("\\#", "#");
    assert!(rendered.contains("@&#8203;team") && !rendered.contains("@team"));
    assert!(rendered.contains("#&#8203;1") && !rendered.contains("#1"));
    assert_eq!(
        text.matches("<details>").count(),
        code_aside.matches("</details>").count()
    );
    assert!(
        text.contains("](https://a.example/blob/1/services/"),
        "{text}"
    );
    let outcome = many(&analysis, 400);
    let long = check_markdown::render(&analysis, &outcome, None);
    assert!(long.len() <= 65_536, "{}", long.len());
    assert!(long.len() > 60_000, "{}", long.len());
    let shown = long.matches("<details>").count();
    assert_eq!(shown, long.matches("\n  </details>\n").count());
    let more = outcome.open().count() - shown;
    assert!(long.contains(&format!("**{more} findings more did not fit")));
}

#[test]
fn people_see_what_was_left_out_and_where_to_read_more() {
    let (analysis, outcome) = hostile();
    let styled = check_human::render(&analysis, &outcome, 120);
    let text = anstream::adapter::strip_str(&styled).to_string();
    assert!(is_visible(&text), "{text}");
    assert!(!text.lines().any(|line| line.trim_start().starts_with("::")));
    assert!(text.contains("; 2 suppressed; 1 known before;"), "{text}");
    let rules: BTreeSet<&str> = outcome
        .open()
        .map(|reported| reported.finding.rule.as_str())
        .collect();
    for rule in &rules {
        let more = format!("= more: seaworthy explain {rule}\n");
        assert_eq!(text.matches(&more).count(), 1, "{text}");
    }
    assert_eq!(text.matches("= more: ").count(), rules.len());
}

#[test]
fn nothing_found_is_a_report_too() {
    let analysis = system(&[("compose.yaml", "services: {}\n")]);
    let outcome = outcome(&analysis);
    assert_eq!(outcome.findings.len(), 0);
    let log = sarif(&analysis, &outcome);
    assert_eq!(log["runs"][0]["results"], Value::Array(Vec::new()));
    let text = check_gitlab::render(&analysis, &outcome).expect("JSON");
    assert_eq!(text, "[]\n");
    let text = check_github::render(&analysis, &outcome);
    assert_eq!(text, "seaworthy: no findings\n");
    let text = check_markdown::render(&analysis, &outcome, None);
    assert!(text.starts_with("## seaworthy: no findings\n"), "{text}");
    let text = check_junit::render(&analysis, &outcome);
    assert!(text.contains("failures=\"0\" errors=\"0\""), "{text}");
    let text = check_checkstyle::render(&analysis, &outcome);
    let document = roxmltree::Document::parse(&text).expect("XML");
    assert!(
        document
            .root_element()
            .children()
            .all(|node| !node.is_element())
    );
}

#[test]
fn a_region_of_several_lines_ends_with_its_last_line() {
    let analysis = system(&[("compose.yaml", "services:\n  a:\n    build: .\nx-b: 1\n")]);
    let mut outcome = outcome(&analysis);
    outcome.findings.truncate(1);
    let span = &mut outcome.findings[0].finding.span;
    // From `a` to the line break before `x-b`, that is included.
    (span.start, span.end) = (12, 28);
    let text = check_github::render(&analysis, &outcome);
    assert!(
        text.contains("file=compose.yaml,line=2,endLine=3,title="),
        "{text}"
    );
    let text = check_gitlab::render(&analysis, &outcome).expect("JSON");
    let report: Value = serde_json::from_str(&text).expect("JSON");
    let lines = &report[0]["location"]["lines"];
    assert_eq!((&lines["begin"], &lines["end"]), (&2.into(), &3.into()));
    let log = sarif(&analysis, &outcome);
    let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    let region =
        serde_json::json!({"startLine": 2, "startColumn": 3, "endLine": 4, "endColumn": 1});
    assert_eq!(place["region"], region);
}
