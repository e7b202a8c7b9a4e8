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
}

impl StatisticKind {
    /// Whether `value` can be told to one.
    pub(super) fn takes(self, value: f64) -> bool {
        value.is_finite() && (self != Self::Counter || value >= 0.0)
    }
}

impl fmt::Display for StatisticKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Accumulator => "accumulator",
            Self::Histogram => "histogram",
        })
    }
}
