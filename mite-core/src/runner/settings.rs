//! How a runner behaves.

use std::time::Duration;

use tokio::time::Instant;

use crate::control::{Fence, Welcome};

/// How a runner behaves.
#[derive(Clone)]
pub struct RunnerSettings {
    /// Of which run it is, and which life of it.
    pub fence: Fence,
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
    /// How long it may hold what it was granted without a new Grant, if a network lies
    /// between; it asks anew if no answer comes within a period.
    pub timeout: Option<Duration>,
}

impl RunnerSettings {
    /// What a runner was told, of a test that begins at `start` by its own clock.
    pub fn of(welcome: &Welcome, start: Instant) -> Self {
        Self {
            fence: welcome.fence,
            start,
            period: welcome.period,
            min_delay: welcome.min_delay,
            most: welcome.most,
            max_lateness: welcome.max_lateness,
            timeout: welcome.timeout,
        }
    }
}
