//! The formats of `check` that other programs read: against their schemas, and over a system whose
//! names mean something in every one of them.

#[path = "../common/mod.rs"]
mod common;

mod logs;
mod looks;
mod sarif;
mod schema;
mod xml;

use common::{directory, outcome, root, system};
use seaworthy::Analysis;
use seaworthy::finding::Severity;
use seaworthy::outcome::{Outcome, State, SuppressedBy, Suppression};

/// Names that mean something in one format or the other.
pub(crate) const HOSTILE: [&str; 8] = [
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

pub(crate) fn hostile() -> (Analysis, Outcome) {
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

pub(crate) fn bookstore() -> (Analysis, Outcome) {
    let analysis = directory(&root().join("examples/bookstore"), 2);
    let outcome = outcome(&analysis);
    (analysis, outcome)
}

pub(crate) fn both() -> [(Analysis, Outcome); 2] {
    [hostile(), bookstore()]
}

/// So many findings that they are too many for a format.
pub(crate) fn many(analysis: &Analysis, times: usize) -> Outcome {
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

/// No character that hides, reorders or commands, but for line breaks.
pub(crate) fn is_visible(text: &str) -> bool {
    !text.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}')
}
