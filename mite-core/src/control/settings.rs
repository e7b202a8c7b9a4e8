//! What the control plane is told once.

use std::time::Duration;

use crate::ids::TestTime;

/// What the control plane is told once, before the run.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The length of a window, and how often a runner asks at least.
    pub period: Duration,
    /// Growth, in slots per second over all lines and runners. What is not a
    /// finite positive number is no limit.
    pub spawn_rate: f64,
    /// Journeys that one runner may hold at once, over all lines.
    pub runner_max_journeys: Option<u32>,
    /// What random arrivals are drawn from.
    pub seed: u64,
    /// No arrival is due then or later, if there is such a time.
    pub until: Option<TestTime>,
    /// How long a runner may hold what it was granted without a new Grant, if a network lies
    /// between. In one process nothing expires.
    pub runner_timeout: Option<Duration>,
}
