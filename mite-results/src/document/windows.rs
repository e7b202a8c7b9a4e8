//! The course of a run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Number;

/// The course of a run, as columns: entry j of every array is of window j, and
/// all arrays are of equal length.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Windows {
    /// How long a window is. A late tick makes a longer one, the last may be
    /// shorter: `length_s` has the lengths. Null in a file without windows.
    pub span_s: Option<Number>,
    /// Where each window begins, in seconds since the run did.
    pub t_s: Vec<Number>,
    /// How long it is.
    pub length_s: Vec<Number>,
    /// Most journeys that closed lines asked for, looked at once a second.
    pub required: Vec<Number>,
    /// Journeys a second that open lines asked for, at most, looked at once a second.
    pub required_per_s: Vec<Number>,
    /// Fewest journeys running, looked at once a second.
    pub running_min: Vec<u64>,
    /// Most journeys running: of each runner at any moment, added up; of runners in other
    /// processes looked at once a second.
    pub running_max: Vec<u64>,
    /// Arrivals that the schedule asked for.
    pub scheduled: Vec<u64>,
    /// Executions of journeys that began.
    pub started: Vec<u64>,
    /// Arrivals that did not become one, by reason.
    pub dropped: BTreeMap<String, Vec<u64>>,
    /// Errors that journeys reported.
    pub errors: Vec<u64>,
    /// For each runner, the share of a core that it used.
    pub cpu: Vec<Vec<Option<Number>>>,
    /// The latest that a loop turned.
    pub loop_lag_max_s: Vec<Option<Number>>,
    /// How late arrivals began: 99 % were earlier.
    pub schedule_lag_p99_s: Vec<Option<Number>>,
    /// Counts and times of a series, by its `id`.
    pub series: BTreeMap<u32, SeriesWindows>,
    /// What a statistic of the test's own was told, by its `id`.
    pub statistics: BTreeMap<u32, StatisticWindows>,
}

/// The course of a statistic that the test's own code kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct StatisticWindows {
    /// How often it was told a value.
    pub count: Vec<u64>,
    /// The sum of the values; of a check, how many passed.
    pub sum: Vec<Number>,
    /// The last value of a gauge; null where it was told none, and of others.
    pub last: Vec<Option<Number>>,
}

/// The course of a series.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SeriesWindows {
    /// The first window in which this series was followed. Before it the arrays
    /// hold zeros that mean nothing.
    #[serde(default)]
    pub first_window: usize,
    /// How many ended.
    pub count: Vec<u64>,
    /// Those that failed.
    pub failed: Vec<u64>,
    /// The sum of their times.
    #[serde(default)]
    pub sum_s: Vec<Number>,
    /// The longest of their times; null if none ended.
    #[serde(default)]
    pub max_s: Vec<Option<Number>>,
    /// Bytes received.
    #[serde(default)]
    pub received_bytes: Vec<u64>,
    /// Which time `hist`, `sum_s` and `max_s` are of.
    #[serde(default)]
    pub time: Measured,
    /// How the times are spread.
    pub hist: Hist,
    /// How the times of those that failed are spread: they are in `hist`, too. Null if none
    /// did, or if that is not known.
    #[serde(default)]
    pub failed_hist: Option<Hist>,
    /// How times from the actual start are spread, where `hist` is of those from when each
    /// was due. Null where both are the same, or if that is not known.
    #[serde(default)]
    pub service_hist: Option<Hist>,
}

/// From where a time is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Measured {
    /// From the start.
    #[default]
    Service,
    /// From when it was due.
    Response,
    /// Something that a later version knows.
    #[serde(other)]
    Unknown,
}

/// Base-2 exponential histograms, one for each window: bucket i holds times in
/// (2^((i−1)/2^schema), 2^(i/2^schema)] seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Hist {
    /// How fine: each bucket ends at 2^(1/2^schema) times its begin.
    pub schema: u8,
    /// The number of the first bucket of each window.
    pub first: Vec<i32>,
    /// The counts of the buckets from there on.
    pub counts: Vec<Vec<u64>>,
}
