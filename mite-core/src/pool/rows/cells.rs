//! The cells of one line of CSV, as whatever type is asked for.

use std::cell::Cell;

use serde::de::value::{Error, MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Visitor};

use crate::config::text_value::TextValue;
use crate::msgpack;
use crate::pool::rows::row::{Header, Mismatch, listed, separators};

/// The cells of one line with the names of their columns.
pub(super) struct Cells<'a> {
    header: &'a Header,
    texts: Vec<&'a str>,
    /// The column that is being read, and what it was asked to be.
    at: Cell<Option<(usize, &'static str)>>,
}

impl<'a> Cells<'a> {
    /// Cells as an encoded array of texts.
    pub(super) fn new(header: &'a Header, encoded: &'a [u8]) -> Self {
        let texts = msgpack::elements(encoded).map(|c| msgpack::text(c).unwrap_or_default());
        Self { header, texts: texts.collect(), at: Cell::new(None) }
    }

    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Mismatch> {
        T::deserialize(Line(self)).map_err(|error| {
            let Some((column, expected)) = self.at.get() else {
                let names: Vec<_> = self.header.names.iter().map(String::as_str).collect();
                let text =
                    format!("{error}; the columns are {}{}", listed(&names), separators(&names));
                return Mismatch { column: None, field: None, text };
            };
            let found = self.texts[column];
            let text = match expected {
                "" => format!("{error}, found {found:?}"),
                expected => format!("expected {expected}, found {found:?}"),
            };
            let field = self.header.names.get(column).cloned();
            Mismatch { column: Some(column + 1), field, text }
        })
    }
}

/// One line: a map by its column names, or a list.
struct Line<'a>(&'a Cells<'a>);

impl<'a> Line<'a> {
    fn cells(&self) -> impl Iterator<Item = OneCell<'a>> + use<'a> {
        let cells = self.0;
        cells.texts.iter().enumerate().map(|(column, text)| OneCell { text, column, at: &cells.at })
    }

    fn by_name<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        let names = self.0.header.names.iter().map(String::as_str);
        let mut map = MapDeserializer::new(names.zip(self.cells()));
        let value = visitor.visit_map(&mut map)?;
        map.end()?;
        Ok(value)
    }

    fn in_order<V: Visitor<'a>>(self, wanted: usize, visitor: V) -> Result<V::Value, Error> {
        if wanted != self.0.texts.len() {
            return Err(Error::custom(format!(
                "expected {wanted} columns, found {}",
                self.0.texts.len()
            )));
        }
        let mut list = SeqDeserializer::new(self.cells());
        visitor.visit_seq(&mut list)
    }
}

impl<'de> Deserializer<'de> for Line<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.by_name(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let wanted = self.0.texts.len();
        self.in_order(wanted, visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, n: usize, visitor: V) -> Result<V::Value, Error> {
        self.in_order(n, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        n: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.in_order(n, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct map struct enum identifier ignored_any
    }
}

/// One cell, which remembers that it was read last and as what.
#[derive(Clone, Copy)]
struct OneCell<'a> {
    text: &'a str,
    column: usize,
    at: &'a Cell<Option<(usize, &'static str)>>,
}

impl<'a> IntoDeserializer<'a> for OneCell<'a> {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

impl OneCell<'_> {
    /// Reads it; while that goes on, this is the cell that an error is about.
    fn reading<T>(
        self,
        expected: &'static str,
        read: impl FnOnce(Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.at.set(Some((self.column, expected)));
        let value = read(self)?;
        self.at.set(None);
        Ok(value)
    }
}

macro_rules! typed {
    ($($method:ident $expected:literal),* $(,)?) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.reading($expected, |cell| TextValue(cell.text).$method(visitor))
        }
    )* };
}

impl<'de> Deserializer<'de> for OneCell<'de> {
    type Error = Error;

    typed! {
        deserialize_any "", deserialize_str "", deserialize_string "", deserialize_bytes "",
        deserialize_byte_buf "", deserialize_identifier "", deserialize_unit "",
        deserialize_map "", deserialize_seq "",
        deserialize_bool "a bool (true or false)", deserialize_char "one character",
        deserialize_i8 "i8", deserialize_i16 "i16", deserialize_i32 "i32", deserialize_i64 "i64",
        deserialize_i128 "i128", deserialize_u8 "u8", deserialize_u16 "u16",
        deserialize_u32 "u32", deserialize_u64 "u64", deserialize_u128 "u128",
        deserialize_f32 "f32", deserialize_f64 "f64",
    }

    /// Nothing between two commas is no value.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.text.is_empty() {
            true => visitor.visit_none(),
            false => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.reading("", |cell| TextValue(cell.text).deserialize_enum(name, variants, visitor))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! { unit_struct tuple tuple_struct struct }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    fn read<T: DeserializeOwned>(names: &[&str], cells: &[&str]) -> Result<T, Mismatch> {
        let header = Header::new(names.iter().map(|n| (*n).to_owned()).collect());
        let encoded = msgpack::encode(cells).unwrap();
        Cells::new(&header, &encoded).read()
    }

    #[derive(Deserialize, Debug, PartialEq)]
    struct User {
        name: String,
        age: Option<u8>,
    }

    #[test]
    fn structs_by_name_and_tuples_in_order() {
        let bob = User { name: "bob".into(), age: Some(40) };
        assert_eq!(read(&["age", "other", "name"], &["40", "", "bob"]), Ok(bob));
        let ann = User { name: "007".into(), age: None };
        assert_eq!(read(&["name", "age"], &["007", ""]), Ok(ann));
        assert_eq!(read(&["a", "b"], &["x", "-5"]), Ok(("x".to_owned(), -5i32)));
    }

    #[test]
    fn errors_say_which_column_and_why() {
        let why = |e: Mismatch| e.to_string();
        assert_eq!(
            read::<User>(&["name", "age"], &["bob", "old"]).map_err(why),
            Err("column 2 (`age`): expected u8, found \"old\"".into())
        );
        assert_eq!(
            read::<User>(&["nam", "age"], &["bob", "4"]).map_err(why),
            Err("missing field `name`; the columns are `nam`, `age`".into())
        );
        assert_eq!(
            read::<(String, u8, u8)>(&["a", "b"], &["bob", "4"]).map_err(why),
            Err("expected 3 columns, found 2; the columns are `a`, `b`".into())
        );
        assert_eq!(
            read::<User>(&["name;age"], &["bob;4"]).map_err(why),
            Err("missing field `name`; the columns are `name;age`; the columns seem to be separated by ';', and mite reads those separated by commas".into())
        );
        #[derive(Deserialize, Debug, PartialEq)]
        enum Kind {
            Big,
        }
        assert_eq!(
            read::<(Kind,)>(&["kind"], &["Small"]).map_err(why),
            Err("column 1 (`kind`): unknown variant `Small`, expected `Big`, found \"Small\""
                .into())
        );
    }
}
