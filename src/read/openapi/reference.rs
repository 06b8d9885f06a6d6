//! `$ref` within a description and across the files of the audited root (RFC 6901 pointers in a
//! URI fragment, OpenAPI 3.2 section 4.5).

use super::parts::Parts;
use crate::read::tree::Value;
use crate::source::{SourceId, SourceKind, join_inside};

/// How many references are followed one after the other.
const MAX_HOPS: usize = 32;

/// Follows references from anywhere in a description.
pub(super) struct Resolver<'t, 's> {
    /// The document that is read.
    root: Value<'t, 's>,
    /// `$self`, the document's own address (OpenAPI 3.2 section 4.8.1).
    address: Option<&'t str>,
    parts: &'t Parts<'s>,
}

/// Why a reference leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unresolved {
    /// The file is there and is something else: Rust code, a compose file.
    Foreign(String),
    /// The file is there, and what the pointer names is not in it.
    Missing,
    /// The references go round in a circle.
    Circle,
    /// The file is not there, or it is no regular file below the root.
    NoFile(String),
    /// The file is outside of the audited root.
    Outside,
    /// Something on the network, which is never fetched.
    Network,
    /// The file could not be read; that is a problem of its own.
    Unreadable,
}

impl<'t, 's> Resolver<'t, 's> {
    pub(super) fn new(root: Value<'t, 's>, parts: &'t Parts<'s>) -> Self {
        Self {
            root,
            address: root.get("$self").and_then(Value::text),
            parts,
        }
    }

    /// The document.
    pub(super) fn root(&self) -> Value<'t, 's> {
        self.root
    }

    /// The value, or what its chain of references ends at.
    pub(super) fn resolve(&self, value: Value<'t, 's>) -> Result<Value<'t, 's>, Unresolved> {
        let mut value = value.resolved();
        for _ in 0..MAX_HOPS {
            let Some(target) = target(value) else {
                return Ok(value);
            };
            value = self.step(value, target)?;
        }
        Err(Unresolved::Circle)
    }

    /// What one reference, written in the object `from`, names.
    pub(super) fn step(
        &self,
        from: Value<'t, 's>,
        target: &str,
    ) -> Result<Value<'t, 's>, Unresolved> {
        let (file, fragment) = target.split_once('#').unwrap_or((target, ""));
        let root = self.file(from, file)?;
        let found = if fragment.is_empty() {
            Some(root)
        } else if fragment.starts_with('/') {
            self.pointer(root, fragment)
        } else {
            anchored(root, fragment)
        };
        found.map(Value::resolved).ok_or(Unresolved::Missing)
    }

    /// The root of the file that a reference in `from` means.
    fn file(&self, from: Value<'t, 's>, file: &str) -> Result<Value<'t, 's>, Unresolved> {
        let own = self.root.span().source;
        let here = from.span().source;
        if file.is_empty() {
            return self.tree_root(here);
        }
        if self.address == Some(file) {
            return Ok(self.root);
        }
        if is_network(file) {
            return Err(Unresolved::Network);
        }
        let sources = self.parts.sources();
        let path = percent_decode(file);
        let path = join_inside(sources.get(here).directory(), &path).ok_or(Unresolved::Outside)?;
        match sources.find(&path) {
            Some(id) if id == own => Ok(self.root),
            Some(id) => self.tree_root(id),
            None => Err(Unresolved::NoFile(path)),
        }
    }

    fn tree_root(&self, id: SourceId) -> Result<Value<'t, 's>, Unresolved> {
        if id == self.root.span().source {
            return Ok(self.root);
        }
        let source = self.parts.sources().get(id);
        let Some(tree) = self.parts.tree(id) else {
            return Err(match source.kind {
                SourceKind::Unreadable => Unresolved::Unreadable,
                _ => Unresolved::Foreign(source.path.clone()),
            });
        };
        tree.root().ok_or(Unresolved::Unreadable)
    }

    fn pointer(&self, root: Value<'t, 's>, pointer: &str) -> Option<Value<'t, 's>> {
        let mut value = root;
        for token in pointer.split('/').skip(1) {
            let token = percent_decode(token).replace("~1", "/").replace("~0", "~");
            value = match self.child(value, &token) {
                Some(child) => child,
                // The pointer goes on behind another reference.
                None => self.child(self.behind(value)?, &token)?,
            };
        }
        Some(value)
    }

    fn child(&self, value: Value<'t, 's>, token: &str) -> Option<Value<'t, 's>> {
        match token.parse::<usize>() {
            Ok(index) if value.is_seq() => value.items().nth(index),
            _ => value.get_merged(token),
        }
    }

    /// What the reference in `value` names, if that takes no pointer through another reference:
    /// one step, or a pointer could go round for ever.
    fn behind(&self, value: Value<'t, 's>) -> Option<Value<'t, 's>> {
        let value = value.resolved();
        let (file, fragment) = target(value)?.split_once('#')?;
        let mut value = self.file(value, file).ok()?;
        for token in fragment.split('/').skip(1) {
            let token = percent_decode(token).replace("~1", "/").replace("~0", "~");
            value = self.child(value, &token)?;
        }
        Some(value)
    }
}

/// The text of an object's `$ref`.
pub(super) fn target<'t>(value: Value<'t, '_>) -> Option<&'t str> {
    value.get("$ref").and_then(Value::text)
}

/// A schema with that `$anchor` among the document's schemas (JSON Schema 2020-12 section 8.2.2).
fn anchored<'t, 's>(root: Value<'t, 's>, anchor: &str) -> Option<Value<'t, 's>> {
    let components = root.get("components").and_then(|c| c.get("schemas"));
    let places = [Some(root), components, root.get("$defs")];
    places
        .into_iter()
        .flatten()
        .flat_map(Value::entries)
        .map(|entry| entry.value.resolved())
        .find(|value| value.get("$anchor").and_then(Value::text) == Some(anchor))
}

/// Whether a reference has a scheme or a host, and so does not name a file of the root.
fn is_network(file: &str) -> bool {
    file.starts_with("//")
        || file.split_once(':').is_some_and(|(scheme, _)| {
            scheme.len() > 1
                && scheme
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
        })
}

/// The files that a description or a part of one refers to, as written, each once. Found in the
/// text, so that `collect` can load them before anything is parsed.
pub(crate) fn referenced_files(text: &str) -> Vec<String> {
    let mut files: Vec<String> = Vec::new();
    for (at, key) in text.match_indices("$ref") {
        let rest = text[at + key.len()..].trim_start_matches(['"', '\'']);
        let Some(rest) = rest.trim_start_matches([' ', '\t']).strip_prefix(':') else {
            continue;
        };
        let rest = rest.trim_start();
        let value = match rest.chars().next() {
            Some(quote @ ('"' | '\'')) => rest[1..].split(quote).next(),
            _ => rest.split(['\n', '\r', '}', ',']).next(),
        };
        let value = value.unwrap_or("").split(" #").next().unwrap_or("").trim();
        let file = value.split('#').next().unwrap_or("").replace("\\/", "/");
        if !file.is_empty() && file.len() < 1024 && !is_network(&file) {
            let file = percent_decode(&file);
            if !files.contains(&file) {
                files.push(file);
            }
        }
    }
    files
}

fn percent_decode(token: &str) -> String {
    let bytes = token.as_bytes();
    if !bytes.contains(&b'%') {
        return token.to_owned();
    }
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let hex = token.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encoding_is_undone() {
        assert_eq!(percent_decode("a%20b%7e1%zz%"), "a b~1%zz%");
    }

    #[test]
    fn files_are_found_in_every_way_of_writing() {
        let text = "a: {$ref: ./a.yaml#/X}\nb:\n  $ref: 'b%20c.json'\nc:\n  \"$ref\": \"c.yaml#/Y\"\nd: {\"$ref\":\"d\\/e.json\"}\ne:\n  $ref: f.yaml # why\nf: {$ref: '#/here'}\ng: {$ref: 'https://x.example/s.json'}\nh: $refund: g.yaml\n";
        assert_eq!(
            referenced_files(text),
            ["./a.yaml", "b c.json", "c.yaml", "d/e.json", "f.yaml"]
        );
    }
}
