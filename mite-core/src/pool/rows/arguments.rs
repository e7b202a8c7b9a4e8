//! The arguments of a journey, read from a data item.

use serde::de::DeserializeOwned;

use crate::error::{self, Error, Result};
use crate::meta::{Meta, TypeOf};
use crate::msgpack::{self, DecodeError, Kind};
use crate::pool::rows::item::EncodedItem;
use crate::pool::rows::misfit::{described, listed, separators};
use crate::pool::rows::origin::{Origin, Place};

/// The encoded arguments of a journey, read one by one. Used by generated code.
#[doc(hidden)]
pub struct Arguments<'a> {
    journey: &'static Meta,
    item: EncodedItem<&'a [u8]>,
    given: Given<'a>,
}

/// What a journey's data item is.
enum Given<'a> {
    /// Its arguments in order: those that are left.
    InOrder(&'a [u8]),
    /// A list that is the only argument.
    Whole,
    /// A row: its arguments by name, or all of it if there is only one.
    ByName { only: bool },
}

impl<'a> Arguments<'a> {
    /// The arguments of `journey`, which takes so many.
    ///
    /// # Errors
    /// If the item has another number of them.
    pub fn new(journey: &'static Meta, encoded: &'a [u8], expected: usize) -> Result<Self> {
        let item = EncodedItem::read(encoded);
        let (given, found) = match Kind::split(encoded) {
            Ok((Kind::Map(_), _)) => (Given::ByName { only: expected == 1 }, expected),
            Ok((Kind::Array(found), _)) if expected == 1 && found != 1 => (Given::Whole, 1),
            Ok((Kind::Array(found), values)) => (Given::InOrder(values), found as usize),
            _ => (Given::InOrder(encoded), 1),
        };
        let arguments = Self { journey, item, given };
        match found == expected {
            true => Ok(arguments),
            false => Err(arguments.miscounted(found, expected)),
        }
    }

    /// The next one, which is called `name`.
    ///
    /// # Errors
    /// If it is not there, or not a `T`.
    pub fn next<T: DeserializeOwned + 'static>(&mut self, name: &'static str) -> Result<T> {
        match self.given {
            Given::InOrder(values) => {
                let length = msgpack::value_len(values).unwrap_or(values.len());
                let (value, rest) = values.split_at(length);
                self.given = Given::InOrder(rest);
                msgpack::decode_row(value).map_err(|why| self.misfit::<T>(name, value, name, why))
            }
            Given::Whole => msgpack::decode_row(self.item.bytes())
                .map_err(|_| self.miscounted(msgpack::elements(self.item.bytes()).count(), 1)),
            Given::ByName { only } => self.named(name, only),
        }
    }

    fn named<T: DeserializeOwned + 'static>(&self, name: &'static str, only: bool) -> Result<T> {
        let row = self.item.bytes();
        if let Some(value) = msgpack::field(row, name) {
            return msgpack::decode_row(value)
                .map_err(|why| self.misfit::<T>(name, value, name, why));
        }
        let whole = match only {
            true => Some(msgpack::decode_row(row)),
            false => None,
        };
        match whole {
            Some(Ok(whole)) => Ok(whole),
            Some(Err(why)) if !why.is_of_the_whole() => Err(self.misfit::<T>(name, row, "", why)),
            // An optional argument needs no field.
            _ => msgpack::absent().ok_or_else(|| self.unnamed::<T>(name)),
        }
    }

    /// An error of this journey, in the words that tell most about its item.
    fn error(&self, text: impl Into<String>) -> Error {
        let Meta { file, line, .. } = *self.journey;
        Error::new(text).at(error::Place { file: file.into(), line })
    }

    fn argument<T: 'static>(&self, name: &str) -> String {
        let ty = TypeOf::of::<T>().short();
        format!("argument `{name}: {ty}` of journey {}", self.journey.display())
    }

    /// A `value` that cannot be read; it is at `field` in the item.
    fn misfit<T: 'static>(&self, name: &str, value: &[u8], field: &str, why: DecodeError) -> Error {
        let argument = self.argument::<T>(name);
        let Some(origin) = self.item.origin() else {
            let shown = msgpack::show(value, 200);
            let at = match why.path() {
                "" => String::new(),
                path => format!("`{path}`: "),
            };
            let why = why.text();
            return self.error(format!("{argument} cannot be read from {shown}: {at}{why}"));
        };
        let names: Option<Vec<_>> = self.is_map().then(|| self.names().collect());
        let what = described(&why.inside(field), names.as_deref(), self.item.columns());
        let mut text = format!("{origin}, {what} ({argument})");
        if let Place::Value(..) = origin.place {
            text.push_str(&format!(", in {}", msgpack::show(self.item.value(), 200)));
        }
        self.error(text)
    }

    fn is_map(&self) -> bool {
        matches!(self.given, Given::ByName { .. })
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        msgpack::entries(self.item.bytes()).filter_map(|(key, _)| msgpack::text(key))
    }

    fn unnamed<T: 'static>(&self, name: &str) -> Error {
        let names: Vec<_> = self.names().collect();
        let argument = self.argument::<T>(name);
        let place = self.item.origin().map_or_else(String::new, |origin| format!("{origin}, "));
        self.error(format!(
            "{place}{argument} finds no field `{name}` in its data item; that has {}{}",
            listed(&names),
            separators(&names, self.item.columns()),
        ))
    }

    fn miscounted(&self, found: usize, expected: usize) -> Error {
        let s = if expected == 1 { "" } else { "s" };
        let origin = self.item.origin();
        let place = origin.as_ref().map_or_else(String::new, |o| format!("{o}, "));
        // Characters of text are small numbers in msgpack.
        let hint = match (origin, self.item.bytes().first()) {
            (Some(Origin { source, place: Place::Value(..) }), Some(b' '..=b'~')) => {
                format!("; does {source} hold msgpack? text would look like that")
            }
            _ => String::new(),
        };
        self.error(format!(
            "{place}journey {} takes {expected} argument{s}, but its data item has {found}: {}{hint}",
            self.journey.display(),
            msgpack::show(self.item.value(), 200),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;

    static META: Meta = Meta { module: "t", name: "go", file: "t.rs", line: 1, doc: "" };

    /// The only argument `value`, of an item.
    fn only<T: DeserializeOwned + 'static>(item: &[u8]) -> Result<T, String> {
        Arguments::new(&META, item, 1)
            .and_then(|mut arguments| arguments.next("value"))
            .map_err(|e| e.text().to_owned())
    }

    fn encoded(item: &impl Serialize) -> Vec<u8> {
        msgpack::encode(item).unwrap()
    }

    /// The item of a line of JSON, which knows where it comes from.
    fn line(item: &impl Serialize) -> Vec<u8> {
        let origin = Origin { source: "ages.jsonl".into(), place: Place::Line(3) };
        EncodedItem::row(encoded(item)).place(&origin).into_bytes()
    }

    #[test]
    fn a_row_that_is_a_single_value_reads_without_its_origin() {
        assert_eq!(only::<u8>(&line(&"40")), Ok(40));
        assert_eq!(only::<u8>(&line(&40)), Ok(40));
        assert_eq!(only::<String>(&line(&"x".repeat(300))), Ok("x".repeat(300)));
        assert_eq!(only::<Option<bool>>(&line(&"yes")), Ok(Some(true)));
        assert_eq!(
            only::<u8>(&line(&"old")),
            Err("ages.jsonl, line 3, field `value`: expected u8, found \"old\" (argument `value: u8` of journey t:go)".into())
        );
        let mut blob = Vec::new();
        rmp::encode::write_bin(&mut blob, &[7; 300]).unwrap();
        let origin = line(&()).split_off(1);
        let error = Arguments::new(&META, &[blob, origin].concat(), 2).err().unwrap();
        assert!(error.text().ends_with("has 1: <303 bytes of msgpack>"), "{error}");
    }

    #[test]
    fn a_list_with_more_than_was_asked_for_does_not_fit() {
        type Point = (f64, f64);
        assert_eq!(only::<Point>(&encoded(&(1.0, 2.0))), Ok((1.0, 2.0)));
        assert_eq!(
            only::<Point>(&encoded(&(1.0, 2.0, 3.0))),
            Err("journey t:go takes 1 argument, but its data item has 3: [1.0,2.0,3.0]".into())
        );
        let error = only::<Point>(&encoded(&((1.0, 2.0, 3.0),))).unwrap_err();
        assert!(
            error
                .ends_with("from [1.0,2.0,3.0]: expected 2 elements in sequence, found 3 elements"),
            "{error}"
        );
    }
}
