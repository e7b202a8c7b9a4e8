//! What the attributes write: one static entry for each annotated function.

use std::any::TypeId;
use std::future::Future;
use std::pin::Pin;

use crate::config::{Config, Value};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::pool::erased::{AnyPool, PoolOutput};
use crate::pool::row::listed;
use crate::processor::Processor;
use crate::scenario::Scenario;
use crate::{msgpack, text_value};

/// A future that stays on its thread.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Where and under what name an item was registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meta {
    /// The module, as `module_path!()` says it.
    pub module: &'static str,
    /// The function's name.
    pub name: &'static str,
    /// The source file.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
    /// The first line of its documentation, or nothing.
    pub doc: &'static str,
}

impl Meta {
    /// `module::path:name`, as mite shows it.
    pub fn display(&self) -> String {
        format!("{}:{}", self.module, self.name.strip_prefix("r#").unwrap_or(self.name))
    }
}

/// A type, for comparison and for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeOf {
    /// For comparison.
    pub id: TypeId,
    /// For people.
    pub name: &'static str,
}

impl TypeOf {
    /// The type `T`.
    pub fn of<T: 'static>() -> Self {
        Self { id: TypeId::of::<T>(), name: std::any::type_name::<T>() }
    }

    /// Whether it is the type `T`.
    pub fn is<T: 'static>(&self) -> bool {
        self.id == TypeId::of::<T>()
    }
}

/// One parameter of a journey.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: fn() -> TypeOf,
}

/// `#[journey]`.
pub struct JourneyEntry {
    /// Its name and place.
    pub meta: Meta,
    /// Its parameters after the context.
    pub parameters: &'static [Parameter],
    /// The tuple of its parameters.
    pub arguments: fn() -> TypeOf,
    /// The function itself, to find the entry of a function that was named.
    pub function: fn() -> TypeId,
    /// Reads the arguments and makes the journey's future.
    pub start: fn(Context, &[u8]) -> Result<LocalFuture<'static, Result>>,
}

/// `#[datapool]`.
pub struct PoolEntry {
    /// Its name and place.
    pub meta: Meta,
    /// The type of its items.
    pub item: fn() -> TypeOf,
    /// The function itself.
    pub function: fn() -> TypeId,
    /// Makes the pool.
    pub build: fn(&Config) -> LocalFuture<'_, Result<AnyPool>>,
}

/// `#[scenario]`.
pub struct ScenarioEntry {
    /// Its name and place.
    pub meta: Meta,
    /// Makes the scenario.
    pub build: fn(&Config) -> LocalFuture<'_, Result<Scenario>>,
}

/// `#[config]`.
pub struct ConfigEntry {
    /// Its name and place.
    pub meta: Meta,
    /// Makes the settings.
    pub build: fn() -> Result<Vec<(String, Value)>>,
}

/// `#[processor]`.
pub struct ProcessorEntry {
    /// Its name and place.
    pub meta: Meta,
    /// Makes the processor.
    pub build: fn() -> Result<Processor>,
}

/// Any of them.
#[derive(Clone, Copy)]
pub enum Entry {
    /// `#[journey]`.
    Journey(&'static JourneyEntry),
    /// `#[datapool]`.
    Pool(&'static PoolEntry),
    /// `#[scenario]`.
    Scenario(&'static ScenarioEntry),
    /// `#[config]`.
    Config(&'static ConfigEntry),
    /// `#[processor]`.
    Processor(&'static ProcessorEntry),
}

inventory::collect!(Entry);

/// The encoded arguments of a journey, read one by one. Used by generated code.
pub struct Arguments<'a> {
    journey: &'static Meta,
    given: Given<'a>,
    next: usize,
}

/// A journey's data item.
enum Given<'a> {
    /// Its arguments in order.
    InOrder(Vec<&'a [u8]>),
    /// A row: its arguments by name, or all of it if there is only one.
    ByName { row: &'a [u8], only: bool },
}

impl<'a> Arguments<'a> {
    /// Of an encoded array, or of a row: a map, or a single value.
    pub fn new(journey: &'static Meta, encoded: &'a [u8], expected: usize) -> Result<Self> {
        let given = match encoded.first() {
            Some(0x80..=0x8f | 0xde | 0xdf) => Given::ByName { row: encoded, only: expected == 1 },
            Some(0x90..=0x9f | 0xdc | 0xdd) => Given::InOrder(msgpack::elements(encoded).collect()),
            _ => Given::InOrder(vec![encoded]),
        };
        if let Given::InOrder(values) = &given
            && values.len() != expected
        {
            return Err(Error::new(format!(
                "journey {} takes {expected} arguments, but its data item has {}: {}",
                journey.display(),
                values.len(),
                msgpack::show(encoded, 200),
            )));
        }
        Ok(Self { journey, given, next: 0 })
    }

    /// The next one, which is called `name`.
    pub fn next<T: serde::de::DeserializeOwned>(&mut self, name: &str) -> Result<T> {
        let (value, read) = match &self.given {
            Given::InOrder(values) => {
                self.next += 1;
                (values[self.next - 1], msgpack::decode(values[self.next - 1]))
            }
            &Given::ByName { row, only } => {
                match msgpack::entries(row).find(|(key, _)| msgpack::text(key) == Some(name)) {
                    Some((_, value)) => (value, text_value::decode_or_parse(value)),
                    None => match msgpack::decode(row) {
                        Ok(whole) if only => return Ok(whole),
                        _ => return Err(self.unnamed::<T>(name, row)),
                    },
                }
            }
        };
        read.map_err(|e| {
            Error::new(format!(
                "argument `{name}: {}` of journey {} cannot be read from {}: {e}",
                std::any::type_name::<T>(),
                self.journey.display(),
                msgpack::show(value, 200),
            ))
        })
    }

    fn unnamed<T>(&self, name: &str, row: &[u8]) -> Error {
        let fields: Vec<_> = msgpack::entries(row).filter_map(|(k, _)| msgpack::text(k)).collect();
        Error::new(format!(
            "argument `{name}: {}` of journey {} finds no field `{name}` in its data item; that has {}",
            std::any::type_name::<T>(),
            self.journey.display(),
            listed(&fields),
        ))
    }
}

/// The `TypeId` of a function's own type. Used by generated code.
pub fn function_id<F: 'static>(_: F) -> TypeId {
    TypeId::of::<F>()
}

/// The item type of what a `#[datapool]` function makes. Used by generated code.
pub fn item_of<M, R: PoolOutput<M>>(_: impl FnOnce(&'static Config) -> R) -> TypeOf {
    TypeOf::of::<R::Item>()
}
