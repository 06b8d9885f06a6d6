//! PlantUML: plain component diagrams that need no library, or containers of the C4 model from the
//! library that PlantUML brings along. Nothing is included from elsewhere.

use super::facts::Facts;
use super::graph::{Edge, Graph, LineStyle, Node, NodeKind};
use super::layout::Reading;
use super::palette::{Class, UNGUARDED};
use crate::escape::{identifier, plantuml as quote};
use crate::model::ComponentKind;
use petgraph::visit::{EdgeRef, IntoEdgeReferences};
use std::fmt::Write;

/// The shapes that are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flavour {
    /// Databases, queues, components.
    #[default]
    Plain,
    /// Containers in the C4 model (c4model.com, "container diagram").
    C4,
}

/// The picture.
#[must_use]
pub fn render(graph: &Graph<'_>, title: &str, reading: Reading, flavour: Flavour) -> String {
    let mut out = String::from("@startuml\n");
    if flavour == Flavour::C4 {
        out.push_str("!include <C4/C4_Container>\n");
    }
    out.push_str(match reading {
        Reading::Right => "left to right direction\n",
        Reading::Down => "top to bottom direction\n",
    });
    if !title.is_empty() {
        let _ = writeln!(out, "title {}", quote(title));
    }
    write_members(graph, None, flavour, 0, &mut out);
    for edge in graph.graph.edge_references() {
        let (from, to) = (&graph.graph[edge.source()], &graph.graph[edge.target()]);
        let line = match flavour {
            Flavour::Plain => plain_edge(from, to, edge.weight()),
            Flavour::C4 => c4_edge(from, to, edge.weight()),
        };
        out.push_str(&line);
    }
    let _ = writeln!(out, "' {}\n@enduml", Facts::of(graph).line());
    out
}

/// What is in a group (none: the picture), and the groups in it.
fn write_members(
    graph: &Graph<'_>,
    of: Option<usize>,
    flavour: Flavour,
    depth: usize,
    out: &mut String,
) {
    let indent = "  ".repeat(depth);
    for node in graph.members(of) {
        let node = &graph.graph[node];
        let line = match flavour {
            Flavour::Plain => plain_node(node),
            Flavour::C4 => c4_node(node),
        };
        let _ = writeln!(out, "{indent}{line}");
    }
    for group in graph.groups_in(of) {
        let name = quote(&graph.groups[group].name);
        let _ = match flavour {
            Flavour::Plain => writeln!(out, "{indent}package \"{name}\" as g{group} {{"),
            Flavour::C4 => writeln!(out, "{indent}Boundary(g{group}, \"{name}\") {{"),
        };
        write_members(graph, Some(group), flavour, depth + 1, out);
        let _ = writeln!(out, "{indent}}}");
    }
}

fn plain_node(node: &Node<'_>) -> String {
    use ComponentKind::{
        Batch, Cache, Database, External, Gateway, InitJob, ObjectStore, Queue, Search, Topic,
        Warehouse, Worker,
    };
    let shape = match node.kind {
        NodeKind::Group => "folder",
        NodeKind::Component(kind) => match kind {
            Database | Cache | Warehouse | Search => "database",
            ObjectStore => "storage",
            Queue | Topic => "queue",
            Worker | Batch | InitJob => "component",
            Gateway => "node",
            External => "cloud",
            _ => "rectangle",
        },
    };
    let mut label = quote(&node.label);
    let subtitle = node.subtitle();
    for line in [Some(subtitle), node.note.as_deref()].into_iter().flatten() {
        let _ = write!(label, "\\n{}", quote(line));
    }
    let colours = Class::of(node.kind).colours();
    let id = identifier(&node.id);
    format!(
        "{shape} \"{label}\" as {id} {};line:{}",
        colours.fill,
        colours.line.trim_start_matches('#')
    )
}

fn plain_edge(from: &Node<'_>, to: &Node<'_>, edge: &Edge<'_>) -> String {
    let mut style: Vec<&str> = Vec::new();
    if edge.unguarded {
        style.push(UNGUARDED);
    }
    match edge.style() {
        LineStyle::Solid => {}
        LineStyle::Dashed => style.push("dashed"),
        LineStyle::Dotted => style.push("dotted"),
        LineStyle::Thick => style.push("bold"),
    }
    let arrow = match style.is_empty() {
        true => "-->".to_owned(),
        false => format!("-[{}]->", style.join(",")),
    };
    let label = match edge.label.is_empty() {
        true => String::new(),
        false => format!(" : {}", quote(&edge.label)),
    };
    let (from, to) = (identifier(&from.id), identifier(&to.id));
    format!("{from} {arrow} {to}{label}\n")
}

fn c4_node(node: &Node<'_>) -> String {
    use ComponentKind::{Cache, Database, External, ObjectStore, Queue, Search, Topic, Warehouse};
    let element = match node.kind {
        NodeKind::Group => "System",
        NodeKind::Component(External) => "System_Ext",
        NodeKind::Component(Database | Cache | Warehouse | Search | ObjectStore) => "ContainerDb",
        NodeKind::Component(Queue | Topic) => "ContainerQueue",
        NodeKind::Component(_) => "Container",
    };
    let (id, label) = (identifier(&node.id), quote(&node.label));
    let technology = quote(node.technology.as_deref().unwrap_or_default());
    let mut what = quote(node.kind.name());
    if let Some(note) = &node.note {
        let _ = write!(what, " {}", quote(note));
    }
    match element {
        // A system has no technology.
        "System" => format!("{element}({id}, \"{label}\", \"{technology}\")"),
        "System_Ext" => format!("{element}({id}, \"{label}\", \"{what}\")"),
        _ => format!("{element}({id}, \"{label}\", \"{technology}\", \"{what}\")"),
    }
}

fn c4_edge(from: &Node<'_>, to: &Node<'_>, edge: &Edge<'_>) -> String {
    let label = match edge.label.is_empty() {
        true => "calls",
        false => &*edge.label,
    };
    let guards = match edge.unguarded {
        true => ", \"without timeout or breaker\"",
        false => "",
    };
    format!(
        "Rel({}, {}, \"{}\"{guards})\n",
        identifier(&from.id),
        identifier(&to.id),
        quote(label)
    )
}
