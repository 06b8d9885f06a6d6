//! Mermaid flowcharts in the subset that GitHub, GitLab and Azure DevOps render: no directives, no
//! links, quoted labels only.

use super::graph::{Graph, LineStyle, Node};
use super::palette::Class;
use crate::escape::{identifier, mermaid as quote};
use crate::model::ComponentKind;
use petgraph::visit::{EdgeRef, IntoEdgeReferences};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The picture.
#[must_use]
pub fn render(graph: &Graph<'_>) -> String {
    let mut out = String::from("flowchart LR\n");
    let mut members: BTreeMap<Class, Vec<String>> = BTreeMap::new();
    for (index, group) in graph.groups.iter().enumerate() {
        let indent = if group.name.is_empty() { "  " } else { "    " };
        if !group.name.is_empty() {
            let _ = writeln!(out, "  subgraph g{index}[\"{}\"]", quote(&group.name));
        }
        for node in &group.nodes {
            let node = &graph.graph[*node];
            let _ = writeln!(out, "{indent}{}{}", identifier(node.id), shape(node));
            members
                .entry(Class::of(node.kind))
                .or_default()
                .push(identifier(node.id));
        }
        if !group.name.is_empty() {
            out.push_str("  end\n");
        }
    }
    for edge in graph.graph.edge_references() {
        let (from, to) = (&graph.graph[edge.source()], &graph.graph[edge.target()]);
        let arrow = match edge.weight().style() {
            LineStyle::Solid => "-->",
            LineStyle::Dashed | LineStyle::Dotted => "-.->",
            LineStyle::Thick => "==>",
        };
        let label = edge.weight().label();
        let label = if label.is_empty() {
            String::new()
        } else {
            format!("|\"{}\"|", quote(label))
        };
        let _ = writeln!(
            out,
            "  {} {arrow}{label} {}",
            identifier(from.id),
            identifier(to.id)
        );
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
    out
}

fn shape(node: &Node<'_>) -> String {
    let mut label = quote(node.label);
    if let Some(technology) = node
        .technology
        .filter(|technology| *technology != node.label)
    {
        let _ = write!(label, "<br/>{}", quote(technology));
    }
    let (open, close) = match node.kind {
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
