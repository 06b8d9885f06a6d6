//! Types that may be written as a text, a list or a mapping. Unlike serde's untagged enums they say
//! what is wrong with the one that was written, and where.

/// Reads `$type` by the kind of what stands there: each line names what is read, and what becomes of
/// it.
macro_rules! by_kind {
    ($type:ident $(<$parameter:ident>)? {
        text: $text:ty => $from_text:expr
        $(, list: $list:ty => $from_list:expr)?
        $(, map: $map:ty => $from_map:expr)? $(,)?
    }) => {
        impl<'de $(, $parameter: serde::Deserialize<'de>)?> serde::Deserialize<'de>
            for $type $(<$parameter>)?
        {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Kind<T>(std::marker::PhantomData<T>);
                impl<'de $(, $parameter: serde::Deserialize<'de>)?> serde::de::Visitor<'de>
                    for Kind<$type $(<$parameter>)?>
                {
                    type Value = $type $(<$parameter>)?;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        let kinds = concat!("a text" $(, by_kind!(@name $list => " or a list"))? $(, by_kind!(@name $map => " or a mapping"))?);
                        formatter.write_str(kinds)
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
                        let text: serde::de::value::StrDeserializer<'_, E> =
                            serde::de::IntoDeserializer::into_deserializer(text);
                        <$text as serde::Deserialize>::deserialize(text).map($from_text)
                    }

                    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Self::Value, E> {
                        self.visit_str(if value { "true" } else { "false" })
                    }

                    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Self::Value, E> {
                        self.visit_str(&value.to_string())
                    }

                    $(fn visit_seq<A: serde::de::SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
                        let list = serde::de::value::SeqAccessDeserializer::new(list);
                        <$list as serde::Deserialize>::deserialize(list).map($from_list)
                    })?

                    $(fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                        let map = serde::de::value::MapAccessDeserializer::new(map);
                        <$map as serde::Deserialize>::deserialize(map).map($from_map)
                    })?
                }
                deserializer.deserialize_any(Kind(std::marker::PhantomData))
            }
        }
    };
    (@name $type:ty => $name:literal) => { $name };
}

pub(super) use by_kind;
