//! The arguments of a journey, read from a data item.

use std::any::Any;

use serde::de::DeserializeOwned;

use crate::error::{self, Error, Result};
use crate::meta::{Meta, TypeOf};
use crate::msgpack;
use crate::pool::rows::decode::Misfit;
use crate::pool::rows::item::{Origin, Place};
use crate::pool::rows::row::{Mismatch, Row, listed, separators};
use crate::pool::rows::{decode, item};

/// The encoded arguments of a journey, read one by one. Used by generated code.
pub struct Arguments<'a> {
    journey: &'static Meta,
    /// The whole item; a row is followed by its origin.
    item: &'a [u8],
    given: Given<'a>,
    /// Whether its texts are cells of columns.
    cells: bool,
    next: usize,
}

/// A journey's data item.
enum Given<'a> {
    /// Its arguments in order.
    InOrder(Vec<&'a [u8]>),
    /// A list that is the only argument.
    Whole,
    /// A row: its arguments by name, or all of it if there is only one.
    ByName { only: bool },
}

impl<'a> Arguments<'a> {
    /// Of an encoded array, or of a row: a map, or a single value.
    pub fn new(journey: &'static Meta, encoded: &'a [u8], expected: usize) -> Result<Self> {
        let given = match encoded.first() {
            Some(0x80..=0x8f | 0xde | 0xdf) => Given::ByName { only: expected == 1 },
            Some(0x90..=0x9f | 0xdc | 0xdd) => {
                let values: Vec<_> = msgpack::elements(encoded).collect();
                match expected == 1 && values.len() != 1 {
                    true => Given::Whole,
                    false => Given::InOrder(values),
                }
            }
            _ => Given::InOrder(vec![bare(encoded)]),
        };
        let cells = item::has_columns(encoded);
        let arguments = Self { journey, item: encoded, given, cells, next: 0 };
        match &arguments.given {
            Given::InOrder(values) if values.len() != expected => {
                Err(arguments.miscounted(values.len(), expected))
            }
            _ => Ok(arguments),
        }
    }

    /// The next one, which is called `name`.
    pub fn next<T: DeserializeOwned + 'static>(&mut self, name: &'static str) -> Result<T> {
        match &self.given {
            Given::InOrder(values) => {
                let (value, number) = (values[self.next], self.next + 1);
                self.next += 1;
                self.read(value)
                    .map_err(|why| self.misfit::<T>(name, value, Some(number), name, why))
            }
            Given::Whole => self
                .read(self.item)
                .map_err(|_| self.miscounted(msgpack::elements(self.item).count(), 1)),
            &Given::ByName { only } => self.named(name, only),
        }
    }

    fn read<T: DeserializeOwned + 'static>(&self, value: &[u8]) -> Result<T, Misfit> {
        if !self.cells {
            return decode::read(value);
        }
        let mut value = decode::read_cells(value)?;
        // What is read from that row later is read as cells, too.
        if let Some(row) = (&mut value as &mut dyn Any).downcast_mut::<Row>() {
            row.set_cells();
        }
        Ok(value)
    }

    fn named<T: DeserializeOwned + 'static>(&self, name: &'static str, only: bool) -> Result<T> {
        let mut entries = msgpack::entries(self.item).zip(1..);
        let found = entries.find(|((key, _), _)| msgpack::text(key) == Some(name));
        if let Some(((_, value), number)) = found {
            return self
                .read(value)
                .map_err(|why| self.misfit::<T>(name, value, Some(number), name, why));
        }
        let whole = match only {
            true => Some(self.read(self.item)),
            false => None,
        };
        match whole {
            Some(Ok(whole)) => Ok(whole),
            Some(Err(why)) if !why.is_of_the_whole() => {
                let field = why.path.split(['.', '[']).next().unwrap_or_default();
                let mut keys = msgpack::entries(self.item).map(|(key, _)| msgpack::text(key));
                let number = keys.position(|key| key == Some(field)).map(|index| index + 1);
                Err(self.misfit::<T>(name, self.item, number, "", why))
            }
            // What may be missing need not have a field.
            _ => decode::absent().ok_or_else(|| self.unnamed::<T>(name)),
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

    /// A value that cannot be read: `value`, the `number`th of the item, is at
    /// `field` in it.
    fn misfit<T: 'static>(
        &self,
        name: &str,
        value: &[u8],
        number: Option<usize>,
        field: &str,
        why: Misfit,
    ) -> Error {
        let path = match (field, why.path.as_str()) {
            (field, "") => field.to_owned(),
            ("", path) => path.to_owned(),
            (field, path) if path.starts_with('[') => format!("{field}{path}"),
            (field, path) => format!("{field}.{path}"),
        };
        let argument = self.argument::<T>(name);
        let Some(origin) = Origin::of(self.item) else {
            let shown = msgpack::show(value, 200);
            let at = match why.path.as_str() {
                "" => String::new(),
                path => format!("`{path}`: "),
            };
            return self.error(format!("{argument} cannot be read from {shown}: {at}{why}"));
        };
        let mut text = why.text;
        if path.is_empty() {
            let names: Vec<_> = self.names().collect();
            text.push_str(&format!("; it has {}", listed(&names)));
        }
        let what = Mismatch {
            column: number.filter(|_| origin.columns),
            field: (!path.is_empty()).then_some(path),
            text,
        };
        self.error(format!("{origin}, {what} ({argument})"))
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        msgpack::entries(self.item).filter_map(|(key, _)| msgpack::text(key))
    }

    fn unnamed<T: 'static>(&self, name: &str) -> Error {
        let names: Vec<_> = self.names().collect();
        let argument = self.argument::<T>(name);
        let (place, columns) = match Origin::of(self.item) {
            Some(origin) => (format!("{origin}, "), origin.columns),
            None => (String::new(), false),
        };
        let mut text = format!(
            "{place}{argument} finds no field `{name}` in its data item; that has {}",
            listed(&names)
        );
        if columns {
            text.push_str(&separators(&names));
        }
        self.error(text)
    }

    fn miscounted(&self, found: usize, expected: usize) -> Error {
        let s = if expected == 1 { "" } else { "s" };
        let origin = Origin::of(self.item);
        let place = origin.as_ref().map_or_else(String::new, |o| format!("{o}, "));
        // Characters of text are small numbers in msgpack.
        let hint = match (origin, self.item.first()) {
            (Some(Origin { source, place: Place::Value(..), .. }), Some(0x20..=0x7e)) => {
                format!("; does {source} hold msgpack? text would look like that")
            }
            _ => String::new(),
        };
        self.error(format!(
            "{place}journey {} takes {expected} argument{s}, but its data item has {found}: {}{hint}",
            self.journey.display(),
            msgpack::show(bare(self.item), 200),
        ))
    }
}

/// An item without what follows it.
fn bare(item: &[u8]) -> &[u8] {
    msgpack::value_len(item).map_or(item, |length| &item[..length])
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
        let mut item = encoded(item);
        let (source, place) = ("ages.jsonl".into(), Place::Line(3));
        Origin { source, place, columns: false }.follow(&mut item);
        item
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
