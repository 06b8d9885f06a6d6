//! `audit` for a terminal: the checklist as tables, one service after the other.

use super::checklist::{self, Checklist, ServiceList, answer, counted};
use super::operations::Operations;
use crate::analysis::Analysis;
use crate::escape;
use crate::model::{Endpoint, Label};
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};
use std::fmt::Write;

/// The whole checklist, in lines of at most `width` characters.
#[must_use]
pub fn render(analysis: &Analysis, width: u16, pedantic: bool) -> String {
    let checklist = Checklist::new(analysis, pedantic);
    let mut out = String::new();
    summary(analysis, &checklist, &mut out);
    for list in &checklist.services {
        endpoints(list, width, &mut out);
        calls(list, width, &mut out);
        outgoing(list, width, &mut out);
    }
    operations(&checklist.operations, width, &mut out);
    if checklist.counts().not_idempotent > checklist.counts().critical {
        out.push_str(
            "Plans of paths that are not critical are cut: --format markdown has them whole.\n\n",
        );
    }
    let (statements, commands) = checklist.unlisted;
    if statements + commands > 0 {
        let _ = writeln!(
            out,
            "Not listed: {} and {} (see --format json).\n",
            counted(statements, "database statement"),
            counted(commands, "cache command")
        );
    }
    unknown(&checklist, width, &mut out);
    if !analysis.problems.is_empty() {
        out.push_str("Not read\n\n");
        for problem in &analysis.problems {
            let place = analysis.sources.place(problem.span);
            let line = format!("{place}: {}; {}", problem.message, problem.help);
            let _ = writeln!(out, "  {}", escape::terminal(&line));
        }
    }
    out
}

fn summary(analysis: &Analysis, checklist: &Checklist<'_>, out: &mut String) {
    let counts = checklist.counts();
    let _ = writeln!(out, "Read {}.", checklist::read_line(analysis));
    if counts.endpoints == 0 {
        out.push_str("No write endpoint was found in a contract.\n");
    } else {
        let _ = writeln!(
            out,
            "{}: {} idempotent, {} not ({} of them on critical paths), {} unknown.",
            counted(counts.endpoints, "write endpoint"),
            counts.idempotent,
            counts.not_idempotent,
            counts.critical,
            counts.unknown
        );
    }
    if counts.requests > 0 {
        let _ = writeln!(
            out,
            "{}: {} without a timeout, {} without a circuit breaker.",
            counted(counts.requests, "outbound request"),
            counts.without_timeout,
            counts.without_breaker
        );
    }
    if !analysis.problems.is_empty() {
        let _ = writeln!(
            out,
            "{} could not be read: see the end.",
            counted(analysis.problems.len(), "place")
        );
    }
    out.push('\n');
}

fn operations(operations: &Operations, width: u16, out: &mut String) {
    if operations.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "Operations: {}\n",
        escape::label(&operations.summary())
    );
    if !operations.stores.is_empty() {
        let header = [
            "",
            "store",
            "runs",
            "copies",
            "when one is lost",
            "used by",
            "where",
        ];
        let mut rows = table(width, &header);
        for row in &operations.stores {
            let sign = if row.single { "!" } else { "+" };
            rows.add_row([
                sign.to_owned(),
                escape::label(&format!("{} ({})", row.name, row.technology)),
                row.runs.clone(),
                escape::label(&row.copies),
                escape::label(&row.when_lost),
                escape::label(&row.used_by),
                place(&row.file, row.line),
            ]);
        }
        let _ = writeln!(out, "{rows}\n");
    }
    if !operations.once.is_empty() {
        let mut rows = table(width, &["", "program that runs once", "felt by", "where"]);
        for row in &operations.once {
            rows.add_row([
                "!".to_owned(),
                escape::label(&row.name),
                escape::label(&row.felt_by),
                place(&row.file, row.line),
            ]);
        }
        let _ = writeln!(out, "{rows}\n");
    }
    if !operations.backpressure.is_empty() {
        let mut rows = table(
            width,
            &["", "backpressure stops at", "what waits there", "where"],
        );
        for row in &operations.backpressure {
            let sign = if row.bounded { "+" } else { "!" };
            rows.add_row([
                sign.to_owned(),
                escape::label(&row.name),
                escape::label(&row.says),
                place(&row.file, row.line),
            ]);
        }
        let _ = writeln!(out, "{rows}\n");
    }
}

fn place(file: &str, line: usize) -> String {
    let name = file.rsplit('/').next().unwrap_or(file);
    escape::label(&format!("{name}:{line}"))
}

fn table(width: u16, header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width)
        .set_header(header.to_vec());
    table
}

/// `!!` for a critical path that is not idempotent, `!` for any other, `?` for one that could not
/// be told.
fn sign(endpoint: &Endpoint) -> &'static str {
    match (endpoint.label, &endpoint.critical) {
        (Label::NotIdempotent, Some(_)) => "!!",
        (Label::NotIdempotent, None) => "!",
        (Label::Unknown, _) => "?",
        (Label::Idempotent, _) => "+",
    }
}

fn endpoints(list: &ServiceList<'_>, width: u16, out: &mut String) {
    if list.open.is_empty() && list.idempotent.is_empty() {
        return;
    }
    let _ = writeln!(out, "Write endpoints of {}\n", escape::label(list.name));
    let owned = list.has_owners();
    let mut header = vec!["", "endpoint", "verdict", "why", "where"];
    header.extend(owned.then_some("owner"));
    let mut rows = table(width, &header);
    for row in list.open.iter().chain(&list.idempotent) {
        let endpoint = row.endpoint;
        let mut name = escape::label(&endpoint.name());
        if endpoint.deprecated {
            name.push_str(" (deprecated)");
        }
        let mut cells = vec![
            sign(endpoint).to_owned(),
            name,
            format!(
                "{} ({}, {})",
                checklist::label(endpoint.label),
                endpoint.via.name(),
                checklist::confidence(endpoint.confidence)
            ),
            escape::terminal(row.why),
            escape::label(&format!("{}:{}", row.file, row.line)),
        ];
        cells.extend(owned.then(|| escape::label(&endpoint.owners.join(" "))));
        rows.add_row(cells);
    }
    let _ = writeln!(out, "{rows}\n");
    for row in &list.open {
        let Some(plan) = &row.endpoint.plan else {
            continue;
        };
        let width = usize::from(width);
        let _ = writeln!(out, "  plan for {}", escape::label(&row.endpoint.name()));
        let mut paragraphs = vec![plan.summary.clone()];
        if row.endpoint.critical.is_none() {
            // The rest stands in the other formats; a terminal shows what matters most.
            let _ = writeln!(
                out,
                "{}\n",
                wrap(&escape::terminal(&plan.summary), width, "    ")
            );
            continue;
        }
        let steps = plan.server.iter().enumerate();
        paragraphs.extend(steps.map(|(index, step)| format!("{}. {step}", index + 1)));
        paragraphs.extend(
            plan.compensation
                .iter()
                .map(|undo| format!("Undo: {}", undo.text)),
        );
        for paragraph in paragraphs {
            let _ = writeln!(
                out,
                "{}",
                wrap(&escape::terminal(&paragraph), width, "    ")
            );
        }
        if !plan.contract_change.is_empty() {
            let _ = writeln!(out, "    Add to the contract:");
            for line in plan.contract_change.lines() {
                let _ = writeln!(out, "      {}", escape::terminal(line));
            }
        }
        out.push('\n');
    }
}

fn calls(list: &ServiceList<'_>, width: u16, out: &mut String) {
    if list.calls.is_empty() {
        return;
    }
    let _ = writeln!(out, "Outbound calls of {}\n", escape::label(list.name));
    let owned = list.has_owners();
    let mut header = vec![
        "kind", "target", "function", "timeout", "retry", "breaker", "where",
    ];
    header.extend(owned.then_some("owner"));
    let mut rows = table(width, &header);
    for row in &list.calls {
        let mut cells = vec![
            row.call.kind.name().to_owned(),
            escape::label(&row.target),
            escape::label(row.function),
            answer(row.call.guards.timeout.answer).to_owned(),
            answer(row.call.guards.retry.answer).to_owned(),
            answer(row.call.guards.breaker.answer).to_owned(),
            escape::label(&format!("{}:{}", row.file, row.line)),
        ];
        cells.extend(owned.then(|| escape::label(&row.call.owners.join(" "))));
        rows.add_row(cells);
    }
    let _ = writeln!(out, "{rows}\n");
}

fn unknown(checklist: &Checklist<'_>, width: u16, out: &mut String) {
    if checklist.unknown.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "{}\n",
        wrap(&checklist.unknown, usize::from(width), "")
    );
    if checklist.unknown_rows.is_empty() {
        return;
    }
    let mut rows = table(width, &["method", "of", "function", "where"]);
    for row in &checklist.unknown_rows {
        rows.add_row(vec![
            escape::label(&row.call.method),
            escape::label(&row.call.crates.join(", ")),
            escape::label(row.function),
            escape::label(&format!("{}:{}", row.file, row.line)),
        ]);
    }
    let _ = writeln!(out, "{rows}\n");
}

fn outgoing(list: &ServiceList<'_>, width: u16, out: &mut String) {
    if list.outgoing.is_empty() {
        return;
    }
    let name = escape::label(list.name);
    let _ = writeln!(out, "Webhooks and callbacks that {name} sends\n");
    let mut rows = table(width, &["request", "a repeat is told by", "where"]);
    for row in &list.outgoing {
        let id = row
            .request
            .delivery_id
            .as_ref()
            .map(|(name, _)| name.as_str());
        rows.add_row(vec![
            escape::label(&format!(
                "{} {}",
                row.request.written.method, row.request.name
            )),
            escape::label(id.unwrap_or("nothing: give each event an id")),
            escape::label(&format!("{}:{}", row.file, row.line)),
        ]);
    }
    let _ = writeln!(out, "{rows}\n");
}

fn wrap(text: &str, width: usize, indent: &str) -> String {
    let mut out = String::new();
    let mut line = String::from(indent);
    for word in text.split_whitespace() {
        if line.len() > indent.len() && line.chars().count() + word.chars().count() + 1 > width {
            out.push_str(line.trim_end());
            out.push('\n');
            line = String::from(indent);
        }
        if line.len() > indent.len() {
            line.push(' ');
        }
        line.push_str(word);
    }
    out + line.trim_end()
}
