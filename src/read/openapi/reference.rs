//! `$ref` within one document (RFC 6901 pointers in a URI fragment).

use crate::read::tree::Value;

/// How many references are followed one after the other.
const MAX_HOPS: usize = 32;

/// Follows references from anywhere in a document.
pub(super) struct Resolver<'t, 's> {
    root: Value<'t, 's>,
}

impl<'t, 's> Resolver<'t, 's> {
    pub(super) fn new(root: Value<'t, 's>) -> Self {
        Self { root }
    }

    /// The document.
    pub(super) fn root(&self) -> Value<'t, 's> {
        self.root
    }

    /// The value, or what its chain of references ends at; none for a reference to another file,
    /// to nothing, or in a circle.
    pub(super) fn resolve(&self, value: Value<'t, 's>) -> Option<Value<'t, 's>> {
        let mut value = value.resolved();
        for _ in 0..MAX_HOPS {
            let Some(target) = value.get("$ref").and_then(Value::text) else {
                return Some(value);
            };
            value = self.pointer(target.strip_prefix('#')?)?.resolved();
        }
        None
    }

    fn pointer(&self, pointer: &str) -> Option<Value<'t, 's>> {
        let mut value = self.root;
        for token in pointer.split('/').skip(1) {
            let token = percent_decode(token).replace("~1", "/").replace("~0", "~");
            value = match token.parse::<usize>() {
                Ok(index) if value.is_seq() => value.items().nth(index)?,
                _ => value.get_merged(&token)?,
            };
        }
        Some(value)
    }
}

fn percent_decode(token: &str) -> String {
    let bytes = token.as_bytes();
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
}
