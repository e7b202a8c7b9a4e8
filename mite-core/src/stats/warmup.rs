//! What was counted in the warm-up, apart from everything else.

use std::time::Duration;

use serde::Serialize;

use super::counts::Counts;
use super::snapshot::{JourneyCounts, Window};

/// What belongs to the warm-up: what was meant to start in the first time of the test. It
/// is in no table, no limit and no comparison.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Warmup {
    /// How long it is; zero without one.
    pub length: Duration,
    /// Times and counts of what belongs to it, whenever that ended.
    pub counted: Window,
    /// Executions of journeys that were meant to start in it, and errors that came in it.
    pub journeys: JourneyCounts,
}

impl Warmup {
    /// Adds what was counted for it.
    pub(super) fn merge(&mut self, counts: &Counts) {
        for (key, series) in counts.series.filled() {
            self.counted.count(key, series);
        }
        for (_, counts) in &counts.journeys {
            self.journeys.merge(counts);
        }
        self.counted.errors = self.journeys.errors;
    }
}
