//! Msgpack, the encoding of messages, rows and records: walked where it lies, and
//! written where it is sent from.
//! Format: <https://github.com/msgpack/msgpack/blob/master/spec.md>.

mod decode;
mod decode_error;
mod decoder;
mod extension;
pub mod fields;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod json;
mod kind;
pub mod put;
mod show;
pub(crate) mod text_value;
mod values;
mod walk;

use serde::Serialize;

pub use decode::decode;
pub(crate) use decode::{absent, decode_row, decode_rows};
pub use decode_error::DecodeError;
pub use decoder::DEEPEST;
pub(crate) use decoder::{Decoder, RAW, Style};
pub(crate) use extension::EMPTY_CELL;
pub use fields::Fields;
pub use json::integer_beyond_64_bits;
pub use kind::{Kind, Malformed};
pub use show::{masked, masked_named, show, show_named};
pub use values::Values;
pub(crate) use walk::text_bytes;
pub use walk::{Head, elements, entries, field, text, value_len};

/// Encodes a value; structs become maps with their field names.
///
/// # Errors
/// That of the value's `Serialize`.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, rmp_serde::encode::Error> {
    rmp_serde::to_vec_named(value)
}

/// Appends a value, encoded as [`encode`] does.
///
/// # Errors
/// As [`encode`]; what was appended until then stays.
pub(crate) fn encode_into<T: Serialize + ?Sized>(
    out: &mut Vec<u8>,
    value: &T,
) -> Result<(), rmp_serde::encode::Error> {
    rmp_serde::encode::write_named(out, value)
}
