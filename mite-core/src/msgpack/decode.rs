//! Decoding: an encoded value as whatever type is asked for.

use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};

use crate::msgpack::decode_error::DecodeError;
use crate::msgpack::decoder::{Decoder, Style};

/// Decodes one value; what follows it is left alone.
///
/// # Errors
/// If it is not a `T`, or nested more than [`DEEPEST`](crate::msgpack::DEEPEST) deep.
pub fn decode<T: DeserializeOwned>(value: &[u8]) -> Result<T, DecodeError> {
    let decoder = || Decoder::new(value, Style::default());
    T::deserialize(&mut decoder())
        .or_else(|_| placed(serde_path_to_error::deserialize(&mut decoder())))
}

/// Decodes one value of a row: text reads as any type.
///
/// # Errors
/// As [`decode`].
pub(crate) fn decode_row<T: DeserializeOwned>(value: &[u8]) -> Result<T, DecodeError> {
    decode_rows(
        |style| T::deserialize(&mut Decoder::new(value, style)),
        |style| serde_path_to_error::deserialize(&mut Decoder::new(value, style)),
    )
}

/// Reads what a row has with `read`, and once more with `explain` if that fails.
/// Some types, such as addresses and UUIDs, have two forms: the one in which mite
/// encodes them, and the text in which people write them. Either will do.
///
/// # Errors
/// That of `explain`, with its path.
pub(crate) fn decode_rows<T>(
    read: impl Fn(Style) -> Result<T, DecodeError>,
    explain: impl FnOnce(Style) -> Result<T, serde_path_to_error::Error<DecodeError>>,
) -> Result<T, DecodeError> {
    read(Style::COMPACT)
        .or_else(|_| read(Style::READABLE))
        .or_else(|_| placed(explain(Style::READABLE)))
}

/// An error that says where in the value it is: only now does that matter.
fn placed<T>(read: Result<T, serde_path_to_error::Error<DecodeError>>) -> Result<T, DecodeError> {
    read.map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        match path == "." || error.is_of_depth() {
            true => error,
            false => error.at(path),
        }
    })
}

/// The value of an optional field that is absent.
pub(crate) fn absent<T: DeserializeOwned>() -> Option<T> {
    T::deserialize(Absent).ok()
}

struct Absent;

impl<'de> Deserializer<'de> for Absent {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, DecodeError> {
        Err(DecodeError::custom("nothing there"))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_none()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

#[cfg(test)]
mod tests;
