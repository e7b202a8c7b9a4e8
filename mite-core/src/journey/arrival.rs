//! An execution that a schedule asked for.

use std::time::Duration;

use tokio::time::Instant;

/// An execution that the schedule of an open line asked for.
pub(crate) struct Arrival {
    /// How much later than intended it started.
    pub(crate) lag: Duration,
}

impl Arrival {
    /// It starts now.
    pub(crate) fn now(intended: Instant) -> Self {
        Self { lag: intended.elapsed() }
    }
}
