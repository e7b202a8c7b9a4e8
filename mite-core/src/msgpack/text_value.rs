//! Text that deserializes as whatever type is asked for.

use serde::de::value::{Error, StrDeserializer};
use serde::de::{Deserializer, Error as _, IntoDeserializer, Visitor};

/// A setting given as text. `"5"` reads as any number, `"yes"` as `true`.
pub(crate) struct TextValue<'a>(pub(crate) &'a str);

macro_rules! numbers {
    ($($method:ident $visit:ident $t:ty),* $(,)?) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            let n: $t = self.0.trim().parse().map_err(Error::custom)?;
            visitor.$visit(n)
        }
    )* };
}

impl<'de> Deserializer<'de> for TextValue<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(self.0)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => visitor.visit_bool(true),
            "false" | "0" | "no" | "off" => visitor.visit_bool(false),
            _ => Err(Error::custom("expected true/1/yes/on or false/0/no/off")),
        }
    }

    numbers! {
        deserialize_i8 visit_i8 i8,
        deserialize_i16 visit_i16 i16,
        deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64,
        deserialize_i128 visit_i128 i128,
        deserialize_u8 visit_u8 u8,
        deserialize_u16 visit_u16 u16,
        deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64,
        deserialize_u128 visit_u128 u128,
        deserialize_f32 visit_f32 f32,
        deserialize_f64 visit_f64 f64,
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let text: StrDeserializer<'_, Error> = self.0.into_deserializer();
        text.deserialize_enum(name, variants, visitor)
    }

    serde::forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    fn read<'a, T: Deserialize<'a>>(text: &str) -> Result<T, Error> {
        T::deserialize(TextValue(text))
    }

    #[test]
    fn the_type_decides() {
        #[derive(Deserialize, Debug, PartialEq)]
        #[serde(rename_all = "lowercase")]
        enum Mode {
            Fast,
        }
        #[derive(Deserialize, Debug, PartialEq)]
        struct Port(u16);
        assert_eq!(read::<u8>(" 7 "), Ok(7));
        assert_eq!(read::<i128>("-7"), Ok(-7));
        assert_eq!(read::<f64>("1e3"), Ok(1000.0));
        for yes in ["true", "1", "yes", "Yes", "on"] {
            assert_eq!(read::<bool>(yes), Ok(true), "{yes}");
        }
        assert_eq!(read::<bool>("no"), Ok(false));
        assert_eq!(read::<Mode>("fast"), Ok(Mode::Fast));
        assert_eq!(read::<Port>("80"), Ok(Port(80)));
        assert_eq!(read::<char>("x"), Ok('x'));
        assert!(read::<u8>("256").is_err());
        assert!(read::<bool>("maybe").is_err());
        assert!(read::<Vec<u8>>("1,2").is_err());
    }
}
