//! The one adapter between granit-parser's events and the tree.

use super::{MAX_DEPTH, NodeId, NodeKind, Tree};
use crate::problem::Problem;
use crate::source::{SourceId, Span, offset};
use granit_parser::{Event, Parser, ScalarStyle, StructureStyle};
use std::collections::BTreeMap;

/// Parses a YAML stream. A document with a syntax error is one problem; the documents before
/// and after it are kept.
pub(super) fn parse(source: SourceId, text: &str) -> (Tree<'_>, Vec<Problem>) {
    let options = granit_parser::options! {
        emit_unresolved_aliases: true,
        emit_comments: false,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
        simple_key_max_lookahead: 65_536,
    };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut builder = Builder {
        tree: Tree::empty(source),
        open: Vec::new(),
        anchors: BTreeMap::new(),
    };
    let mut problems = Vec::new();
    loop {
        match parser.next_event() {
            None => break,
            Some(Ok((event, span))) => {
                let range = span.byte_range().unwrap_or(0..0);
                builder.take(event, range.start, range.end);
            }
            Some(Err(error)) => {
                let at = offset(error.marker().byte_offset().unwrap_or(0).min(text.len()));
                problems.push(Problem::new(
                    Span::new(source, at, at),
                    format!("not valid YAML: {}", error.info()),
                    "correct the syntax; this document was not read",
                ));
                builder.open.clear();
                if !matches!(parser.proceed_next_document(), Ok(true)) {
                    break;
                }
            }
        }
    }
    (builder.tree, problems)
}

struct Open {
    id: NodeId,
    flow: bool,
    children: Children,
}

enum Children {
    Seq(Vec<NodeId>),
    Map(Vec<(NodeId, NodeId)>, Option<NodeId>),
}

struct Builder<'s> {
    tree: Tree<'s>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, NodeId>,
}

impl<'s> Builder<'s> {
    fn take(&mut self, event: Event<'s>, start: usize, end: usize) {
        let tag = event.tag().filter(|tag| tag.handle() == "!");
        if let Some(tag) = tag {
            // The node of this event is the next one.
            let next = NodeId(offset(self.tree.nodes.len()));
            self.tree.tags.insert(next, tag.suffix().to_owned());
        }
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let plain = matches!(style, ScalarStyle::Plain);
                let id = self.tree.push(NodeKind::Scalar { text, plain }, start, end);
                self.anchor(anchor, id);
                self.place(id);
            }
            Event::SequenceStart(style, anchor, _) => {
                self.open(style, anchor, start, Children::Seq(Vec::new()))
            }
            Event::MappingStart(style, anchor, _) => {
                self.open(style, anchor, start, Children::Map(Vec::new(), None));
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(end),
            Event::Alias(anchor) => {
                let target = self.anchors.get(&anchor).copied();
                let id = self.tree.push(NodeKind::Alias(target), start, end);
                self.place(id);
            }
            Event::UnresolvedAlias(_) => {
                let id = self.tree.push(NodeKind::Alias(None), start, end);
                self.place(id);
            }
            _ => {}
        }
    }

    fn anchor(&mut self, anchor: usize, id: NodeId) {
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
    }

    fn open(&mut self, style: StructureStyle, anchor: usize, start: usize, children: Children) {
        // Children may refer to the collection that holds them, so its node exists from the start.
        let id = self.tree.push(NodeKind::Seq(Vec::new()), start, start);
        self.anchor(anchor, id);
        self.open.push(Open {
            id,
            flow: matches!(style, StructureStyle::Flow),
            children,
        });
    }

    fn close(&mut self, end: usize) {
        let Some(open) = self.open.pop() else { return };
        let (last, kind) = match open.children {
            Children::Seq(items) => (items.last().copied(), NodeKind::Seq(items)),
            Children::Map(pairs, _) => {
                (pairs.last().map(|(_, value)| *value), NodeKind::Map(pairs))
            }
        };
        // A block collection ends where its last child does, not at the next token.
        let last_end = last.map(|id| self.tree.nodes[id.0 as usize].end);
        let node = &mut self.tree.nodes[open.id.0 as usize];
        node.kind = kind;
        node.end = if open.flow {
            offset(end)
        } else {
            last_end.unwrap_or(node.start)
        };
        self.place(open.id);
    }

    fn place(&mut self, id: NodeId) {
        match self.open.last_mut().map(|open| &mut open.children) {
            None => self.tree.documents.push(id),
            Some(Children::Seq(items)) => items.push(id),
            Some(Children::Map(pairs, key)) => match key.take() {
                Some(key) => pairs.push((key, id)),
                None => *key = Some(id),
            },
        }
    }
}
