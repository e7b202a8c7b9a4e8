//! Seals window after window.

use serde::{Deserialize, Serialize};

use super::integral::{Sum, integral};
use super::random::{mix, poisson};
use super::{Segment, Split, Strata};
use crate::ids::{LineId, TestTime};
use crate::volume::Piece;

/// Seals the windows of a line, each once and in order: says which arrivals they have.
///
/// ```
/// use mite_core::control::Sealer;
/// use mite_core::volume::{Piece, secs};
///
/// let mut sealer = Sealer::even();
/// let window = sealer.seal(0, secs(0), secs(1), vec![Piece::constant(secs(0), secs(1), 5.0)]);
/// let at: Vec<_> = window.into_iter().map(|arrival| arrival.at.as_millis()).collect();
/// assert_eq!(at, [100, 300, 500, 700, 900]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sealer {
    /// What random arrivals are drawn from.
    seed: Option<u64>,
    /// The next arrival.
    next: u64,
    /// The integral since the arrivals that are sealed: from -½ to ½.
    rest: Sum,
}

/// What is nearer to the end of a window than this part of an arrival is at the end, and
/// so in the next one: 0.1 per second are 1.5 in 15 s, but its float is a little more.
const ROUNDING: f64 = 1e-9;

/// A part of a window with random arrivals has so many, on average, at most.
const STRATUM: f64 = 128.0;

impl Sealer {
    /// Of arrivals at even intervals.
    pub fn even() -> Self {
        Self { seed: None, next: 0, rest: Sum::default() }
    }

    /// Of arrivals at random times, a Poisson process: the same for the same seed and
    /// line.
    pub fn poisson(seed: u64, line: LineId) -> Self {
        Self { seed: Some(mix(seed, line.into())), ..Self::even() }
    }

    /// How many arrivals are sealed.
    pub fn sealed(&self) -> u64 {
        self.next
    }

    /// Seals the window number `window`, in which the rate is that of `pieces`, one
    /// after another. All arrivals are the one runner's until they are
    /// [split](Segment::for_runner).
    pub fn seal(
        &mut self,
        window: u64,
        start: TestTime,
        end: TestTime,
        pieces: Vec<Piece>,
    ) -> Segment {
        let first = self.next;
        let (mut lead, mut random) = (0.0, None);
        let n = match self.seed {
            None => {
                lead = (0.5 - self.rest.value()).max(0.0);
                pieces.iter().for_each(|piece| self.rest.add(piece.integral()));
                let n = (self.rest.value() - 0.5 - ROUNDING).ceil().max(0.0);
                self.rest.add(-n);
                n as u64
            }
            Some(seed) => {
                let strata = Strata::draw(mix(seed, window), integral(&pieces));
                let n = strata.counts.iter().map(|n| u64::from(*n)).sum();
                random = Some(strata);
                n
            }
        };
        self.next = first.saturating_add(n);
        let (end_k, split) = (self.next, Split::default());
        Segment { window, start, end, first, end_k, pieces, lead, random, split }
    }
}

impl Strata {
    /// Of a window with this integral. The numbers of the parts are independent, so
    /// their sum has the Poisson distribution, too.
    fn draw(seed: u64, integral: f64) -> Self {
        let parts = (integral / STRATUM).ceil().max(1.0) as u64;
        let mean = integral / parts as f64;
        // Numbers of arrivals count up from 0 below the seed; these count down.
        let counts = (0..parts).map(|part| poisson(mean, mix(seed, u64::MAX - part))).collect();
        Self { seed, counts }
    }
}
