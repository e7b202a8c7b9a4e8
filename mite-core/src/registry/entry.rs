//! What the attributes write: one static entry for each annotated function.

use crate::config::ConfigEntry;
use crate::journey::JourneyEntry;
use crate::message::ProcessorEntry;
use crate::pool::PoolEntry;
use crate::scenario::ScenarioEntry;
use crate::stat::StatEntry;

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
    /// `#[stat]`.
    Stat(&'static StatEntry),
}

inventory::collect!(Entry);
