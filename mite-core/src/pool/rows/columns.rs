//! A record of columns as whatever type is asked for.

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess,
    SeqAccess, Visitor,
};

use crate::msgpack::{self, DecodeError, Decoder, Style};
use crate::pool::rows::header::Header;

/// Reads a row, an array of texts: a map by the names of its columns, or a list.
///
/// # Errors
/// If it is not a `T`.
pub(super) fn decode_columns<T: DeserializeOwned>(
    header: &Header,
    row: &[u8],
) -> Result<T, DecodeError> {
    msgpack::decode_rows(
        |style| T::deserialize(Columns { header, row, style }),
        |style| serde_path_to_error::deserialize(Columns { header, row, style }),
    )
}

#[derive(Clone, Copy)]
struct Columns<'de> {
    header: &'de Header,
    row: &'de [u8],
    style: Style,
}

impl<'de> Columns<'de> {
    fn cells(self) -> Cells<'de, impl Iterator<Item = (&'de str, &'de [u8])>> {
        Cells { cells: self.header.cells(self.row), value: &[], style: self.style }
    }

    fn in_order<V: Visitor<'de>>(self, wanted: usize, visitor: V) -> Result<V::Value, DecodeError> {
        let found = self.header.names().len();
        if wanted != found {
            let text = format_args!("expected {wanted} columns, found {found}");
            return Err(DecodeError::custom(text));
        }
        visitor.visit_seq(self.cells())
    }
}

impl<'de> Deserializer<'de> for Columns<'de> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_map(self.cells())
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.in_order(self.header.names().len(), visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        wanted: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.in_order(wanted, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        wanted: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.in_order(wanted, visitor)
    }

    fn is_human_readable(&self) -> bool {
        self.style.is_readable()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        option unit unit_struct map struct enum identifier ignored_any
    }
}

/// The cells that are left.
struct Cells<'de, I> {
    cells: I,
    /// The one whose name was read last.
    value: &'de [u8],
    style: Style,
}

impl<'de, I: Iterator<Item = (&'de str, &'de [u8])>> MapAccess<'de> for Cells<'de, I> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DecodeError> {
        let Some((name, value)) = self.cells.next() else { return Ok(None) };
        self.value = value;
        seed.deserialize(name.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, DecodeError> {
        seed.deserialize(&mut Decoder::new(self.value, self.style))
    }
}

impl<'de, I: Iterator<Item = (&'de str, &'de [u8])>> SeqAccess<'de> for Cells<'de, I> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        let Some((_, value)) = self.cells.next() else { return Ok(None) };
        seed.deserialize(&mut Decoder::new(value, self.style)).map(Some)
    }
}
