//! A first `seaworthy.yaml`, fitted to a system: what is suggested is commented out and names what is
//! there. As it is written it changes no verdict.

use super::plural;
use crate::analysis::Analysis;
use crate::escape;
use crate::model::{Component, ComponentKind, RelationKind, System};
use crate::outcome::Outcome;
use crate::policies;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// How many names a comment lists.
const NAMED: usize = 6;

/// The text of the file.
#[must_use]
pub fn render(analysis: &Analysis, outcome: &Outcome) -> String {
    let mut out = String::from(HEAD);
    let read = analysis.read;
    let _ = writeln!(
        out,
        "#\n# Found here: {}, {} and {}.\n",
        plural(read.openapi, "contract"),
        plural(read.rust, "Rust file"),
        plural(read.compose, "compose file")
    );
    files(&mut out, analysis);
    rules(&mut out, outcome);
    suppress(&mut out, analysis, outcome);
    critical(&mut out, &analysis.system);
    guards(&mut out, &analysis.system);
    own_rules(&mut out, &analysis.system);
    out.push_str(TAIL);
    out
}

const HEAD: &str = "\
# What seaworthy is told about this system. Lines that begin with `#` and no space are suggestions: take
# the `#` away to have them. Paths are relative to this file. `seaworthy config` shows what is in force and
# where it comes from.
#
# Editors complete and check this file with its JSON schema: `seaworthy schema > seaworthy.schema.json`.
# yaml-language-server: $schema=seaworthy.schema.json
";

const TAIL: &str = "
# Images, crates and idempotency keys that seaworthy does not know.
#catalog:
#  images:
#    - technology: Our cache
#      kind: cache
#      repositories: [registry.example/team/cache]
#  idempotency-keys:
#    - {name: X-Command-Id, place: header}
";

/// Directories whose systems are examples or tests.
fn files(out: &mut String, analysis: &Analysis) {
    let mut apart: BTreeSet<&str> = BTreeSet::new();
    for (_, source) in analysis.sources.iter() {
        let Some((first, _)) = source.path.split_once('/') else {
            continue;
        };
        if matches!(
            first,
            "examples" | "example" | "tests" | "test" | "fixtures" | "benches"
        ) {
            apart.insert(first);
        }
    }
    out.push_str("# Files that are not read, beside what .gitignore names. `include` lists the only ones that are.\n");
    let listed: Vec<String> = match apart.is_empty() {
        true => vec!["\"legacy/**\"".to_owned()],
        false => apart
            .iter()
            .map(|name| quoted(&format!("{name}/**")))
            .collect(),
    };
    let _ = writeln!(out, "#exclude: [{}]\n", listed.join(", "));
    out.push_str("# From which severity on `seaworthy check` fails: note, warning, error or never.\nfail-on: warning\n\n");
}

/// The rules that find something, with how often.
fn rules(out: &mut String, outcome: &Outcome) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let shipped = |rule: &str| {
        let page = outcome.rules.get(rule);
        page.is_some_and(|page| page.group != policies::GROUP)
    };
    let findings = outcome.findings.iter().map(|reported| &reported.finding);
    for finding in findings.filter(|finding| shipped(&finding.rule)) {
        *counts.entry(&finding.rule).or_default() += 1;
    }
    out.push_str("# How bad the findings of a rule are: off, note, warning or error, everywhere or by path.\n");
    if counts.is_empty() {
        out.push_str("#rules:\n#  missing-healthcheck: off\n\n");
        return;
    }
    out.push_str("# These rules find something here, as they are set:\n#rules:\n");
    for (rule, count) in &counts {
        let severity = outcome
            .rules
            .get(*rule)
            .map_or("warning", |page| page.severity.name());
        let _ = writeln!(out, "#  {rule}: {severity}  # {count} found");
    }
    out.push_str(
        "# By path, the last that fits counts:
",
    );
    if let Some((rule, _)) = counts.first_key_value() {
        let _ = writeln!(
            out,
            "# {rule}: {{paths: [{{path: tools, level: off}}]}}
"
        );
    }
}

/// An entry for the first finding, as a pattern for others.
fn suppress(out: &mut String, analysis: &Analysis, outcome: &Outcome) {
    out.push_str(
        "# Findings that are right as they are. In code and YAML a comment at the element does the same:\n# `seaworthy: allow(rule) reason`.\n",
    );
    let Some(first) = outcome.findings.first() else {
        out.push_str("#suppress: []\n\n");
        return;
    };
    let path = &analysis.sources.get(first.finding.span.source).path;
    let _ = writeln!(
        out,
        "#suppress:\n#  - rule: {}\n#    path: {}\n#    name: {}\n#    reason: why it is right here\n#    until: 2030-12-31\n",
        first.finding.rule,
        quoted(path),
        quoted(first.finding.element()),
    );
}

/// Paths on which a second execution costs, as they are known now.
fn critical(out: &mut String, system: &System) {
    out.push_str("# Paths on which a second execution costs somebody money or goods.\n");
    let critical: Vec<String> = system
        .endpoints
        .iter()
        .filter(|endpoint| endpoint.critical.is_some())
        .map(|endpoint| escape::label(&endpoint.name()))
        .collect();
    if !critical.is_empty() {
        let _ = writeln!(
            out,
            "# Taken for critical by their words: {}.",
            some(&critical)
        );
    }
    out.push_str("#critical:\n#  words: [wallet]\n#  paths: [\"/v1/ledger/**\"]\n#  never: [\"/v1/drafts/**\"]\n\n");
}

/// What guards are asked for, and what a gateway may do.
fn guards(out: &mut String, system: &System) {
    out.push_str(
        "# Which kinds of calls must have which guard; these are the defaults.\n#guards:\n#  breaker: [http, grpc, smtp, cloud-sdk]\n#  timeout: [http, grpc, smtp, cloud-sdk, broker-publish, cache, db]\n\n",
    );
    let targets: BTreeSet<String> = system
        .calls
        .iter()
        .filter(|call| call.kind.is_request())
        .filter_map(|call| call.target.as_deref()?.strip_prefix('$'))
        .map(|target| {
            let name = target
                .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .next();
            format!("${}", name.unwrap_or_default())
        })
        .collect();
    let hosts: Vec<String> = match targets.is_empty() {
        true => vec![quoted("*.internal")],
        false => targets
            .iter()
            .take(NAMED)
            .map(|target| quoted(target))
            .collect(),
    };
    let _ = writeln!(
        out,
        "# What gateways, proxies and meshes do that no file here shows.\n#gateways:\n#  - hosts: [{}]\n#    guards: [breaker]\n#    timeout-ms: 2000\n",
        hosts.join(", ")
    );
}

/// Rules that hold today: stores that one component alone writes.
fn own_rules(out: &mut String, system: &System) {
    out.push_str("# Rules of your own over the architecture.\n");
    let stores = system
        .components
        .iter()
        .filter(|component| component.kind == ComponentKind::Database);
    let held = stores
        .filter_map(|store| Some((store, only_writer(system, store)?)))
        .take(NAMED);
    let held: Vec<(&Component, &str)> = held.collect();
    if held.is_empty() {
        out.push_str(
            "#policies:\n#  - id: consoles-keep-off-databases\n#    reason: a console asks the service that owns the data\n#    forbid: {from: {kind: ui}, to: {kind: database}}\n",
        );
        return;
    }
    out.push_str("# These hold today:\n#policies:\n");
    for (store, writer) in held {
        let id: String = store
            .name
            .to_lowercase()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .collect();
        let _ = writeln!(
            out,
            "#  - id: one-writer-of-{}\n#    reason: what others write there, its owner does not know\n#    forbid: {{from: {{not: {}}}, relation: writes, to: {}}}",
            id.trim_matches('-'),
            quoted(writer),
            quoted(&store.name),
        );
    }
}

fn only_writer<'s>(system: &'s System, store: &Component) -> Option<&'s str> {
    let writes = |kind: RelationKind| {
        matches!(
            kind,
            RelationKind::Writes | RelationKind::ReadsWrites | RelationKind::Loads
        )
    };
    let writers: BTreeSet<&str> = system
        .relations
        .iter()
        .filter(|relation| relation.to == store.id && writes(relation.kind))
        .map(|relation| relation.from.as_str())
        .collect();
    let writer = writers.first().filter(|_| writers.len() == 1)?;
    Some(&system.component(writer)?.name)
}

fn some(names: &[String]) -> String {
    let mut listed = names[..names.len().min(NAMED)].join(", ");
    if names.len() > NAMED {
        let _ = write!(listed, " and {} more", names.len() - NAMED);
    }
    listed
}

/// A text as YAML takes it on one line.
fn quoted(text: &str) -> String {
    let text = escape::label(text)
        .replace('\\', "\\\\")
        .replace('"', "\\\"");
    format!("\"{text}\"")
}
