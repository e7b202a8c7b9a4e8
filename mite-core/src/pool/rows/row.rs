//! One row of a file or a table: values with names, or in an order.

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};
use crate::msgpack;
use crate::pool::rows::cells::Cells;
use crate::pool::rows::decode;
use crate::pool::rows::item::{COLUMNS, Origin, Place};

/// One row of a file or a table, as it was read.
///
/// A pool of rows feeds any journey: a journey's arguments are found by their
/// names, `signin(ctx, username: String)` in the field or column `username`. A
/// row that is a list instead gives its values in order, and a journey with a
/// single argument that no field is named after takes the whole row.
/// Text reads as the type that is asked for, so that a CSV column can be a number.
///
/// ```
/// use mite_core::pool::Row;
/// #[derive(serde::Serialize)]
/// struct User { name: &'static str, age: u8 }
///
/// let row = Row::of(&User { name: "bob", age: 40 }).unwrap();
/// assert_eq!(row.get::<u8>("age").unwrap(), 40);
/// assert_eq!(row.names(), ["name", "age"]);
/// ```
#[derive(Clone)]
pub struct Row {
    /// A map; or whatever the file holds; or, with a header, an array of texts.
    bytes: Vec<u8>,
    header: Option<Arc<Header>>,
    /// Whether its texts are cells, which are no value if they are empty.
    cells: bool,
    origin: Option<(Arc<str>, Place)>,
}

/// Rows of the same content are equal, wherever they come from.
impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes && self.header == other.header
    }
}

/// The names of columns.
#[derive(Debug, PartialEq)]
pub(super) struct Header {
    pub(super) names: Vec<String>,
    /// The names, encoded.
    keys: Vec<Vec<u8>>,
}

impl Header {
    pub(super) fn new(names: Vec<String>) -> Self {
        let key = |name: &String| {
            let mut key = Vec::new();
            rmp::encode::write_str(&mut key, name).expect("writing to memory cannot fail");
            key
        };
        Self { keys: names.iter().map(key).collect(), names }
    }
}

/// Names for an error, in words; a long list is cut.
pub(crate) fn listed(names: &[&str]) -> String {
    const MOST: usize = 12;
    match names {
        [] => "no named fields".to_owned(),
        names => {
            let shown: Vec<_> = names.iter().take(MOST).map(|n| format!("`{n}`")).collect();
            let more = match names.len().checked_sub(MOST) {
                Some(more @ 1..) => format!(" and {more} more"),
                _ => String::new(),
            };
            shown.join(", ") + &more
        }
    }
}

/// What to say of a single column that holds all of them.
pub(crate) fn separators(columns: &[&str]) -> String {
    let found = match columns {
        [one] => [';', '\t', '|'].into_iter().find(|c| one.contains(*c)),
        _ => None,
    };
    found.map_or_else(String::new, |c| {
        format!(
            "; the columns seem to be separated by {c:?}, and mite reads those separated by commas"
        )
    })
}

/// Why a row cannot be read as a type.
#[derive(Debug, PartialEq)]
pub(crate) struct Mismatch {
    /// The number of the column, from 1.
    pub(crate) column: Option<usize>,
    /// The name of the column or field.
    pub(crate) field: Option<String>,
    /// What was expected and what was found.
    pub(crate) text: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.column, &self.field) {
            (Some(column), Some(field)) => write!(f, "column {column} (`{field}`): ")?,
            (Some(column), None) => write!(f, "column {column}: ")?,
            (None, Some(field)) => write!(f, "field `{field}`: ")?,
            (None, None) => {}
        }
        f.write_str(&self.text)
    }
}

impl Row {
    /// A row of what `value` serializes to.
    ///
    /// # Errors
    /// If `value` cannot be serialized.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self> {
        Ok(Self::encoded(msgpack::encode(value)?))
    }

    /// A row that is encoded already.
    ///
    /// # Errors
    /// If `bytes` are not one whole msgpack value.
    pub fn from_msgpack(bytes: Vec<u8>) -> Result<Self> {
        match msgpack::value_len(&bytes) == Ok(bytes.len()) {
            true => Ok(Self::encoded(bytes)),
            false => Err(Error::new("a row is one whole msgpack value")),
        }
    }

    pub(super) fn encoded(bytes: Vec<u8>) -> Self {
        Self { bytes, header: None, cells: false, origin: None }
    }

    pub(super) fn with_header(bytes: Vec<u8>, header: Option<Arc<Header>>) -> Self {
        Self { bytes, cells: header.is_some(), header, origin: None }
    }

    /// Says that its texts are cells of columns.
    pub(crate) fn set_cells(&mut self) {
        self.cells = true;
    }

    /// Whether its texts are cells of columns.
    pub(super) fn has_cells(&self) -> bool {
        self.cells
    }

    /// Says where it comes from, for errors about it: it is row `number`, from
    /// 1, of `source`. For authors of pools.
    ///
    /// ```
    /// use mite_core::pool::Row;
    /// let users = std::sync::Arc::from("the table users");
    /// let row = Row::of(&["bob"]).unwrap().numbered(&users, 1);
    /// ```
    #[must_use]
    pub fn numbered(self, source: &Arc<str>, number: u64) -> Self {
        self.placed(source, Place::Row(number))
    }

    pub(super) fn placed(mut self, source: &Arc<str>, place: Place) -> Self {
        self.origin = Some((source.clone(), place));
        self
    }

    /// What it is a row of, if that is known.
    pub(super) fn source(&self) -> Option<&Arc<str>> {
        self.origin.as_ref().map(|(source, _)| source)
    }

    /// The names of its fields or columns; a row without names has none.
    pub fn names(&self) -> Vec<&str> {
        match &self.header {
            Some(header) => header.names.iter().map(String::as_str).collect(),
            None => msgpack::entries(&self.bytes).filter_map(|(k, _)| msgpack::text(k)).collect(),
        }
    }

    /// The field or column `name`, read as `T`; text reads as any type.
    ///
    /// # Errors
    /// If there is none of that name, or it does not read as `T`.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        let encoded = self.to_msgpack();
        let value = msgpack::entries(&encoded)
            .find(|(key, _)| msgpack::text(key) == Some(name))
            .map(|(_, value)| value)
            .ok_or_else(|| {
                Error::new(format!("the row has no `{name}`; it has {}", listed(&self.names())))
            })?;
        let read = if self.cells { decode::read_cells(value) } else { decode::read(value) };
        read.map_err(|e| {
            let path = Some(e.path.as_str()).filter(|path| !path.is_empty());
            let at = path.map_or_else(String::new, |path| format!("`{path}`: "));
            let shown = msgpack::show(value, 200);
            Error::new(format!("`{name}` cannot be read from {shown}: {at}{e}"))
        })
    }

    /// The row as msgpack: a map if its values have names.
    pub fn to_msgpack(&self) -> Vec<u8> {
        let Some(header) = &self.header else { return self.bytes.clone() };
        let names: usize = header.keys.iter().map(Vec::len).sum();
        let mut map = Vec::with_capacity(5 + names + self.bytes.len());
        rmp::encode::write_map_len(&mut map, header.keys.len() as u32)
            .expect("writing to memory cannot fail");
        for (key, cell) in header.keys.iter().zip(msgpack::elements(&self.bytes)) {
            map.extend_from_slice(key);
            map.extend_from_slice(cell);
        }
        map
    }

    /// The row as msgpack, followed by its origin if that is known, and by
    /// whether it has columns.
    pub(crate) fn to_item(&self) -> Vec<u8> {
        let mut item = self.to_msgpack();
        match &self.origin {
            Some((source, place)) => {
                let origin = Origin { source: source.clone(), place: *place, columns: self.cells };
                origin.follow(&mut item);
            }
            None if self.cells => item.push(COLUMNS),
            None => {}
        }
        item
    }

    /// The row as `T`: by the names of its fields, or in order if `T` is a tuple.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Mismatch> {
        if let Some(header) = &self.header {
            return Cells::new(header, &self.bytes).read();
        }
        let mut reader = rmp_serde::Deserializer::from_read_ref(&self.bytes);
        serde_path_to_error::deserialize(&mut reader).map_err(|e| {
            let path = e.path().to_string();
            Mismatch {
                column: None,
                field: (path != ".").then_some(path),
                text: format!(
                    "{}, in {}",
                    self.why::<T>(e.inner()),
                    msgpack::show(&self.bytes, 200)
                ),
            }
        })
    }

    /// What was expected and found: the decoder of msgpack says it in terms of
    /// the encoding, so the row is read once more by one that does not.
    fn why<T: DeserializeOwned>(&self, error: &rmp_serde::decode::Error) -> String {
        let again = msgpack::decode::<serde_json::Value>(&self.bytes)
            .ok()
            .and_then(|json| T::deserialize(json).err());
        again.map_or_else(|| error.to_string(), |e| e.to_string())
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let encoded = self.to_msgpack();
        let mut reader = rmp_serde::Deserializer::from_read_ref(&encoded);
        serde_transcode::transcode(&mut reader, serializer)
    }
}

/// As it is: a journey may take a whole row.
impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut bytes = Vec::new();
        serde_transcode::transcode(deserializer, &mut rmp_serde::Serializer::new(&mut bytes))
            .map_err(serde::de::Error::custom)?;
        Ok(Self::encoded(bytes))
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Row({})", msgpack::show(&self.to_msgpack(), 200))
    }
}
