//! DOT through graphviz-rust's document model. The model prints what it is given, so every string
//! goes through one quoting function.

use super::facts::Facts;
use super::graph::{Edge, Graph, LineStyle, Node, NodeKind};
use super::layout::Reading;
use super::palette::{Class, UNGUARDED};
use crate::escape::{dot as quote, dot_lines, identifier};
use crate::model::ComponentKind;
use graphviz_rust::dot_structures::{
    Attribute, Edge as DotEdge, EdgeTy, Graph as DotGraph, GraphAttributes, Id, Node as DotNode,
    NodeId, Stmt, Subgraph, Vertex,
};
use graphviz_rust::printer::{DotPrinter, PrinterContext};
use petgraph::visit::{EdgeRef, IntoEdgeReferences};

/// The picture.
#[must_use]
pub fn render(graph: &Graph<'_>, title: &str, reading: Reading) -> String {
    let direction = match reading {
        Reading::Right => "LR",
        Reading::Down => "TB",
    };
    let mut statements = vec![
        Stmt::Attribute(attribute("rankdir", direction)),
        Stmt::Attribute(attribute("compound", "true")),
        Stmt::Attribute(attribute("fontname", "Helvetica")),
        Stmt::GAttribute(GraphAttributes::Node(vec![attribute(
            "fontname",
            "Helvetica",
        )])),
        Stmt::GAttribute(GraphAttributes::Edge(vec![
            attribute("fontname", "Helvetica"),
            attribute("fontsize", "10"),
        ])),
    ];
    if !title.is_empty() {
        statements.push(Stmt::Attribute(attribute("label", title)));
        statements.push(Stmt::Attribute(attribute("labelloc", "t")));
    }
    statements.extend(members(graph, None));
    for edge in graph.graph.edge_references() {
        statements.push(Stmt::Edge(edge_statement(
            &graph.graph[edge.source()],
            &graph.graph[edge.target()],
            edge.weight(),
        )));
    }
    let document = DotGraph::DiGraph {
        id: Id::Plain("architecture".to_owned()),
        strict: false,
        stmts: statements,
    };
    let text = document.print(&mut PrinterContext::default());
    format!("// {}\n{text}\n", Facts::of(graph).line())
}

/// What is in a group (none: the picture), and the groups in it.
fn members(graph: &Graph<'_>, of: Option<usize>) -> Vec<Stmt> {
    let nodes = graph
        .members(of)
        .map(|node| Stmt::Node(node_statement(&graph.graph[node])));
    let groups = graph.groups_in(of).map(|group| {
        let mut inside = vec![Stmt::Attribute(attribute(
            "label",
            &graph.groups[group].name,
        ))];
        inside.extend(members(graph, Some(group)));
        Stmt::Subgraph(Subgraph {
            id: Id::Plain(format!("cluster_{group}")),
            stmts: inside,
        })
    });
    nodes.chain(groups).collect()
}

fn attribute(name: &str, value: &str) -> Attribute {
    Attribute(Id::Plain(name.to_owned()), Id::Escaped(quote(value)))
}

fn node_id(node: &Node<'_>) -> NodeId {
    NodeId(Id::Plain(identifier(&node.id)), None)
}

fn shape(kind: NodeKind) -> &'static str {
    let NodeKind::Component(kind) = kind else {
        return "box3d";
    };
    match kind {
        ComponentKind::Database
        | ComponentKind::Cache
        | ComponentKind::Warehouse
        | ComponentKind::Search => "cylinder",
        ComponentKind::ObjectStore => "folder",
        ComponentKind::Queue | ComponentKind::Topic | ComponentKind::StreamProcessor => "cds",
        ComponentKind::Gateway => "hexagon",
        ComponentKind::Worker | ComponentKind::Batch | ComponentKind::InitJob => "component",
        ComponentKind::Scheduler => "oval",
        ComponentKind::Service
        | ComponentKind::External
        | ComponentKind::Observability
        | ComponentKind::Coordination
        | ComponentKind::Ui => "box",
    }
}

fn node_statement(node: &Node<'_>) -> DotNode {
    let shape = shape(node.kind);
    let class = Class::of(node.kind);
    let colours = class.colours();
    let style = match class {
        Class::Outside => "filled,dashed",
        _ if shape == "box" => "filled,rounded",
        _ => "filled",
    };
    let subtitle = node.subtitle();
    let lines = [Some(&*node.label), Some(subtitle), node.note.as_deref()];
    let label = Attribute(
        Id::Plain("label".to_owned()),
        Id::Escaped(dot_lines(lines.into_iter().flatten())),
    );
    let attributes = vec![
        label,
        attribute("shape", shape),
        attribute("style", style),
        attribute("fillcolor", colours.fill),
        attribute("color", colours.line),
        attribute("fontcolor", colours.text),
        attribute("tooltip", &node.id),
    ];
    DotNode::new(node_id(node), attributes)
}

fn edge_statement(from: &Node<'_>, to: &Node<'_>, edge: &Edge<'_>) -> DotEdge {
    let mut attributes = Vec::new();
    if !edge.label.is_empty() {
        attributes.push(attribute("label", &edge.label));
    }
    match edge.style() {
        LineStyle::Solid => {}
        LineStyle::Dashed => attributes.push(attribute("style", "dashed")),
        LineStyle::Dotted => attributes.push(attribute("style", "dotted")),
        LineStyle::Thick => attributes.push(attribute("penwidth", "3")),
    }
    if edge.unguarded {
        attributes.push(attribute("color", UNGUARDED));
        attributes.push(attribute("tooltip", "without timeout or breaker"));
    }
    DotEdge {
        ty: EdgeTy::Pair(Vertex::N(node_id(from)), Vertex::N(node_id(to))),
        attributes,
    }
}
