//! Load that is changed by hand while it runs: paused, resumed, made more or less.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ids::TestTime;

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

/// What was made by hand of the load of a run so far, and for how long.
///
/// ```
/// use mite_core::control::{ByHand, Throttle};
/// use std::time::Duration;
/// let second = Duration::from_secs;
/// let paused = ByHand::default().turned(second(3), Throttle { paused: true, factor: 1.0 });
/// assert_eq!(paused.until(second(8)).paused, second(5));
/// assert_eq!(paused.turned(second(9), Throttle::default()).until(second(20)).paused, second(6));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ByHand {
    /// What it is now.
    pub throttle: Throttle,
    /// Since when, in test time: the times below are those until then.
    pub since: TestTime,
    /// For how long it was paused.
    pub paused: Duration,
    /// For how long it was multiplied.
    pub scaled: Duration,
    /// By how much at least; 1 if it was not.
    pub least: f64,
    /// By how much at most; 1 if it was not.
    pub most: f64,
}

impl Default for ByHand {
    fn default() -> Self {
        let (paused, scaled) = (Duration::ZERO, Duration::ZERO);
        let (throttle, since) = (Throttle::default(), TestTime::ZERO);
        Self { throttle, since, paused, scaled, least: 1.0, most: 1.0 }
    }
}

impl ByHand {
    /// With the time until then, as the load is now.
    pub fn until(mut self, at: TestTime) -> Self {
        let time = at.saturating_sub(self.since);
        match self.throttle {
            Throttle { paused: true, .. } => self.paused += time,
            Throttle { factor, .. } if factor != 1.0 && !time.is_zero() => {
                let first = self.scaled.is_zero();
                self.scaled += time;
                self.least = if first { factor } else { self.least.min(factor) };
                self.most = if first { factor } else { self.most.max(factor) };
            }
            Throttle { .. } => {}
        }
        Self { since: at, ..self }
    }

    /// The load is that from then on.
    pub fn turned(self, at: TestTime, throttle: Throttle) -> Self {
        if self.throttle == throttle { self } else { Self { throttle, ..self.until(at) } }
    }
}
