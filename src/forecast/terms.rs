//! What a forecast needs to be told.

use std::time::Duration;

/// What a forecast needs to be told.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    /// `--duration`.
    pub(crate) duration: Option<Duration>,
    /// `--seed`, if one was given.
    pub(crate) seed: Option<u64>,
    /// `--max-loop-delay`.
    pub(crate) period: Duration,
    /// How long a journey takes.
    pub(crate) time: Option<Duration>,
    /// For how long a journey keeps a core busy.
    pub(crate) cost: Option<Duration>,
    /// How many journeys at once one runner takes.
    pub(crate) per_runner: Option<u32>,
}
