//! Reading a row's values as what is asked for: text reads as any type, and an
//! error says what was expected and found, not how it was encoded.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{
    DeserializeOwned, Deserializer, Error as _, Expected, IntoDeserializer, Unexpected, Visitor,
};

use crate::config::text_value::TextValue;
use crate::msgpack;

/// Why a value cannot be read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Misfit {
    /// Where in the value, `address.number`; empty for the value itself.
    pub(crate) path: String,
    /// What was expected and what was found.
    pub(crate) text: String,
    /// Whether it is of a type that was not asked for at all.
    wrong_type: bool,
}

impl Misfit {
    /// Whether the value as a whole is of a type that was not asked for.
    pub(crate) fn is_of_the_whole(&self) -> bool {
        self.wrong_type && self.path.is_empty()
    }

    fn new(text: impl fmt::Display, wrong_type: bool) -> Self {
        Self { path: String::new(), text: text.to_string(), wrong_type }
    }

    fn unexpected(found: Unexpected<'_>, expected: &dyn fmt::Display, wrong_type: bool) -> Self {
        let found = match found {
            Unexpected::Str(text) => format!("{text:?}"),
            Unexpected::Bool(value) => value.to_string(),
            Unexpected::Unsigned(n) => n.to_string(),
            Unexpected::Signed(n) => n.to_string(),
            Unexpected::Float(n) => n.to_string(),
            Unexpected::Unit | Unexpected::Option => "nothing".into(),
            Unexpected::Bytes(bytes) => format!("{} bytes", bytes.len()),
            Unexpected::Seq => "a list".into(),
            Unexpected::Map => "a map".into(),
            other => other.to_string(),
        };
        Self::new(format_args!("expected {expected}, found {found}"), wrong_type)
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Misfit {}

impl serde::de::Error for Misfit {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self::new(text, false)
    }
    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::unexpected(found, &expected, true)
    }
    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::unexpected(found, &expected, false)
    }
    fn invalid_length(found: usize, expected: &dyn Expected) -> Self {
        let s = if found == 1 { "" } else { "s" };
        Self::new(format_args!("expected {expected}, found {found} element{s}"), false)
    }
}

/// Reads one encoded value.
pub(crate) fn read<T: DeserializeOwned>(value: &[u8]) -> Result<T, Misfit> {
    match msgpack::decode(value) {
        Ok(value) => Ok(value),
        Err(_) => read_text(Loose { value, cells: false }),
    }
}

/// Reads one encoded cell, or a row of them: one without text is no value, if
/// there need not be one.
pub(crate) fn read_cells<T: DeserializeOwned>(value: &[u8]) -> Result<T, Misfit> {
    read_text(Loose { value, cells: true })
}

fn read_text<T: DeserializeOwned>(value: Loose<'_>) -> Result<T, Misfit> {
    if let Ok(value) = T::deserialize(value) {
        return Ok(value);
    }
    // Only now does it matter where in the value.
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { String::new() } else { path };
        Misfit { path, ..error.into_inner() }
    })
}

/// What a value is that is not there: `None`, if it need not be.
pub(crate) fn absent<T: DeserializeOwned>() -> Option<T> {
    T::deserialize(Absent).ok()
}

struct Absent;

impl<'de> Deserializer<'de> for Absent {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Misfit> {
        Err(Misfit::custom("nothing there"))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_none()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

/// One encoded value.
#[derive(Clone, Copy)]
struct Loose<'de> {
    value: &'de [u8],
    /// Whether its texts are cells: nothing between two commas is no value.
    cells: bool,
}

impl<'de> Loose<'de> {
    fn map(self) -> MapDeserializer<'de, impl Iterator<Item = (Loose<'de>, Loose<'de>)>, Misfit> {
        let of = move |value| Self { value, ..self };
        let entries = msgpack::entries(self.value);
        MapDeserializer::new(entries.map(move |(key, value)| (of(key), of(value))))
    }
}

impl<'de> IntoDeserializer<'de, Misfit> for Loose<'de> {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

fn scalar<T: DeserializeOwned>(value: &[u8]) -> Result<T, Misfit> {
    msgpack::decode(value).map_err(Misfit::custom)
}

macro_rules! typed {
    ($($method:ident $expected:literal),* $(,)?) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
            match msgpack::text(self.value) {
                Some(text) => TextValue(text).$method(visitor).map_err(|_| {
                    Misfit::unexpected(Unexpected::Str(text), &$expected, true)
                }),
                None => self.deserialize_any(visitor),
            }
        }
    )* };
}

/// Numbers of 16 bytes, which msgpack only has as bytes.
macro_rules! wide {
    ($($method:ident $visit:ident $t:ty, $expected:literal),* $(,)?) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
            match (msgpack::text(self.value), self.value) {
                (Some(text), _) => TextValue(text).$method(visitor).map_err(|_| {
                    Misfit::unexpected(Unexpected::Str(text), &$expected, true)
                }),
                (None, [0xc4, 16, ..]) => visitor.$visit(scalar::<$t>(self.value)?),
                (None, _) => self.deserialize_any(visitor),
            }
        }
    )* };
}

impl<'de> Deserializer<'de> for Loose<'de> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        let value = self.value;
        match value.first().copied().unwrap_or(0xc1) {
            0xc0 => visitor.visit_unit(),
            0xc2 => visitor.visit_bool(false),
            0xc3 => visitor.visit_bool(true),
            0x00..=0x7f | 0xcc..=0xcf => visitor.visit_u64(scalar(value)?),
            0xe0..=0xff | 0xd0..=0xd3 => visitor.visit_i64(scalar(value)?),
            0xca | 0xcb => visitor.visit_f64(scalar(value)?),
            0xa0..=0xbf | 0xd9..=0xdb => match msgpack::text(value) {
                Some(text) => visitor.visit_borrowed_str(text),
                None => Err(Misfit::custom("expected text in UTF-8")),
            },
            0xc4 => visitor.visit_borrowed_bytes(value.get(2..).unwrap_or_default()),
            0xc5 => visitor.visit_borrowed_bytes(value.get(3..).unwrap_or_default()),
            0xc6 => visitor.visit_borrowed_bytes(value.get(5..).unwrap_or_default()),
            0x90..=0x9f | 0xdc | 0xdd => {
                let elements = msgpack::elements(value).map(|value| Self { value, ..self });
                let mut list = SeqDeserializer::new(elements);
                let read = visitor.visit_seq(&mut list)?;
                // What nobody asked for must not get lost unnoticed.
                list.end()?;
                Ok(read)
            }
            0x80..=0x8f | 0xde | 0xdf => {
                let mut map = self.map();
                let read = visitor.visit_map(&mut map)?;
                map.end()?;
                Ok(read)
            }
            _ => Err(Misfit::custom("found a value of a type that only msgpack has")),
        }
    }

    typed! {
        deserialize_bool "true or false", deserialize_char "one character",
        deserialize_i8 "i8", deserialize_i16 "i16", deserialize_i32 "i32", deserialize_i64 "i64",
        deserialize_u8 "u8", deserialize_u16 "u16", deserialize_u32 "u32", deserialize_u64 "u64",
        deserialize_f32 "f32", deserialize_f64 "f64",
    }

    wide! {
        deserialize_i128 visit_i128 i128, "i128", deserialize_u128 visit_u128 u128, "u128",
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.value {
            [0xc0, ..] => visitor.visit_none(),
            [0xa0, ..] if self.cells => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match (msgpack::text(self.value), self.value.first()) {
            (Some(text), _) => {
                let text: StrDeserializer<'_, Misfit> = text.into_deserializer();
                text.deserialize_enum(name, variants, visitor)
            }
            (None, Some(0x81)) => {
                MapAccessDeserializer::new(self.map()).deserialize_enum(name, variants, visitor)
            }
            (None, _) => self.deserialize_any(visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier
    }
}

#[cfg(test)]
mod tests;
