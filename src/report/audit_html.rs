//! `audit --format html`: the checklist as one self-contained file: filters, ticks and notes that
//! the browser keeps, light and dark, and fit for paper. It loads nothing.

use super::checklist::{
    self, CallRow, Checklist, EndpointRow, OutgoingRow, ServiceList, answer, counted,
};
use super::operations::Operations;
use super::place::source_location;
use crate::analysis::Analysis;
use crate::escape::{html, html_sentence, url_path};
use crate::model::{Answer, Plan};
use std::fmt::Write;

const STYLE: &str = include_str!("audit.css");
const SCRIPT: &str = include_str!("audit.js");

/// What is only shown where there are requests to others.
const REQUEST_CARDS: [&str; 3] = ["requests to others", "without timeout", "without breaker"];

/// The whole page. `link_base` leads from the file to the audited root: empty, or ending in a
/// slash.
#[must_use]
pub fn render(analysis: &Analysis, link_base: &str) -> String {
    let checklist = Checklist::new(analysis, false);
    let mut page = Page {
        analysis,
        link_base,
        out: String::new(),
    };
    page.head(&checklist);
    for list in &checklist.services {
        page.service(list);
    }
    page.operations(&checklist.operations);
    page.foot(&checklist);
    page.out
}

struct Page<'a> {
    analysis: &'a Analysis,
    link_base: &'a str,
    out: String,
}

impl Page<'_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn link(&self, file: &str, line: usize) -> String {
        let name = file.rsplit('/').next().unwrap_or(file);
        self.link_named(&format!("{name}:{line}"), file, line)
    }

    fn link_named(&self, name: &str, file: &str, line: usize) -> String {
        format!(
            "<a href=\"{}{}#L{line}\" title=\"{}\">{}</a>",
            html(self.link_base),
            url_path(file),
            html(file),
            html(name)
        )
    }

    fn head(&mut self, checklist: &Checklist<'_>) {
        let counts = checklist.counts();
        self.line("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">");
        self.line("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        self.line("<meta name=\"generator\" content=\"seaworthy\">");
        self.line("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">");
        self.line("<title>Architecture audit</title>");
        let _ = write!(self.out, "<style>\n{STYLE}</style>\n</head>\n<body>\n");
        self.line("<h1>Architecture audit</h1>");
        let problems = self.analysis.problems.len();
        let unread = match problems {
            0 => "nothing in it was left out".to_owned(),
            _ => format!(
                "<a href=\"#not-read\">{} could not be read</a>",
                counted(problems, "place")
            ),
        };
        let read = checklist::read_line(self.analysis);
        self.line(&format!("<p class=\"soft\">Read {read}; {unread}.</p>"));
        self.line("<ul class=\"cards\">");
        for (number, what) in [
            (counts.endpoints, "write endpoints"),
            (counts.idempotent, "idempotent"),
            (counts.not_idempotent, "not idempotent"),
            (counts.critical, "of them critical"),
            (counts.unknown, "unknown"),
            (counts.requests, REQUEST_CARDS[0]),
            (counts.without_timeout, REQUEST_CARDS[1]),
            (counts.without_breaker, REQUEST_CARDS[2]),
        ] {
            // A system without calls says nothing about their guards.
            if counts.requests > 0 || !REQUEST_CARDS.contains(&what) {
                self.line(&format!("<li><b>{number}</b>{what}</li>"));
            }
        }
        self.line("</ul>");
        self.line("<form class=\"filter\" hidden>");
        self.line("<input type=\"search\" name=\"search\" placeholder=\"Filter by words\" aria-label=\"Filter by words\">");
        self.line("<select name=\"service\" aria-label=\"Service\"><option value=\"\">every service</option>");
        for list in &checklist.services {
            let name = html(list.name);
            self.line(&format!("<option value=\"{name}\">{name}</option>"));
        }
        self.line("</select>");
        self.line("<select name=\"label\" aria-label=\"Kind of line\"><option value=\"\">everything</option><option value=\"not-idempotent\">not idempotent</option><option value=\"unknown\">unknown</option><option value=\"idempotent\">idempotent</option><option value=\"call\">outbound calls</option><option value=\"outgoing\">webhooks and callbacks</option><option value=\"operation\">operations</option></select>");
        self.line("<label><input type=\"checkbox\" name=\"critical\"> critical</label> <label><input type=\"checkbox\" name=\"open\"> not ticked</label> <span class=\"soft\" id=\"shown\"></span>");
        self.line("</form>");
    }

    fn service(&mut self, list: &ServiceList<'_>) {
        self.line(&format!("<section>\n<h2>{}</h2>", html(list.name)));
        for (span, version) in &list.contracts {
            let (file, line) = source_location(&self.analysis.sources, *span);
            let version = version.map(|version| format!(", version {}", html(version)));
            let link = self.link(&file, line);
            let version = version.unwrap_or_default();
            self.line(&format!("<p class=\"soft\">Contract: {link}{version}</p>"));
        }
        let owned = list.has_owners();
        self.endpoints("Write endpoints to decide on", list, &list.open, owned);
        self.endpoints("Idempotent write endpoints", list, &list.idempotent, owned);
        self.calls(list);
        self.outgoing(list);
        self.line("</section>");
    }

    fn open_table(&mut self, title: &str, columns: &[&str]) {
        let columns = columns.iter().map(|column| format!("<th>{column}</th>"));
        let columns: String = columns.collect();
        self.line(&format!(
            "<div class=\"part\">\n<h3>{title}</h3>\n<div class=\"scroll\"><table>\n<thead><tr><th></th>{columns}<th>Notes</th></tr></thead>\n<tbody>"
        ));
    }

    fn close_table(&mut self) {
        self.line("</tbody>\n</table></div>\n</div>");
    }

    fn endpoints(
        &mut self,
        title: &str,
        list: &ServiceList<'_>,
        rows: &[EndpointRow<'_>],
        owned: bool,
    ) {
        if rows.is_empty() {
            return;
        }
        let mut columns = vec!["Endpoint", "Verdict", "Why", "Where"];
        columns.extend(owned.then_some("Owner"));
        self.open_table(title, &columns);
        for row in rows {
            let endpoint = row.endpoint;
            let critical = if endpoint.critical.is_some() {
                "yes"
            } else {
                ""
            };
            let label = endpoint.label.name();
            self.line(&format!(
                "<tr data-id=\"{}\" data-service=\"{}\" data-label=\"{label}\" data-critical=\"{critical}\">",
                row.id,
                html(list.name)
            ));
            let mut name = format!("<code>{}</code>", html(&endpoint.name()));
            if endpoint.critical.is_some() {
                name.push_str(" <span class=\"tag\">critical</span>");
            }
            if endpoint.deprecated {
                name.push_str(" <span class=\"tag soft\">deprecated</span>");
            }
            let shown = checklist::label(endpoint.label);
            let sure = checklist::confidence(endpoint.confidence);
            let sources = &self.analysis.sources;
            let place = checklist::place_name(list, sources, &row.file, row.line);
            let mut cells = vec![
                format!("<td>{name}</td>"),
                format!(
                    "<td><span class=\"{label}\">{shown}</span><br><span class=\"soft\">{}, {sure} confidence</span></td>",
                    endpoint.via.name()
                ),
                format!("<td>{}</td>", html_sentence(row.why)),
                format!(
                    "<td class=\"place\">{}</td>",
                    self.link_named(&place, &row.file, row.line)
                ),
            ];
            cells.extend(owned.then(|| format!("<td>{}</td>", html(&endpoint.owners.join(" ")))));
            self.row(true, &cells.concat());
            if let Some(plan) = &endpoint.plan {
                // As wide as the table; the script hides it with its row.
                let width = columns.len() + 1;
                let plan = self::plan(plan);
                self.line(&format!(
                    "<tr class=\"plan\"><td></td><td colspan=\"{width}\">{plan}</td></tr>"
                ));
            }
        }
        self.close_table();
    }

    /// The rest of a row: a box where there is something to tick, the cells, a place for a note.
    fn row(&mut self, tick: bool, cells: &str) {
        let tick = if tick {
            "<input type=\"checkbox\" aria-label=\"done\">"
        } else {
            ""
        };
        self.line(&format!(
            "<td>{tick}</td>{cells}<td><input class=\"note\" aria-label=\"note\"></td>\n</tr>"
        ));
    }

    fn calls(&mut self, list: &ServiceList<'_>) {
        if list.calls.is_empty() {
            return;
        }
        let owned = list.has_owners();
        let mut columns = vec![
            "Kind", "Target", "Function", "Timeout", "Retry", "Breaker", "Where",
        ];
        columns.extend(owned.then_some("Owner"));
        self.open_table("Outbound calls", &columns);
        for row in &list.calls {
            self.call(list, row, owned);
        }
        self.close_table();
    }

    fn call(&mut self, list: &ServiceList<'_>, row: &CallRow<'_>, owned: bool) {
        let guard = |found: Answer| {
            let class = match found {
                Answer::Yes => "yes",
                Answer::No => "no",
                Answer::Unknown => "ask",
            };
            format!("<td class=\"{class}\">{}</td>", answer(found))
        };
        let guards = &row.call.guards;
        self.line(&format!(
            "<tr data-id=\"{}\" data-service=\"{}\" data-label=\"call\">",
            row.id,
            html(list.name)
        ));
        let mut cells = format!(
            "<td>{}</td><td><code>{}</code></td><td><code>{}</code></td>{}{}{}<td class=\"place\">{}</td>",
            row.call.kind.name(),
            html(&row.target),
            html(row.function),
            guard(guards.timeout.answer),
            guard(guards.retry.answer),
            guard(guards.breaker.answer),
            self.link(&row.file, row.line)
        );
        if owned {
            let _ = write!(cells, "<td>{}</td>", html(&row.call.owners.join(" ")));
        }
        self.row(row.is_open(), &cells);
    }

    fn outgoing(&mut self, list: &ServiceList<'_>) {
        if list.outgoing.is_empty() {
            return;
        }
        let columns = ["Request", "A repeat is told by", "Where"];
        self.open_table("Webhooks and callbacks that it sends", &columns);
        for row in &list.outgoing {
            self.outgoing_row(list, row);
        }
        self.close_table();
    }

    fn outgoing_row(&mut self, list: &ServiceList<'_>, row: &OutgoingRow<'_>) {
        let request = row.request;
        let told = request.delivery_id.as_ref().map_or_else(
            || "<span class=\"no\">nothing in the contract</span>".to_owned(),
            |(name, _)| format!("<code>{}</code>", html(name)),
        );
        self.line(&format!(
            "<tr data-id=\"{}\" data-service=\"{}\" data-label=\"outgoing\">",
            row.id,
            html(list.name)
        ));
        let name = html(&format!("{} {}", request.written.method, request.name));
        let cells = format!(
            "<td><code>{name}</code></td><td>{told}</td><td class=\"place\">{}</td>",
            self.link(&row.file, row.line)
        );
        self.row(request.delivery_id.is_none(), &cells);
    }

    fn operations(&mut self, operations: &Operations) {
        if operations.is_empty() {
            return;
        }
        self.line("<section>\n<h2>Operations</h2>");
        let summary = html(&operations.summary());
        self.line(&format!("<p class=\"soft\">{summary}</p>"));
        if !operations.stores.is_empty() {
            let columns = [
                "Store",
                "Runs",
                "Copies",
                "When one is lost",
                "Used by",
                "Where",
            ];
            self.open_table("Stores, brokers and registries", &columns);
            for row in &operations.stores {
                let name = format!("{} ({})", row.name, row.technology);
                let cells = [&name, &row.runs, &row.copies, &row.when_lost, &row.used_by];
                let place = (row.file.as_str(), row.line);
                self.operation(&row.id, row.single, &cells.map(String::as_str), place);
            }
            self.close_table();
        }
        if !operations.once.is_empty() {
            self.open_table("Programs that run once", &["Program", "Felt by", "Where"]);
            for row in &operations.once {
                let place = (row.file.as_str(), row.line);
                self.operation(&row.id, true, &[&row.name, &row.felt_by], place);
            }
            self.close_table();
        }
        if !operations.backpressure.is_empty() {
            let columns = ["Place", "What waits there", "Where"];
            self.open_table("Where backpressure stops", &columns);
            for row in &operations.backpressure {
                let place = (row.file.as_str(), row.line);
                self.operation(&row.id, !row.bounded, &[&row.name, &row.says], place);
            }
            self.close_table();
        }
        self.line("</section>");
    }

    fn operation(&mut self, id: &str, open: bool, cells: &[&str], (file, line): (&str, usize)) {
        self.line(&format!(
            "<tr data-id=\"{id}\" data-service=\"\" data-label=\"operation\">"
        ));
        let cells: String = cells
            .iter()
            .map(|cell| format!("<td>{}</td>", html_sentence(cell)))
            .collect();
        let place = self.link(file, line);
        self.row(open, &format!("{cells}<td class=\"place\">{place}</td>"));
    }

    fn foot(&mut self, checklist: &Checklist<'_>) {
        let (statements, commands) = checklist.unlisted;
        if statements + commands > 0 {
            self.line(&format!(
                "<p class=\"soft\">Not listed: {} and {}.</p>",
                counted(statements, "database statement"),
                counted(commands, "cache command")
            ));
        }
        if !self.analysis.problems.is_empty() {
            self.line("<h2 id=\"not-read\">Not read</h2>\n<ul>");
            for problem in &self.analysis.problems {
                let (file, line) = source_location(&self.analysis.sources, problem.span);
                let place = self.link(&file, line);
                self.line(&format!(
                    "<li>{place}: {}; {}</li>",
                    html_sentence(&problem.message),
                    html_sentence(&problem.help)
                ));
            }
            self.line("</ul>");
        }
        let _ = write!(self.out, "<script>\n{SCRIPT}</script>\n</body>\n</html>\n");
    }
}

fn plan(plan: &Plan) -> String {
    let mut out = format!(
        "<details><summary>plan: {}</summary><p>{}</p><ol>",
        plan.remedy.name(),
        html_sentence(&plan.summary)
    );
    for step in &plan.server {
        let _ = write!(out, "<li>{}</li>", html_sentence(step));
    }
    out.push_str("</ol>");
    if let Some(undo) = &plan.compensation {
        let _ = write!(out, "<p><b>Undo.</b> {}</p>", html_sentence(&undo.text));
    }
    if !plan.contract_change.is_empty() {
        let change = html(&plan.contract_change);
        let _ = write!(
            out,
            "<p>Add to the contract:</p><pre>{}</pre>",
            change.trim_end()
        );
    }
    out.push_str("</details>");
    out
}
