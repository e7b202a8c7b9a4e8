//! Numbers of the parts of a run, and its time.

use std::time::Duration;

/// A line of the scenario, from 1. Messages and the wire call it `scenario_id`, as
/// upstream mite does.
pub type LineId = u32;

/// A runner of this run, from 1.
pub type RunnerId = u32;

/// A number that nobody else has drawn.
#[doc(hidden)]
pub fn random() -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _, RandomState};
    RandomState::new().build_hasher().finish()
}

/// Time since the test began, after the start delay.
pub type TestTime = Duration;
