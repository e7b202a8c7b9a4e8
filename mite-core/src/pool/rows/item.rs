//! Where a row comes from, for errors about it.

use std::fmt;
use std::sync::Arc;

use crate::msgpack;

/// Where a row is in its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The line on which it begins, from 1.
    Line(u64),
    /// Which value it is, from 1, and at which byte it begins.
    Value(u64, u64),
    /// Which row it is, from 1.
    Row(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Value(number, byte) => write!(f, "value {number} (byte {byte})"),
            Self::Row(number) => write!(f, "row {number}"),
        }
    }
}

/// Where a row comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The file's path, or what else it is a row of.
    pub(crate) source: Arc<str>,
    pub(crate) place: Place,
    /// Whether its fields are numbered columns.
    pub(crate) columns: bool,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.source, self.place)
    }
}

impl Origin {
    /// Puts it behind an encoded item: whoever reads the item does not see it,
    /// and it goes wherever the item goes.
    pub(crate) fn follow(&self, item: &mut Vec<u8>) {
        let (kind, number, byte) = match self.place {
            Place::Line(line) => (0u8, line, 0),
            Place::Value(number, byte) => (1, number, byte),
            Place::Row(number) => (2, number, 0),
        };
        let source = &*self.source;
        rmp_serde::encode::write(item, &(source, self.columns, kind, number, byte))
            .expect("writing to memory cannot fail");
    }

    /// What follows an encoded item, if anything does.
    pub(crate) fn of(item: &[u8]) -> Option<Self> {
        let rest = item.get(msgpack::value_len(item).ok()?..)?;
        let (source, columns, kind, number, byte) =
            msgpack::decode::<(String, bool, u8, u64, u64)>(rest).ok()?;
        let place = match kind {
            0 => Place::Line(number),
            1 => Place::Value(number, byte),
            _ => Place::Row(number),
        };
        Some(Self { source: source.into(), place, columns })
    }
}

/// What follows an encoded item of cells that does not know where it is from.
pub(super) const COLUMNS: u8 = 0xc3;

/// Whether an item's fields are the cells of columns, by what follows it.
pub(crate) fn has_columns(item: &[u8]) -> bool {
    let rest = msgpack::value_len(item).map_or(&[][..], |length| &item[length..]);
    match rest.first() {
        Some(&COLUMNS) => true,
        _ => msgpack::elements(rest).nth(1) == Some(&[COLUMNS]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_follows_an_item_unseen() {
        let item = msgpack::encode(&("bob", 40)).unwrap();
        assert_eq!(Origin::of(&item), None);
        assert_eq!(Origin::of(&[]), None);
        assert!(!has_columns(&item) && !has_columns(&[]));
        let unplaced = [&item[..], &[COLUMNS]].concat();
        assert_eq!((Origin::of(&unplaced), has_columns(&unplaced)), (None, true));
        for place in [Place::Line(1 << 40), Place::Value(7, 1 << 33), Place::Row(3)] {
            let columns = place != Place::Row(3);
            let origin = Origin { source: "users.csv".into(), place, columns };
            let mut followed = item.clone();
            origin.follow(&mut followed);
            assert_eq!(msgpack::decode::<(String, u8)>(&followed).unwrap(), ("bob".into(), 40));
            assert_eq!(msgpack::elements(&followed).count(), 2);
            assert_eq!(Origin::of(&followed), Some(origin));
            assert_eq!(has_columns(&followed), columns);
        }
    }
}
