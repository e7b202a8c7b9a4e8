//! What is kept of the values of a statistic.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What is kept of the values that a statistic is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatisticKind {
    /// Their sum; none is negative.
    Counter,
    /// The last, by time; the least and the greatest.
    Gauge,
    /// Their sum, and how many there were.
    Accumulator,
    /// How they are spread.
    Histogram,
    /// How many of them passed: 1 is that, 0 is not.
    Check,
}

impl StatisticKind {
    /// Whether `value` can be told to one.
    pub(super) fn takes(self, value: f64) -> bool {
        match self {
            Self::Counter => value.is_finite() && value >= 0.0,
            Self::Check => value == 0.0 || value == 1.0,
            _ => value.is_finite(),
        }
    }
}

impl fmt::Display for StatisticKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Accumulator => "accumulator",
            Self::Histogram => "histogram",
            Self::Check => "check",
        })
    }
}
