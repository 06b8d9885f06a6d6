//! A JSON reader (RFC 8259) into the tree: iterative, with spans, duplicate keys kept.

use super::{MAX_DEPTH, NodeId, NodeKind, Tree};
use crate::source::SourceId;
use std::borrow::Cow;

/// Why the text is not JSON; the caller then tries YAML, whose message is the one shown.
#[derive(Debug)]
pub(super) struct NotJson;

/// Parses one JSON text.
pub(super) fn parse(source: SourceId, text: &str) -> Result<Tree<'_>, NotJson> {
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: 0,
        tree: Tree::empty(source),
    };
    let root = reader.value()?;
    reader.blank();
    if reader.at != reader.bytes.len() {
        return Err(NotJson);
    }
    reader.tree.documents.push(root);
    Ok(reader.tree)
}

enum Open {
    Seq(Vec<NodeId>, usize),
    Map(Vec<(NodeId, NodeId)>, NodeId, usize),
}

struct Reader<'s> {
    text: &'s str,
    bytes: &'s [u8],
    at: usize,
    tree: Tree<'s>,
}

impl<'s> Reader<'s> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        self.blank();
        let hit = self.peek() == Some(byte);
        self.at += usize::from(hit);
        hit
    }

    fn value(&mut self) -> Result<NodeId, NotJson> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            self.blank();
            let start = self.at;
            let mut done = match self.peek().ok_or(NotJson)? {
                b'{' => {
                    self.at += 1;
                    if self.eat(b'}') {
                        self.tree.push(NodeKind::Map(Vec::new()), start, self.at)
                    } else {
                        let key = self.key()?;
                        open.push(Open::Map(Vec::new(), key, start));
                        continue;
                    }
                }
                b'[' => {
                    self.at += 1;
                    if self.eat(b']') {
                        self.tree.push(NodeKind::Seq(Vec::new()), start, self.at)
                    } else {
                        open.push(Open::Seq(Vec::new(), start));
                        if open.len() > MAX_DEPTH {
                            return Err(NotJson);
                        }
                        continue;
                    }
                }
                b'"' => self.string()?,
                _ => self.literal()?,
            };
            if open.len() > MAX_DEPTH {
                return Err(NotJson);
            }
            // `done` is a finished value: hand it to its parent, closing every parent it ends.
            loop {
                match open.pop() {
                    None => return Ok(done),
                    Some(Open::Seq(mut items, start)) => {
                        items.push(done);
                        if self.eat(b',') {
                            open.push(Open::Seq(items, start));
                            break;
                        }
                        if !self.eat(b']') {
                            return Err(NotJson);
                        }
                        done = self.tree.push(NodeKind::Seq(items), start, self.at);
                    }
                    Some(Open::Map(mut pairs, key, start)) => {
                        pairs.push((key, done));
                        if self.eat(b',') {
                            let key = self.key()?;
                            open.push(Open::Map(pairs, key, start));
                            break;
                        }
                        if !self.eat(b'}') {
                            return Err(NotJson);
                        }
                        done = self.tree.push(NodeKind::Map(pairs), start, self.at);
                    }
                }
            }
        }
    }

    fn key(&mut self) -> Result<NodeId, NotJson> {
        self.blank();
        if self.peek() != Some(b'"') {
            return Err(NotJson);
        }
        let key = self.string()?;
        if self.eat(b':') {
            Ok(key)
        } else {
            Err(NotJson)
        }
    }

    fn string(&mut self) -> Result<NodeId, NotJson> {
        let start = self.at;
        self.at += 1;
        let mut escaped = false;
        loop {
            match self.peek().ok_or(NotJson)? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    self.at += 2;
                }
                0..=0x1f => return Err(NotJson),
                _ => self.at += 1,
            }
        }
        let raw = self.text.get(start + 1..self.at).ok_or(NotJson)?;
        self.at += 1;
        let text = if escaped {
            Cow::Owned(unescape(raw)?)
        } else {
            Cow::Borrowed(raw)
        };
        Ok(self
            .tree
            .push(NodeKind::Scalar { text, plain: false }, start, self.at))
    }

    fn literal(&mut self) -> Result<NodeId, NotJson> {
        let start = self.at;
        while matches!(
            self.peek(),
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'+' | b'-' | b'.')
        ) {
            self.at += 1;
        }
        let raw = self.text.get(start..self.at).ok_or(NotJson)?;
        let number =
            raw.starts_with(|c: char| c == '-' || c.is_ascii_digit()) && raw.parse::<f64>().is_ok();
        if !number && !matches!(raw, "true" | "false" | "null") {
            return Err(NotJson);
        }
        Ok(self.tree.push(
            NodeKind::Scalar {
                text: Cow::Borrowed(raw),
                plain: true,
            },
            start,
            self.at,
        ))
    }
}

/// Resolves `\` escapes; a lone surrogate becomes U+FFFD.
fn unescape(raw: &str) -> Result<String, NotJson> {
    let mut out = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    let hex = |chars: &mut std::str::Chars<'_>| -> Result<u32, NotJson> {
        let digits = chars.as_str().get(..4).ok_or(NotJson)?;
        *chars = chars.as_str()[4..].chars();
        u32::from_str_radix(digits, 16).map_err(|_| NotJson)
    };
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next().ok_or(NotJson)? {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            c @ ('"' | '\\' | '/') => out.push(c),
            'u' => {
                let mut code = hex(&mut chars)?;
                if (0xd800..0xdc00).contains(&code) && chars.as_str().starts_with("\\u") {
                    let mut ahead = chars.clone();
                    ahead.next();
                    ahead.next();
                    let low = hex(&mut ahead)?;
                    if (0xdc00..0xe000).contains(&low) {
                        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                        chars = ahead;
                    }
                }
                out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            _ => return Err(NotJson),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_surrogates() {
        assert_eq!(
            unescape(r#"a\n\"\u00e9\ud83d\ude00\ud83d"#).unwrap(),
            "a\n\"é😀\u{fffd}"
        );
        assert!(unescape(r"\u12").is_err());
    }

    #[test]
    fn what_json_forbids_is_refused() {
        for text in [
            "{,}",
            "[1,]",
            "{\"a\" 1}",
            "nul",
            "[1] 2",
            "\"a\nb\"",
            "{\"a\":1",
            "01x",
        ] {
            assert!(parse(SourceId(0), text).is_err(), "{text}");
        }
    }
}
