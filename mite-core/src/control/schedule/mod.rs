//! The schedule of a line in the open model: when each of its arrivals is due.
//!
//! Pure functions of the rate, the seed and the window. Arrival k = 0, 1, … is where
//! the integral of the rate reaches k + ½: at k they would fall on the edges of windows,
//! where rounding decides on which side. Which arrivals a window has is said in
//! integers, once, when it is sealed; floats only place them.

mod integral;
mod own;
mod random;
#[cfg(test)]
mod random_tests;
mod sealer;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::ids::TestTime;
use crate::volume::Piece;

pub use own::OwnArrivals;
pub use sealer::Sealer;

/// The arrivals of one window, fixed when it was sealed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// The index of the window.
    pub window: u64,
    /// When the window begins.
    pub start: TestTime,
    /// When it ends.
    pub end: TestTime,
    /// Its first arrival, by its number in the line's schedule.
    pub first: u64,
    /// The first arrival that is not in it any more.
    pub end_k: u64,
    /// The rate in it, in journeys per second.
    pub pieces: Vec<Piece>,
    /// The integral of the rate from its beginning to its first arrival, if arrivals
    /// are even.
    pub lead: f64,
    /// Where arrivals are random.
    pub random: Option<Strata>,
    /// Whose they are.
    pub split: Split,
}

/// Random arrivals of a window: it is cut into parts of equal integral, each with a
/// number of arrivals, whose places in it are a function of the seed and the number of
/// the arrival. So a runner works out its own alone, part by part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strata {
    /// What the places are drawn from.
    pub seed: u64,
    /// How many arrivals each part has.
    pub counts: Vec<u32>,
}

/// Whose an arrival is: number k sits on seat k mod `seats`, and seat s belongs to the
/// runner with place s mod `runners`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// Seats: as many as runners, or as may be in flight at once.
    pub seats: u32,
    /// Runners that share them.
    pub runners: u32,
    /// The place of this one among them.
    pub place: u32,
}

/// One arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Its number in the line's schedule, from 0.
    pub k: u64,
    /// When it is due.
    pub at: TestTime,
}

impl Segment {
    /// How many arrivals it has, over all runners.
    pub fn scheduled(&self) -> u64 {
        self.end_k - self.first
    }

    /// How many of them are the runner's own.
    pub fn own(&self) -> u64 {
        self.split.own(self.first, self.end_k)
    }

    /// The same, as the runner with this place has it.
    #[must_use]
    pub fn for_runner(&self, split: Split) -> Self {
        Self { split, ..self.clone() }
    }
}

impl Default for Split {
    fn default() -> Self {
        Self::among(1, None, 0)
    }
}

impl Split {
    /// The split among so many runners, of whom `at_most` journeys may be in flight, for
    /// the one with this place.
    pub fn among(runners: u32, at_most: Option<u32>, place: u32) -> Self {
        Self { seats: at_most.unwrap_or(runners).max(1), runners: runners.max(1), place }
    }

    /// Whether arrival `k` is this runner's.
    pub fn owns(&self, k: u64) -> bool {
        self.seat(k) % u64::from(self.runners) == u64::from(self.place)
    }

    /// How many of the arrivals from `first` to `end`, without `end`, are this runner's.
    pub fn own(&self, first: u64, end: u64) -> u64 {
        self.own_before(end) - self.own_before(first)
    }

    /// How many seats are this runner's: its part of what may be in flight.
    pub fn own_seats(&self) -> u32 {
        self.seats_before(u64::from(self.seats)) as u32
    }

    fn seat(&self, k: u64) -> u64 {
        k % u64::from(self.seats)
    }

    fn own_before(&self, k: u64) -> u64 {
        let rounds = k / u64::from(self.seats);
        rounds * u64::from(self.own_seats()) + self.seats_before(self.seat(k))
    }

    /// This runner's among the first `n` seats.
    fn seats_before(&self, n: u64) -> u64 {
        n.saturating_sub(self.place.into()).div_ceil(self.runners.into())
    }
}
