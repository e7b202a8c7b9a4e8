//! The parts of a run.

use serde::{Deserialize, Serialize};

use super::{Number, Times};

/// A part of a run: while what was asked for still changed, while it stayed, the rest of
/// the load, and the drain. What ended in it is counted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Part {
    /// Which.
    pub kind: PartKind,
    /// Where it begins, in seconds since the run did.
    pub from_s: Number,
    /// Where it ends.
    pub to_s: Number,
    /// Requests that ended in it.
    #[serde(default)]
    pub requests: u64,
    /// Those that failed.
    #[serde(default)]
    pub failed_requests: u64,
    /// Transactions that ended in it.
    #[serde(default)]
    pub transactions: u64,
    /// Executions of journeys that ended in it.
    #[serde(default)]
    pub journeys: u64,
    /// Errors that journeys reported in it.
    #[serde(default)]
    pub errors: u64,
    /// Requests a second in it; none of the drain.
    #[serde(default)]
    pub requests_per_s: Option<Number>,
    /// Transactions a second in it; none of the drain.
    #[serde(default)]
    pub transactions_per_s: Option<Number>,
    /// Executions of journeys a second in it; none of the drain.
    #[serde(default)]
    pub journeys_per_s: Option<Number>,
    /// Times of its requests, or of its transactions if there are none, or of its
    /// journeys.
    #[serde(default)]
    pub service: Option<Times>,
}

/// Which part of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    /// Before the controller was started again: what was counted until then is in no window.
    Earlier,
    /// Before the steady part.
    RampUp,
    /// The longest stretch in which what was asked for did not change, and was not
    /// nothing.
    #[default]
    Steady,
    /// After the steady part, load still being asked for.
    Rest,
    /// No load is asked for any more, and what runs may finish.
    Drain,
    /// Something that a later version knows.
    #[serde(other)]
    Unknown,
}
