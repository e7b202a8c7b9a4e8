//! How a target is spoken to.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::client::{Answer, Post};
use crate::metrics::Family;

/// All metrics, at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Shot {
    pub(crate) families: Arc<Vec<Family>>,
    /// When the run began.
    pub(crate) started: SystemTime,
    pub(crate) at: SystemTime,
    /// Nothing comes after it.
    pub(crate) is_last: bool,
}

/// Nanoseconds since 1970.
pub(super) fn nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_nanos().try_into().unwrap_or(u64::MAX)
}

/// How a target is spoken to. Lives on the thread of its target.
pub(crate) trait Protocol: Send {
    /// What people call the target.
    fn name(&self) -> &'static str;

    /// How often it is sent to.
    fn every(&self) -> Duration;

    /// What is sent; `None` if there is nothing to say.
    fn encode(&mut self, shot: &Shot) -> Option<Post>;

    /// It was taken. What is left to say to people, if anything.
    fn delivered(&mut self, shot: &Shot, answer: &Answer) -> Option<String>;
}
