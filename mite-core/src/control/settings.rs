//! What the control plane is told once.

use std::time::Duration;

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
}
