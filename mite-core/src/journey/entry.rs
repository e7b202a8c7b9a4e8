//! A journey as `#[journey]` registers it.

use std::any::TypeId;

use crate::error::Result;
use crate::journey::context::Context;
use crate::journey::journal::masked_arguments;
use crate::meta::{LocalFuture, Meta, Parameter, TypeOf};

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

impl JourneyEntry {
    /// Encoded arguments for people, each as `name = value`, without secrets.
    pub fn shown_arguments(&self, encoded: &[u8]) -> Vec<String> {
        masked_arguments(self.parameters, encoded)
    }
}
