//! Msgpack, the encoding of messages, rows and records: walked where it lies, and
//! written where it is sent from.
//! Format: <https://github.com/msgpack/msgpack/blob/master/spec.md>.

pub mod fields;
pub mod put;
mod walk;

pub use fields::Fields;
pub(crate) use walk::text_bytes;
pub use walk::{Malformed, Values, decode, elements, encode, entries, show, text, value_len};
