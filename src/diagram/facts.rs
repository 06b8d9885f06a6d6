//! What a picture says, apart from how: written into every picture, read again from it, compared.

use super::graph::Graph;
use crate::escape::identifier;
use petgraph::stable_graph::NodeIndex;
use petgraph::visit::{EdgeRef, IntoEdgeReferences};
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt::Write;

/// What the line in a picture's text begins with; the number is the version of its form.
const MARK: &str = "seaworthy-model 1 ";

/// Where the model in an SVG begins.
const METADATA: &str = "<metadata>";

/// The nodes and edges of a picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// For each node, by its id, what it is, and what is said in its box instead of drawn.
    pub nodes: BTreeMap<String, String>,
    /// For each edge, by its ends and kind, what is said of it.
    pub edges: BTreeMap<EdgeKey, EdgeFact>,
}

/// An edge: where it starts, where it ends, its kind.
pub type EdgeKey = (String, String, String);

/// What stands between what a node is and what is said in its box.
const NOTE: &str = "; ";

/// What a node is, and what is said in its box instead of drawn.
fn said(kind: &str, note: Option<&str>) -> String {
    match note {
        None => kind.to_owned(),
        Some(note) => format!("{kind}{NOTE}{note}"),
    }
}

/// What a picture says of an edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EdgeFact {
    /// A call without timeout or breaker.
    pub unguarded: bool,
    /// How many relations it stands for.
    pub count: usize,
}

/// The model in the metadata of a picture.
#[derive(Serialize, Deserialize)]
pub(super) struct ModelJson {
    pub(super) version: u32,
    pub(super) nodes: Vec<ModelNode>,
    pub(super) edges: Vec<ModelEdge>,
}

/// A node, and where the middle of its box is.
#[derive(Serialize, Deserialize)]
pub(super) struct ModelNode {
    pub(super) id: String,
    pub(super) kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
    #[serde(default, serialize_with = "as_whole")]
    pub(super) x: f64,
    #[serde(default, serialize_with = "as_whole")]
    pub(super) y: f64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields so")]
fn as_whole<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i64(value.round() as i64)
}

/// An edge, drawn from `from` to `to`.
#[derive(Serialize, Deserialize)]
pub(super) struct ModelEdge {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) kind: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) unguarded: bool,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub(super) count: usize,
}

fn one() -> usize {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields so")]
fn is_one(count: &usize) -> bool {
    *count == 1
}

impl Facts {
    /// What a graph says.
    #[must_use]
    pub fn of(graph: &Graph<'_>) -> Self {
        let nodes = graph.graph.node_weights();
        let nodes = nodes.map(|node| {
            let said = said(node.kind.name(), node.note.as_deref());
            (node.id.to_string(), said)
        });
        let edges = graph.graph.edge_references().map(|edge| {
            let end = |node: NodeIndex| graph.graph[node].id.to_string();
            let kind = edge.weight().kind.name().to_owned();
            let fact = EdgeFact {
                unguarded: edge.weight().unguarded,
                count: edge.weight().count,
            };
            ((end(edge.source()), end(edge.target()), kind), fact)
        });
        Self {
            nodes: nodes.collect(),
            edges: edges.collect(),
        }
    }

    /// One line of letters, digits and `_ = > ! * /`, harmless in a comment of any language.
    #[must_use]
    pub(super) fn line(&self) -> String {
        let mut out = MARK.to_owned();
        let mut place: BTreeMap<&str, usize> = BTreeMap::new();
        for (at, (id, said)) in self.nodes.iter().enumerate() {
            let (kind, note) = said.split_once(NOTE).unwrap_or((said, ""));
            let _ = write!(out, "{}={kind}", identifier(id));
            if !note.is_empty() {
                let _ = write!(out, "={}", identifier(note));
            }
            out.push(' ');
            place.insert(id, at);
        }
        out.push('/');
        for ((from, to, kind), fact) in &self.edges {
            let place = |id: &str| place.get(id).copied().unwrap_or_default();
            let _ = write!(out, " {}>{}={kind}", place(from), place(to));
            if fact.unguarded {
                out.push('!');
            }
            if fact.count > 1 {
                let _ = write!(out, "*{}", fact.count);
            }
        }
        out
    }

    /// What a picture of this program says, whatever its format; none for another text.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        if text.contains(METADATA) {
            return Self::of_models(text);
        }
        if text.trim_start().starts_with('{') {
            return Some(Self::of_report(serde_json::from_str(text).ok()?));
        }
        let lines = text.split(MARK).skip(1);
        let mut charts = lines.map(|rest| Self::of_line(rest.lines().next().unwrap_or("")));
        let mut facts = charts.next()??;
        // Several charts in one document say what each of them says.
        for other in charts {
            let other = other?;
            facts.nodes.extend(other.nodes);
            facts.edges.extend(other.edges);
        }
        Some(facts)
    }

    /// All pictures of a page.
    fn of_models(text: &str) -> Option<Self> {
        let mut facts = Self::default();
        for picture in text.split(METADATA).skip(1) {
            let more = Self::of_model(model(picture)?);
            facts.nodes.extend(more.nodes);
            facts.edges.extend(more.edges);
        }
        Some(facts)
    }

    fn of_model(model: ModelJson) -> Self {
        let nodes = model.nodes.into_iter().map(|node| {
            let said = said(&node.kind, node.note.as_deref());
            (node.id, said)
        });
        let edges = model.edges.into_iter().map(|edge| {
            let fact = EdgeFact {
                unguarded: edge.unguarded,
                count: edge.count,
            };
            ((edge.from, edge.to, edge.kind), fact)
        });
        Self {
            nodes: nodes.collect(),
            edges: edges.collect(),
        }
    }

    /// The JSON of `diagram --format json`, whose edges go from who acts.
    fn of_report(mut model: ModelJson) -> Self {
        for edge in &mut model.edges {
            if edge.kind == "consumes" {
                std::mem::swap(&mut edge.from, &mut edge.to);
            }
        }
        Self::of_model(model)
    }

    fn of_line(line: &str) -> Option<Self> {
        let (nodes, edges) = line.split_once('/')?;
        let mut names = Vec::new();
        let mut facts = Self::default();
        for word in nodes.split_whitespace() {
            let (id, rest) = word.split_once('=')?;
            let (kind, note) = rest.split_once('=').unwrap_or((rest, ""));
            let id = named(id)?;
            names.push(id.clone());
            facts.nodes.insert(id, said(kind, named(note).as_deref()));
        }
        for word in edges
            .split_whitespace()
            .take_while(|word| word.starts_with(|c: char| c.is_ascii_digit()))
        {
            let (ends, kind) = word.split_once('=')?;
            let (from, to) = ends.split_once('>')?;
            let end = |text: &str| names.get(text.parse::<usize>().ok()?).cloned();
            let (kind, count) = kind.split_once('*').unwrap_or((kind, "1"));
            let fact = EdgeFact {
                unguarded: kind.ends_with('!'),
                count: count.parse().ok()?,
            };
            let kind = kind.trim_end_matches('!').to_owned();
            facts.edges.insert((end(from)?, end(to)?, kind), fact);
        }
        Some(facts)
    }

    /// What a newer picture says otherwise, a line each: `+` for what is new, `-` for what is gone,
    /// `~` for what changed.
    #[must_use]
    pub fn changes(&self, newer: &Self) -> Vec<String> {
        let mut changes = Vec::new();
        let node = |id: &str, kind: &str| format!("{id} ({kind})");
        for (id, kind) in &newer.nodes {
            match self.nodes.get(id) {
                None => changes.push(format!("+ {}", node(id, kind))),
                Some(old) if old != kind => changes.push(format!("~ {id}: {old} -> {kind}")),
                Some(_) => {}
            }
        }
        for (id, kind) in &self.nodes {
            if !newer.nodes.contains_key(id) {
                changes.push(format!("- {}", node(id, kind)));
            }
        }
        let edge = sentence;
        for (key, fact) in &newer.edges {
            let open = " without timeout or breaker on some path";
            match self.edges.get(key) {
                None if fact.unguarded => changes.push(format!("+ {},{open}", edge(key))),
                None => changes.push(format!("+ {}", edge(key))),
                Some(old) if old.unguarded != fact.unguarded => {
                    let now = match fact.unguarded {
                        true => open,
                        false => " with timeout and breaker",
                    };
                    changes.push(format!("~ {}: now{now}", edge(key)));
                }
                Some(old) if old.count != fact.count => {
                    changes.push(format!("~ {}: {} -> {}", edge(key), old.count, fact.count));
                }
                Some(_) => {}
            }
        }
        for key in self
            .edges
            .keys()
            .filter(|key| !newer.edges.contains_key(*key))
        {
            changes.push(format!("- {}", edge(key)));
        }
        changes
    }
}

/// Who acts on whom, and how; messages are drawn the other way where they are consumed.
pub(crate) fn sentence((from, to, kind): &(String, String, String)) -> String {
    match kind.as_str() {
        "consumes" => format!("{to} -> {from} ({kind})"),
        _ => format!("{from} -> {to} ({kind})"),
    }
}

/// Where the nodes of a picture stand, by their ids; nothing for what is no SVG of this program.
#[must_use]
pub fn old_places(svg: &str) -> Option<BTreeMap<String, (f64, f64)>> {
    let (_, picture) = svg.split_once(METADATA)?;
    let nodes = model(picture)?.nodes.into_iter();
    Some(nodes.map(|node| (node.id, (node.x, node.y))).collect())
}

/// The model in the metadata of an SVG, from where they begin.
fn model(picture: &str) -> Option<ModelJson> {
    let (json, _) = picture.split_once("</metadata>")?;
    let json = json
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
    serde_json::from_str(&json).ok()
}

/// The name that an identifier was made of.
fn named(identifier: &str) -> Option<String> {
    let mut rest = identifier.strip_prefix("n_")?.as_bytes();
    let mut bytes = Vec::new();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'_' {
            bytes.push(*first);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(edges: &[(&str, &str, bool, usize)]) -> Facts {
        let mut facts = Facts::default();
        for (from, to, unguarded, count) in edges {
            for end in [from, to] {
                let kind = "service".to_owned();
                facts.nodes.insert((*end).to_owned(), kind);
            }
            let key = ((*from).to_owned(), (*to).to_owned(), "calls".to_owned());
            let fact = EdgeFact {
                unguarded: *unguarded,
                count: *count,
            };
            facts.edges.insert(key, fact);
        }
        facts
    }

    #[test]
    fn a_line_is_read_again() {
        let mut facts = facts(&[("a b\"é", "b-\n%%", true, 3), ("b-\n%%", "c", false, 1)]);
        let text = format!("graph LR\n  %% {}\nmore\n", facts.line());
        assert_eq!(Facts::read(&text), Some(facts.clone()));
        facts
            .nodes
            .insert("c".to_owned(), said("database", Some("used by 9 · → b")));
        assert_eq!(Facts::read(&facts.line()), Some(facts));
        assert_eq!(Facts::read("graph LR\n a --> b\n"), None);
    }

    #[test]
    fn what_changed_is_told() {
        let old = facts(&[("a", "b", false, 1), ("a", "c", false, 2)]);
        let new = facts(&[("a", "b", true, 1), ("a", "d", false, 1)]);
        assert_eq!(
            old.changes(&new),
            [
                "+ d (service)",
                "- c (service)",
                "~ a -> b (calls): now without timeout or breaker on some path",
                "+ a -> d (calls)",
                "- a -> c (calls)",
            ]
        );
        assert!(old.changes(&old).is_empty());
    }
}
