//! One spanned tree for YAML and JSON, kept as written: duplicate keys, anchors, merge keys and
//! tags are all still there, so that a finding can point at any of them.

mod de;
mod json;
mod yaml;

pub(crate) use de::Cut;

use crate::problem::Problem;
use crate::source::{SourceId, Span, offset};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// How deep a document may nest.
pub(crate) const MAX_DEPTH: usize = 512;

/// Index of a node in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NodeId(u32);

#[derive(Debug)]
struct Node<'s> {
    kind: NodeKind<'s>,
    start: u32,
    end: u32,
}

#[derive(Debug)]
enum NodeKind<'s> {
    /// `plain` is false for quoted text, which is never a number, a boolean or null.
    Scalar {
        text: Cow<'s, str>,
        plain: bool,
    },
    Seq(Vec<NodeId>),
    Map(Vec<(NodeId, NodeId)>),
    Alias(Option<NodeId>),
}

/// A parsed document or stream of documents.
#[derive(Debug)]
pub(crate) struct Tree<'s> {
    source: SourceId,
    nodes: Vec<Node<'s>>,
    documents: Vec<NodeId>,
    /// Local tags (`!reset`), without the sign; few nodes have one.
    tags: BTreeMap<NodeId, String>,
}

impl<'s> Tree<'s> {
    /// Parses JSON when the text starts like JSON, YAML otherwise and where JSON fails.
    pub(crate) fn parse(source: SourceId, text: &'s str) -> (Self, Vec<Problem>) {
        if text.trim_start().starts_with(['{', '['])
            && let Ok(tree) = json::parse(source, text)
        {
            return (tree, Vec::new());
        }
        yaml::parse(source, text)
    }

    fn empty(source: SourceId) -> Self {
        Self {
            source,
            nodes: Vec::new(),
            documents: Vec::new(),
            tags: BTreeMap::new(),
        }
    }

    fn push(&mut self, kind: NodeKind<'s>, start: usize, end: usize) -> NodeId {
        let id = NodeId(offset(self.nodes.len()));
        self.nodes.push(Node {
            kind,
            start: offset(start),
            end: offset(end),
        });
        id
    }

    /// The root of each document.
    pub(crate) fn documents(&self) -> impl Iterator<Item = Value<'_, 's>> {
        self.documents.iter().map(|id| Value {
            tree: self,
            id: *id,
        })
    }

    /// The root of the first document.
    pub(crate) fn root(&self) -> Option<Value<'_, 's>> {
        self.documents().next()
    }
}

/// A node of a tree.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'t, 's> {
    tree: &'t Tree<'s>,
    id: NodeId,
}

/// A key and its value in a mapping.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'t, 's> {
    /// The key.
    pub(crate) key: Value<'t, 's>,
    /// The value.
    pub(crate) value: Value<'t, 's>,
}

impl<'t> Entry<'t, '_> {
    /// The key's text; empty for a key that is no scalar.
    pub(crate) fn name(&self) -> &'t str {
        self.key.text().unwrap_or("")
    }
}

impl<'t, 's> Value<'t, 's> {
    fn at(self, id: NodeId) -> Self {
        Self {
            tree: self.tree,
            id,
        }
    }

    fn node(self) -> &'t Node<'s> {
        &self.tree.nodes[self.id.0 as usize]
    }

    /// The node itself, or what an alias stands for. Aliases to aliases end after a few steps.
    pub(crate) fn resolved(self) -> Self {
        let mut value = self;
        for _ in 0..8 {
            match value.node().kind {
                NodeKind::Alias(Some(id)) => value = self.at(id),
                _ => break,
            }
        }
        value
    }

    /// Where the node stands (an alias: where the alias stands).
    pub(crate) fn span(self) -> Span {
        let node = self.node();
        Span::new(self.tree.source, node.start, node.end)
    }

    /// An empty span at the node's first byte.
    pub(crate) fn start(self) -> Span {
        let node = self.node();
        Span::new(self.tree.source, node.start, node.start)
    }

    /// The local tag in front of the node: `reset` for `!reset`.
    pub(crate) fn tag(self) -> Option<&'t str> {
        self.tree.tags.get(&self.resolved().id).map(String::as_str)
    }

    /// The text of a scalar, quoted or not.
    pub(crate) fn text(self) -> Option<&'t str> {
        match &self.resolved().node().kind {
            NodeKind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The text of a scalar that is not null.
    pub(crate) fn string(self) -> Option<String> {
        if self.is_null() {
            None
        } else {
            self.text().map(str::to_owned)
        }
    }

    /// A plain `true` or `false`.
    pub(crate) fn bool(self) -> Option<bool> {
        match &self.resolved().node().kind {
            NodeKind::Scalar { text, plain: true } => match text.as_ref() {
                "true" | "True" | "TRUE" => Some(true),
                "false" | "False" | "FALSE" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether the node is null or nothing at all.
    pub(crate) fn is_null(self) -> bool {
        matches!(&self.resolved().node().kind,
            NodeKind::Scalar { text, plain: true } if matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// Whether the node is a mapping.
    pub(crate) fn is_map(self) -> bool {
        matches!(self.resolved().node().kind, NodeKind::Map(_))
    }

    /// Whether the node is a sequence.
    pub(crate) fn is_seq(self) -> bool {
        matches!(self.resolved().node().kind, NodeKind::Seq(_))
    }

    /// The items of a sequence; nothing for any other node.
    pub(crate) fn items(self) -> impl Iterator<Item = Value<'t, 's>> {
        let ids: &'t [NodeId] = match &self.resolved().node().kind {
            NodeKind::Seq(ids) => ids,
            _ => &[],
        };
        ids.iter().map(move |id| self.at(*id))
    }

    /// The entries of a mapping as written, `<<` and duplicate keys included.
    pub(crate) fn entries(self) -> impl Iterator<Item = Entry<'t, 's>> {
        let pairs: &'t [(NodeId, NodeId)] = match &self.resolved().node().kind {
            NodeKind::Map(pairs) => pairs,
            _ => &[],
        };
        pairs.iter().map(move |(key, value)| Entry {
            key: self.at(*key),
            value: self.at(*value),
        })
    }

    /// The entries with YAML merge keys applied: own keys first, then each `<<` source in order;
    /// the first of a name wins. A mapping that merges itself is taken once.
    pub(crate) fn merged_entries(self) -> Vec<Entry<'t, 's>> {
        if let Some(own) = self.few_entries() {
            return own;
        }
        let mut merged: Vec<Entry<'t, 's>> = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        let mut visited = std::collections::BTreeSet::from([self.resolved().id]);
        let mut pending = vec![self];
        while let Some(map) = pending.pop() {
            let mut sources = Vec::new();
            for entry in map.entries() {
                if entry.name() == "<<" {
                    if entry.value.is_seq() {
                        sources.extend(entry.value.items())
                    } else {
                        sources.push(entry.value)
                    }
                } else if seen.insert(entry.name()) {
                    merged.push(entry);
                }
            }
            for source in sources.into_iter().rev() {
                if visited.insert(source.resolved().id) {
                    pending.push(source);
                }
            }
        }
        merged
    }

    /// The entries of a small mapping that merges nothing, as most are.
    fn few_entries(self) -> Option<Vec<Entry<'t, 's>>> {
        const FEW: usize = 16;
        let mut own: Vec<Entry<'t, 's>> = Vec::new();
        for entry in self.entries() {
            let name = entry.name();
            if name == "<<" || own.len() == FEW {
                return None;
            }
            if own.iter().all(|known| known.name() != name) {
                own.push(entry);
            }
        }
        Some(own)
    }

    /// The value of the first entry of that name, merge keys not applied.
    pub(crate) fn get(self, name: &str) -> Option<Value<'t, 's>> {
        self.entries()
            .find(|entry| entry.name() == name)
            .map(|entry| entry.value)
    }

    /// The value of that name with merge keys applied.
    pub(crate) fn get_merged(self, name: &str) -> Option<Value<'t, 's>> {
        self.get(name).or_else(|| {
            self.merged_entries()
                .into_iter()
                .find(|entry| entry.name() == name)
                .map(|entry| entry.value)
        })
    }

    /// What the node is, for messages.
    pub(crate) fn kind_name(self) -> &'static str {
        match &self.resolved().node().kind {
            NodeKind::Scalar { .. } if self.is_null() => "nothing",
            NodeKind::Scalar { .. } => "a scalar",
            NodeKind::Seq(_) => "a list",
            NodeKind::Map(_) => "a mapping",
            NodeKind::Alias(_) => "an unknown alias",
        }
    }
}

/// The names that stand more than once in a mapping, each with the span of the later one.
pub(crate) fn duplicate_keys(map: Value<'_, '_>) -> Vec<(String, Span)> {
    let mut seen = std::collections::BTreeSet::new();
    map.entries()
        .filter(|entry| entry.name() != "<<" && !seen.insert(entry.name()))
        .map(|entry| (entry.name().to_owned(), entry.key.span()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Tree<'_> {
        let (tree, problems) = Tree::parse(SourceId(0), text);
        assert!(problems.is_empty(), "{problems:?}");
        tree
    }

    #[test]
    fn yaml_spans_cover_the_text() {
        let text = "services:\n  web:\n    image: nginx # front\n";
        let tree = tree(text);
        let image = tree
            .root()
            .unwrap()
            .get("services")
            .unwrap()
            .get("web")
            .unwrap()
            .get("image")
            .unwrap();
        let span = image.span();
        assert_eq!(&text[span.start as usize..span.end as usize], "nginx");
    }

    #[test]
    fn merge_keys_apply_in_order_and_own_keys_win() {
        let tree = tree("a: &a {x: 1, y: 1}\nb: &b {x: 2, z: 2}\nc:\n  <<: [*a, *b]\n  y: 3\n");
        let c = tree.root().unwrap().get("c").unwrap();
        let text = |name| c.get_merged(name).and_then(Value::text);
        assert_eq!(
            (text("x"), text("y"), text("z")),
            (Some("1"), Some("3"), Some("2"))
        );
    }

    #[test]
    fn local_tags_are_kept() {
        let tree = tree("a: !reset null\nb: !override [x]\nc: !!str 7\n");
        let tag = |name| tree.root().unwrap().get(name).unwrap().tag();
        assert_eq!(
            (tag("a"), tag("b"), tag("c")),
            (Some("reset"), Some("override"), None)
        );
    }

    #[test]
    fn a_map_that_merges_itself_ends() {
        let tree = tree("a: &a\n  <<: *a\n  x: 1\n");
        assert_eq!(
            tree.root()
                .unwrap()
                .get("a")
                .unwrap()
                .merged_entries()
                .len(),
            1
        );
    }

    #[test]
    fn an_alias_bomb_costs_nothing() {
        let mut text = String::from("a0: &a0 [x, x]\n");
        for i in 1..40 {
            text.push_str(&format!("a{i}: &a{i} [*a{}, *a{}]\n", i - 1, i - 1));
        }
        assert_eq!(tree(&text).root().unwrap().entries().count(), 40);
    }

    #[test]
    fn duplicates_are_kept_and_named() {
        let tree = tree("{\"a\": 1, \"a\": 2}");
        assert_eq!(duplicate_keys(tree.root().unwrap()).len(), 1);
    }

    #[test]
    fn deep_input_is_a_problem_not_a_crash() {
        for text in [
            "[".repeat(100_000),
            "- ".repeat(100_000),
            "{\"a\":".repeat(50_000),
        ] {
            let (_, problems) = Tree::parse(SourceId(0), &text);
            assert_eq!(problems.len(), 1);
        }
    }
}
