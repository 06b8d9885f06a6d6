//! What is in a SARIF log.

use crate::schema::sarif;
use crate::{bookstore, hostile, is_visible, many};
use seaworthy::finding::Severity;
use seaworthy::outcome::State;
use seaworthy::report::check_sarif;
use serde_json::Value;
use std::collections::BTreeSet;

/// Every string in a JSON value.
fn strings<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(values) => values.iter().for_each(|value| strings(value, found)),
        Value::Object(members) => members.values().for_each(|value| strings(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn it_names_every_file_and_hides_nothing() {
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
fn it_says_what_became_of_each_finding() {
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
fn it_keeps_the_evidence_in_its_order() {
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

#[test]
fn it_stays_within_the_limits_of_github_and_says_so() {
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
fn evidence_beyond_the_limit_is_counted() {
    let (analysis, mut outcome) = hostile();
    let finding = outcome
        .findings
        .iter_mut()
        .map(|reported| &mut reported.finding)
        .find(|finding| finding.evidence.iter().all(|one| one.span().is_some()))
        .expect("a finding with its evidence in the system");
    let one = finding.evidence[0].clone();
    finding.evidence = vec![one; 150];
    let log = sarif(&analysis, &outcome);
    let results = log["runs"][0]["results"].as_array().expect("results");
    let longest = results
        .iter()
        .filter_map(|result| result["relatedLocations"].as_array().map(Vec::len));
    assert_eq!(longest.max(), Some(100));
    let text = log["runs"][0]["invocations"][0].to_string();
    assert!(text.contains("50 pieces of evidence beyond 100"), "{text}");
}
