//! `check --format junit`: JUnit XML as Jenkins' schema of it has it (junit-10.xsd).
//!
//! A suite is a group of rules, a class is a rule, a test is a finding. Jenkins sorts tests by the
//! package and class in `classname` (`seaworthy.<group>`, `<rule>`), GitLab shows `classname` as
//! the suite, and a suite for each of many rules, most of them with one test that passes, would
//! make a longer list that says no more. A test's name has no line in it, so that both know it
//! again after lines moved; the schema has no attribute for a place, so the text begins with it.

use super::check_checkstyle::{group, source};
use super::check_region::{Region, evidence_lines};
use super::check_xml::Xml;
use crate::analysis::Analysis;
use crate::outcome::{Outcome, Reported, State, Suppression};
use std::collections::{BTreeMap, BTreeSet};

/// One test.
struct Case {
    class: String,
    name: String,
    result: TestResult,
}

enum TestResult {
    Passed,
    Failed {
        severity: &'static str,
        message: String,
        text: String,
    },
    Skipped(String),
    Broken {
        message: String,
        text: String,
    },
}

/// Every rule and every finding as a test; known and suppressed findings are skipped, problems are
/// errors.
#[must_use]
pub fn render(analysis: &Analysis, outcome: &Outcome) -> String {
    let mut suites: BTreeMap<&str, Vec<Case>> = BTreeMap::new();
    let mut with_findings: BTreeSet<&str> = BTreeSet::new();
    for reported in &outcome.findings {
        with_findings.insert(&reported.finding.rule);
        let group = group(outcome, &reported.finding);
        let case = of_finding(analysis, outcome, reported);
        suites.entry(group).or_default().push(case);
    }
    for page in outcome.rules.values() {
        if !with_findings.contains(page.id.as_str()) {
            suites.entry(&page.group).or_default().push(Case {
                class: format!("seaworthy.{}.{}", page.group, page.id),
                name: "no findings".to_owned(),
                result: TestResult::Passed,
            });
        }
    }
    let mut all: Vec<(&str, Vec<Case>)> = suites.into_iter().collect();
    for (_, cases) in &mut all {
        cases.sort_by(|a, b| a.class.cmp(&b.class));
        number_twins(cases);
    }
    all.push(("problems", problems(analysis, outcome)));
    write(&all)
}

fn of_finding(analysis: &Analysis, outcome: &Outcome, reported: &Reported) -> Case {
    let finding = &reported.finding;
    let region = Region::new(analysis, outcome, finding.span);
    let result = match &reported.state {
        State::Known => TestResult::Skipped("known before".to_owned()),
        State::Suppressed(suppression) => {
            TestResult::Skipped(reason(analysis, outcome, suppression))
        }
        State::Open => {
            let mut lines = vec![
                format!("{}:{}", region.place(), region.start.column),
                finding.message.clone(),
                format!("help: {}", finding.help),
                format!("confidence: {:?}", finding.confidence).to_lowercase(),
            ];
            let evidence = evidence_lines(analysis, outcome, finding);
            lines.extend(evidence.iter().map(|line| format!("because: {line}")));
            TestResult::Failed {
                severity: finding.severity.name(),
                message: finding.message.clone(),
                text: text(&lines),
            }
        }
    };
    Case {
        class: source(outcome, finding),
        name: format!("{} ({})", finding.message, region.file),
        result,
    }
}

/// Lines of a text. Names with line breaks do not make lines of their own: those could be commands
/// to what reads the log of a build.
fn text(lines: &[String]) -> String {
    let lines = lines.iter().map(|line| line.replace('\n', " ") + "\n");
    lines.collect()
}

fn reason(analysis: &Analysis, outcome: &Outcome, suppression: &Suppression) -> String {
    let place = Region::new(analysis, outcome, suppression.place).place();
    match &suppression.reason {
        Some(reason) => format!("suppressed at {place}: {reason}"),
        None => format!("suppressed at {place}"),
    }
}

/// Readers take tests of the same name for one.
fn number_twins(cases: &mut [Case]) {
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    for case in cases {
        let nth = seen
            .entry((case.class.clone(), case.name.clone()))
            .or_default();
        *nth += 1;
        if *nth > 1 {
            case.name.push_str(&format!(" #{nth}"));
        }
    }
}

fn problems(analysis: &Analysis, outcome: &Outcome) -> Vec<Case> {
    let class = "seaworthy.problem.not-read".to_owned();
    let mut cases: Vec<Case> = analysis
        .problems
        .iter()
        .map(|problem| {
            let region = Region::new(analysis, outcome, problem.span);
            Case {
                class: class.clone(),
                name: format!("{} ({})", problem.message, region.file),
                result: TestResult::Broken {
                    message: problem.message.clone(),
                    text: text(&[
                        format!("{}:{}", region.place(), region.start.column),
                        problem.message.clone(),
                        format!("help: {}", problem.help),
                    ]),
                },
            }
        })
        .collect();
    number_twins(&mut cases);
    if cases.is_empty() {
        cases.push(Case {
            class,
            name: "everything was read".to_owned(),
            result: TestResult::Passed,
        });
    }
    cases
}

fn write(suites: &[(&str, Vec<Case>)]) -> String {
    let all = || suites.iter().flat_map(|(_, cases)| cases);
    let [tests, failures, errors, _] = counts(all());
    let mut xml = Xml::new();
    xml.begin(
        "testsuites",
        &[
            ("name", "seaworthy"),
            ("tests", &tests),
            ("failures", &failures),
            ("errors", &errors),
        ],
    );
    for (name, cases) in suites {
        let [tests, failures, errors, skipped] = counts(cases.iter());
        xml.begin(
            "testsuite",
            &[
                ("name", &format!("seaworthy.{name}")),
                ("tests", &tests),
                ("failures", &failures),
                ("errors", &errors),
                ("skipped", &skipped),
            ],
        );
        for case in cases {
            write_case(&mut xml, case);
        }
        xml.end();
    }
    xml.finish()
}

fn counts<'c>(cases: impl Iterator<Item = &'c Case>) -> [String; 4] {
    let mut counts = [0_usize; 4];
    for case in cases {
        counts[0] += 1;
        match case.result {
            TestResult::Passed => {}
            TestResult::Failed { .. } => counts[1] += 1,
            TestResult::Broken { .. } => counts[2] += 1,
            TestResult::Skipped(_) => counts[3] += 1,
        }
    }
    counts.map(|count| count.to_string())
}

fn write_case(xml: &mut Xml, case: &Case) {
    let attributes = [("classname", case.class.as_str()), ("name", &case.name)];
    if matches!(case.result, TestResult::Passed) {
        xml.leaf("testcase", &attributes, "");
        return;
    }
    xml.begin("testcase", &attributes);
    match &case.result {
        TestResult::Passed => {}
        TestResult::Skipped(reason) => xml.leaf("skipped", &[("message", reason)], ""),
        TestResult::Failed {
            severity,
            message,
            text,
        } => xml.leaf("failure", &[("type", severity), ("message", message)], text),
        TestResult::Broken { message, text } => {
            xml.leaf("error", &[("type", "problem"), ("message", message)], text);
        }
    }
    xml.end();
}
