//! The formats of `check` that other programs read: against their schemas, and over a system whose
//! names mean something in every one of them.

mod common;

use common::{directory, outcome, read, root, system, without_catalog_lines};
use seaworthy::Analysis;
use seaworthy::finding::Severity;
use seaworthy::outcome::{Outcome, State, SuppressedBy, Suppression};
use seaworthy::report::{
    check_checkstyle, check_github, check_gitlab, check_junit, check_markdown, check_sarif,
};
use serde_json::Value;
use std::collections::BTreeSet;

/// Names that mean something in one format or the other.
const HOSTILE: [&str; 8] = [
    "quote \" and ' <script>alert(1)</script>",
    "]]> --> &amp; <!-- \u{1f680}",
    "line\n::error::injected\n##[error]injected",
    "a|b `tick` @team #1 [x](https://evil.example) ![](https://evil.example/p.png)",
    "\u{202e}right to left\u{1b}[31m red\u{0}",
    "%0A::error::injected%25 {0} {id} $x$",
    "</details></failure>",
    "\u{645}\u{631}\u{62d}\u{628}\u{627}",
];

/// Paths too: a comma, a colon, a percent sign, a line break, blanks.
const COMPOSE: &str = "a, b:c %25\n::error::path/[x](y) \"q\"/compose.yaml";
const CONTRACT: &str = "contracts/<b>\u{202e}.yaml";

fn hostile() -> (Analysis, Outcome) {
    let quoted = HOSTILE.map(|name| serde_json::to_string(name).expect("JSON"));
    let services = quoted.iter().map(|name| {
        format!("  {name}: {{build: ., depends_on: {{db: {{condition: service_healthy}}}}}}\n")
    });
    let compose = format!(
        "services:\n{}  db: {{image: postgres}}\n",
        services.collect::<String>()
    );
    let operations = ["orders", "payments/{id}", "::error::x/{0}"].map(|path| {
        format!("  \"/{path}\": {{post: {{summary: \"<img src=x> @team\", responses: {{}}}}}}\n")
    });
    let contract = format!("openapi: 3.0.0\npaths:\n{}", operations.concat());
    let analysis = system(&[
        (COMPOSE, &compose),
        (CONTRACT, &contract),
        (
            "br\noken ::error::/openapi.yaml",
            "openapi: 3.0.0\npaths: [\n",
        ),
    ]);
    assert!(!analysis.problems.is_empty());
    let mut outcome = outcome(&analysis);
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        assert!(outcome.count(severity) > 0, "{severity:?}");
    }
    let place = outcome.findings[0].finding.span;
    for (index, by) in [(0, SuppressedBy::Comment), (1, SuppressedBy::Configuration)] {
        outcome.findings[index].state = State::Suppressed(Suppression {
            by,
            reason: Some(HOSTILE.join(" ")),
            place,
        });
    }
    outcome.findings[2].state = State::Known;
    outcome.prefix = "services/".to_owned();
    (analysis, outcome)
}

fn bookstore() -> (Analysis, Outcome) {
    let analysis = directory(&root().join("examples/bookstore"), 2);
    let outcome = outcome(&analysis);
    (analysis, outcome)
}

fn both() -> [(Analysis, Outcome); 2] {
    [hostile(), bookstore()]
}

/// A report that fits its schema, as JSON.
fn valid(schema: &str, report: &str) -> Value {
    let schema = read(&root().join("tests/schemas").join(schema));
    let schema = serde_json::from_str(&schema).expect("a schema");
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .expect("a schema");
    let report: Value = serde_json::from_str(report).expect("JSON");
    let faults: Vec<String> = validator
        .iter_errors(&report)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert_eq!(faults, Vec::<String>::new());
    report
}

fn sarif(analysis: &Analysis, outcome: &Outcome) -> Value {
    let text = check_sarif::render(analysis, outcome).expect("JSON");
    valid("sarif-2.1.0.json", &text)
}

/// Every string in a JSON value.
fn strings<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(values) => values.iter().for_each(|value| strings(value, found)),
        Value::Object(members) => members.values().for_each(|value| strings(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// No character that hides, reorders or commands, but for line breaks.
fn is_visible(text: &str) -> bool {
    !text.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}')
}

#[test]
fn sarif_fits_its_schema() {
    for (analysis, outcome) in both() {
        let log = sarif(&analysis, &outcome);
        let run = &log["runs"][0];
        let results = run["results"].as_array().expect("results");
        assert_eq!(results.len(), outcome.findings.len());
        let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
        for result in results {
            let index = result["ruleIndex"].as_u64().expect("an index");
            let index = usize::try_from(index).expect("an index");
            assert_eq!(rules[index]["id"], result["ruleId"]);
            assert!(result["suppressions"].is_array());
            assert_eq!(result["locations"].as_array().map(Vec::len), Some(1));
        }
        let invocation = &run["invocations"][0];
        assert_eq!(
            invocation["executionSuccessful"],
            Value::Bool(analysis.problems.is_empty())
        );
        assert_eq!(
            invocation["toolExecutionNotifications"]
                .as_array()
                .map(Vec::len),
            Some(analysis.problems.len())
        );
    }
}

#[test]
fn a_schema_finds_what_does_not_fit() {
    let schema = read(&root().join("tests/schemas/sarif-2.1.0.json"));
    let schema = serde_json::from_str(&schema).expect("a schema");
    let (analysis, outcome) = bookstore();
    let mut log = sarif(&analysis, &outcome);
    log["runs"][0]["results"][0]["level"] = "hint".into();
    assert!(!jsonschema::is_valid(&schema, &log));
}

#[test]
fn sarif_names_every_file_and_hides_nothing() {
    let (analysis, outcome) = hostile();
    let log = sarif(&analysis, &outcome);
    let mut found = Vec::new();
    strings(&log, &mut found);
    for text in &found {
        assert!(is_visible(text), "{text:?}");
    }
    let results = log["runs"][0]["results"].as_array().expect("results");
    let mut messages = Vec::new();
    results
        .iter()
        .for_each(|result| strings(&result["message"], &mut messages));
    assert!(messages.len() >= outcome.findings.len());
    for text in messages {
        // No link, and no place for an argument.
        assert!(!text.contains("]("), "{text:?}");
        assert!(!text.replace("{{0}}", "").contains("{0}"), "{text:?}");
    }
    let uris: BTreeSet<&str> = results
        .iter()
        .filter_map(|result| {
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str()
        })
        .collect();
    let expected = [
        "services/a%2C%20b%3Ac%20%2525%0A%3A%3Aerror%3A%3Apath/%5Bx%5D%28y%29%20%22q%22/compose.yaml",
        "services/contracts/%3Cb%3E%E2%80%AE.yaml",
    ];
    assert_eq!(uris, expected.into());
}

#[test]
fn sarif_says_what_became_of_each_finding() {
    let (analysis, mut outcome) = hostile();
    let log = sarif(&analysis, &outcome);
    let results = &log["runs"][0]["results"];
    let suppression = |index: usize| &results[index]["suppressions"][0];
    assert_eq!(suppression(0)["kind"], "inSource");
    assert_eq!(suppression(1)["kind"], "external");
    assert_eq!(suppression(0)["status"], "accepted");
    assert!(suppression(0)["location"].is_object());
    assert_eq!(results[2]["properties"]["state"], "known");
    // How a suppressed finding compares with the baseline is not known, and all must say it.
    assert!(results[2]["baselineState"].is_null());
    outcome.findings[0].state = State::Open;
    outcome.findings[1].state = State::Open;
    let log = sarif(&analysis, &outcome);
    let results = &log["runs"][0]["results"];
    assert_eq!(results[2]["baselineState"], "unchanged");
    assert_eq!(results[0]["baselineState"], "new");
}

#[test]
fn sarif_keeps_the_evidence_in_its_order() {
    let (analysis, outcome) = bookstore();
    let log = sarif(&analysis, &outcome);
    let results = log["runs"][0]["results"].as_array().expect("results");
    let mut catalogued = 0;
    for (result, reported) in results.iter().zip(&outcome.findings) {
        let evidence = &reported.finding.evidence;
        let reasons: Vec<&str> = evidence
            .iter()
            .filter(|evidence| evidence.span().is_some())
            .map(|evidence| evidence.reason.as_str())
            .collect();
        let text = |location: &Value| location["message"]["text"].as_str().map(str::to_owned);
        let related = result["relatedLocations"].as_array();
        let related: Vec<_> = related.into_iter().flatten().filter_map(text).collect();
        assert_eq!(related, reasons);
        let steps = result["codeFlows"][0]["threadFlows"][0]["locations"].as_array();
        let steps: Vec<_> = steps
            .into_iter()
            .flatten()
            .filter_map(|step| text(&step["location"]))
            .collect();
        assert_eq!(steps, reasons);
        let catalogue = result["properties"]["catalogue"].as_array();
        let catalogue = catalogue.map_or(0, Vec::len);
        assert_eq!(catalogue + reasons.len(), evidence.len());
        catalogued += catalogue;
    }
    assert!(catalogued > 0, "some evidence is in the catalogue");
}

/// So many findings that they are too many for a format.
fn many(analysis: &Analysis, times: usize) -> Outcome {
    let few = outcome(analysis);
    let mut findings = Vec::new();
    for index in 0..times {
        for reported in &few.findings {
            let mut finding = reported.finding.clone();
            finding.subject = format!("{} {index}", finding.subject);
            findings.push(finding);
        }
    }
    Outcome::new(findings, few.rules, &analysis.sources)
}

#[test]
fn sarif_stays_within_the_limits_of_github_and_says_so() {
    let (analysis, _) = hostile();
    let mut outcome = many(&analysis, 2_200);
    assert!(outcome.findings.len() > 25_000);
    outcome.findings[0].state = State::Known;
    let errors = outcome.count(Severity::Error);
    let text = check_sarif::render(&analysis, &outcome).expect("JSON");
    let log: Value = serde_json::from_str(&text).expect("JSON");
    let run = &log["runs"][0];
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), 25_000);
    let shown = results.iter().filter(|result| result["level"] == "error");
    assert_eq!(shown.count(), errors.min(25_000), "errors come first");
    let notifications = run["invocations"][0]["toolExecutionNotifications"].as_array();
    let last = notifications.and_then(|all| all.last()).expect("one");
    let left_out = outcome.findings.len() - 25_000;
    let message = last["message"]["text"].as_str().expect("a message");
    assert!(
        message.contains(&format!("{left_out} results")),
        "{message}"
    );
}

#[test]
fn gitlab_fits_its_schema_and_tells_issues_apart() {
    for (analysis, outcome) in both() {
        let text = check_gitlab::render(&analysis, &outcome).expect("JSON");
        assert!(is_visible(&text), "{text}");
        let report = valid("gitlab-code-quality.json", &text);
        let issues = report.as_array().expect("a list");
        let prints: BTreeSet<&str> = issues
            .iter()
            .filter_map(|issue| issue["fingerprint"].as_str())
            .collect();
        assert_eq!(prints.len(), issues.len());
        assert_eq!(
            issues.len(),
            outcome.open().count() + analysis.problems.len()
        );
        for issue in issues {
            assert!(is_visible(issue["description"].as_str().expect("a text")));
        }
    }
}

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

#[test]
fn markdown_is_a_comment_that_fits() {
    let (analysis, outcome) = hostile();
    let text = check_markdown::render(&analysis, &outcome, Some("https://a.example/blob/1"));
    assert!(is_visible(&text), "{text}");
    let code_aside: String = text.split('`').step_by(2).collect();
    // A bracket behind a backslash is a letter.
    let code_aside = code_aside.replace("\\]", "");
    for broken in ["<script", "<img", "@team", "](https://evil", "\n::", "$x$"] {
        assert!(!code_aside.contains(broken), "{broken}: {text}");
    }
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
fn looks_of_sarif() {
    // The log of the example is too long to be read.
    let (analysis, outcome) = hostile();
    let text = without_pages(&analysis, &outcome);
    insta::assert_snapshot!("sarif_hostile", without_catalog_lines(&text));
}

snapshots! {
    looks_of_github: "github", analysis, outcome => check_github::render(analysis, outcome);
    looks_of_gitlab: "gitlab", analysis, outcome => check_gitlab::render(analysis, outcome).expect("JSON");
    looks_of_junit: "junit", analysis, outcome => check_junit::render(analysis, outcome);
    looks_of_checkstyle: "checkstyle", analysis, outcome => check_checkstyle::render(analysis, outcome);
    looks_of_markdown: "markdown", analysis, outcome => check_markdown::render(analysis, outcome, Some("https://forge.example/bookstore/blob/main"));
}
