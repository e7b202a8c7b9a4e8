//! Clocks of machines, and how far one is from another.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

/// Nanoseconds on the calendar, by a clock that is read once and goes on steadily from
/// there: a step of the wall clock (NTP, a person) moves nothing.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    wall: u64,
    base: Instant,
}

impl Clock {
    /// Read now.
    pub fn new() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { wall: wall.as_nanos() as u64, base: Instant::now() }
    }

    /// Now.
    pub fn now(&self) -> u64 {
        self.at(Instant::now())
    }

    /// At that moment.
    pub fn at(&self, moment: Instant) -> u64 {
        match moment.checked_duration_since(self.base) {
            Some(after) => self.wall + after.as_nanos() as u64,
            None => self.wall - (self.base - moment).as_nanos() as u64,
        }
    }

    /// The moment at which it says `time`.
    pub fn moment(&self, time: u64) -> Instant {
        match time.checked_sub(self.wall) {
            Some(after) => self.base + Duration::from_nanos(after),
            None => {
                let before = Duration::from_nanos(self.wall - time);
                self.base.checked_sub(before).unwrap_or(self.base)
            }
        }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

/// One round trip between two clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RoundTrip {
    /// When it began here, when it came there, when it left there, and when it ended here:
    /// each by the clock of its place.
    pub(crate) times: [u64; 4],
}

/// How far another clock is ahead of this one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offset {
    /// In nanoseconds.
    pub ahead: i64,
    /// How wrong that may be, in nanoseconds.
    pub error: u64,
}

impl RoundTrip {
    /// What it says of the other clock (as NTP): it may be wrong by half of the time on
    /// the way.
    pub(crate) fn offset(&self) -> Offset {
        let [left, came, went, back] = self.times.map(i128::from);
        let ahead = ((came - left) + (went - back)) / 2;
        let way = ((back - left) - (went - came)).max(0);
        Offset { ahead: ahead as i64, error: (way / 2) as u64 }
    }
}

impl Offset {
    /// The better of two.
    pub fn better(self, other: Self) -> Self {
        if other.error < self.error { other } else { self }
    }

    /// The time here at which the other clock says `there`.
    pub fn here(&self, there: u64) -> u64 {
        there.saturating_add_signed(-self.ahead)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_known_to_half_of_the_way() {
        // The other clock is 1,000 ahead; 30 there, 50 back, and 500 of work.
        let trip = RoundTrip { times: [100, 1_130, 1_630, 680] };
        assert_eq!(trip.offset(), Offset { ahead: 990, error: 40 });
        assert_eq!(trip.offset().here(2_000), 1_010);
        let behind = RoundTrip { times: [5_000, 4_010, 4_010, 5_020] };
        assert_eq!(behind.offset(), Offset { ahead: -1_000, error: 10 });
        assert_eq!(trip.offset().better(behind.offset()).error, 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_goes_on_steadily_and_finds_moments_again() {
        let clock = Clock::new();
        let then = Instant::now();
        tokio::time::advance(Duration::from_secs(90)).await;
        assert_eq!(clock.now() - clock.at(then), 90_000_000_000);
        assert_eq!(clock.moment(clock.at(then)), then);
    }
}
