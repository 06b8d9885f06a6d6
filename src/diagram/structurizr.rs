//! The Structurizr DSL: components as containers of one software system in the C4 model, what
//! belongs to others as systems of their own (docs.structurizr.com, "DSL reference").

use super::facts::Facts;
use super::graph::{Graph, LineStyle, Node, NodeKind};
use super::layout::Reading;
use super::palette::{Class, UNGUARDED};
use crate::escape::{identifier, structurizr as quote};
use crate::model::ComponentKind;
use petgraph::visit::{EdgeRef, IntoEdgeReferences};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The workspace.
#[must_use]
pub fn render(graph: &Graph<'_>, title: &str, reading: Reading) -> String {
    let name = match title.is_empty() {
        true => "System",
        false => title,
    };
    let mut out = format!("workspace \"{}\" {{\n  model {{\n", quote(name));
    if graph.groups.iter().any(|group| group.parent.is_some()) {
        out.push_str("    properties {\n      \"structurizr.groupSeparator\" \"|\"\n    }\n");
    }
    let names = names(graph);
    let outside = |node: &Node<'_>| node.kind == NodeKind::Component(ComponentKind::External);
    for node in graph.graph.node_weights().filter(|node| outside(node)) {
        let _ = writeln!(
            out,
            "    {} = softwareSystem \"{}\" \"\" \"outside\"",
            identifier(&node.id),
            names[&*node.id]
        );
    }
    let _ = writeln!(out, "    system = softwareSystem \"{}\" {{", quote(name));
    write_members(graph, None, 3, &names, &mut out);
    out.push_str("    }\n");
    for edge in graph.graph.edge_references() {
        let (from, to, edge) = (
            identifier(&graph.graph[edge.source()].id),
            identifier(&graph.graph[edge.target()].id),
            edge.weight(),
        );
        let label = match edge.label.is_empty() {
            true => "calls",
            false => &*edge.label,
        };
        // No element has a relation to itself in this model.
        if from == to {
            continue;
        }
        let tag = match edge.style() {
            LineStyle::Solid if edge.unguarded => "unguarded",
            LineStyle::Solid => "sync",
            LineStyle::Dashed => "messages",
            LineStyle::Thick => "bulk",
            LineStyle::Dotted => "other",
        };
        let _ = writeln!(
            out,
            "    {from} -> {to} \"{}\" \"\" \"{tag}\"",
            quote(label)
        );
    }
    let direction = match reading {
        Reading::Right => "lr",
        Reading::Down => "tb",
    };
    let _ = writeln!(
        out,
        "  }}\n  views {{\n    container system \"containers\" {{\n      include *\n      autoLayout {direction}\n    }}\n    styles {{"
    );
    for class in Class::ALL {
        let colours = class.colours();
        let _ = writeln!(
            out,
            "      element \"{}\" {{\n        background {}\n        color {}\n        stroke {}\n      }}",
            class.name(),
            colours.fill,
            colours.text,
            colours.line
        );
    }
    for (tag, shape) in [
        ("cylinder", "Cylinder"),
        ("pipe", "Pipe"),
        ("hexagon", "Hexagon"),
    ] {
        let _ = writeln!(
            out,
            "      element \"{tag}\" {{\n        shape {shape}\n      }}"
        );
    }
    for (tag, style) in [
        ("messages", "dashed"),
        ("other", "dotted"),
        ("sync", "solid"),
    ] {
        let _ = writeln!(
            out,
            "      relationship \"{tag}\" {{\n        style {style}\n      }}"
        );
    }
    let _ = writeln!(
        out,
        "      relationship \"bulk\" {{\n        thickness 4\n      }}\n      relationship \"unguarded\" {{\n        color {UNGUARDED}\n        style solid\n      }}\n    }}\n  }}\n}}\n// {}",
        Facts::of(graph).line()
    );
    out
}

/// A name for each node; those that are there twice have their ids with them.
fn names<'g>(graph: &'g Graph<'_>) -> BTreeMap<&'g str, String> {
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for node in graph.graph.node_weights() {
        *count.entry(quote(&node.label)).or_default() += 1;
    }
    let name = |node: &'g Node<'_>| {
        let name = quote(&node.label);
        let name = match count[&name] {
            1 => name,
            _ => format!("{name} ({})", identifier(&node.id)),
        };
        (&*node.id, name)
    };
    graph.graph.node_weights().map(name).collect()
}

/// What is in a group (none: the system), and the groups in it.
fn write_members(
    graph: &Graph<'_>,
    of: Option<usize>,
    depth: usize,
    names: &BTreeMap<&str, String>,
    out: &mut String,
) {
    let indent = "  ".repeat(depth);
    for index in graph.members(of) {
        let node = &graph.graph[index];
        if node.kind == NodeKind::Component(ComponentKind::External) {
            continue;
        }
        let mut description = node.kind.name().to_owned();
        if let Some(note) = &node.note {
            let _ = write!(description, ", {note}");
        }
        let mut tags = Class::of(node.kind).name().to_owned();
        if let Some(shape) = shape(node.kind) {
            let _ = write!(tags, ",{shape}");
        }
        let _ = writeln!(
            out,
            "{indent}{} = container \"{}\" \"{}\" \"{}\" \"{tags}\"",
            identifier(&node.id),
            names[&*node.id],
            quote(&description),
            quote(node.technology.as_deref().unwrap_or_default())
        );
    }
    for group in graph.groups_in(of) {
        let name = quote(&graph.groups[group].name).replace('|', "/");
        let _ = writeln!(out, "{indent}group \"{name}\" {{");
        write_members(graph, Some(group), depth + 1, names, out);
        let _ = writeln!(out, "{indent}}}");
    }
}

fn shape(kind: NodeKind) -> Option<&'static str> {
    use ComponentKind::{Cache, Database, Gateway, ObjectStore, Queue, Search, Topic, Warehouse};
    match kind {
        NodeKind::Component(Database | Cache | Warehouse | Search | ObjectStore) => {
            Some("cylinder")
        }
        NodeKind::Component(Queue | Topic) => Some("pipe"),
        NodeKind::Component(Gateway) => Some("hexagon"),
        _ => None,
    }
}
