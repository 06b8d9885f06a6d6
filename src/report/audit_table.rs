//! `audit` for a terminal: the checklist as tables, one service after the other.

use super::checklist;
use crate::analysis::Analysis;
use crate::escape;
use crate::model::{Answer, Label};
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};
use std::fmt::Write;

/// The whole checklist, in lines of at most `width` characters.
#[must_use]
pub fn render(analysis: &Analysis, width: u16) -> String {
    let mut out = String::new();
    endpoints(analysis, width, &mut out);
    calls(analysis, width, &mut out);
    if !analysis.problems.is_empty() {
        out.push_str("Not read\n\n");
        for problem in &analysis.problems {
            let place = analysis.sources.place(problem.span);
            let _ = writeln!(
                out,
                "  {}",
                escape::terminal(&format!("{place}: {}", problem.message))
            );
        }
    }
    out
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

fn endpoints(analysis: &Analysis, width: u16, out: &mut String) {
    let services = checklist::write_endpoints(&analysis.system);
    if services.is_empty() {
        out.push_str("No write endpoint was found in a contract.\n\n");
    }
    for (service, endpoints) in services {
        let _ = writeln!(out, "Write endpoints of {}\n", escape::label(service));
        let mut rows = table(
            width,
            &["", "endpoint", "label", "via", "sure", "why", "where"],
        );
        for endpoint in &endpoints {
            let reason = endpoint
                .evidence
                .first()
                .map_or(String::new(), |evidence| evidence.reason.clone());
            let place = endpoint
                .operation
                .as_ref()
                .map(|operation| analysis.sources.place(operation.span));
            rows.add_row(vec![
                if endpoint.label == Label::Idempotent {
                    "+"
                } else {
                    "!"
                }
                .to_owned(),
                escape::label(&format!("{} {}", endpoint.method, endpoint.path)),
                endpoint.label.name().to_owned(),
                endpoint.via.name().to_owned(),
                format!("{:?}", endpoint.confidence).to_lowercase(),
                escape::terminal(&reason),
                escape::label(&place.unwrap_or_default()),
            ]);
        }
        let _ = writeln!(out, "{rows}\n");
        for endpoint in endpoints.iter().filter(|endpoint| endpoint.plan.is_some()) {
            let name = escape::label(&format!("{} {}", endpoint.method, endpoint.path));
            let _ = writeln!(out, "  plan for {name}");
            let _ = writeln!(
                out,
                "{}\n",
                wrap(
                    &escape::terminal(
                        &endpoint.plan.as_ref().map(|p| p.text()).unwrap_or_default()
                    ),
                    usize::from(width),
                    "    "
                )
            );
        }
    }
}

fn calls(analysis: &Analysis, width: u16, out: &mut String) {
    for (service, calls) in checklist::calls(&analysis.system) {
        let _ = writeln!(out, "Outbound calls of {}\n", escape::label(service));
        let mut rows = table(
            width,
            &[
                "kind", "target", "function", "timeout", "retry", "breaker", "where",
            ],
        );
        for call in calls {
            rows.add_row(vec![
                call.kind.name().to_owned(),
                escape::label(&checklist::target(call)),
                escape::label(&analysis.system.call_graph.functions[call.function].name),
                answer(call.guards.timeout.answer).to_owned(),
                answer(call.guards.retry.answer).to_owned(),
                answer(call.guards.breaker.answer).to_owned(),
                escape::label(&analysis.sources.place(call.name_span)),
            ]);
        }
        let _ = writeln!(out, "{rows}\n");
    }
    let (statements, commands) = checklist::stores(&analysis.system);
    if statements + commands > 0 {
        let _ = writeln!(
            out,
            "Not listed: {statements} database statements and {commands} cache commands (see --format json).\n"
        );
    }
}

/// A guard in a cell; what could not be told is a question to the reader.
fn answer(answer: Answer) -> &'static str {
    match answer {
        Answer::Yes => "yes",
        Answer::No => "no",
        Answer::Unknown => "?",
    }
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
