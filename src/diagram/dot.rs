//! DOT through graphviz-rust's document model. The model prints what it is given, so every string
//! goes through one quoting function.

use super::graph::{Edge, Graph, LineStyle, Node};
use super::palette::Class;
use crate::escape::{dot as quote, identifier};
use crate::model::ComponentKind;
use graphviz_rust::dot_structures::{
    Attribute, Edge as DotEdge, EdgeTy, Graph as DotGraph, GraphAttributes, Id, Node as DotNode,
    NodeId, Stmt, Subgraph, Vertex,
};
use graphviz_rust::printer::{DotPrinter, PrinterContext};
use petgraph::visit::{EdgeRef, IntoEdgeReferences};

/// The picture.
#[must_use]
pub fn render(graph: &Graph<'_>) -> String {
    let mut statements = vec![
        Stmt::Attribute(attribute("rankdir", "LR")),
        Stmt::Attribute(attribute("compound", "true")),
        Stmt::GAttribute(GraphAttributes::Node(vec![attribute(
            "fontname",
            "Helvetica",
        )])),
        Stmt::GAttribute(GraphAttributes::Edge(vec![
            attribute("fontname", "Helvetica"),
            attribute("fontsize", "10"),
        ])),
    ];
    for (index, group) in graph.groups.iter().enumerate() {
        let nodes: Vec<Stmt> = group
            .nodes
            .iter()
            .map(|node| Stmt::Node(node_statement(&graph.graph[*node])))
            .collect();
        if group.name.is_empty() {
            statements.extend(nodes);
        } else {
            let mut inside = vec![Stmt::Attribute(attribute("label", &group.name))];
            inside.extend(nodes);
            statements.push(Stmt::Subgraph(Subgraph {
                id: Id::Plain(format!("cluster_{index}")),
                stmts: inside,
            }));
        }
    }
    for edge in graph.graph.edge_references() {
        let (from, to) = (&graph.graph[edge.source()], &graph.graph[edge.target()]);
        statements.push(Stmt::Edge(edge_statement(from, to, edge.weight())));
    }
    let document = DotGraph::DiGraph {
        id: Id::Plain("architecture".to_owned()),
        strict: false,
        stmts: statements,
    };
    document.print(&mut PrinterContext::default()) + "\n"
}

fn attribute(name: &str, value: &str) -> Attribute {
    Attribute(Id::Plain(name.to_owned()), Id::Escaped(quote(value)))
}

fn node_id(node: &Node<'_>) -> NodeId {
    NodeId(Id::Plain(identifier(node.id)), None)
}

fn node_statement(node: &Node<'_>) -> DotNode {
    let shape = match node.kind {
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
    };
    let technology = node.technology.map_or_else(
        || node.kind.name().to_owned(),
        |t| format!("{} ({t})", node.kind.name()),
    );
    let class = Class::of(node.kind);
    let colours = class.colours();
    let style = match class {
        Class::Outside => "filled,dashed",
        _ if shape == "box" => "filled,rounded",
        _ => "filled",
    };
    let attributes = vec![
        attribute("label", node.label),
        attribute("shape", shape),
        attribute("style", style),
        attribute("fillcolor", colours.fill),
        attribute("color", colours.line),
        attribute("fontcolor", colours.text),
        attribute("tooltip", &technology),
    ];
    DotNode::new(node_id(node), attributes)
}

fn edge_statement(from: &Node<'_>, to: &Node<'_>, edge: &Edge<'_>) -> DotEdge {
    let mut attributes = Vec::new();
    if !edge.label().is_empty() {
        attributes.push(attribute("label", edge.label()));
    }
    match edge.style() {
        LineStyle::Solid => {}
        LineStyle::Dashed => attributes.push(attribute("style", "dashed")),
        LineStyle::Dotted => attributes.push(attribute("style", "dotted")),
        LineStyle::Thick => attributes.push(attribute("penwidth", "3")),
    }
    DotEdge {
        ty: EdgeTy::Pair(Vertex::N(node_id(from)), Vertex::N(node_id(to))),
        attributes,
    }
}
