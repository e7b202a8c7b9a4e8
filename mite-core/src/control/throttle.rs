//! Load that is changed by hand while it runs: paused, resumed, made more or less.

use serde::{Deserialize, Serialize};

/// What was made by hand of the load that the scenario asks for.
///
/// ```
/// use mite_core::control::Throttle;
/// let half = Throttle { paused: false, factor: 0.5 };
/// assert_eq!(half.effective(), 0.5);
/// assert_eq!(Throttle { paused: true, ..half }.effective(), 0.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Throttle {
    /// Nothing is started; the clock of the test goes on.
    pub paused: bool,
    /// What levels and rates are multiplied by otherwise.
    pub factor: f64,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { paused: false, factor: 1.0 }
    }
}

impl Throttle {
    /// What levels and rates are multiplied by now.
    pub fn effective(&self) -> f64 {
        if self.paused { 0.0 } else { self.factor }
    }
}
