//! `audit --format markdown`: the checklist for a repository, a wiki or a pull request. What a
//! person ticks and writes in it is kept when it is written again (`super::merge`).

use super::checklist::{
    self, CallRow, Checklist, Counts, EndpointRow, OutgoingRow, ServiceList, answer, counted,
};
use super::merge;
use super::operations::Operations;
use crate::analysis::Analysis;
use crate::escape::{markdown, markdown_code, markdown_fence, markdown_sentence, url_path};
use crate::model::{Label, Plan};
use std::fmt::Write;

/// Above this many bytes GitHub shows a file as plain text (its limit is 512 KB); the plans of
/// paths that are not critical are then cut to their first sentence.
const MAX_BYTES: usize = 480_000;

/// The whole checklist. `link_base` leads from the file to the audited root: empty, or ending in
/// a slash.
#[must_use]
pub fn render(analysis: &Analysis, link_base: &str, pedantic: bool) -> String {
    let checklist = Checklist::new(analysis, pedantic);
    let whole = document(analysis, &checklist, link_base, true);
    if whole.len() <= MAX_BYTES {
        return merge::seal(&whole);
    }
    merge::seal(&document(analysis, &checklist, link_base, false))
}

struct Writer<'a> {
    analysis: &'a Analysis,
    link_base: &'a str,
    whole_plans: bool,
    out: String,
}

fn document(
    analysis: &Analysis,
    checklist: &Checklist<'_>,
    link_base: &str,
    whole_plans: bool,
) -> String {
    let mut writer = Writer {
        analysis,
        link_base,
        whole_plans,
        out: String::from("# Architecture audit\n\n"),
    };
    writer.summary(checklist);
    for list in &checklist.services {
        writer.service(list);
    }
    writer.operations(&checklist.operations);
    writer.rest(checklist);
    let mut out = writer.out;
    while out.contains("\n\n\n") {
        out = out.replace("\n\n\n", "\n\n");
    }
    out
}

impl Writer<'_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    /// A link to a line of a file, with the file's name.
    fn link(&self, file: &str, line: usize) -> String {
        let name = file.rsplit('/').next().unwrap_or(file);
        self.link_named(&markdown(&format!("{name}:{line}")), file, line)
    }

    /// A link to a line of a file under a name that is Markdown already.
    fn link_named(&self, name: &str, file: &str, line: usize) -> String {
        let target = url_path(file);
        format!("[{name}]({}{target}#L{line})", self.link_base)
    }

    fn summary(&mut self, checklist: &Checklist<'_>) {
        let read = checklist::read_line(self.analysis);
        let problems = self.analysis.problems.len();
        let unread = match problems {
            0 => "nothing in it was left out".to_owned(),
            _ => format!(
                "[{} could not be read](#not-read)",
                counted(problems, "place")
            ),
        };
        self.line(&format!("Read {read}; {unread}.\n"));
        self.line(
            "Put ☑ in place of ☐ when a line is dealt with, and write what you decided in its last cell, or \
             anywhere between the lines. `seaworthy audit --output` with the name of this file writes it again and \
             keeps both.\n",
        );
        if checklist.services.is_empty() {
            if !checklist.operations.is_empty() {
                return;
            }
            self.line(
                "There is no write endpoint, no outbound call and no webhook in what was read.",
            );
            return;
        }
        let all = checklist.counts();
        let calls = all.requests > 0;
        let (head, rule) = match calls {
            true => (
                " Requests to others | without timeout | without breaker |",
                "--:|--:|--:|",
            ),
            false => ("", ""),
        };
        self.line(&format!(
            "| Service | Write endpoints | Idempotent | Not idempotent | of them critical | Unknown |{head}"
        ));
        self.line(&format!("|---|--:|--:|--:|--:|--:|{rule}"));
        let several = checklist.services.len() > 1;
        let services = checklist.services.iter();
        let mut rows: Vec<(String, Counts)> = services
            .map(|list| (markdown(list.name), list.counts()))
            .collect();
        rows.extend(several.then(|| ("**All**".to_owned(), all)));
        for (name, n) in rows {
            let mut numbers = vec![
                n.endpoints,
                n.idempotent,
                n.not_idempotent,
                n.critical,
                n.unknown,
            ];
            if calls {
                numbers.extend([n.requests, n.without_timeout, n.without_breaker]);
            }
            let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            self.line(&format!("| {name} | {} |", numbers.join(" | ")));
        }
    }

    fn service(&mut self, list: &ServiceList<'_>) {
        self.line(&format!("\n## {}\n", markdown(list.name)));
        for (span, version) in &list.contracts {
            let (file, line) = super::place::source_location(&self.analysis.sources, *span);
            let version = version.map(|version| format!(", version {}", markdown(version)));
            let link = self.link(&file, line);
            self.line(&format!(
                "Contract: {link}{}\n",
                version.unwrap_or_default()
            ));
        }
        let owned = list.has_owners();
        if !list.open.is_empty() {
            self.line("### Write endpoints to decide on\n");
            self.endpoint_table(&list.open, owned);
            self.plans(&list.open);
        }
        if !list.idempotent.is_empty() {
            self.line("\n### Idempotent write endpoints\n");
            self.endpoint_table(&list.idempotent, owned);
        }
        if !list.calls.is_empty() {
            self.line("\n### Outbound calls\n");
            self.call_table(&list.calls, owned);
        }
        if !list.outgoing.is_empty() {
            self.line("\n### Webhooks and callbacks that it sends\n");
            self.outgoing_table(&list.outgoing);
        }
    }

    fn endpoint_table(&mut self, rows: &[EndpointRow<'_>], owned: bool) {
        let column =
            |shown: bool, name: &'static str| if shown { (name, "---|") } else { ("", "") };
        let (head, rule) = column(owned, " Owner |");
        let planned = rows.iter().any(|row| row.endpoint.plan.is_some());
        let (plan_head, plan_rule) = column(planned, " Plan |");
        self.line(&format!(
            "| | Endpoint | Verdict (via, confidence) | Why |{plan_head}{head} Notes |"
        ));
        self.line(&format!("|---|---|---|---|{plan_rule}{rule}---|"));
        for row in rows {
            let endpoint = row.endpoint;
            let mut name = self.link_named(&markdown_code(&endpoint.name()), &row.file, row.line);
            if endpoint.critical.is_some() && endpoint.label != Label::Idempotent {
                name.push_str(" **critical**");
            }
            if endpoint.deprecated {
                name.push_str(" _deprecated_");
            }
            let label = checklist::label(endpoint.label).replace(' ', "&nbsp;");
            let label = match endpoint.label {
                Label::Idempotent => label,
                _ => format!("**{label}**"),
            };
            let sure = checklist::confidence(endpoint.confidence);
            let verdict = format!("{label} ({}, {sure})", endpoint.via.name());
            let plan = match &endpoint.plan {
                Some(plan) => format!(" {} |", plan.remedy.name()),
                None if planned => "  |".to_owned(),
                None => String::new(),
            };
            let owner = owner_cell(&endpoint.owners, owned);
            let why = markdown_sentence(row.why);
            let tick = merge::tick(&row.id);
            self.line(&format!(
                "| {tick} | {name} | {verdict} | {why} |{plan}{owner}  |"
            ));
        }
    }

    fn plans(&mut self, rows: &[EndpointRow<'_>]) {
        let planned = rows
            .iter()
            .filter_map(|row| Some((row, row.endpoint.plan.as_ref()?)));
        for (index, (row, plan)) in planned.enumerate() {
            if index == 0 {
                self.line("\n#### Plans\n");
            }
            if self.whole_plans || row.endpoint.critical.is_some() {
                self.plan(&row.endpoint.name(), plan);
            } else {
                self.line(&format!("- {}", markdown_sentence(&plan.summary)));
            }
        }
        if !self.whole_plans {
            self.line("\nThe plans of paths that are not critical are cut to their first sentence, because this file would be too large to be shown; `--format html` has them whole.");
        }
    }

    fn plan(&mut self, name: &str, plan: &Plan) {
        let title = crate::escape::html(name);
        let _ = writeln!(
            self.out,
            "<details><summary><code>{title}</code>: {}</summary>\n",
            plan.remedy.name()
        );
        self.line(&format!("{}\n", markdown_sentence(&plan.summary)));
        for (index, step) in plan.server.iter().enumerate() {
            self.line(&format!("{}. {}", index + 1, markdown_sentence(step)));
        }
        if let Some(undo) = &plan.compensation {
            self.line(&format!("\n**Undo.** {}", markdown_sentence(&undo.text)));
        }
        if !plan.contract_change.is_empty() {
            self.line("\nAdd to the contract:\n");
            self.out
                .push_str(&markdown_fence("yaml", &plan.contract_change));
        }
        self.line("\n</details>\n");
    }

    fn call_table(&mut self, rows: &[CallRow<'_>], owned: bool) {
        let (head, rule) = if owned {
            (" Owner |", "---|")
        } else {
            ("", "")
        };
        self.line(&format!(
            "| | Function | Kind | Target | Timeout | Retry | Breaker |{head} Notes |"
        ));
        self.line(&format!("|---|---|---|---|---|---|---|{rule}---|"));
        for row in rows {
            // A box is for what can be ticked: a request that must be guarded.
            let tick = if row.is_open() {
                merge::tick(&row.id)
            } else {
                merge::no_tick(&row.id)
            };
            let guards = &row.call.guards;
            let owner = owner_cell(&row.call.owners, owned);
            let function = self.link_named(&markdown_code(row.function), &row.file, row.line);
            self.line(&format!(
                "| {tick} | {function} | {} | {} | {} | {} | {} |{owner}  |",
                row.call.kind.name(),
                markdown_code(&row.target),
                answer(guards.timeout.answer),
                answer(guards.retry.answer),
                answer(guards.breaker.answer),
            ));
        }
    }

    fn outgoing_table(&mut self, rows: &[OutgoingRow<'_>]) {
        self.line("Whoever receives these gets some of them twice, and needs an id to tell.\n");
        self.line("| | Request | A repeat is told by | Notes |");
        self.line("|---|---|---|---|");
        for row in rows {
            let request = row.request;
            let id = request.delivery_id.as_ref();
            let told = id.map_or_else(
                || "**nothing in the contract**".to_owned(),
                |(name, _)| markdown_code(name),
            );
            let tick = match id {
                Some(_) => merge::no_tick(&row.id),
                None => merge::tick(&row.id),
            };
            let name = markdown_code(&format!("{} {}", request.written.method, request.name));
            let name = self.link_named(&name, &row.file, row.line);
            self.line(&format!("| {tick} | {name} | {told} |  |"));
        }
    }

    fn operations(&mut self, operations: &Operations) {
        if operations.is_empty() {
            return;
        }
        self.line("\n## Operations\n");
        self.line(&operations.summary());
        if !operations.stores.is_empty() {
            self.line("\n### Stores, brokers and registries\n");
            self.line("| | Store | Runs | Copies | When one is lost | Used by | Notes |");
            self.line("|---|---|---|---|---|---|---|");
        }
        for row in &operations.stores {
            // A box is for what has a decision in it: what runs once.
            let tick = match row.single {
                true => merge::tick(&row.id),
                false => merge::no_tick(&row.id),
            };
            let name = self.link_named(&markdown(&row.name), &row.file, row.line);
            self.line(&format!(
                "| {tick} | {name} ({}) | {} | {} | {} | {} |  |",
                markdown(&row.technology),
                row.runs,
                markdown_sentence(&row.copies),
                markdown_sentence(&row.when_lost),
                markdown(&row.used_by)
            ));
        }
        if !operations.once.is_empty() {
            self.line("\n### Programs that run once\n");
            self.line("| | Program | Felt by | Notes |\n|---|---|---|---|");
        }
        for row in &operations.once {
            let name = self.link_named(&markdown(&row.name), &row.file, row.line);
            let felt_by = markdown_sentence(&row.felt_by);
            let tick = merge::tick(&row.id);
            self.line(&format!("| {tick} | {name} | {felt_by} |  |"));
        }
        if !operations.backpressure.is_empty() {
            self.line("\n### Where backpressure stops\n");
            self.line("| | Place | What waits there | Notes |\n|---|---|---|---|");
        }
        for row in &operations.backpressure {
            let tick = match row.bounded {
                true => merge::no_tick(&row.id),
                false => merge::tick(&row.id),
            };
            let name = self.link_named(&markdown(&row.name), &row.file, row.line);
            let says = markdown_sentence(&row.says);
            self.line(&format!("| {tick} | {name} | {says} |  |"));
        }
    }

    fn rest(&mut self, checklist: &Checklist<'_>) {
        let (statements, commands) = checklist.unlisted;
        if statements + commands > 0 {
            self.line(&format!(
                "\nNot listed: {} and {}; `--format json` has them.",
                counted(statements, "database statement"),
                counted(commands, "cache command")
            ));
        }
        if !checklist.unknown.is_empty() {
            self.line(&format!("\n{}", checklist.unknown));
        }
        if !checklist.unknown_rows.is_empty() {
            self.line("\n## Not told\n");
            self.line("| Method | Of | Function |\n|---|---|---|");
            for row in &checklist.unknown_rows {
                let function = self.link_named(&markdown_code(row.function), &row.file, row.line);
                let of = markdown(&row.call.crates.join(", "));
                let method = markdown_code(&row.call.method);
                self.line(&format!("| {method} | {of} | {function} |"));
            }
        }
        if self.analysis.problems.is_empty() {
            return;
        }
        self.line("\n## Not read\n");
        for problem in &self.analysis.problems {
            let (file, line) = super::place::source_location(&self.analysis.sources, problem.span);
            let place = self.link(&file, line);
            self.line(&format!(
                "- {place}: {}; {}",
                markdown_sentence(&problem.message),
                markdown_sentence(&problem.help)
            ));
        }
    }
}

/// The cell of the owners, in a table that has their column.
fn owner_cell(owners: &[String], owned: bool) -> String {
    if owned {
        format!(" {} |", markdown(&owners.join(" ")))
    } else {
        String::new()
    }
}
