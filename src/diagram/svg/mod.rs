//! SVG, drawn here: no program is run. Only `svg g a path rect text title desc style defs marker
//! metadata` are written, no script, nothing from elsewhere, and no CSS variables, which some viewers
//! paint black. Light and dark follow the reader's setting.

mod shapes;

use super::drawing::{
    Drawing, LABEL_SIZE, NAME_SIZE, NOTE_HEIGHT, OldPlaces, SECOND_SIZE, extra_height, lines,
};
use super::facts::{ModelEdge, ModelJson, ModelNode};
use super::graph::{Edge, Graph, LineStyle, NodeKind};
use super::layout::{Reading, Rect, Route};
use super::palette::{Class, Colours, UNGUARDED};
use super::text;
use crate::escape::{html as escape, json_text, label as plain, url_path};
use crate::source::Sources;
use shapes::n;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

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
    /// Whether it reads to the right or down.
    pub reading: Reading,
    /// Without the explanation of lines below it.
    pub without_legend: bool,
    /// Where the nodes of an older picture stood: they keep their order.
    pub old: OldPlaces,
    /// What its ids begin with, where several pictures are on one page.
    pub ids: String,
    /// For each group that has a picture of its own, where that is.
    pub pages: BTreeMap<String, String>,
}

/// The picture.
#[must_use]
pub fn render(graph: &Graph<'_>, sources: &Sources, options: &SvgOptions) -> String {
    let drawing = Drawing::new(graph, options.reading, &options.old);
    drawing.write(sources, options)
}

impl Drawing<'_, '_> {
    fn write(&self, sources: &Sources, options: &SvgOptions) -> String {
        let legend = match options.without_legend {
            true => (String::new(), 0.0, 0.0),
            false => self.legend(options),
        };
        let title_height = if options.title.is_empty() { 0.0 } else { 34.0 };
        let (left, top) = (MARGIN, MARGIN + title_height);
        let width = self.layout.width.max(legend.1).max(120.0) + MARGIN * 2.0;
        let height = top + self.layout.height + legend.2 + MARGIN;
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" role=\"img\" aria-labelledby=\"{ids}t {ids}d\">\n",
            ids = options.ids,
            w = n(width.ceil()),
            h = n(height.ceil())
        );
        let title = match options.title.is_empty() {
            true => "Architecture".to_owned(),
            false => escape(&plain(&options.title)),
        };
        let _ = writeln!(out, "<title id=\"{}t\">{title}</title>", options.ids);
        let _ = writeln!(
            out,
            "<desc id=\"{}d\">{}</desc>",
            options.ids,
            escape(&self.in_words())
        );
        let _ = writeln!(out, "<metadata>{}</metadata>", escape(&self.model()));
        out.push_str(&style());
        out.push_str(&markers(&options.ids));
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
                out.push_str(&cluster(name, area, options));
            }
        }
        for ((from, to, edge), route) in self.edges.iter().zip(&self.layout.edges) {
            out.push_str(&self.edge(*from, *to, edge, route, options));
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
                    "<g class=\"e l {}\" data-s=\"{}\" data-t=\"{}\" data-kind=\"{}\"><rect class=\"{on}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/><text x=\"{}\" y=\"{}\">{}</text></g>",
                    line_class(edge),
                    escape(&self.node(*from).id),
                    escape(&self.node(*to).id),
                    edge.kind.name(),
                    n(area.x + 2.0),
                    n(area.y + 2.0),
                    n(area.width - 4.0),
                    n(area.height - 4.0),
                    n(area.x + area.width / 2.0),
                    n(area.y + area.height / 2.0 + 3.6),
                    escape(&plain(&edge.label))
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
            let label = if edge.label.is_empty() {
                "calls"
            } else {
                &*edge.label
            };
            format!(
                "{} {label} {}",
                plain(&self.node(*from).label),
                plain(&self.node(*to).label)
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
        let nodes = self.layout.nodes.iter().enumerate().map(|(at, area)| {
            let node = self.node(at);
            ModelNode {
                id: node.id.to_string(),
                kind: node.kind.name().to_owned(),
                note: node.note.clone(),
                x: (area.x + area.width / 2.0).round(),
                y: (area.y + area.height / 2.0).round(),
            }
        });
        let edges = self.edges.iter().map(|(from, to, edge)| ModelEdge {
            from: self.node(*from).id.to_string(),
            to: self.node(*to).id.to_string(),
            kind: edge.kind.name().to_owned(),
            unguarded: edge.unguarded,
            count: edge.count,
        });
        let model = ModelJson {
            version: 1,
            nodes: nodes.collect(),
            edges: edges.collect(),
        };
        // Strings and numbers can always be written.
        json_text(&serde_json::to_string(&model).unwrap_or_default())
    }

    fn edge(
        &self,
        from: usize,
        to: usize,
        edge: &Edge<'_>,
        route: &Route,
        options: &SvgOptions,
    ) -> String {
        let mut points = route.points.clone();
        let second = points.get(1).copied();
        let second_last = points.len().checked_sub(2).map(|at| points[at]);
        if let Some(start) = points.first_mut() {
            self.to_outline(start, second, from);
        }
        if let Some(end) = points.last_mut() {
            self.to_outline(end, second_last, to);
        }
        let d = rounded(&points);
        let class = line_class(edge);
        let sure = if edge.certain { "" } else { " (likely)" };
        let unguarded = if edge.unguarded {
            ": not guarded on every path"
        } else {
            ""
        };
        let title = format!(
            "{} → {}: {}{sure}{unguarded}",
            plain(&self.node(from).label),
            plain(&self.node(to).label),
            edge.kind.name()
        );
        format!(
            "<g class=\"e {class}\" data-s=\"{}\" data-t=\"{}\" data-kind=\"{}\"><title>{}</title><path class=\"halo\" d=\"{d}\"/><path class=\"p\" d=\"{d}\" marker-end=\"url(#{}m-{class})\"/></g>\n",
            escape(&self.node(from).id),
            escape(&self.node(to).id),
            edge.kind.name(),
            escape(&title),
            options.ids,
        )
    }

    /// Moves the end of a line from the box of a node to its outline.
    fn to_outline(&self, point: &mut (f64, f64), next: Option<(f64, f64)>, node: usize) {
        let area = &self.layout.nodes[node];
        let kind = self.node(node).kind;
        let upright = next.is_some_and(|next| (next.0 - point.0).abs() < 0.01);
        if upright {
            let inset = shapes::inset_along(kind, area, point.0);
            let above = point.1 < area.y + area.height / 2.0;
            point.1 += if above { inset } else { -inset };
        } else {
            let left = point.0 < area.x + area.width / 2.0;
            let inset = shapes::inset(kind, area, point.1, left);
            point.0 += if left { inset } else { -inset };
        }
    }

    fn box_of(&self, at: usize, sources: &Sources, options: &SvgOptions) -> String {
        let node = self.node(at);
        let area = &self.layout.nodes[at];
        let (name, second, note) = lines(node);
        let class = Class::of(node.kind).name();
        let middle = area.x + area.width / 2.0;
        let down = extra_height(node.kind) / 2.0;
        let up = if note.is_some() {
            NOTE_HEIGHT / 2.0
        } else {
            0.0
        };
        let centre = area.y + area.height / 2.0 + down - up;
        let mut body = format!(
            "<g class=\"n {class}\" data-id=\"{}\" data-kind=\"{}\"><title>{}</title>{}",
            escape(&node.id),
            node.kind.name(),
            escape(&format!("{} ({})", plain(&node.label), node.kind.name())),
            shapes::outline(node.kind, area)
        );
        let _ = write!(
            body,
            "<text x=\"{}\" y=\"{}\">{}</text><text class=\"s\" x=\"{}\" y=\"{}\">{}</text>",
            n(middle),
            n(centre - 3.0),
            escape(&name),
            n(middle),
            n(centre + 12.0),
            escape(&second)
        );
        if let Some(note) = note {
            let _ = write!(
                body,
                "<text class=\"s i\" x=\"{}\" y=\"{}\">{}</text>",
                n(middle),
                n(centre + 12.0 + NOTE_HEIGHT),
                escape(&note)
            );
        }
        body.push_str("</g>");
        if node.kind == NodeKind::Group {
            return match options.pages.get(&*node.label) {
                Some(page) => format!("<a href=\"{}\">{body}</a>\n", escape(page)),
                None => body + "\n",
            };
        }
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

    /// The kinds of lines that are there and what is left out, and how wide and high that is.
    fn legend(&self, options: &SvgOptions) -> (String, f64, f64) {
        let present: BTreeSet<&str> = self
            .edges
            .iter()
            .map(|(.., edge)| line_class(edge))
            .collect();
        let most = self.layout.width.max(520.0);
        let mut out = String::new();
        let (mut x, mut y, mut widest) = (0.0, 0.0, 0.0_f64);
        let mut place = |width: f64| {
            if x > 0.0 && x + width > most {
                (x, y) = (0.0, y + 18.0);
            }
            let at = (x, y);
            x += width + 18.0;
            widest = widest.max(x);
            at
        };
        for (class, name) in [
            ("sync", "calls"),
            ("open", "calls without timeout or breaker"),
            ("data", "reads and writes"),
            ("msg", "messages, the way they flow"),
            ("bulk", "loads in bulk"),
            ("dep", "starts after, watches, coordinates"),
        ] {
            if !present.contains(class) {
                continue;
            }
            let (x, y) = place(38.0 + text::regular(name, LABEL_SIZE));
            let _ = write!(
                out,
                "<g class=\"e {class} k\"><path class=\"q\" d=\"M{} {}h30\" marker-end=\"url(#{}m-{class})\"/><text x=\"{}\" y=\"{}\">{name}</text></g>",
                n(x),
                n(y),
                options.ids,
                n(x + 38.0),
                n(y + 3.6)
            );
        }
        for what in &self.graph.left_out {
            let what = format!("not drawn: {what}");
            let (x, y) = place(text::regular(&what, LABEL_SIZE));
            let _ = write!(
                out,
                "<g class=\"e k\"><text x=\"{}\" y=\"{}\">{}</text></g>",
                n(x),
                n(y + 3.6),
                escape(&what)
            );
        }
        let height = if out.is_empty() { 0.0 } else { 30.0 + y };
        (out, widest, height)
    }
}

/// The class of an edge of such a kind; `open` is a call without guards.
fn line_class(edge: &Edge<'_>) -> &'static str {
    use crate::model::RelationKind::{Reads, ReadsWrites, Writes};
    match edge.style() {
        LineStyle::Dashed => "msg",
        LineStyle::Thick => "bulk",
        LineStyle::Dotted => "dep",
        LineStyle::Solid if matches!(edge.kind, Reads | Writes | ReadsWrites) => "data",
        LineStyle::Solid if edge.unguarded => "open",
        LineStyle::Solid => "sync",
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

fn cluster(name: &str, area: &Rect, options: &SvgOptions) -> String {
    let title = escape(&plain(name));
    let title = match options.pages.get(name) {
        Some(page) => format!("<a href=\"{}\">{title}</a>", escape(page)),
        None => title,
    };
    format!(
        "<g class=\"c\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"8\"/><text x=\"{}\" y=\"{}\">{}</text></g>\n",
        n(area.x),
        n(area.y),
        n(area.width),
        n(area.height),
        n(area.x + 10.0),
        n(area.y + 17.0),
        title
    )
}

/// Colours of the lines, light and dark.
const LINES: [(&str, &str, &str); 6] = [
    ("sync", "#3057b0", "#8ab4f8"),
    ("open", UNGUARDED, "#f28b82"),
    ("data", "#1e7b3c", "#81c995"),
    ("msg", "#a35a00", "#fdb95a"),
    ("bulk", "#7a3fb0", "#c58af9"),
    ("dep", "#5f6368", "#bdc1c6"),
];

fn style() -> String {
    let mut out = String::from(
        "<style>\ntext{font-family:Helvetica,Arial,'Liberation Sans','DejaVu Sans',sans-serif}\n",
    );
    let _ = writeln!(
        out,
        ".h{{font-size:18px;font-weight:600}}.n text{{font-size:{NAME_SIZE}px;font-weight:600;text-anchor:middle}}.n text.s{{font-size:{SECOND_SIZE}px;font-weight:400}}.n text.i{{font-style:italic}}.e text{{font-size:{LABEL_SIZE}px;text-anchor:middle}}.k text{{text-anchor:start}}.c text{{font-size:{SECOND_SIZE}px;font-weight:600}}"
    );
    out.push_str(".n path,.n rect{stroke-width:1.4}.n .o{fill:none}.e path{fill:none}.e .halo{stroke-width:5}.e .p,.e .q{stroke-width:1.5}.msg .p,.msg .q{stroke-dasharray:6 4}.dep .p,.dep .q{stroke-dasharray:2 4}.bulk .p,.bulk .q{stroke-width:3}.outside rect{stroke-dasharray:5 4}\n");
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
        ".bg{{fill:{page}}}.h,.e text,.c text{{fill:{ink}}}.e .halo{{stroke:{page}}}.e .lb{{fill:{page}}}.e .gb{{fill:{group}}}.c rect{{fill:{group};stroke:{border}}}\n"
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
        let _ = writeln!(
            out,
            ".{class} .p,.{class} .q{{stroke:{colour}}}.h-{class} path{{fill:{colour}}}"
        );
    }
    out
}

fn markers(ids: &str) -> String {
    let mut out = String::from("<defs>");
    for (class, light, _) in LINES {
        let _ = write!(
            out,
            "<marker id=\"{ids}m-{class}\" class=\"h-{class}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"8\" markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path fill=\"{light}\" d=\"M0 1L9 5L0 9z\"/></marker>"
        );
    }
    out.push_str("</defs>\n");
    out
}
