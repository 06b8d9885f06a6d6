//! `audit --format markdown`: the checklist for a wiki or a pull request.

use super::checklist;
use crate::analysis::Analysis;
use crate::escape::{markdown, markdown_code};
use crate::model::{Answer, Endpoint, Label};
use std::fmt::Write;

/// The whole checklist.
#[must_use]
pub fn render(analysis: &Analysis) -> String {
    let mut out = String::from("# Architecture audit\n");
    endpoints(analysis, &mut out);
    calls(analysis, &mut out);
    if !analysis.problems.is_empty() {
        out.push_str("\n## Not read\n\n");
        for problem in &analysis.problems {
            let place = markdown_code(&analysis.sources.place(problem.span));
            let _ = writeln!(out, "- {place}: {}", markdown(&problem.message));
        }
    }
    out
}

fn name(endpoint: &Endpoint) -> String {
    markdown_code(&format!("{} {}", endpoint.method, endpoint.path))
}

fn endpoints(analysis: &Analysis, out: &mut String) {
    for (service, endpoints) in checklist::write_endpoints(&analysis.system) {
        let _ = writeln!(out, "\n## Write endpoints of {}\n", markdown(service));
        out.push_str(
            "| Endpoint | Label | Via | Confidence | Why | Where |\n|---|---|---|---|---|---|\n",
        );
        for endpoint in &endpoints {
            let reason = endpoint
                .evidence
                .first()
                .map_or("", |evidence| evidence.reason.as_str());
            let place = endpoint
                .operation
                .as_ref()
                .map(|operation| analysis.sources.place(operation.span));
            let label = if endpoint.label == Label::Idempotent {
                "idempotent".to_owned()
            } else {
                format!("**{}**", endpoint.label.name())
            };
            let _ = writeln!(
                out,
                "| {} | {label} | {} | {} | {} | {} |",
                name(endpoint),
                endpoint.via.name(),
                format!("{:?}", endpoint.confidence).to_lowercase(),
                markdown(reason),
                markdown_code(&place.unwrap_or_default()),
            );
        }
        let open: Vec<_> = endpoints
            .iter()
            .filter(|endpoint| endpoint.plan.is_some())
            .collect();
        if !open.is_empty() {
            out.push_str("\n### To do\n\n");
        }
        for endpoint in open {
            // The plan is our own text but for the endpoint's name in it.
            let _ = writeln!(out, "- [ ] {}: {}", name(endpoint), plan(endpoint));
        }
    }
}

fn plan(endpoint: &Endpoint) -> String {
    endpoint.plan.as_ref().map(|p| p.text()).unwrap_or_default()
}
fn calls(analysis: &Analysis, out: &mut String) {
    for (service, calls) in checklist::calls(&analysis.system) {
        let _ = writeln!(out, "\n## Outbound calls of {}\n", markdown(service));
        out.push_str("| | Kind | Target | Function | Timeout | Retry | Breaker | Where |\n|---|---|---|---|---|---|---|---|\n");
        for call in calls {
            // A box is for what can be ticked: a request that must be guarded.
            let bare = call.guards.timeout.answer != Answer::Yes
                || call.guards.breaker.answer != Answer::Yes;
            let tick = match (call.kind.is_request(), bare) {
                (false, _) => "",
                (true, true) => "☐",
                (true, false) => "☑",
            };
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {} | {} |",
                tick,
                call.kind.name(),
                markdown_code(&checklist::target(call)),
                markdown_code(&analysis.system.call_graph.functions[call.function].name),
                answer(call.guards.timeout.answer),
                answer(call.guards.retry.answer),
                answer(call.guards.breaker.answer),
                markdown_code(&analysis.sources.place(call.name_span)),
            );
        }
    }
}

fn answer(answer: Answer) -> &'static str {
    match answer {
        Answer::Yes => "yes",
        Answer::No => "no",
        Answer::Unknown => "unknown",
    }
}
