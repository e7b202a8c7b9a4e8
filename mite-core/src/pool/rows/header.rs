//! The names of columns.

use rmp::Marker;

use crate::msgpack::{self, EMPTY_CELL};

/// The names of the columns of a file, which its rows share.
#[derive(Debug, PartialEq)]
pub(super) struct Header {
    names: Vec<String>,
    /// The names, encoded.
    keys: Vec<Vec<u8>>,
    /// The length of all keys.
    length: usize,
}

impl Header {
    pub(super) fn new(names: Vec<String>) -> Self {
        let key = |name: &String| {
            let mut key = Vec::new();
            rmp::encode::write_str(&mut key, name).expect("writing to memory cannot fail");
            key
        };
        let keys: Vec<_> = names.iter().map(key).collect();
        Self { length: keys.iter().map(Vec::len).sum(), keys, names }
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// The cells of a row, an array of texts, each with the name of its column.
    pub(super) fn cells<'a>(&'a self, row: &'a [u8]) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        let cells = msgpack::elements(row).map(marked);
        self.names.iter().map(String::as_str).zip(cells)
    }

    /// A row, an array of texts, as a map.
    pub(super) fn to_map(&self, row: &[u8]) -> Vec<u8> {
        // An empty cell is longer in an item.
        let most = 5 + self.length + row.len() + EMPTY_CELL.len() * self.keys.len();
        let mut map = Vec::with_capacity(most);
        rmp::encode::write_map_len(&mut map, self.keys.len() as u32)
            .expect("writing to memory cannot fail");
        for (key, cell) in self.keys.iter().zip(msgpack::elements(row)) {
            map.extend_from_slice(key);
            map.extend_from_slice(marked(cell));
        }
        map
    }
}

/// A cell as an item has it; in rows that are kept, an empty one is two bytes less.
fn marked(cell: &[u8]) -> &[u8] {
    const EMPTY_TEXT: [u8; 1] = [Marker::FixStr(0).to_u8()];
    match cell == EMPTY_TEXT {
        true => &EMPTY_CELL,
        false => cell,
    }
}
