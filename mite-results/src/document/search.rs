//! Searches for the greatest rate that keeps limits.

use serde::{Deserialize, Serialize};

use super::{Number, Text};

/// A search for the greatest rate at which limits are kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Search {
    /// Which line of the scenario, from 1.
    pub line: u32,
    /// Its journey.
    pub journey: Text,
    /// The limits that decide, as they were written.
    pub limits: Vec<Text>,
    /// For how long each rate is measured.
    pub hold_s: Number,
    /// The greatest rate that it goes up to.
    pub up_to_per_s: Number,
    /// What has become of it.
    pub state: SearchState,
    /// What was found, in a sentence.
    pub text: Text,
    /// The greatest rate at which the limits were kept.
    pub kept_per_s: Option<Number>,
    /// How many times they were kept at that rate.
    pub kept_times: u32,
    /// The least rate above that at which they were not.
    pub broken_per_s: Option<Number>,
    /// How many times they were not.
    pub broken_times: u32,
    /// Each rate that was held, in order.
    pub steps: Vec<SearchStep>,
}

/// What has become of a search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SearchState {
    /// It has not come to its end.
    #[default]
    Searching,
    /// The limits are kept up to somewhere between two rates that are near each other.
    Found,
    /// They are kept up to the greatest rate that it may go to.
    KeptUpTo,
    /// They are not kept at any rate that was tried.
    NeverKept,
    /// Above some rate the generator itself could not keep up.
    GeneratorLimit,
    /// After a rate that was too much, the limits were not kept any more.
    NotRecovered,
    /// Something that a later version knows.
    #[serde(other)]
    Unknown,
}

/// A rate that was held.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct SearchStep {
    /// The rate.
    pub per_s: Number,
    /// Since when it was measured, in seconds since the run began.
    pub from_s: Number,
    /// Until when.
    pub to_s: Number,
    /// What it came to.
    pub outcome: SearchOutcome,
    /// The figure of each limit, in seconds, a share, or a number (a second); null if
    /// there was nothing to measure.
    pub values: Vec<Option<Number>>,
    /// How many values each was made of.
    pub samples: Vec<u64>,
    /// Why, if that is not the figures' doing.
    pub why: Option<Text>,
}

/// What a rate came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SearchOutcome {
    /// All limits were kept.
    #[default]
    Kept,
    /// Some limit was not.
    Broken,
    /// The generator could not keep up, which says nothing of the limits.
    Generator,
    /// Something that a later version knows.
    #[serde(other)]
    Unknown,
}
