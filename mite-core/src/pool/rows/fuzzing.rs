//! What must be true of rows of any bytes. The targets in fuzz/ call this, and so
//! does a bounded run in the tests. Not public API.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io::{BufReader, Read};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::meta::Meta;
use crate::msgpack;
use crate::msgpack::fuzzing::Pieces;
use crate::pool::Row;
use crate::pool::rows::arguments::Arguments;
use crate::pool::rows::csv::CsvRows;
use crate::pool::rows::item::EncodedItem;
use crate::pool::rows::json_lines::JsonLinesRows;
use crate::pool::rows::msgpack::MsgpackRows;
use crate::pool::rows::origin::{Origin, Place};
use crate::pool::rows::reader::ReadRows;

static JOURNEY: Meta = Meta { module: "t", name: "go", file: "t.rs", line: 1, doc: "" };

/// A file is read as the same rows however it is cut into reads, and each row reads
/// the same by name, as a field of the row, and typed. The first byte says of which
/// format it is, and how it is cut.
pub fn rows(input: &[u8]) {
    let Some((&choice, bytes)) = input.split_first() else { return };
    let (whole, why) = read(choice, bytes);
    let (cut, why_cut) = read(choice, Pieces(bytes, 1 + usize::from(choice) / 3));
    assert_eq!((&cut, why_cut), (&whole, why));
    let source = Arc::from("data");
    for (row, place) in whole {
        let encoded = row.encoded().into_owned();
        assert_eq!(msgpack::value_len(&encoded), Ok(encoded.len()));
        let item = row.clone().placed(&source, place).into_item().into_bytes();
        let read = EncodedItem::read(&item);
        assert_eq!(read.value(), encoded);
        assert_eq!(read.origin(), Some(Origin { source: source.clone(), place }));
        check::<u8>(&row, &item);
        check::<i128>(&row, &item);
        check::<f64>(&row, &item);
        check::<bool>(&row, &item);
        check::<char>(&row, &item);
        check::<String>(&row, &item);
        check::<Option<u16>>(&row, &item);
        check::<Vec<Option<String>>>(&row, &item);
        check::<(i8, String)>(&row, &item);
        check::<Json>(&row, &item);
        typed::<BTreeMap<String, Json>>(&row, &item);
        if !row.names().is_empty() {
            typed::<BTreeMap<String, String>>(&row, &item);
        }
        serde_json::to_string(&row).map_or_else(drop, drop);
    }
}

/// The rows up to the first that is none, and why that is so.
fn read(choice: u8, source: impl Read + Send) -> (Vec<(Row, Place)>, Option<String>) {
    let name = "data".to_owned();
    match choice % 3 {
        0 => match CsvRows::new(source, name) {
            Ok(rows) => all(rows),
            Err(e) => (Vec::new(), Some(e.text().to_owned())),
        },
        1 => all(JsonLinesRows::new(BufReader::new(source), name)),
        _ => all(MsgpackRows::new(source, name)),
    }
}

fn all(mut rows: impl ReadRows) -> (Vec<(Row, Place)>, Option<String>) {
    let mut found = Vec::new();
    loop {
        let mut row = Vec::new();
        match rows.next(&mut row) {
            Ok(Some(place)) => found.push((Row::with_header(row, rows.header()), place)),
            Ok(None) => return (found, None),
            Err(e) => return (found, Some(e.text().to_owned())),
        }
    }
}

/// The field `a`, as an argument of a journey that takes two, and of the row.
fn check<T: DeserializeOwned + Debug + 'static>(row: &Row, item: &[u8]) {
    if !row.names().contains(&"a") {
        return;
    }
    let by_name = Arguments::new(&JOURNEY, item, 2).and_then(|mut a| a.next::<T>("a"));
    same(row.get::<T>("a").ok(), by_name.ok());
}

/// The whole row, as the only argument and from a typed pool.
fn typed<T: DeserializeOwned + Debug + 'static>(row: &Row, item: &[u8]) {
    if row.names().contains(&"row") {
        return;
    }
    let whole = Arguments::new(&JOURNEY, item, 1).and_then(|mut a| a.next::<T>("row"));
    // A list of one is a row of one argument.
    if msgpack::elements(item).count() != 1 {
        same(row.clone().read::<T>().ok(), whole.ok());
    }
}

/// Equal as they are shown: NaN is unequal to itself.
fn same<T: Debug>(one: Option<T>, other: Option<T>) {
    assert_eq!(format!("{one:?}"), format!("{other:?}"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounded;

    #[test]
    fn rows_read_the_same_however_they_are_asked_for() {
        bounded::run("rows", 2000, rows);
    }
}
