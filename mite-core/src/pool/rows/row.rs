//! One row of a file or a table: values with names, or in an order.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeOwned, Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};
use crate::msgpack::{self, DecodeError, Decoder, EMPTY_CELL, Fields, Kind};
use crate::pool::rows::columns::decode_columns;
use crate::pool::rows::header::Header;
use crate::pool::rows::item::EncodedItem;
use crate::pool::rows::misfit::{described, listed};
use crate::pool::rows::origin::{Origin, Place};

/// One row of a file or a table, as it was read.
///
/// A pool of rows feeds any journey: a journey's arguments are found by their
/// names, `signin(ctx, username: String)` in the field or column `username`. A
/// row that is a list instead gives its values in order, and a journey with a
/// single argument that no field is named after takes the whole row.
/// Text reads as the type that is asked for, so that a CSV column can be a number.
///
/// ```
/// use mite::prelude::*;
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
    origin: Option<Origin>,
}

/// Rows of the same content are equal, wherever they come from.
impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.encoded() == other.encoded()
    }
}

/// A row that is not what was asked for, and why.
pub(super) struct Misfit {
    pub(super) row: Row,
    pub(super) error: DecodeError,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.row.has_names().then(|| self.row.names());
        f.write_str(&described(&self.error, names.as_deref(), self.row.header.is_some()))
    }
}

impl Row {
    /// A row of what `value` serializes to.
    ///
    /// # Errors
    /// If `value` cannot be serialized.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self> {
        Ok(Self::encoded_as(msgpack::encode(value)?))
    }

    /// A row that is encoded already.
    ///
    /// # Errors
    /// If `bytes` are not one whole msgpack value.
    pub fn from_msgpack(bytes: Vec<u8>) -> Result<Self> {
        match msgpack::value_len(&bytes) == Ok(bytes.len()) {
            true => Ok(Self::encoded_as(bytes)),
            false => Err(Error::new("a row is one whole msgpack value")),
        }
    }

    pub(super) fn encoded_as(bytes: Vec<u8>) -> Self {
        Self { bytes, header: None, origin: None }
    }

    pub(super) fn with_header(bytes: Vec<u8>, header: Option<Arc<Header>>) -> Self {
        Self { bytes, header, origin: None }
    }

    /// Says where it comes from, for errors about it: it is row `number`, from
    /// 1, of `source`. For authors of pools.
    ///
    /// ```
    /// use mite::prelude::*;
    /// let users = std::sync::Arc::from("the table users");
    /// let row = Row::of(&["bob"]).unwrap().numbered(&users, 1);
    /// ```
    #[must_use]
    pub fn numbered(self, source: &Arc<str>, number: u64) -> Self {
        self.placed(source, Place::Row(number))
    }

    pub(super) fn placed(mut self, source: &Arc<str>, place: Place) -> Self {
        self.origin = Some(Origin { source: source.clone(), place });
        self
    }

    /// What it is a row of, if that is known.
    pub(super) fn source(&self) -> Option<&Arc<str>> {
        self.origin.as_ref().map(|origin| &origin.source)
    }

    /// The names of its fields or columns; a row without names has none.
    pub fn names(&self) -> Vec<&str> {
        match &self.header {
            Some(header) => header.names().iter().map(String::as_str).collect(),
            None => msgpack::entries(&self.bytes).filter_map(|(k, _)| msgpack::text(k)).collect(),
        }
    }

    fn has_names(&self) -> bool {
        self.header.is_some() || matches!(Kind::of(&self.bytes), Some(Kind::Map(_)))
    }

    /// The field or column `name`, read as `T`; text reads as any type.
    ///
    /// # Errors
    /// If there is none of that name, or it does not read as `T`.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        let value = self.value(name).ok_or_else(|| {
            Error::new(format!("the row has no `{name}`; it has {}", listed(&self.names())))
        })?;
        msgpack::decode_row(value).map_err(|e| {
            let at = match e.path() {
                "" => String::new(),
                path => format!("`{path}`: "),
            };
            let (shown, why) = (msgpack::show(value, 200), e.text());
            Error::new(format!("`{name}` cannot be read from {shown}: {at}{why}"))
        })
    }

    fn value(&self, name: &str) -> Option<&[u8]> {
        match &self.header {
            Some(header) => {
                let mut cells = header.cells(&self.bytes);
                cells.find(|(column, _)| *column == name).map(|(_, cell)| cell)
            }
            None => msgpack::field(&self.bytes, name),
        }
    }

    /// The row as msgpack: a map if its values have names.
    pub fn to_msgpack(&self) -> Vec<u8> {
        let encoded = self.encoded();
        // The encoding of an empty cell is private to items.
        let is_plain = !msgpack::entries(&encoded).any(|(_, value)| value == EMPTY_CELL);
        let plain = if is_plain { None } else { msgpack::encode(self).ok() };
        plain.unwrap_or_else(|| encoded.into_owned())
    }

    /// The row as the value of an item.
    pub(super) fn encoded(&self) -> Cow<'_, [u8]> {
        match &self.header {
            Some(header) => header.to_map(&self.bytes).into(),
            None => self.bytes.as_slice().into(),
        }
    }

    /// The row as an item.
    pub(crate) fn into_item(self) -> EncodedItem {
        let item = EncodedItem::row(match &self.header {
            Some(header) => header.to_map(&self.bytes),
            None => self.bytes,
        });
        match &self.origin {
            Some(origin) => item.place(origin),
            None => item,
        }
    }

    /// The row as `T`: by the names of its fields, or in order if `T` is a tuple.
    pub(super) fn read<T: DeserializeOwned>(self) -> std::result::Result<T, Box<Misfit>> {
        let read = match &self.header {
            Some(header) => decode_columns(header, &self.bytes),
            None => msgpack::decode_row(&self.bytes),
        };
        read.map_err(|error| Box::new(Misfit { row: self, error }))
    }

    /// What it holds, for people.
    pub(super) fn shown(&self) -> String {
        msgpack::show(&self.encoded(), 200)
    }
}

/// A row of these fields, in their order.
///
/// ```
/// use mite::prelude::*;
/// let row = Row::from(fields! { name: "bob", age: 40 });
/// assert_eq!(row.names(), ["name", "age"]);
/// ```
impl From<Fields> for Row {
    fn from(fields: Fields) -> Self {
        Self::encoded_as(fields.into_map())
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_transcode::transcode(&mut Decoder::of_row(&self.encoded()), serializer)
    }
}

/// As it is: a journey may take a whole row.
impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(msgpack::RAW, Whole)
    }
}

/// Takes a row as it is encoded, or encodes it.
struct Whole;

impl<'de> Visitor<'de> for Whole {
    type Value = Row;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_borrowed_bytes<E: serde::de::Error>(self, encoded: &'de [u8]) -> Result<Row, E> {
        Ok(Row::encoded_as(encoded.to_vec()))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, other: D) -> Result<Row, D::Error> {
        let mut bytes = Vec::new();
        serde_transcode::transcode(other, &mut rmp_serde::Serializer::new(&mut bytes))
            .map_err(D::Error::custom)?;
        Ok(Row::encoded_as(bytes))
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Row({})", self.shown())
    }
}
