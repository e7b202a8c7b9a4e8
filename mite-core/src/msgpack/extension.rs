//! Values of types that msgpack leaves to its users.

use rmp::Marker;
use serde::de::value::BorrowedBytesDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, SeqAccess, Visitor};

use crate::msgpack::Kind;
use crate::msgpack::decode_error::DecodeError;

/// An empty cell of CSV, encoded: null to an `Option`, and empty text to all else. A
/// private extension type, which no other program writes.
pub(crate) const EMPTY_CELL: [u8; 3] = [Marker::Ext8.to_u8(), 0, EMPTY_TYPE as u8];
const EMPTY_TYPE: i8 = b'm' as i8;

/// The kind of [`EMPTY_CELL`].
pub(super) const EMPTY: Kind<'_> = Kind::Extension(EMPTY_TYPE, &[]);

/// The name of a newtype of a type and its data, as rmp-serde has it.
pub(super) const NAME: &str = rmp_serde::MSGPACK_EXT_STRUCT_NAME;

/// An extension: its type, then its data.
pub(super) struct Extension<'de>(Option<i8>, Option<&'de [u8]>);

impl<'de> Extension<'de> {
    pub(super) fn new(kind: i8, data: &'de [u8]) -> Self {
        Self(Some(kind), Some(data))
    }
}

impl<'de> Deserializer<'de> for Extension<'de> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_seq(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        option unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

impl<'de> SeqAccess<'de> for Extension<'de> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        if let Some(kind) = self.0.take() {
            return seed.deserialize(kind.into_deserializer()).map(Some);
        }
        let data = self.1.take().map(BorrowedBytesDeserializer::new);
        data.map(|data| seed.deserialize(data)).transpose()
    }
}
