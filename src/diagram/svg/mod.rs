//! SVG, drawn here: no program is run. Only `svg g a path rect text title desc style defs marker
//! metadata` are written, no script, nothing from elsewhere, and no CSS variables, which some viewers
//! paint black. Light and dark follow the reader's setting.

mod path;
mod shapes;
mod style;

use super::compared::{Mark, Marks};
use super::drawing::{Drawing, LABEL_SIZE, NOTE_HEIGHT, OldPlaces, extra_height, lines};
use super::facts::{ModelEdge, ModelJson, ModelNode};
use super::graph::{Edge, Graph, LineStyle, NodeKind};
use super::layout::{Reading, Rect, Route};
use super::palette::{Class, GONE, Highlight, NEW};
use super::text;
use crate::escape::{html as escape, html_content, json_text, label as plain, url_path};
use crate::source::Sources;
use path::rounded;
use shapes::n;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use style::{markers, style};

/// Space around the picture.
const MARGIN: f64 = 20.0;
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
    /// What is new and what is gone.
    pub marks: Marks,
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
        let _ = writeln!(out, "<metadata>{}</metadata>", html_content(&self.model()));
        out.push_str(&style(!options.marks.is_empty()));
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
        let label = route.label.as_ref();
        let label = label.map_or_else(String::new, |area| self.label(edge, area));
        let (start, end) = (self.node(from), self.node(to));
        let (mark, said) = marked(options.marks.edge(start, end, edge));
        let class = line_class(edge);
        let sure = if edge.certain { "" } else { " (likely)" };
        let unguarded = if edge.unguarded {
            ": not guarded on every path"
        } else {
            ""
        };
        let title = format!(
            "{} → {}: {}{sure}{unguarded}{said}",
            plain(&self.node(from).label),
            plain(&self.node(to).label),
            edge.kind.name()
        );
        format!(
            "<g class=\"e{} {class}{mark}\" data-s=\"{}\" data-t=\"{}\" data-kind=\"{}\"><title>{}</title><path class=\"halo\" d=\"{d}\"/><path class=\"p\" d=\"{d}\" marker-end=\"url(#{}m-{class})\"/>{label}</g>\n",
            if label.is_empty() { "" } else { " l" },
            escape(&self.node(from).id),
            escape(&self.node(to).id),
            edge.kind.name(),
            escape(&title),
            options.ids,
        )
    }

    /// What is written on a line. No other line runs there, so that it need not be drawn after them.
    fn label(&self, edge: &Edge<'_>, area: &Rect) -> String {
        // A label has the colour of the page or group that it stands on.
        let mut clusters = self.layout.clusters.iter().flatten();
        let on = match clusters.any(|cluster| cluster.overlaps(area, 0.0)) {
            true => "lb gb",
            false => "lb",
        };
        format!(
            "<rect class=\"{on}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/><text x=\"{}\" y=\"{}\">{}</text>",
            n(area.x + 2.0),
            n(area.y + 2.0),
            n(area.width - 4.0),
            n(area.height - 4.0),
            n(area.x + area.width / 2.0),
            n(area.y + area.height / 2.0 + 3.6),
            escape(&plain(&edge.label))
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
        let (mark, said) = marked(options.marks.node(node));
        let middle = area.x + area.width / 2.0;
        let down = extra_height(node.kind) / 2.0;
        let up = if note.is_some() {
            NOTE_HEIGHT / 2.0
        } else {
            0.0
        };
        let centre = area.y + area.height / 2.0 + down - up;
        let mut body = format!(
            "<g class=\"n {class}{mark}\" data-id=\"{}\" data-kind=\"{}\"><title>{}</title>{}",
            escape(&node.id),
            node.kind.name(),
            escape(&format!(
                "{} ({}{said})",
                plain(&node.label),
                node.kind.name()
            )),
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
                let line = source.line(span.start);
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
        for (mark, Highlight { class, .. }, name) in
            [(Mark::New, NEW, "new"), (Mark::Gone, GONE, "gone")]
        {
            if !options.marks.any(mark) {
                continue;
            }
            let (x, y) = place(38.0 + text::regular(name, LABEL_SIZE));
            let d = format!("M{} {}h30", n(x), n(y));
            let _ = write!(
                out,
                "<g class=\"e sync {class} k\"><path class=\"halo\" d=\"{d}\"/><path class=\"p\" d=\"{d}\"/><text x=\"{}\" y=\"{}\">{name}</text></g>",
                n(x + 38.0),
                n(y + 3.6),
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

/// The class of what is marked, and what is said of it.
fn marked(mark: Option<Mark>) -> (&'static str, &'static str) {
    match mark {
        None => ("", ""),
        Some(Mark::New) => (" new", ", new"),
        Some(Mark::Gone) => (" gone", ", gone"),
    }
}
