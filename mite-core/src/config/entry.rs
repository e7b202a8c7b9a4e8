//! Settings as `#[config]` registers them.

use crate::config::value::Value;
use crate::error::Result;
use crate::meta::Meta;

/// `#[config]`.
pub struct ConfigEntry {
    /// Its name and place.
    pub meta: Meta,
    /// Makes the settings.
    pub build: fn() -> Result<Vec<(String, Value)>>,
}
