//! draw.io (diagrams.net), uncompressed, with the places and corners of our own layout, so that
//! people can go on editing. Labels are plain text (`html=0`); there are no links and no pictures.

use super::drawing::{Drawing, OldPlaces, lines};
use super::facts::Facts;
use super::graph::{Edge, Graph, LineStyle, Node, NodeKind};
use super::layout::{Reading, Rect, Route};
use super::palette::{Class, UNGUARDED};
use crate::escape::{html as escape, identifier, label as plain};
use crate::model::ComponentKind;
use std::fmt::Write;

/// The document.
#[must_use]
pub fn render(graph: &Graph<'_>, title: &str, reading: Reading, old: &OldPlaces) -> String {
    let drawing = Drawing::new(graph, reading, old);
    let name = match title.is_empty() {
        true => "Architecture".to_owned(),
        false => escape(&plain(title)),
    };
    let mut out = format!(
        "<mxfile host=\"seaworthy\">\n<!-- {} -->\n<diagram id=\"architecture\" name=\"{name}\">\n<mxGraphModel grid=\"1\" gridSize=\"10\" guides=\"1\" connect=\"1\" arrows=\"1\" page=\"0\" math=\"0\">\n<root>\n<mxCell id=\"0\"/>\n<mxCell id=\"1\" parent=\"0\"/>\n",
        // `->` has no place in a comment; the line has `>` after digits only.
        Facts::of(graph).line()
    );
    for (at, area) in drawing.layout.clusters.iter().enumerate() {
        let Some(area) = area else { continue };
        let (parent, area) = within(&drawing, drawing.parents[at], area);
        let _ = writeln!(
            out,
            "<mxCell id=\"g{at}\" value=\"{}\" style=\"rounded=1;arcSize=3;html=0;container=1;collapsible=0;verticalAlign=top;align=left;spacingLeft=8;fontStyle=1;fillColor=#f8f9fa;strokeColor=#c4c8cd;fontColor=#202124;\" vertex=\"1\" parent=\"{parent}\">{}</mxCell>",
            escape(&plain(drawing.clusters[at])),
            geometry(&area)
        );
    }
    for (at, area) in drawing.layout.nodes.iter().enumerate() {
        let node = drawing.node(at);
        let (parent, area) = within(&drawing, drawing.cluster_of[at], area);
        let (name, second, note) = lines(node);
        let text: Vec<String> = [Some(name), Some(second), note]
            .into_iter()
            .flatten()
            .map(|line| escape(&line))
            .collect();
        let _ = writeln!(
            out,
            "<mxCell id=\"{}\" value=\"{}\" style=\"{}\" vertex=\"1\" parent=\"{parent}\">{}</mxCell>",
            identifier(&node.id),
            text.join("&#10;"),
            node_style(node),
            geometry(&area)
        );
    }
    for (at, (from, to, edge)) in drawing.edges.iter().enumerate() {
        let route = &drawing.layout.edges[at];
        let ends = (&drawing.layout.nodes[*from], &drawing.layout.nodes[*to]);
        let _ = writeln!(
            out,
            "<mxCell id=\"e{at}\" value=\"{}\" style=\"{}{}\" edge=\"1\" parent=\"1\" source=\"{}\" target=\"{}\"><mxGeometry relative=\"1\" as=\"geometry\">{}</mxGeometry></mxCell>",
            escape(&plain(&edge.label)),
            edge_style(edge),
            ports(route, ends),
            identifier(&drawing.node(*from).id),
            identifier(&drawing.node(*to).id),
            corners(route)
        );
    }
    out.push_str("</root>\n</mxGraphModel>\n</diagram>\n</mxfile>\n");
    out
}

/// What a cell is in, and where it is there.
fn within(drawing: &Drawing<'_, '_>, parent: Option<usize>, area: &Rect) -> (String, Rect) {
    let outer = parent.and_then(|at| Some((at, drawing.layout.clusters[at]?)));
    match outer {
        None => ("1".to_owned(), *area),
        Some((at, outer)) => {
            let inside = Rect {
                x: area.x - outer.x,
                y: area.y - outer.y,
                ..*area
            };
            (format!("g{at}"), inside)
        }
    }
}

fn geometry(area: &Rect) -> String {
    format!(
        "<mxGeometry x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" as=\"geometry\"/>",
        area.x, area.y, area.width, area.height
    )
}

/// The corners of a line, without its ends.
fn corners(route: &Route) -> String {
    let inner = route.points.len().saturating_sub(1);
    let corners = route.points.get(1..inner).unwrap_or_default();
    if corners.is_empty() {
        return String::new();
    }
    let mut out = String::from("<Array as=\"points\">");
    for (x, y) in corners {
        let _ = write!(out, "<mxPoint x=\"{x:.1}\" y=\"{y:.1}\"/>");
    }
    out.push_str("</Array>");
    out
}

/// Where a line leaves one box and enters the other, as shares of their sides.
fn ports(route: &Route, (from, to): (&Rect, &Rect)) -> String {
    let (Some(start), Some(end)) = (route.points.first(), route.points.last()) else {
        return String::new();
    };
    let share = |value: f64, low: f64, size: f64| ((value - low) / size.max(1.0)).clamp(0.0, 1.0);
    format!(
        "exitX={:.3};exitY={:.3};exitDx=0;exitDy=0;entryX={:.3};entryY={:.3};entryDx=0;entryDy=0;",
        share(start.0, from.x, from.width),
        share(start.1, from.y, from.height),
        share(end.0, to.x, to.width),
        share(end.1, to.y, to.height)
    )
}

fn node_style(node: &Node<'_>) -> String {
    use ComponentKind::{
        Batch, Cache, Database, Gateway, InitJob, ObjectStore, Queue, Scheduler, Search,
        StreamProcessor, Topic, Warehouse, Worker,
    };
    let shape = match node.kind {
        NodeKind::Group => "shape=cube;size=6;",
        NodeKind::Component(kind) => match kind {
            Database | Cache | Warehouse | Search => "shape=cylinder3;boundedLbl=1;size=6;",
            ObjectStore => "shape=trapezoid;flipV=1;fixedSize=1;size=7;",
            Queue | Topic => "shape=cylinder3;direction=south;boundedLbl=1;size=6;",
            Worker | Batch | InitJob => "shape=process;size=0.04;",
            Gateway => "shape=hexagon;fixedSize=1;size=12;",
            StreamProcessor => "shape=step;fixedSize=1;size=12;",
            Scheduler => "rounded=1;arcSize=50;",
            _ => "rounded=1;arcSize=14;",
        },
    };
    let class = Class::of(node.kind);
    let colours = class.colours();
    let dashed = if class == Class::Outside {
        "dashed=1;"
    } else {
        ""
    };
    format!(
        "{shape}{dashed}html=0;whiteSpace=wrap;fillColor={};strokeColor={};fontColor={};",
        colours.fill, colours.line, colours.text
    )
}

fn edge_style(edge: &Edge<'_>) -> String {
    let line = match edge.style() {
        LineStyle::Solid => "",
        LineStyle::Dashed => "dashed=1;",
        LineStyle::Dotted => "dashed=1;dashPattern=1 3;",
        LineStyle::Thick => "strokeWidth=3;",
    };
    let colour = match edge.unguarded {
        true => format!("strokeColor={UNGUARDED};"),
        false => String::new(),
    };
    format!(
        "edgeStyle=orthogonalEdgeStyle;rounded=1;html=0;endArrow=block;endFill=1;{line}{colour}"
    )
}
