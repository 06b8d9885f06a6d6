//! What the configuration and comments make of the findings: levels, suppressions, policies, known
//! findings.

mod common;

use common::settled;
use seaworthy::outcome::{Outcome, State, SuppressedBy};

const COMPOSE: &str = "\
services:
  api:
    image: example/api
    environment: {DATABASE_URL: 'postgres://db/shop', BILLING_URL: 'http://billing:80'}
    depends_on: [db]
  billing:
    image: example/billing
    environment: {DATABASE_URL: 'postgres://ledger/ledger'}
  console:
    image: adminer
    environment: {API_URL: 'http://api:80'}
  db:
    image: postgres
  ledger:
    image: postgres
";

/// `rule message` of each open finding of these rules.
fn open(outcome: &Outcome, rules: &[&str]) -> Vec<String> {
    outcome
        .open()
        .filter(|one| rules.contains(&one.finding.rule.as_str()))
        .map(|one| format!("{}: {}", one.finding.rule, one.finding.message))
        .collect()
}

fn with(config: &str) -> Outcome {
    let (_, outcome) = settled(&[("compose.yaml", COMPOSE)], config);
    outcome
}

#[test]
fn levels_are_set_by_rule_and_path() {
    let rule = "missing-restart-policy";
    let severities = |config: &str| -> Vec<&'static str> {
        with(config)
            .open()
            .filter(|one| one.finding.rule == rule)
            .map(|one| one.finding.severity.name())
            .collect()
    };
    assert_eq!(severities(""), ["note"]);
    assert_eq!(
        severities("rules: {missing-restart-policy: error}"),
        ["error"]
    );
    assert!(severities("rules: {missing-restart-policy: off}").is_empty());
    let by_path =
        "rules: {missing-restart-policy: {level: warning, paths: [{path: deploy, level: off}]}}";
    assert_eq!(severities(by_path), ["warning"]);
    let by_path = "rules: {missing-restart-policy: {paths: [{path: 'compose.*', level: off}]}}";
    assert!(severities(by_path).is_empty());
}

#[test]
fn an_entry_suppresses_by_rule_path_and_name() {
    let entry = |rest: &str| {
        with(&format!(
            "suppress:\n- {{rule: missing-healthcheck, {rest}}}\n"
        ))
    };
    let found = |outcome: &Outcome| open(outcome, &["missing-healthcheck", "unused-suppression"]);
    let all = found(&with(""));
    assert_eq!(all.len(), 1, "{all:?}");
    let outcome = entry("reason: 'development only', path: compose.yaml");
    assert!(found(&outcome).is_empty(), "{:?}", found(&outcome));
    let suppressed: Vec<_> = outcome.suppressed().collect();
    assert_eq!(suppressed[0].1.by, SuppressedBy::Configuration);
    assert_eq!(suppressed[0].1.reason.as_deref(), Some("development only"));
    for (rest, said) in [
        (
            "reason: a, path: deploy",
            "nothing is found by `missing-healthcheck` that this entry fits",
        ),
        (
            "reason: a, name: nothing",
            "nothing is found by `missing-healthcheck` that this entry fits",
        ),
        (
            "reason: a, until: 2020-01-31",
            "the suppression of `missing-healthcheck` ran out on 2020-01-31",
        ),
    ] {
        let found = found(&entry(rest));
        assert!(found.contains(&all[0]), "{rest}: {found:?}");
        assert!(
            found.iter().any(|one| one.contains(said)),
            "{rest}: {found:?}"
        );
    }
    let reasonless = found(&entry("until: 2090-01-31"));
    assert_eq!(
        reasonless,
        ["unused-suppression: `missing-healthcheck` is suppressed without a reason"]
    );
}

#[test]
fn a_comment_suppresses_at_its_element() {
    let alone = COMPOSE.replace("  ledger:\n    image: postgres\n", "");
    let compose = |comment: &str| alone.replace("  db:\n", &format!("  {comment}\n  db:\n"));
    let found = |comment: &str| {
        let compose = compose(comment);
        let (_, outcome) = settled(&[("compose.yaml", &compose)], "");
        let rules = [
            "missing-healthcheck",
            "dependency-not-health-gated",
            "unused-suppression",
        ];
        (open(&outcome, &rules), outcome)
    };
    let (all, _) = found("# nothing");
    assert!(
        all.iter().any(|one| one.starts_with("missing-healthcheck")),
        "{all:?}"
    );
    let (left, outcome) = found("# seaworthy: allow(missing-healthcheck) one machine");
    assert_eq!(left.len() + 1, all.len(), "{left:?}");
    let state = outcome
        .findings
        .iter()
        .find(|one| one.finding.rule == "missing-healthcheck");
    let Some(State::Suppressed(suppression)) = state.map(|one| &one.state) else {
        panic!("not suppressed: {state:?}");
    };
    assert_eq!(suppression.by, SuppressedBy::Comment);
    for (comment, said) in [
        (
            "# seaworthy: allow(orphan-topic) why",
            "nothing here is found by `orphan-topic`",
        ),
        (
            "# seaworthy: allow(missing-helthcheck) why",
            "no rule is called `missing-helthcheck`",
        ),
        (
            "# seaworthy: allow missing-healthcheck",
            "this comment means to suppress something and cannot be read",
        ),
        (
            "# seaworthy: allow(missing-healthcheck)",
            "`missing-healthcheck` is suppressed without a reason",
        ),
    ] {
        let (found, _) = found(comment);
        assert!(
            found.iter().any(|one| one.contains(said)),
            "{comment}: {found:?}"
        );
    }
}

#[test]
fn of_several_places_told_as_one_each_must_be_covered() {
    let compose = |first: &str, second: &str| {
        format!(
            "services:\n{first}  a: {{image: postgres}}\n{second}  b: {{image: postgres}}\n  c:\n    build: .\n    restart: always\n    depends_on: [a, b]\n"
        )
    };
    let allow = "  # seaworthy: allow(missing-restart-policy) started by hand\n";
    let places = |first: &str, second: &str| -> Vec<String> {
        let compose = compose(first, second);
        let (analysis, outcome) = settled(&[("compose.yaml", &compose)], "");
        let rules = ["missing-restart-policy", "unused-suppression"];
        outcome
            .open()
            .filter(|one| rules.contains(&one.finding.rule.as_str()))
            .map(|one| analysis.sources.place(one.finding.span))
            .collect()
    };
    assert_eq!(places("", ""), ["compose.yaml:2"]);
    assert_eq!(places(allow, ""), ["compose.yaml:4"]);
    assert_eq!(places("", allow), ["compose.yaml:2"]);
    assert_eq!(places(allow, allow), Vec::<String>::new());
}

#[test]
fn comments_in_rust_cover_items_and_statements() {
    let code = |item: &str, statement: &str, line: &str| {
        format!(
            "{item}\nasync fn f(client: reqwest::Client) -> Result<(), reqwest::Error> {{\n    {statement}\n    client\n        .get(\"https://a.example/x\")\n        .send()\n        .await?;{line}\n    Ok(())\n}}\n#[tokio::main]\nasync fn main() {{ f(reqwest::Client::new()).await.unwrap(); }}\n"
        )
    };
    let manifest = "[package]\nname = \"a\"\n[dependencies]\nreqwest = \"0.12\"\ntokio = \"1\"\n";
    let left = |code: String| {
        let files = [("Cargo.toml", manifest), ("src/main.rs", code.as_str())];
        let (_, outcome) = settled(&files, "");
        let rules = ["outbound-call-without-timeout", "unused-suppression"];
        open(&outcome, &rules).len()
    };
    let allow = "// seaworthy: allow(outbound-call-without-timeout) it may take long";
    assert_eq!(left(code("", "", "")), 1);
    assert_eq!(left(code(allow, "", "")), 0);
    assert_eq!(left(code("", allow, "")), 0);
    // Behind something a comment stands for its own line, and the call is two lines above.
    assert_eq!(left(code("", "", &format!(" {allow}"))), 2);
}

#[test]
fn policies_forbid_relations() {
    let found = |policy: &str| {
        let outcome = with(&format!(
            "policies:\n- {{id: own-rule, reason: why, {policy}}}\n"
        ));
        open(&outcome, &["own-rule"])
    };
    let says = |policy: &str, messages: &[&str]| {
        let expected: Vec<String> = messages
            .iter()
            .map(|one| format!("own-rule: {one}"))
            .collect();
        assert_eq!(found(policy), expected, "{policy}");
    };
    says(
        "forbid: {from: api, to: billing}",
        &["`api` calls `billing`"],
    );
    says("forbid: {from: api, to: billing, relation: writes}", &[]);
    says(
        "forbid: {from: {not: billing}, relation: writes, to: ledger}",
        &[],
    );
    says(
        "forbid: {from: {not: api}, relation: [reads, writes], to: {kind: database}}",
        &["`billing` reads-writes `ledger`"],
    );
    says("forbid: {from: {kind: ui}, to: {kind: database}}", &[]);
    says(
        "forbid: {from: console, to: {kind: database, name: l*}, transitive: true}",
        &["`console` reaches `ledger`: console -> api -> billing -> ledger"],
    );
    says(
        "forbid: {from: console, to: ledger, relation: calls, transitive: true}",
        &[],
    );
    let collected = "services:\n  api: {image: example/api, environment: {OTEL_URL: 'http://otel:4317'}}\n  otel: {image: otel/opentelemetry-collector, environment: {DATABASE_URL: 'postgres://db/x'}}\n  db: {image: postgres}\n";
    let config =
        "policies: [{id: own-rule, reason: why, forbid: {from: api, to: db, transitive: true}}]";
    let (analysis, outcome) = settled(&[("compose.yaml", collected)], config);
    assert_eq!(analysis.system.relations.len(), 2);
    assert_eq!(open(&outcome, &["own-rule"]), Vec::<String>::new());
}

#[test]
fn policies_require_qualities_and_relations() {
    let found = |policy: &str| {
        let outcome = with(&format!(
            "policies:\n- {{id: own-rule, reason: why, {policy}}}\n"
        ));
        open(&outcome, &["own-rule"])
    };
    assert_eq!(
        found("require: {component: {kind: database}, has: [healthcheck]}"),
        [
            "own-rule: `db` is without a healthcheck",
            "own-rule: `ledger` is without a healthcheck"
        ]
    );
    assert_eq!(
        found(
            "require: {component: {kind: service}, relation: {to: {kind: database}, kind: writes}}"
        ),
        Vec::<String>::new()
    );
    assert_eq!(
        found("require: {component: {kind: service}, relation: {to: db}}"),
        ["own-rule: `billing` does nothing with what `own-rule` asks for"]
    );
}

#[test]
fn a_policy_on_a_name_that_nothing_has_is_a_problem() {
    let config = "policies:\n- {id: own-rule, reason: why, forbid: {from: biling, to: db}}\n";
    let (analysis, _) = settled(&[("compose.yaml", COMPOSE)], config);
    let problems: Vec<_> = analysis
        .problems
        .iter()
        .map(|problem| format!("{}; {}", problem.message, problem.help))
        .collect();
    assert_eq!(
        problems,
        [
            "the rule `own-rule` speaks of `biling`, and nothing is called so; did you mean `billing`?"
        ]
    );
}

#[test]
fn what_the_user_says_goes_into_the_verdicts() {
    let code = "\
async fn f(client: reqwest::Client) -> Result<(), reqwest::Error> {
    client.get(\"https://a.internal/x\").send().await?;
    Ok(())
}
#[tokio::main]
async fn main() { f(reqwest::Client::new()).await.unwrap(); }
";
    let manifest = "[package]\nname = \"a\"\n[dependencies]\nreqwest = \"0.12\"\ntokio = \"1\"\n";
    let files = [("Cargo.toml", manifest), ("src/main.rs", code)];
    let guards = [
        "outbound-call-without-timeout",
        "outbound-call-without-breaker",
    ];
    let left = |config: &str| open(&settled(&files, config).1, &guards).len();
    assert_eq!(left(""), 2);
    assert_eq!(
        left("gateways: [{hosts: ['*.internal'], guards: [breaker], timeout-ms: 500}]"),
        0
    );
    assert_eq!(
        left("gateways: [{hosts: ['*.example'], guards: [breaker]}]"),
        2
    );
    assert_eq!(left("guards: {breaker: [], timeout: [http]}"), 1);
    let unknown = settled(&files, "entry-points: [nowhere]").0;
    assert_eq!(
        unknown.problems[0].message,
        "no function is called `nowhere`"
    );
    assert!(
        settled(&files, "entry-points: ['a::f']")
            .0
            .problems
            .is_empty()
    );
    let image =
        "catalog: {images: [{technology: Our queue, kind: queue, repositories: [postgres]}]}";
    let (analysis, _) = settled(&[("compose.yaml", COMPOSE)], image);
    let db = analysis.system.component("db").expect("a component");
    assert_eq!(db.technology.as_deref(), Some("Our queue"));
}

#[test]
fn thresholds_are_numbers_of_the_user() {
    let rule = ["single-point-of-failure"];
    let compose = format!(
        "{COMPOSE}  other:\n    image: example/other\n    environment: {{DATABASE_URL: 'postgres://db/shop'}}\n"
    );
    let files = [("compose.yaml", compose.as_str())];
    let found = |config: &str| open(&settled(&files, config).1, &rule).join(" ");
    assert!(found("").contains("db (2 use it)"), "{}", found(""));
    assert!(!found("thresholds: {single-point-dependents: 3}").contains("db ("));
}

#[test]
fn what_is_left_out_in_one_file_stays_in_another() {
    let client = "use std::sync::LazyLock;\npub static HTTP: LazyLock<reqwest::Client> = LazyLock::new(reqwest::Client::new);\n";
    let asks = |name: &str| {
        format!(
            "use crate::client::HTTP;\npub async fn {name}() {{\n    HTTP.get(\"https://{name}.example/x\").send().await.unwrap();\n}}\n"
        )
    };
    let main = "mod client;\nmod pay;\nmod report;\n#[tokio::main]\nasync fn main() { loop { pay::pay().await; report::report().await; } }\n";
    let (pay, report) = (asks("pay"), asks("report"));
    let files = [
        (
            "Cargo.toml",
            "[package]\nname = \"shop\"\n[dependencies]\nreqwest = \"0.12\"\ntokio = \"1\"\n",
        ),
        ("src/client.rs", client),
        ("src/main.rs", main),
        ("src/pay.rs", pay.as_str()),
        ("src/report.rs", report.as_str()),
    ];
    let rules = ["outbound-call-without-timeout", "unused-suppression"];
    let left = |config: &str| -> Vec<String> {
        let (analysis, outcome) = settled(&files, config);
        let open = outcome.open();
        let open = open.filter(|one| rules.contains(&one.finding.rule.as_str()));
        let path = |span: seaworthy::source::Span| analysis.sources.get(span.source).path.clone();
        open.map(|one| {
            let others = one.finding.others.iter().map(|span| path(*span));
            let places: Vec<String> = std::iter::once(path(one.finding.span))
                .chain(others)
                .collect();
            format!("{} {}", one.finding.severity.name(), places.join(" "))
        })
        .collect()
    };
    let rule = "outbound-call-without-timeout";
    assert_eq!(left(""), ["warning src/pay.rs src/report.rs"]);
    let entry = |path: &str| format!("suppress: [{{rule: {rule}, path: {path}, reason: known}}]");
    assert_eq!(left(&entry("src/pay.rs")), ["warning src/report.rs"]);
    assert_eq!(left(&entry("src/report.rs")), ["warning src/pay.rs"]);
    assert_eq!(left(&entry("src")), [""; 0]);
    let level = |level: &str| {
        format!("rules: {{{rule}: {{paths: [{{path: src/pay.rs, level: {level}}}]}}}}")
    };
    assert_eq!(left(&level("off")), ["warning src/report.rs"]);
    assert_eq!(left(&level("note")), ["warning src/pay.rs src/report.rs"]);
    assert_eq!(left(&level("error")), ["error src/pay.rs src/report.rs"]);
}
