//! The deserializer of encoded values.

use std::fmt;

use serde::de::value::{SeqDeserializer, StrDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, Expected, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};

use crate::msgpack::decode_error::{DecodeError, Why};
use crate::msgpack::extension::Extension;
use crate::msgpack::text_value::TextValue;
use crate::msgpack::{Kind, extension, value_len};

/// How deep a value may be nested to be decoded, as in serde_json: each level
/// takes a piece of the stack, and a deeper one may be made to overflow it.
pub const DEEPEST: usize = 128;

/// The name of a newtype that takes a value as it is encoded, as bytes.
pub(crate) const RAW: &str = "mite::msgpack::Raw";

/// How values are read.
#[derive(Clone, Copy, Default)]
pub(crate) struct Style {
    /// Whether text reads as any type.
    lenient: bool,
    /// What types are told that have two forms, see `is_human_readable` of serde.
    readable: bool,
}

impl Style {
    /// Of rows, with types in the form in which mite encodes them.
    pub(super) const COMPACT: Self = Self { lenient: true, readable: false };
    /// Of rows, with types in the form in which people write them.
    pub(super) const READABLE: Self = Self { lenient: true, readable: true };

    pub(crate) fn is_readable(self) -> bool {
        self.readable
    }
}

/// Reads values where they lie, one after the other.
pub(crate) struct Decoder<'de> {
    rest: &'de [u8],
    style: Style,
    /// How much deeper it may go.
    left: usize,
}

impl<'de> Decoder<'de> {
    pub(crate) fn new(value: &'de [u8], style: Style) -> Self {
        Self { rest: value, style, left: DEEPEST }
    }

    /// Of a row, for what takes any value.
    pub(crate) fn of_row(row: &'de [u8]) -> Self {
        Self::new(row, Style::READABLE)
    }

    #[inline]
    fn next(&mut self) -> Result<Kind<'de>, DecodeError> {
        let (kind, rest) = Kind::split(self.rest)?;
        self.rest = rest;
        Ok(kind)
    }

    /// The next value, encoded.
    fn raw(&mut self) -> Result<&'de [u8], DecodeError> {
        let (value, rest) = self.rest.split_at(value_len(self.rest)?);
        self.rest = rest;
        Ok(value)
    }

    /// The text of a value that may stand for another type.
    fn text(&self, kind: Kind<'de>) -> Result<Option<&'de str>, DecodeError> {
        match kind {
            Kind::Text(bytes) if self.style.lenient => utf8(bytes).map(Some),
            extension::EMPTY => Ok(Some("")),
            _ => Ok(None),
        }
    }

    /// Reads what is inside the value that is being read.
    fn inside<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        let Some(left) = self.left.checked_sub(1) else {
            let text = format_args!("it is nested more than {DEEPEST} deep");
            return Err(DecodeError::new(text, Why::TooDeep));
        };
        self.left = left;
        let read = read(self);
        self.left += 1;
        read
    }

    /// Shows a value as what it is.
    fn visit<V: Visitor<'de>>(
        &mut self,
        kind: Kind<'de>,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match kind {
            Kind::Nil => visitor.visit_unit(),
            Kind::Bool(value) => visitor.visit_bool(value),
            Kind::Unsigned(n) => visitor.visit_u64(n),
            Kind::Signed(n) => visitor.visit_i64(n),
            Kind::Float32(n) => visitor.visit_f32(n),
            Kind::Float(n) => visitor.visit_f64(n),
            Kind::Text(bytes) => match utf8(bytes) {
                Ok(text) => visitor.visit_borrowed_str(text),
                Err(error) => match visitor.visit_borrowed_bytes::<DecodeError>(bytes) {
                    Ok(value) => Ok(value),
                    Err(_) => Err(error),
                },
            },
            Kind::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
            Kind::Array(count) => self.list(count, visitor),
            Kind::Map(count) => self.map(count, visitor),
            extension::EMPTY => visitor.visit_borrowed_str(""),
            Kind::Extension(kind, data) => {
                self.inside(|_| visitor.visit_newtype_struct(Extension::new(kind, data)))
            }
        }
    }

    fn list<V: Visitor<'de>>(&mut self, count: u32, visitor: V) -> Result<V::Value, DecodeError> {
        self.inside(|decoder| {
            let mut items = Items { decoder, left: count };
            let value = visitor.visit_seq(&mut items)?;
            // Elements that the type did not take are an error.
            items.end(count, "sequence")?;
            Ok(value)
        })
    }

    fn map<V: Visitor<'de>>(&mut self, count: u32, visitor: V) -> Result<V::Value, DecodeError> {
        self.inside(|decoder| {
            let mut items = Items { decoder, left: count };
            let value = visitor.visit_map(&mut items)?;
            items.end(count, "map")?;
            Ok(value)
        })
    }

    /// A list, or bytes as one.
    fn sequence<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.next()? {
            Kind::Bytes(bytes) => {
                let mut bytes = SeqDeserializer::<_, DecodeError>::new(bytes.iter().copied());
                let value = visitor.visit_seq(&mut bytes)?;
                bytes.end()?;
                Ok(value)
            }
            kind => self.visit(kind, visitor),
        }
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, DecodeError> {
    std::str::from_utf8(bytes).map_err(|_| {
        let text = String::from_utf8_lossy(bytes);
        DecodeError::custom(format_args!("expected text in UTF-8, found {text:?}"))
    })
}

macro_rules! scalars {
    ($($method:ident $expected:literal),* $(,)?) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            let kind = self.next()?;
            match self.text(kind)? {
                Some(text) => TextValue(text).$method(visitor).map_err(|_| {
                    DecodeError::unexpected(Unexpected::Str(text), &$expected, Why::WrongType)
                }),
                None => self.visit(kind, visitor),
            }
        }
    )* };
}

/// Integers of 16 bytes, which rmp-serde writes as bytes.
macro_rules! wide {
    ($($method:ident $visit:ident $t:ident),* $(,)?) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            let kind = self.next()?;
            if let Kind::Bytes(bytes) = kind
                && let Ok(bytes) = bytes.try_into()
            {
                return visitor.$visit($t::from_be_bytes(bytes));
            }
            match self.text(kind)? {
                Some(text) => TextValue(text).$method(visitor).map_err(|_| {
                    let expected = stringify!($t);
                    DecodeError::unexpected(Unexpected::Str(text), &expected, Why::WrongType)
                }),
                None => self.visit(kind, visitor),
            }
        }
    )* };
}

impl<'de> Deserializer<'de> for &mut Decoder<'de> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let kind = self.next()?;
        self.visit(kind, visitor)
    }

    scalars! {
        deserialize_bool "true or false", deserialize_char "one character",
        deserialize_i8 "i8", deserialize_i16 "i16", deserialize_i32 "i32", deserialize_i64 "i64",
        deserialize_u8 "u8", deserialize_u16 "u16", deserialize_u32 "u32", deserialize_u64 "u64",
        deserialize_f32 "f32", deserialize_f64 "f64",
    }

    wide! { deserialize_i128 visit_i128 i128, deserialize_u128 visit_u128 u128 }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let before = self.rest;
        match self.next()? {
            Kind::Nil | extension::EMPTY => visitor.visit_none(),
            // Limited in depth: the type may be recursive (`struct T(Option<Box<T>>)`).
            _ => {
                self.rest = before;
                self.inside(|decoder| visitor.visit_some(decoder))
            }
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match name {
            RAW => visitor.visit_borrowed_bytes(self.raw()?),
            extension::NAME => self.deserialize_any(visitor),
            _ => self.inside(|decoder| visitor.visit_newtype_struct(decoder)),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match self.next()? {
            Kind::Array(0) => visitor.visit_unit(),
            kind => self.visit(kind, visitor),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.sequence(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _wanted: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.sequence(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _wanted: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.sequence(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match self.next()? {
            Kind::Text(bytes) => {
                let text: StrDeserializer<'_, DecodeError> = utf8(bytes)?.into_deserializer();
                text.deserialize_enum(name, variants, visitor)
            }
            Kind::Map(1) => self.inside(|decoder| visitor.visit_enum(decoder)),
            kind => self.visit(kind, visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.raw()?;
        visitor.visit_unit()
    }

    fn is_human_readable(&self) -> bool {
        self.style.readable
    }

    serde::forward_to_deserialize_any! {
        str string bytes byte_buf unit map struct identifier
    }
}

/// What is left of a list or a map.
struct Items<'a, 'de> {
    decoder: &'a mut Decoder<'de>,
    left: u32,
}

impl<'de> Items<'_, 'de> {
    fn next<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, DecodeError> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        seed.deserialize(&mut *self.decoder).map(Some)
    }

    fn end(&self, count: u32, place: &str) -> Result<(), DecodeError> {
        let read = count - self.left;
        match self.left {
            0 => Ok(()),
            _ => Err(DecodeError::invalid_length(count as usize, &Read(read, place))),
        }
    }

    fn hint(&self) -> Option<usize> {
        // Each takes one byte at least, whatever their number is said to be.
        Some((self.left as usize).min(self.decoder.rest.len()))
    }
}

/// How many elements were taken, in serde's words.
struct Read<'a>(u32, &'a str);

impl Expected for Read<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = if self.0 == 1 { "" } else { "s" };
        write!(f, "{} element{s} in {}", self.0, self.1)
    }
}

impl<'de> SeqAccess<'de> for &mut Items<'_, 'de> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        self.next(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        self.hint()
    }
}

impl<'de> MapAccess<'de> for &mut Items<'_, 'de> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DecodeError> {
        self.next(seed)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, DecodeError> {
        seed.deserialize(&mut *self.decoder)
    }

    fn size_hint(&self) -> Option<usize> {
        self.hint()
    }
}

/// A map of one entry, as the variant that it names.
impl<'de> EnumAccess<'de> for &mut Decoder<'de> {
    type Error = DecodeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self), DecodeError> {
        let variant = seed.deserialize(&mut *self)?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for &mut Decoder<'de> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<(), DecodeError> {
        serde::Deserialize::deserialize(self)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, DecodeError> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        count: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_tuple(count, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_struct("", fields, visitor)
    }
}
