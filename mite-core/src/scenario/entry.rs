//! A scenario as `#[scenario]` registers it.

use crate::config::Config;
use crate::error::Result;
use crate::meta::{LocalFuture, Meta};
use crate::scenario::Scenario;

/// `#[scenario]`.
pub struct ScenarioEntry {
    /// Its name and place.
    pub meta: Meta,
    /// Makes the scenario.
    pub build: fn(&Config) -> LocalFuture<'_, Result<Scenario>>,
}
