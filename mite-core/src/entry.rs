//! What the attributes write: one static entry for each annotated function.

use std::any::TypeId;
use std::future::Future;
use std::pin::Pin;

pub use crate::arguments::Arguments;
use crate::config::{Config, Value};
use crate::context::Context;
use crate::error::Result;
use crate::pool::erased::{AnyPool, PoolOutput};
use crate::processor::Processor;
use crate::scenario::Scenario;

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

    /// Its name without the paths in it: `Vec<String>`.
    pub fn short(&self) -> String {
        short(self.name)
    }

    /// Whether it is the type `T`.
    pub fn is<T: 'static>(&self) -> bool {
        self.id == TypeId::of::<T>()
    }
}

pub(crate) fn short(name: &str) -> String {
    let mut out = String::new();
    let mut part = String::new();
    let mut rest = name.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            ':' if rest.peek() == Some(&':') => {
                rest.next();
                part.clear();
            }
            c if c.is_alphanumeric() || c == '_' => part.push(c),
            c => {
                out.push_str(&std::mem::take(&mut part));
                out.push(c);
            }
        }
    }
    out + &part
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

/// The `TypeId` of a function's own type. Used by generated code.
pub fn function_id<F: 'static>(_: F) -> TypeId {
    TypeId::of::<F>()
}

/// The item type of what a `#[datapool]` function makes. Used by generated code.
pub fn item_of<M, R: PoolOutput<M>>(_: impl FnOnce(&'static Config) -> R) -> TypeOf {
    TypeOf::of::<R::Item>()
}
