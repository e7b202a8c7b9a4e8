//! How a runner behaves.

use std::time::Duration;

use tokio::time::Instant;

/// How a runner behaves.
#[derive(Clone)]
pub struct RunnerSettings {
    /// When the test begins: the zero of test time.
    pub start: Instant,
    /// How often it asks for work.
    pub period: Duration,
    /// How often at most.
    pub min_delay: Duration,
    /// Journeys in flight at most, over all lines.
    pub most: Option<u32>,
    /// An arrival that is later than that is dropped.
    pub max_lateness: Duration,
}
