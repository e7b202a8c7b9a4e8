//! Numbers of the parts of a run, and its time.

use std::time::Duration;

/// A line of the scenario, from 1. Messages and the wire call it `scenario_id`, as
/// upstream mite does.
pub type LineId = u32;

/// A runner of this run, from 1.
pub type RunnerId = u32;

/// Time since the test began, after the start delay.
pub type TestTime = Duration;
