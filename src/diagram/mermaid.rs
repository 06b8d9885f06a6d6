//! Mermaid flowcharts in the subset that GitHub, GitLab and Azure DevOps render: `graph`, no
//! directives, no front matter, no links, quoted labels only.

use super::facts::Facts;
use super::graph::{Graph, LineStyle, Node, NodeKind};
use super::layout::Reading;
use super::palette::{Class, UNGUARDED};
use crate::escape::{identifier, mermaid as quote};
use crate::model::ComponentKind;
use petgraph::visit::{EdgeRef, IntoEdgeReferences};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Viewers refuse a chart with more edges than this; a chart cannot raise it (Mermaid, "maxEdges").
const MOST_EDGES: usize = 500;

/// Viewers refuse a longer text; a chart cannot raise it (Mermaid, "maxTextSize").
const MOST_CHARACTERS: usize = 50_000;

/// The picture.
#[must_use]
pub fn render(graph: &Graph<'_>, reading: Reading) -> String {
    let direction = match reading {
        Reading::Right => "LR",
        Reading::Down => "TB",
    };
    let mut out = format!("graph {direction}\n");
    write_members(graph, None, 1, &mut out);
    let mut unguarded = Vec::new();
    for (at, edge) in graph.graph.edge_references().enumerate() {
        let (from, to) = (&graph.graph[edge.source()], &graph.graph[edge.target()]);
        let arrow = match edge.weight().style() {
            LineStyle::Solid => "-->",
            LineStyle::Dashed | LineStyle::Dotted => "-.->",
            LineStyle::Thick => "==>",
        };
        let label = &edge.weight().label;
        let label = if label.is_empty() {
            String::new()
        } else {
            format!("|\"{}\"|", quote(label))
        };
        if edge.weight().unguarded {
            unguarded.push(at.to_string());
        }
        let _ = writeln!(
            out,
            "  {} {arrow}{label} {}",
            identifier(&from.id),
            identifier(&to.id)
        );
    }
    let mut members: BTreeMap<Class, Vec<String>> = BTreeMap::new();
    for node in graph.groups.iter().flat_map(|group| &group.nodes) {
        let node = &graph.graph[*node];
        let of_class = members.entry(Class::of(node.kind)).or_default();
        of_class.push(identifier(&node.id));
    }
    for (class, nodes) in members {
        let (name, colours) = (class.name(), class.colours());
        let dashes = if class == Class::Outside {
            ",stroke-dasharray:4 3"
        } else {
            ""
        };
        let style = format!(
            "fill:{},stroke:{},color:{}{dashes}",
            colours.fill, colours.line, colours.text
        );
        let _ = writeln!(
            out,
            "  classDef {name} {style}\n  class {} {name}",
            nodes.join(",")
        );
    }
    if !unguarded.is_empty() {
        let lines = unguarded.join(",");
        let _ = writeln!(out, "  linkStyle {lines} stroke:{UNGUARDED}");
    }
    let _ = writeln!(out, "  %% {}", Facts::of(graph).line());
    out
}

/// Why viewers refuse a chart; none for one that they take.
#[must_use]
pub fn refused(graph: &Graph<'_>, text: &str) -> Option<String> {
    let (edges, length) = (graph.graph.edge_count(), text.chars().count());
    if edges > MOST_EDGES {
        return Some(format!("{edges} edges, of {MOST_EDGES} that viewers take"));
    }
    (length > MOST_CHARACTERS)
        .then(|| format!("{length} characters, of {MOST_CHARACTERS} that viewers take"))
}

/// What is in a group (none: the picture), and the groups in it.
fn write_members(graph: &Graph<'_>, of: Option<usize>, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    for node in graph.members(of) {
        let node = &graph.graph[node];
        let _ = writeln!(out, "{indent}{}{}", identifier(&node.id), shape(node));
    }
    for group in graph.groups_in(of) {
        let name = quote(&graph.groups[group].name);
        let _ = writeln!(out, "{indent}subgraph g{group}[\"{name}\"]");
        write_members(graph, Some(group), depth + 1, out);
        let _ = writeln!(out, "{indent}end");
    }
}

fn shape(node: &Node<'_>) -> String {
    let mut label = quote(&node.label);
    let second = node.technology.as_deref();
    let second = second.filter(|technology| **technology != *node.label);
    for line in second.into_iter().chain(node.note.as_deref()) {
        let _ = write!(label, "<br/>{}", quote(line));
    }
    let NodeKind::Component(kind) = node.kind else {
        return format!("[[\"{label}\"]]");
    };
    let (open, close) = match kind {
        ComponentKind::Service | ComponentKind::Ui => ("(", ")"),
        ComponentKind::Worker | ComponentKind::Batch | ComponentKind::InitJob => ("[[", "]]"),
        ComponentKind::Gateway => ("{{", "}}"),
        ComponentKind::Database
        | ComponentKind::Cache
        | ComponentKind::Warehouse
        | ComponentKind::ObjectStore
        | ComponentKind::Search => ("[(", ")]"),
        ComponentKind::Queue | ComponentKind::Topic | ComponentKind::Scheduler => ("([", "])"),
        ComponentKind::StreamProcessor => ("[/", "/]"),
        ComponentKind::External | ComponentKind::Observability | ComponentKind::Coordination => {
            ("[", "]")
        }
    };
    format!("{open}\"{label}\"{close}")
}
