//! The reports in JSON against their schemas.

use crate::common::{read, root};
use crate::{bookstore, both, is_visible};
use seaworthy::Analysis;
use seaworthy::outcome::Outcome;
use seaworthy::report::{check_gitlab, check_sarif};
use serde_json::Value;
use std::collections::BTreeSet;

/// A report that fits its schema, as JSON.
pub(crate) fn valid(schema: &str, report: &str) -> Value {
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

/// The SARIF log, which fits its schema.
pub(crate) fn sarif(analysis: &Analysis, outcome: &Outcome) -> Value {
    let text = check_sarif::render(analysis, outcome).expect("JSON");
    valid("sarif-2.1.0.json", &text)
}

#[test]
fn sarif_fits() {
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
fn gitlab_fits_and_tells_issues_apart() {
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
