//! A value of the configuration that knows where it stands.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// The name by which the deserializer of [`crate::read::tree`] knows that a place is asked for.
pub(crate) const NAME: &str = "$seaworthy::Spanned";

/// A value and the bytes of the file that it stands in.
#[derive(Clone, Debug, Default)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// First byte in the file.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Parts<T> {
            type Value = Spanned<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a value")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut part = || {
                    map.next_key::<String>()?;
                    map.next_value::<u32>()
                };
                let (start, end) = (part()?, part()?);
                map.next_key::<String>()?
                    .ok_or_else(|| A::Error::custom("no value"))?;
                Ok(Spanned {
                    value: map.next_value()?,
                    start,
                    end,
                })
            }
        }
        deserializer.deserialize_struct(NAME, &["start", "end", "value"], Parts(PhantomData))
    }
}

/// For the schema the place is not there.
impl<T: JsonSchema> JsonSchema for Spanned<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}
