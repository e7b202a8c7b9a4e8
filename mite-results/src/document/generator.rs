//! How the load generator itself fared.

use serde::{Deserialize, Serialize};

use super::{Number, Text, Times};

/// How the load generator itself fared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Generator {
    /// CPU time over run time and cores used, from 0 to 1.
    pub cpu_share: Option<Number>,
    /// Most memory that it held.
    pub memory_max_bytes: Option<u64>,
    /// Most open files.
    pub files_max: Option<u64>,
    /// How late its loops turned.
    pub loop_lag: Option<Times>,
    /// How late arrivals began.
    pub schedule_lag: Option<Times>,
    /// Messages that nobody got.
    pub lost_messages: u64,
    /// Samples that are in no figure.
    pub lost_samples: u64,
    /// Journeys that kept a loop from turning.
    pub blocked: Vec<Blocked>,
}

/// A journey that kept its runner's loop from turning.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Blocked {
    /// The journey.
    pub journey: Text,
    /// How often.
    pub count: u64,
    /// The longest time.
    pub max_s: Number,
}
