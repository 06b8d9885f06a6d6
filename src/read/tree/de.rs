//! Reads one object of a tree into a serde type, its structured children left out.

use super::{NodeKind, Value};
use crate::config::SPANNED;
use crate::source::Span;
use serde::de::{self, DeserializeSeed, IntoDeserializer, Visitor};

/// How deep free-form content (examples, extensions) is followed.
const MAX_CONTENT_DEPTH: usize = 64;
/// How many nodes of free-form content are read; aliases make content larger than its text.
const MAX_CONTENT_NODES: usize = 20_000;

/// Why an object does not fit its type, and the innermost node reached.
#[derive(Debug)]
pub(crate) struct DeError {
    /// What is wrong.
    pub(crate) message: String,
    /// Where, if known.
    pub(crate) span: Option<Span>,
}

impl DeError {
    fn at(mut self, value: Value<'_, '_>) -> Self {
        self.span.get_or_insert(value.span());
        self
    }
}

impl std::fmt::Display for DeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DeError {}

impl de::Error for DeError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self {
            message: message.to_string(),
            span: None,
        }
    }
}

impl<'t, 's> Value<'t, 's> {
    /// Reads this object as `T`, without the children that `cut` names; duplicate keys are shown
    /// once.
    pub(crate) fn shallow<T: de::DeserializeOwned>(self, cut: Cut<'_>) -> Result<T, DeError> {
        let budget = std::cell::Cell::new(MAX_CONTENT_NODES);
        T::deserialize(Content {
            value: self.resolved(),
            cut,
            depth: 0,
            budget: &budget,
        })
        .map_err(|error| error.at(self))
    }
}

/// Children of an object that are not read with it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cut<'a> {
    /// Shown as empty mappings or lists of their kind, so that a wrong kind is still seen.
    pub(crate) emptied: &'a [&'a str],
    /// Not shown.
    pub(crate) removed: &'a [&'a str],
}

#[derive(Clone, Copy)]
struct Content<'t, 's, 'a> {
    value: Value<'t, 's>,
    cut: Cut<'a>,
    depth: usize,
    budget: &'a std::cell::Cell<usize>,
}

impl<'t, 's, 'a> Content<'t, 's, 'a> {
    fn child(&self, value: Value<'t, 's>) -> Self {
        Content {
            value: value.resolved(),
            cut: Cut::default(),
            depth: self.depth + 1,
            budget: self.budget,
        }
    }

    fn spend(&self) -> Result<(), DeError> {
        let left = self.budget.get();
        if left == 0 || self.depth > MAX_CONTENT_DEPTH {
            return Err(de::Error::custom("too large or too deeply nested"));
        }
        self.budget.set(left - 1);
        Ok(())
    }
}

impl<'de> de::Deserializer<'de> for Content<'_, '_, '_> {
    type Error = DeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeError> {
        self.spend()?;
        match &self.value.node().kind {
            NodeKind::Scalar { text, plain: false } => visitor.visit_str(text),
            NodeKind::Scalar { text, .. } => {
                if self.value.is_null() {
                    visitor.visit_unit()
                } else if let Some(flag) = self.value.bool() {
                    visitor.visit_bool(flag)
                } else if let Ok(number) = text.parse::<i64>() {
                    visitor.visit_i64(number)
                } else if let Ok(number) = text.parse::<u64>() {
                    visitor.visit_u64(number)
                } else if text.starts_with(|c: char| c == '-' || c == '.' || c.is_ascii_digit())
                    && let Ok(number) = text.parse::<f64>()
                {
                    visitor.visit_f64(number)
                } else {
                    visitor.visit_str(text)
                }
            }
            NodeKind::Seq(_) => {
                let items: Vec<_> = self.value.items().collect();
                visitor.visit_seq(Items {
                    content: self,
                    items: items.into_iter(),
                })
            }
            NodeKind::Map(_) => {
                let mut seen = std::collections::BTreeSet::new();
                let removed = |name: &str| self.depth == 0 && self.cut.removed.contains(&name);
                let mut entries = self.value.merged_entries();
                entries.retain(|entry| !removed(entry.name()) && seen.insert(entry.name()));
                visitor.visit_map(Entries {
                    content: self,
                    entries: entries.into_iter(),
                    value: None,
                })
            }
            NodeKind::Alias(_) => Err(DeError::at(de::Error::custom("unknown alias"), self.value)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeError> {
        if self.value.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeError> {
        match self.value.text() {
            Some(text) if !self.value.is_null() => visitor.visit_str(text),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DeError> {
        match self.value.text() {
            Some(text) => {
                let deserializer: de::value::StrDeserializer<'_, DeError> =
                    text.into_deserializer();
                de::Deserializer::deserialize_enum(deserializer, name, variants, visitor)
                    .map_err(|error| error.at(self.value))
            }
            None => Err(DeError::at(
                de::Error::custom(format!("expected one of {variants:?}")),
                self.value,
            )),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DeError> {
        if name == SPANNED {
            return visitor.visit_map(Place {
                content: self,
                at: 0,
            });
        }
        self.deserialize_any(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct
        seq tuple tuple_struct map ignored_any
    }
}

/// The parts of a value that wants to know where it stands: first byte, last byte, the value.
struct Place<'t, 's, 'a> {
    content: Content<'t, 's, 'a>,
    at: usize,
}

impl<'de> de::MapAccess<'de> for Place<'_, '_, '_> {
    type Error = DeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DeError> {
        let Some(part) = ["start", "end", "value"].get(self.at) else {
            return Ok(None);
        };
        let part: de::value::StrDeserializer<'_, DeError> = part.into_deserializer();
        seed.deserialize(part).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DeError> {
        self.at += 1;
        let span = self.content.value.span();
        match self.at {
            1 => seed.deserialize(span.start.into_deserializer()),
            2 => seed.deserialize(span.end.into_deserializer()),
            _ => seed.deserialize(self.content),
        }
    }
}

struct Items<'t, 's, 'a> {
    content: Content<'t, 's, 'a>,
    items: std::vec::IntoIter<Value<'t, 's>>,
}

impl<'de> de::SeqAccess<'de> for Items<'_, '_, '_> {
    type Error = DeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DeError> {
        let Some(item) = self.items.next() else {
            return Ok(None);
        };
        seed.deserialize(self.content.child(item))
            .map(Some)
            .map_err(|error| error.at(item))
    }
}

struct Entries<'t, 's, 'a> {
    content: Content<'t, 's, 'a>,
    entries: std::vec::IntoIter<super::Entry<'t, 's>>,
    value: Option<super::Entry<'t, 's>>,
}

impl<'de> de::MapAccess<'de> for Entries<'_, '_, '_> {
    type Error = DeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DeError> {
        let Some(entry) = self.entries.next() else {
            return Ok(None);
        };
        self.value = Some(entry);
        // A key is a name whatever it looks like: `404:` and `on:` are text here.
        let name: de::value::StrDeserializer<'_, DeError> = entry.name().into_deserializer();
        seed.deserialize(name)
            .map(Some)
            .map_err(|error| error.at(entry.key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DeError> {
        let Some(entry) = self.value.take() else {
            return Err(de::Error::custom("value before its key"));
        };
        let emptied = self.content.depth == 0 && self.content.cut.emptied.contains(&entry.name());
        if emptied && entry.value.is_map() {
            return seed
                .deserialize(Empty::Map)
                .map_err(|error| error.at(entry.value));
        }
        if emptied && entry.value.is_seq() {
            return seed
                .deserialize(Empty::Seq)
                .map_err(|error| error.at(entry.value));
        }
        seed.deserialize(self.content.child(entry.value))
            .map_err(|error| error.at(entry.value))
    }
}

/// What stands for a child that is left out.
enum Empty {
    Map,
    Seq,
}

impl<'de> de::Deserializer<'de> for Empty {
    type Error = DeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeError> {
        match self {
            Self::Map => visitor.visit_map(de::value::MapDeserializer::new(std::iter::empty::<(
                &str,
                &str,
            )>())),
            Self::Seq => {
                visitor.visit_seq(de::value::SeqDeserializer::new(std::iter::empty::<&str>()))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeError> {
        visitor.visit_some(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::Cut;
    use crate::read::tree::Tree;
    use crate::source::SourceId;

    #[test]
    fn a_fault_names_the_innermost_node() {
        let text = "name: x\nin: query\nrequired: perhaps\nschema: {}\n";
        let (tree, _) = Tree::parse(SourceId(0), text);
        let error = tree
            .root()
            .unwrap()
            .shallow::<openapiv3::Parameter>(Cut {
                emptied: &["schema"],
                removed: &[],
            })
            .unwrap_err();
        assert!(error.message.contains("perhaps"), "{}", error.message);
    }

    #[test]
    fn a_duplicate_key_does_not_reach_the_type() {
        let text = "{\"name\": \"x\", \"in\": \"query\", \"name\": \"y\", \"schema\": {\"type\": [\"a\"]}}";
        let (tree, _) = Tree::parse(SourceId(0), text);
        assert!(
            tree.root()
                .unwrap()
                .shallow::<openapiv3::Parameter>(Cut {
                    emptied: &["schema"],
                    removed: &[]
                })
                .is_ok()
        );
    }
}
