//! D2: containers, shapes and line styles; no Markdown blocks and no imports, which could read.

use super::facts::Facts;
use super::graph::{Graph, LineStyle, Node, NodeKind};
use super::layout::Reading;
use super::palette::{Class, UNGUARDED};
use crate::escape::{d2 as quote, identifier};
use crate::model::ComponentKind;
use petgraph::stable_graph::NodeIndex;
use petgraph::visit::{EdgeRef, IntoEdgeReferences};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The picture.
#[must_use]
pub fn render(graph: &Graph<'_>, title: &str, reading: Reading) -> String {
    let direction = match reading {
        Reading::Right => "right",
        Reading::Down => "down",
    };
    let mut out = format!("direction: {direction}\n");
    if !title.is_empty() {
        let _ = writeln!(
            out,
            "title: \"{}\" {{shape: text; near: top-center; style.font-size: 24}}",
            quote(title)
        );
    }
    let mut paths = BTreeMap::new();
    write_members(graph, None, "", &mut paths, &mut out);
    for edge in graph.graph.edge_references() {
        let (from, to, edge) = (
            &paths[&edge.source()],
            &paths[&edge.target()],
            edge.weight(),
        );
        let mut styles = Vec::new();
        match edge.style() {
            LineStyle::Solid => {}
            LineStyle::Dashed => styles.push("style.stroke-dash: 5".to_owned()),
            LineStyle::Dotted => styles.push("style.stroke-dash: 2".to_owned()),
            LineStyle::Thick => styles.push("style.stroke-width: 5".to_owned()),
        }
        if edge.unguarded {
            styles.push(format!("style.stroke: \"{UNGUARDED}\""));
        }
        let label = match edge.label.is_empty() {
            true => String::new(),
            false => format!(" \"{}\"", quote(&edge.label)),
        };
        let style = match styles.is_empty() {
            true => String::new(),
            false => format!(" {{{}}}", styles.join("; ")),
        };
        let colon = if label.is_empty() && style.is_empty() {
            ""
        } else {
            ":"
        };
        let _ = writeln!(out, "{from} -> {to}{colon}{label}{style}");
    }
    let _ = writeln!(out, "# {}", Facts::of(graph).line());
    out
}

/// What is in a group (none: the picture), and the groups in it; a node is named by its groups too.
fn write_members(
    graph: &Graph<'_>,
    of: Option<usize>,
    path: &str,
    paths: &mut BTreeMap<NodeIndex, String>,
    out: &mut String,
) {
    let indent = "  ".repeat(path.matches('.').count());
    for index in graph.members(of) {
        let node = &graph.graph[index];
        let id = identifier(&node.id);
        let _ = writeln!(out, "{indent}{id}: {}", shape(node));
        paths.insert(index, format!("{path}{id}"));
    }
    for group in graph.groups_in(of) {
        let name = quote(&graph.groups[group].name);
        let _ = writeln!(out, "{indent}g{group}: \"{name}\" {{");
        write_members(graph, Some(group), &format!("{path}g{group}."), paths, out);
        let _ = writeln!(out, "{indent}}}");
    }
}

fn shape(node: &Node<'_>) -> String {
    use ComponentKind::{
        Cache, Database, External, Gateway, ObjectStore, Queue, Scheduler, Search, StreamProcessor,
        Topic, Warehouse,
    };
    let shape = match node.kind {
        NodeKind::Group => "package",
        NodeKind::Component(kind) => match kind {
            Database | Cache | Warehouse | Search => "cylinder",
            ObjectStore => "stored_data",
            Queue | Topic => "queue",
            Gateway => "hexagon",
            Scheduler => "oval",
            StreamProcessor => "step",
            External => "cloud",
            _ => "rectangle",
        },
    };
    let subtitle = node.subtitle();
    let lines = [Some(&*node.label), Some(subtitle), node.note.as_deref()];
    let lines: Vec<String> = lines.into_iter().flatten().map(quote).collect();
    let colours = Class::of(node.kind).colours();
    format!(
        "\"{}\" {{shape: {shape}; style.fill: \"{}\"; style.stroke: \"{}\"; style.font-color: \"{}\"}}",
        lines.join("\\n"),
        colours.fill,
        colours.line,
        colours.text
    )
}
