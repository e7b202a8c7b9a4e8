//! A journey's data item on its way from a pool to a runner.

use rmp::Marker;
use serde::Serialize;

use crate::error::Result;
use crate::msgpack;
use crate::pool::rows::origin::{Origin, Place};

/// A data item, encoded. The format is written down here alone:
///
/// - One msgpack value. An array holds the journey's arguments in their order; if
///   it takes one, and the array is not of one element, the array is that
///   argument. A map is a row, and its entries are found by the arguments' names;
///   if the journey takes one and no entry has its name, the map is that argument.
///   Any other value is the only argument.
/// - In it, what is not in msgpack: an empty cell of CSV is
///   [`EMPTY_CELL`](msgpack::EMPTY_CELL); integers of 128 bits are 16 bytes, as
///   rmp-serde writes them.
/// - Behind it, if it is a row and its origin is known, a second value: `[source,
///   kind, number, byte]`, where `kind` is 0 for a line, 1 for a record of columns,
///   2 for a value and 3 for a row, `number` is which one, from 1, and `byte` is
///   where the value begins, 0 for the others.
///
/// Whoever reads the first value does not see the second; only an error looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct EncodedItem<B = Vec<u8>>(B);

/// The item of a journey without arguments.
pub(crate) const NO_ARGUMENTS: &[u8] = &[Marker::FixArray(0).to_u8()];

impl EncodedItem {
    /// The item of a journey without arguments.
    pub(crate) fn none() -> Self {
        Self(NO_ARGUMENTS.to_vec())
    }

    /// The arguments of a journey, as a tuple.
    ///
    /// # Errors
    /// That of their `Serialize`.
    pub(crate) fn new<T: Serialize + ?Sized>(arguments: &T) -> Result<Self> {
        Ok(Self(msgpack::encode(arguments)?))
    }

    /// The only argument of a journey, as it is.
    ///
    /// # Errors
    /// That of its `Serialize`.
    pub(crate) fn wrap<T: Serialize + ?Sized>(argument: &T) -> Result<Self> {
        let mut item = Vec::with_capacity(128);
        item.push(Marker::FixArray(1).to_u8());
        msgpack::encode_into(&mut item, argument)?;
        Ok(Self(item))
    }

    /// A row that is encoded already.
    pub(crate) fn row(encoded: Vec<u8>) -> Self {
        Self(encoded)
    }

    /// The same row, with where it comes from.
    pub(crate) fn place(mut self, Origin { source, place }: &Origin) -> Self {
        let (kind, number, byte) = match *place {
            Place::Line(line) => (0u8, line, 0),
            Place::Record(line) => (1, line, 0),
            Place::Value(number, byte) => (2, number, byte),
            Place::Row(number) => (3, number, 0),
        };
        msgpack::encode_into(&mut self.0, &(&**source, kind, number, byte))
            .expect("plain values in memory can be encoded");
        self
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl<'a> EncodedItem<&'a [u8]> {
    /// An item that has arrived.
    pub(crate) fn read(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Its value; behind that may be its origin.
    pub(crate) fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// Its value alone.
    pub(crate) fn value(self) -> &'a [u8] {
        msgpack::value_len(self.0).map_or(self.0, |length| &self.0[..length])
    }

    /// Where it comes from, if it is a row and that is known.
    pub(crate) fn origin(self) -> Option<Origin> {
        let rest = &self.0[self.value().len()..];
        let (source, kind, number, byte) = msgpack::decode::<(String, u8, u64, u64)>(rest).ok()?;
        let place = match kind {
            0 => Place::Line(number),
            1 => Place::Record(number),
            2 => Place::Value(number, byte),
            _ => Place::Row(number),
        };
        Some(Origin { source: source.into(), place })
    }

    /// Whether it is known to be a record of columns.
    pub(crate) fn columns(self) -> bool {
        self.origin().is_some_and(|origin| matches!(origin.place, Place::Record(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_follows_an_item_unseen() {
        let bare = EncodedItem::new(&("bob", 40)).unwrap();
        let read = |item: &'static EncodedItem| EncodedItem::read(&item.0);
        let leak = |item: EncodedItem| -> &'static EncodedItem { Box::leak(Box::new(item)) };
        let places =
            [Place::Line(1 << 40), Place::Record(7), Place::Value(7, 1 << 33), Place::Row(3)];
        for place in places {
            let origin = Origin { source: "users.csv".into(), place };
            let item = read(leak(bare.clone().place(&origin)));
            assert_eq!(msgpack::decode::<(String, u8)>(item.bytes()).unwrap(), ("bob".into(), 40));
            assert_eq!((item.value(), item.origin()), (&*bare.0, Some(origin)));
            assert_eq!(item.columns(), place == Place::Record(7));
        }
        let bare = read(leak(bare));
        assert_eq!((bare.origin(), bare.columns()), (None, false));
        let empty = EncodedItem::read(&[]);
        assert_eq!((empty.origin(), empty.value()), (None, &[][..]));
    }

    #[test]
    fn arguments_are_an_array_however_many() {
        assert_eq!(msgpack::show(&EncodedItem::none().0, 99), "[]");
        assert_eq!(msgpack::show(&EncodedItem::new(&("bob", 40)).unwrap().0, 99), "[\"bob\",40]");
        assert_eq!(msgpack::show(&EncodedItem::wrap(&["bob"]).unwrap().0, 99), "[[\"bob\"]]");
    }
}
