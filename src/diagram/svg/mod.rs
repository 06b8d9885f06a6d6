//! SVG, drawn here: no program is run. Only `svg g a path rect text title desc style defs marker
//! metadata` are written, no script, nothing from elsewhere, and no CSS variables, which some viewers
//! paint black. Light and dark follow the reader's setting.

mod shapes;
mod text;

use super::graph::{Edge, Graph, LineStyle, Node};
use super::layout::{
    Layered, Layout, LayoutEngine, Rect, Route, SizedCluster, SizedEdge, SizedGraph, SizedNode,
};
use super::palette::{Class, Colours};
use crate::escape::{html as escape, label as plain, url_path};
use crate::source::Sources;
use petgraph::stable_graph::NodeIndex;
use petgraph::visit::{EdgeRef, IntoEdgeReferences};
use shapes::n;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Font size of names, of the line below them, and of what stands on lines.
const NAME_SIZE: f64 = 13.0;
const SECOND_SIZE: f64 = 11.0;
const LABEL_SIZE: f64 = 10.5;
/// A longer name is cut in its middle; the whole of it is in the tooltip.
const LONGEST_NAME: usize = 34;
/// Space around the picture.
const MARGIN: f64 = 20.0;
/// How round the corners of lines are.
const CORNER: f64 = 6.0;

/// How a picture is written.
#[derive(Clone, Debug, Default)]
pub struct SvgOptions {
    /// The title above it; nothing for none.
    pub title: String,
    /// What leads from the file to the audited directory: empty, or ending in a slash.
    pub link_base: String,
}

/// The picture.
#[must_use]
pub fn render(graph: &Graph<'_>, sources: &Sources, options: &SvgOptions) -> String {
    let drawing = Drawing::new(graph);
    drawing.write(sources, options)
}

/// A graph with its layout.
struct Drawing<'g, 'm> {
    graph: &'g Graph<'m>,
    nodes: Vec<NodeIndex>,
    edges: Vec<(usize, usize, &'g Edge<'m>)>,
    /// The names of the groups that are drawn.
    clusters: Vec<&'g str>,
    layout: Layout,
}

impl<'g, 'm> Drawing<'g, 'm> {
    fn new(graph: &'g Graph<'m>) -> Self {
        let mut nodes = Vec::new();
        let mut clusters: Vec<&str> = Vec::new();
        let mut sized = SizedGraph::default();
        for group in &graph.groups {
            let cluster = (!group.name.is_empty()).then(|| {
                clusters.push(&group.name);
                let title = plain(&group.name);
                sized.clusters.push(SizedCluster {
                    title_width: text::width(&title, SECOND_SIZE) + 8.0,
                });
                clusters.len() - 1
            });
            for node in &group.nodes {
                let (width, height) = size(&graph.graph[*node]);
                sized.nodes.push(SizedNode {
                    width,
                    height,
                    cluster,
                });
                nodes.push(*node);
            }
        }
        let index: BTreeMap<NodeIndex, usize> = nodes
            .iter()
            .enumerate()
            .map(|(at, node)| (*node, at))
            .collect();
        let mut edges = Vec::new();
        for edge in graph.graph.edge_references() {
            let (from, to) = (index[&edge.source()], index[&edge.target()]);
            let label = edge.weight().label();
            sized.edges.push(SizedEdge {
                from,
                to,
                label: (!label.is_empty())
                    .then(|| (text::width(label, LABEL_SIZE) + 10.0, LABEL_SIZE + 6.0)),
            });
            edges.push((from, to, edge.weight()));
        }
        Self {
            layout: Layered.layout(&sized),
            graph,
            nodes,
            edges,
            clusters,
        }
    }

    fn node(&self, at: usize) -> &Node<'m> {
        &self.graph.graph[self.nodes[at]]
    }

    fn write(&self, sources: &Sources, options: &SvgOptions) -> String {
        let legend = self.legend();
        let title_height = if options.title.is_empty() { 0.0 } else { 34.0 };
        let (left, top) = (MARGIN, MARGIN + title_height);
        let width = self.layout.width.max(legend.1).max(120.0) + MARGIN * 2.0;
        let height = top + self.layout.height + 30.0 + MARGIN;
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" role=\"img\" aria-labelledby=\"t d\">\n",
            w = n(width.ceil()),
            h = n(height.ceil())
        );
        let title = match options.title.is_empty() {
            true => "Architecture".to_owned(),
            false => escape(&plain(&options.title)),
        };
        let _ = writeln!(out, "<title id=\"t\">{title}</title>");
        let _ = writeln!(out, "<desc id=\"d\">{}</desc>", escape(&self.in_words()));
        let _ = writeln!(out, "<metadata>{}</metadata>", escape(&self.model()));
        out.push_str(&style());
        out.push_str(&markers());
        let _ = writeln!(
            out,
            "<rect class=\"bg\" width=\"{}\" height=\"{}\"/>",
            n(width.ceil()),
            n(height.ceil())
        );
        if !options.title.is_empty() {
            let _ = writeln!(
                out,
                "<text class=\"h\" x=\"{}\" y=\"{}\">{title}</text>",
                n(left),
                n(MARGIN + 16.0)
            );
        }
        let _ = writeln!(out, "<g transform=\"translate({} {})\">", n(left), n(top));
        for (name, area) in self.clusters.iter().zip(&self.layout.clusters) {
            if let Some(area) = area {
                out.push_str(&cluster(name, area));
            }
        }
        for ((from, to, edge), route) in self.edges.iter().zip(&self.layout.edges) {
            out.push_str(&self.edge(*from, *to, edge, route));
        }
        for at in 0..self.nodes.len() {
            out.push_str(&self.box_of(at, sources, options));
        }
        for ((from, to, edge), route) in self.edges.iter().zip(&self.layout.edges) {
            if let Some(area) = &route.label {
                // A label has the colour of the page or group that it stands on.
                let mut clusters = self.layout.clusters.iter().flatten();
                let on = match clusters.any(|cluster| cluster.overlaps(area, 0.0)) {
                    true => "lb gb",
                    false => "lb",
                };
                let _ = writeln!(
                    out,
                    "<g class=\"e l {}\" data-s=\"{}\" data-t=\"{}\"><rect class=\"{on}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/><text x=\"{}\" y=\"{}\">{}</text></g>",
                    line_class(edge),
                    escape(self.node(*from).id),
                    escape(self.node(*to).id),
                    n(area.x + 2.0),
                    n(area.y + 2.0),
                    n(area.width - 4.0),
                    n(area.height - 4.0),
                    n(area.x + area.width / 2.0),
                    n(area.y + area.height / 2.0 + 3.6),
                    escape(edge.label())
                );
            }
        }
        let _ = writeln!(
            out,
            "<g transform=\"translate(0 {})\">{}</g>\n</g>\n</svg>",
            n(self.layout.height + 26.0),
            legend.0
        );
        out
    }

    /// The picture in words, for those who do not see it.
    fn in_words(&self) -> String {
        let relation = |(from, to, edge): &(usize, usize, &Edge<'_>)| {
            let label = edge.label();
            let label = if label.is_empty() { "calls" } else { label };
            format!(
                "{} {label} {}",
                plain(self.node(*from).label),
                plain(self.node(*to).label)
            )
        };
        let first: Vec<String> = self.edges.iter().take(60).map(relation).collect();
        let more = self.edges.len().saturating_sub(60);
        let more = if more > 0 {
            format!("; and {more} more")
        } else {
            String::new()
        };
        format!(
            "{} components, {} relations: {}{more}.",
            self.nodes.len(),
            self.edges.len(),
            first.join("; ")
        )
    }

    /// What is drawn, for programs that read the picture again.
    fn model(&self) -> String {
        let node = |at: usize| {
            let node = self.node(at);
            serde_json::json!({"id": node.id, "kind": node.kind})
        };
        let edge = |(from, to, edge): &(usize, usize, &Edge<'_>)| {
            serde_json::json!({
                "from": self.node(*from).id, "to": self.node(*to).id, "kind": edge.kind,
            })
        };
        let nodes: Vec<serde_json::Value> = (0..self.nodes.len()).map(node).collect();
        let edges: Vec<serde_json::Value> = self.edges.iter().map(edge).collect();
        serde_json::json!({"version": 1, "nodes": nodes, "edges": edges}).to_string()
    }

    fn edge(&self, from: usize, to: usize, edge: &Edge<'_>, route: &Route) -> String {
        let mut points = route.points.clone();
        if let Some(start) = points.first_mut() {
            self.to_outline(start, from);
        }
        if let Some(end) = points.last_mut() {
            self.to_outline(end, to);
        }
        let d = rounded(&points);
        let class = line_class(edge);
        let marker = if class == "w" { "mw" } else { class };
        let sure = if edge.certain { "" } else { " (likely)" };
        let unguarded = if edge.unguarded {
            ": not guarded on every path"
        } else {
            ""
        };
        let title = format!(
            "{} → {}: {}{sure}{unguarded}",
            plain(self.node(from).label),
            plain(self.node(to).label),
            edge.kind.name()
        );
        format!(
            "<g class=\"e {class}\" data-s=\"{}\" data-t=\"{}\"><title>{}</title><path class=\"halo\" d=\"{d}\"/><path class=\"p\" d=\"{d}\" marker-end=\"url(#m-{marker})\"/></g>\n",
            escape(self.node(from).id),
            escape(self.node(to).id),
            escape(&title),
        )
    }

    /// Moves the end of a line from the box of a node to its outline.
    fn to_outline(&self, point: &mut (f64, f64), node: usize) {
        let area = &self.layout.nodes[node];
        let left = point.0 < area.x + area.width / 2.0;
        let inset = shapes::inset(self.node(node).kind, area, point.1, left);
        point.0 += if left { inset } else { -inset };
    }

    fn box_of(&self, at: usize, sources: &Sources, options: &SvgOptions) -> String {
        let node = self.node(at);
        let area = &self.layout.nodes[at];
        let (name, second) = lines(node);
        let class = Class::of(node.kind).name();
        let middle = area.x + area.width / 2.0;
        let down = shapes::extra_height(node.kind) / 2.0;
        let centre = area.y + area.height / 2.0 + down;
        let mut body = format!(
            "<g class=\"n {class}\" data-id=\"{}\"><title>{}</title>{}",
            escape(node.id),
            escape(&format!("{} ({})", plain(node.label), node.kind.name())),
            shapes::outline(node.kind, area)
        );
        let _ = write!(
            body,
            "<text x=\"{}\" y=\"{}\">{}</text><text class=\"s\" x=\"{}\" y=\"{}\">{}</text></g>",
            n(middle),
            n(centre - 3.0),
            escape(&name),
            n(middle),
            n(centre + 12.0),
            escape(&second)
        );
        let place = node.evidence.iter().find_map(crate::model::Evidence::span);
        match place {
            Some(span) => {
                let source = sources.get(span.source);
                let line = source.line_column(span.start).line;
                let target = format!("{}{}", options.link_base, url_path(&source.path));
                format!("<a href=\"{}#L{line}\">{body}</a>\n", escape(&target))
            }
            None => body + "\n",
        }
    }

    /// The kinds of lines that are there, and how wide that is.
    fn legend(&self) -> (String, f64) {
        let present: BTreeSet<&str> = self
            .edges
            .iter()
            .map(|(.., edge)| line_class(edge))
            .collect();
        let mut out = String::new();
        let mut x = 0.0;
        for (class, name) in [
            ("c", "calls"),
            ("w", "calls without timeout or breaker"),
            ("d", "reads and writes"),
            ("m", "messages, the way they flow"),
            ("b", "loads in bulk"),
            ("o", "starts after, watches, coordinates"),
        ] {
            if !present.contains(class) {
                continue;
            }
            let marker = if class == "w" { "mw" } else { class };
            let _ = write!(
                out,
                "<g class=\"e {class} k\"><path class=\"q\" d=\"M{} 0h30\" marker-end=\"url(#m-{marker})\"/><text x=\"{}\" y=\"3.6\">{name}</text></g>",
                n(x),
                n(x + 38.0)
            );
            x += 38.0 + text::width(name, LABEL_SIZE) + 18.0;
        }
        (out, x)
    }
}

/// What is written in a box.
fn lines(node: &Node<'_>) -> (String, String) {
    let name = text::shortened(&plain(node.label), LONGEST_NAME);
    let second = match node.technology {
        Some(technology) if technology != node.label => {
            format!("{} · {technology}", node.kind.name())
        }
        _ => node.kind.name().to_owned(),
    };
    (name, text::shortened(&plain(&second), LONGEST_NAME))
}

/// Width and height of a box.
fn size(node: &Node<'_>) -> (f64, f64) {
    let (name, second) = lines(node);
    let widest = text::width(&name, NAME_SIZE).max(text::width(&second, SECOND_SIZE));
    (
        (widest + 20.0 + shapes::extra_width(node.kind))
            .max(84.0)
            .ceil(),
        42.0 + shapes::extra_height(node.kind),
    )
}

/// `c` calls, `w` unguarded calls, `d` data, `m` messages, `b` bulk, `o` others.
fn line_class(edge: &Edge<'_>) -> &'static str {
    use crate::model::RelationKind::{Reads, ReadsWrites, Writes};
    match edge.style() {
        LineStyle::Dashed => "m",
        LineStyle::Thick => "b",
        LineStyle::Dotted => "o",
        LineStyle::Solid if matches!(edge.kind, Reads | Writes | ReadsWrites) => "d",
        LineStyle::Solid if edge.unguarded => "w",
        LineStyle::Solid => "c",
    }
}

/// A line through its corners, which are rounded.
fn rounded(points: &[(f64, f64)]) -> String {
    let Some((first, rest)) = points.split_first() else {
        return String::new();
    };
    let mut d = format!("M{} {}", n(first.0), n(first.1));
    let mut before = *first;
    for (index, point) in rest.iter().enumerate() {
        let Some(next) = rest.get(index + 1) else {
            let _ = write!(d, "L{} {}", n(point.0), n(point.1));
            break;
        };
        let length = |a: (f64, f64), b: (f64, f64)| (a.0 - b.0).abs() + (a.1 - b.1).abs();
        let radius = CORNER
            .min(length(before, *point) / 2.0)
            .min(length(*point, *next) / 2.0);
        let towards = |from: (f64, f64), to: (f64, f64)| {
            let whole = length(from, to).max(0.001);
            (
                from.0 + (to.0 - from.0) / whole * radius,
                from.1 + (to.1 - from.1) / whole * radius,
            )
        };
        let (start, end) = (towards(*point, before), towards(*point, *next));
        let _ = write!(
            d,
            "L{} {}Q{} {} {} {}",
            n(start.0),
            n(start.1),
            n(point.0),
            n(point.1),
            n(end.0),
            n(end.1)
        );
        before = *point;
    }
    d
}

fn cluster(name: &str, area: &Rect) -> String {
    format!(
        "<g class=\"g\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"8\"/><text x=\"{}\" y=\"{}\">{}</text></g>\n",
        n(area.x),
        n(area.y),
        n(area.width),
        n(area.height),
        n(area.x + 10.0),
        n(area.y + 17.0),
        escape(&plain(name))
    )
}

/// Colours of the lines, light and dark.
const LINES: [(&str, &str, &str); 6] = [
    ("c", "#3057b0", "#8ab4f8"),
    ("w", "#b3261e", "#f28b82"),
    ("d", "#1e7b3c", "#81c995"),
    ("m", "#a35a00", "#fdb95a"),
    ("b", "#7a3fb0", "#c58af9"),
    ("o", "#5f6368", "#bdc1c6"),
];

fn style() -> String {
    let mut out = String::from(
        "<style>\ntext{font-family:Helvetica,Arial,'Liberation Sans','DejaVu Sans',sans-serif}\n",
    );
    let _ = writeln!(
        out,
        ".h{{font-size:18px;font-weight:600}}.n text{{font-size:{NAME_SIZE}px;font-weight:600;text-anchor:middle}}.n text.s{{font-size:{SECOND_SIZE}px;font-weight:400}}.e text{{font-size:{LABEL_SIZE}px;text-anchor:middle}}.k text{{text-anchor:start}}.g text{{font-size:{SECOND_SIZE}px;font-weight:600}}"
    );
    out.push_str(".n path,.n rect{stroke-width:1.4}.n .o{fill:none}.e path{fill:none}.e .halo{stroke-width:5}.e .p,.e .q{stroke-width:1.5}.m .p,.m .q{stroke-dasharray:6 4}.o .p,.o .q{stroke-dasharray:2 4}.b .p,.b .q{stroke-width:3}.outside rect{stroke-dasharray:5 4}\n");
    out.push_str(&colours(false));
    let _ = writeln!(
        out,
        "@media (prefers-color-scheme:dark){{\n{}}}",
        colours(true)
    );
    out.push_str("</style>\n");
    out
}

fn colours(dark: bool) -> String {
    let (page, ink, group, border) = match dark {
        true => ("#0f1115", "#f1f3f4", "#181b20", "#4a4f57"),
        false => ("#ffffff", "#202124", "#f8f9fa", "#c4c8cd"),
    };
    let mut out = format!(
        ".bg{{fill:{page}}}.h,.e text,.g text{{fill:{ink}}}.e .halo{{stroke:{page}}}.e .lb{{fill:{page}}}.e .gb{{fill:{group}}}.g rect{{fill:{group};stroke:{border}}}\n"
    );
    for class in Class::ALL {
        let Colours { fill, line, text } = match dark {
            true => class.dark_colours(),
            false => class.colours(),
        };
        let name = class.name();
        let _ = writeln!(
            out,
            ".{name} path,.{name} rect{{fill:{fill};stroke:{line}}}.{name} text{{fill:{text}}}"
        );
    }
    for (class, light, at_night) in LINES {
        let colour = if dark { at_night } else { light };
        let marker = if class == "w" { "mw" } else { class };
        let _ = writeln!(
            out,
            ".{class} .p,.{class} .q{{stroke:{colour}}}#m-{marker} path{{fill:{colour}}}"
        );
    }
    out
}

fn markers() -> String {
    let mut out = String::from("<defs>");
    for (class, light, _) in LINES {
        let marker = if class == "w" { "mw" } else { class };
        let _ = write!(
            out,
            "<marker id=\"m-{marker}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"8\" markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path fill=\"{light}\" d=\"M0 1L9 5L0 9z\"/></marker>"
        );
    }
    out.push_str("</defs>\n");
    out
}
