//! The reports in XML, as a reader that is not ours sees them. `.ci/schemas` has their schemas.

use crate::{HOSTILE, both, hostile, is_visible};
use seaworthy::report::{check_checkstyle, check_junit};
use std::collections::BTreeSet;

#[test]
fn junit_counts_its_tests_and_keeps_the_names() {
    for (analysis, outcome) in both() {
        let text = check_junit::render(&analysis, &outcome);
        assert!(is_visible(&text), "{text}");
        assert!(!text.contains("\n::"), "no line is a command: {text}");
        let document = roxmltree::Document::parse(&text).expect("XML");
        let all = |name: &str| {
            let nodes = document.descendants();
            nodes.filter(|node| node.has_tag_name(name)).count()
        };
        let suites = document.root_element();
        assert_eq!(
            suites.attribute("tests"),
            Some(&*all("testcase").to_string())
        );
        assert_eq!(all("failure"), outcome.open().count());
        assert_eq!(all("error"), analysis.problems.len());
        assert_eq!(
            all("skipped"),
            outcome.suppressed().count() + outcome.known()
        );
        let passed = document.descendants().filter(|node| {
            node.has_tag_name("testcase") && !node.children().any(|child| child.is_element())
        });
        let with_findings: BTreeSet<&str> = outcome
            .findings
            .iter()
            .map(|reported| reported.finding.rule.as_str())
            .collect();
        let everything_read = usize::from(analysis.problems.is_empty());
        assert_eq!(
            passed.count(),
            outcome.rules.len() - with_findings.len() + everything_read
        );
        let names: BTreeSet<_> = document
            .descendants()
            .filter(|node| node.has_tag_name("testcase"))
            .map(|node| (node.attribute("classname"), node.attribute("name")))
            .collect();
        assert_eq!(names.len(), all("testcase"), "no two tests of one name");
    }
    let (analysis, outcome) = hostile();
    let text = check_junit::render(&analysis, &outcome);
    let document = roxmltree::Document::parse(&text).expect("XML");
    let skipped = document
        .descendants()
        .find(|node| node.has_tag_name("skipped"));
    let reason = skipped.and_then(|node| node.attribute("message"));
    // What XML can hold is read back as it was.
    for name in [HOSTILE[0], HOSTILE[1], HOSTILE[2], HOSTILE[3], HOSTILE[6]] {
        assert!(reason.is_some_and(|reason| reason.contains(name)), "{name}");
    }
}

#[test]
fn checkstyle_lists_every_finding_by_file() {
    for (analysis, outcome) in both() {
        let text = check_checkstyle::render(&analysis, &outcome);
        assert!(is_visible(&text), "{text}");
        let document = roxmltree::Document::parse(&text).expect("XML");
        let root = document.root_element();
        assert_eq!(root.attribute("version"), Some("4.3"));
        let mut errors = 0;
        for file in root.children().filter(roxmltree::Node::is_element) {
            assert!(file.has_tag_name("file") && file.has_attribute("name"));
            for error in file.children().filter(roxmltree::Node::is_element) {
                assert!(error.has_tag_name("error"));
                errors += 1;
                let number = |name| error.attribute(name).and_then(|text| text.parse().ok());
                assert!(number("line") > Some(0_usize) && number("column") > Some(0));
                let severity = error.attribute("severity");
                assert!(matches!(severity, Some("info" | "warning" | "error")));
                let source = error.attribute("source").unwrap_or_default();
                assert!(source.starts_with("seaworthy.") && source.split('.').count() == 3);
            }
        }
        assert_eq!(errors, outcome.open().count() + analysis.problems.len());
    }
}
