//! A data pool as `#[datapool]` registers it.

use std::any::TypeId;

use crate::config::Config;
use crate::error::Result;
use crate::meta::{LocalFuture, Meta, TypeOf};
use crate::pool::any::{AnyPool, PoolOutput};

/// `#[datapool]`.
#[doc(hidden)]
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

/// The item type of what a `#[datapool]` function makes. Used by generated code.
#[doc(hidden)]
pub fn item_of<M, R: PoolOutput<M>>(_: impl FnOnce(&'static Config) -> R) -> TypeOf {
    TypeOf::of::<R::Item>()
}
