//! Stretches of time in which a volume changes evenly.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ids::TestTime;

/// A stretch of time in which a number changes evenly.
///
/// ```
/// use mite::prelude::*;
/// use mite::volume::Piece;
/// let up = Piece { start: secs(10), end: secs(20), from: 0.0, to: 50.0 };
/// assert_eq!((up.at(secs(14)), up.integral()), (20.0, 250.0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    /// When it begins.
    pub start: TestTime,
    /// When it ends; what is due then belongs to the next one.
    pub end: TestTime,
    /// The number at its beginning.
    pub from: f64,
    /// The number that it arrives at.
    pub to: f64,
}

impl Piece {
    /// The same number all the time.
    pub fn constant(start: TestTime, end: TestTime, n: f64) -> Self {
        Self { start, end, from: n, to: n }
    }

    /// How long it is.
    pub fn length(&self) -> Duration {
        self.end.saturating_sub(self.start)
    }

    /// Whether the number stays the same.
    pub fn is_constant(&self) -> bool {
        self.from == self.to
    }

    /// The number at `at`, which must be in it.
    pub fn at(&self, at: TestTime) -> f64 {
        if self.is_constant() || at <= self.start {
            return self.from;
        }
        if at >= self.end {
            return self.to;
        }
        // Multiplied before it is divided: 100 * 29 / 100 is 29, while
        // 100 * (29 / 100) is just below and would be truncated to 28.
        let since = (at - self.start).as_secs_f64();
        self.from + (self.to - self.from) * since / self.length().as_secs_f64()
    }

    /// The number times the time, in seconds: of a rate, what it makes in all.
    pub fn integral(&self) -> f64 {
        // Halved before they are added, so that the greatest numbers do not overflow.
        (self.from / 2.0 + self.to / 2.0) * self.length().as_secs_f64()
    }

    /// What of it is between `start` and `end`; nothing if it is elsewhere.
    pub fn within(&self, start: TestTime, end: TestTime) -> Option<Self> {
        let (start, end) = (self.start.max(start), self.end.min(end));
        (start < end).then(|| Self { start, end, from: self.at(start), to: self.at(end) })
    }

    /// The same, so much later.
    #[must_use]
    pub fn later(self, by: Duration) -> Self {
        Self { start: self.start.saturating_add(by), end: self.end.saturating_add(by), ..self }
    }
}
