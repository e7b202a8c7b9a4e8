//! The lines of a scenario.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Number, Text};

/// A line of the scenario: a journey, its data and its volume.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Line {
    /// Its number in the scenario.
    pub id: u32,
    /// The journey.
    pub journey: Text,
    /// How its load is asked for.
    pub model: Model,
    /// What was asked for, piece by piece.
    #[serde(default)]
    pub phases: Vec<Phase>,
    /// The data pool, if it has one.
    #[serde(default)]
    pub pool: Option<Pool>,
    /// Arrivals that the schedule asked for; null in a closed model.
    #[serde(default)]
    pub scheduled: Option<u64>,
    /// Executions that began.
    #[serde(default)]
    pub started: u64,
    /// Arrivals that did not become one, by reason.
    #[serde(default)]
    pub dropped: BTreeMap<String, u64>,
    /// Journeys missing at once, times the seconds for which they were, by reason.
    #[serde(default)]
    pub unmet_slot_s: BTreeMap<String, Number>,
}

/// How load is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// So many journeys at once.
    #[default]
    Closed,
    /// So many journeys begun a second.
    Open,
    /// Something that a later version knows.
    #[serde(other)]
    Unknown,
}

/// A piece of a volume.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Phase {
    /// Where it begins, in seconds since the run did.
    pub from_s: Number,
    /// Where it ends; null for a piece without an end.
    pub to_s: Option<Number>,
    /// `constant`, `ramp`, `nothing`, `once`, `own`; others may come.
    pub kind: Text,
    /// In words, as `0 → 420`.
    pub text: Text,
}

/// The data of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Pool {
    /// Its name.
    pub name: Text,
    /// Items in it; null when it has no end or nobody counted.
    #[serde(default)]
    pub items: Option<u64>,
    /// Items that journeys took.
    #[serde(default)]
    pub taken: u64,
}
