//! One page that needs nothing else: the pictures as SVG, and a small script that moves, searches,
//! filters and tells what is known of a component. The data is read by the script as JSON and shown
//! as text; nothing of it is markup.

use super::graph::Graph;
use super::svg::{self, SvgOptions};
use crate::analysis::Analysis;
use crate::escape::{html as escape, json_text, label as plain, url_path};
use crate::finding::Finding;
use crate::model::{Component, Evidence};
use crate::report::location;
use crate::source::{Sources, Span};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

const SCRIPT: &str = include_str!("page.js");
const STYLE: &str = include_str!("page.css");

/// The hash of the script, which alone may run (Content Security Policy level 3, "hash-source"). A
/// test keeps it true.
const SCRIPT_HASH: &str = "sha256-Gwygk+CmgIMwI2jjwmwNFwJeI0c+ZCW6TCWCmbYv1tQ=";

/// One of the pictures in a page.
#[derive(Debug)]
pub struct HtmlView<'g, 'm> {
    /// What it is called in the list of pictures; a group's name for the picture of a group.
    pub name: String,
    /// What it shows.
    pub graph: &'g Graph<'m>,
}

#[derive(Serialize)]
struct Data<'m> {
    nodes: Vec<NodeData<'m>>,
    edges: Vec<EdgeData<'m>>,
}

#[derive(Serialize)]
struct NodeData<'m> {
    id: &'m str,
    label: &'m str,
    kind: &'static str,
    technology: Option<&'m str>,
    group: &'m str,
    evidence: Vec<PlaceData>,
    findings: Vec<PlaceData>,
}

#[derive(Serialize)]
struct EdgeData<'m> {
    from: &'m str,
    to: &'m str,
    drawn_from: &'m str,
    drawn_to: &'m str,
    kind: &'static str,
    certain: bool,
    unguarded: bool,
    evidence: Vec<PlaceData>,
}

#[derive(Serialize)]
struct PlaceData {
    file: String,
    line: usize,
    href: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// The page. The first picture is shown when it opens.
///
/// # Errors
/// When a value cannot be written as JSON.
pub fn render(
    views: &[HtmlView<'_, '_>],
    analysis: &Analysis,
    findings: &[Finding],
    options: &SvgOptions,
) -> serde_json::Result<String> {
    let title = match options.title.is_empty() {
        true => "Architecture".to_owned(),
        false => escape(&plain(&options.title)),
    };
    let mut figures = String::new();
    for (at, view) in views.iter().enumerate() {
        let options = SvgOptions {
            title: String::new(),
            ids: format!("v{at}-"),
            ..options.clone()
        };
        let hidden = if at > 0 { " hidden" } else { "" };
        let _ = writeln!(
            figures,
            "<figure class=\"view\" data-name=\"{}\"{hidden}>\n{}</figure>",
            escape(&view.name),
            svg::render(view.graph, &analysis.sources, &options)
        );
    }
    let mut picker = String::new();
    if views.len() > 1 {
        picker.push_str("<select id=\"views\" aria-label=\"picture\">");
        for view in views {
            let name = escape(&view.name);
            let _ = write!(picker, "<option value=\"{name}\">{name}</option>");
        }
        picker.push_str("</select>\n");
    }
    let data = serde_json::to_string(&data(analysis, findings, options))?;
    let data = json_text(&data).replace('<', "\\u003c");
    Ok(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src '{SCRIPT_HASH}'; base-uri 'none'; form-action 'none'\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>{title}</h1>\n{picker}<input id=\"search\" type=\"search\" placeholder=\"search ( / )\" aria-label=\"search\">\n<details><summary>kinds</summary><div id=\"kinds\"></div></details>\n<span><button id=\"out\" aria-label=\"smaller\">−</button> <button id=\"in\" aria-label=\"larger\">+</button> <button id=\"fit\">fit</button></span>\n<span id=\"status\" role=\"status\"></span>\n</header>\n<main>\n<div id=\"stage\">\n{figures}</div>\n<aside hidden aria-label=\"details\"></aside>\n</main>\n<script type=\"application/json\" id=\"data\">{data}</script>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    ))
}

fn data<'m>(analysis: &'m Analysis, findings: &[Finding], options: &SvgOptions) -> Data<'m> {
    let (system, sources) = (&analysis.system, &analysis.sources);
    let seen = |evidence: &[Evidence]| -> Vec<PlaceData> {
        let place = |one: &Evidence| PlaceData {
            reason: Some(one.reason.clone()),
            ..place(sources, one, options)
        };
        evidence.iter().map(place).collect()
    };
    let mut of_component = findings_of(&system.components, sources, findings);
    let nodes = system.components.iter().enumerate().map(|(at, component)| {
        let found = of_component.remove(&at).unwrap_or_default();
        let found = found.into_iter().map(|finding| PlaceData {
            rule: Some(finding.rule.clone()),
            severity: Some(finding.severity.name()),
            message: Some(finding.message.clone()),
            ..source_place(sources, finding.span, options)
        });
        NodeData {
            id: &component.id,
            label: &component.name,
            kind: component.kind.name(),
            technology: component.technology.as_deref(),
            group: &component.group,
            evidence: seen(&component.evidence),
            findings: found.collect(),
        }
    });
    let whole = Graph::new(system);
    let unguarded: Vec<(&str, &str)> = whole
        .graph
        .edge_indices()
        .filter(|edge| whole.graph[*edge].unguarded)
        .filter_map(|edge| whole.graph.edge_endpoints(edge))
        .map(|(from, to)| (&*whole.graph[from].id, &*whole.graph[to].id))
        .collect();
    let edges = system.relations.iter().map(|relation| {
        let (from, to) = (relation.from.as_str(), relation.to.as_str());
        let flipped = relation.kind == crate::model::RelationKind::Consumes;
        let (drawn_from, drawn_to) = if flipped { (to, from) } else { (from, to) };
        EdgeData {
            from,
            to,
            drawn_from,
            drawn_to,
            kind: relation.kind.name(),
            certain: relation.certain,
            unguarded: relation.kind == crate::model::RelationKind::Calls
                && unguarded.contains(&(from, to)),
            evidence: seen(&relation.evidence),
        }
    });
    Data {
        nodes: nodes.collect(),
        edges: edges.collect(),
    }
}

/// The findings about each component, by its index: those in its own definition, and those in code
/// below the directory that it is built from.
fn findings_of<'f>(
    components: &[Component],
    sources: &Sources,
    findings: &'f [Finding],
) -> BTreeMap<usize, Vec<&'f Finding>> {
    let mut found: BTreeMap<usize, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        // Its definition is the last that begins before the place.
        let defined = components.iter().enumerate().filter_map(|(at, component)| {
            let span = component.evidence.iter().find_map(Evidence::span)?;
            let before = span.source == finding.span.source && span.start <= finding.span.start;
            (before && component.in_compose).then_some((span.start, at))
        });
        if let Some((_, at)) = defined.max() {
            found.entry(at).or_default().push(finding);
            continue;
        }
        let path = &sources.get(finding.span.source).path;
        let below = |directory: &str| match directory.trim_end_matches('/') {
            "" | "." => true,
            directory => path
                .strip_prefix(directory)
                .is_some_and(|rest| rest.starts_with('/')),
        };
        let depth = |component: &Component| {
            let directory = component.directory.as_deref().filter(|one| below(one))?;
            Some(directory.len())
        };
        let Some(nearest) = components.iter().filter_map(depth).max() else {
            continue;
        };
        for (at, component) in components.iter().enumerate() {
            if depth(component) == Some(nearest) {
                found.entry(at).or_default().push(finding);
            }
        }
    }
    found
}

fn place(sources: &Sources, evidence: &Evidence, options: &SvgOptions) -> PlaceData {
    match evidence.span() {
        Some(span) => source_place(sources, span, options),
        None => {
            let (file, line) = location(sources, evidence.place);
            PlaceData {
                file,
                line,
                href: None,
                reason: None,
                rule: None,
                severity: None,
                message: None,
            }
        }
    }
}

fn source_place(sources: &Sources, span: Span, options: &SvgOptions) -> PlaceData {
    let source = sources.get(span.source);
    let line = source.line(span.start);
    let target = format!("{}{}#L{line}", options.link_base, url_path(&source.path));
    PlaceData {
        file: source.path.clone(),
        line,
        href: Some(target),
        reason: None,
        rule: None,
        severity: None,
        message: None,
    }
}

#[cfg(test)]
mod tests {
    use super::{SCRIPT, SCRIPT_HASH};
    use base64::Engine;
    use sha2::Digest;

    #[test]
    fn the_script_may_run() {
        let hash = sha2::Sha256::digest(SCRIPT);
        let hash = base64::engine::general_purpose::STANDARD.encode(hash);
        assert_eq!(SCRIPT_HASH, format!("sha256-{hash}"));
        assert!(!SCRIPT.contains("</script") && !SCRIPT.contains("innerHTML"));
    }
}
