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
    /// The time here at which the other clock says `there`.
    pub fn here(&self, there: u64) -> u64 {
        there.saturating_add_signed(-self.ahead)
    }
}

/// How far two clocks may drift apart, in parts of a million: NTP slews by no more.
const DRIFT: u64 = 500;

/// What is known of another clock, by round trips that go on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tracked {
    /// The round trip that tells most, and when it ended here.
    known: Option<(Offset, u64)>,
}

impl Tracked {
    /// Takes in a round trip that ended at `now`, by this clock. It is the better one if the
    /// last may be as wrong by now: what was measured before ages as clocks drift.
    pub(crate) fn measured(&mut self, offset: Offset, now: u64) {
        if self.at(now).is_none_or(|known| offset.error <= known.error) {
            self.known = Some((offset, now));
        }
    }

    /// What is known at `now`.
    pub(crate) fn at(&self, now: u64) -> Option<Offset> {
        let (offset, then) = self.known?;
        let aged = now.saturating_sub(then) / 1_000_000 * DRIFT;
        Some(Offset { error: offset.error.saturating_add(aged), ..offset })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drifting_clock_is_followed_and_a_slow_answer_changes_nothing() {
        const SECOND: u64 = 1_000_000_000;
        let mut tracked = Tracked::default();
        assert_eq!(tracked.at(5), None);
        let of = |ahead, error| Offset { ahead, error };
        tracked.measured(of(1_000, 200_000), SECOND);
        assert_eq!(tracked.at(SECOND), Some(of(1_000, 200_000)));
        // Half a millisecond a second at most.
        assert_eq!(tracked.at(2 * SECOND), Some(of(1_000, 700_000)));
        tracked.measured(of(9_000_000, 40_000_000), 2 * SECOND);
        assert_eq!(tracked.at(2 * SECOND), Some(of(1_000, 700_000)));
        // 50 millionths for an hour, measured each second.
        for second in 3..3_600 {
            tracked.measured(of(second * 50_000, 300_000), second as u64 * SECOND);
        }
        assert_eq!(tracked.at(3_599 * SECOND), Some(of(3_599 * 50_000, 300_000)));
    }

    #[test]
    fn an_offset_is_known_to_half_of_the_way() {
        // The other clock is 1,000 ahead; 30 there, 50 back, and 500 of work.
        let trip = RoundTrip { times: [100, 1_130, 1_630, 680] };
        assert_eq!(trip.offset(), Offset { ahead: 990, error: 40 });
        assert_eq!(trip.offset().here(2_000), 1_010);
        let behind = RoundTrip { times: [5_000, 4_010, 4_010, 5_020] };
        assert_eq!(behind.offset(), Offset { ahead: -1_000, error: 10 });
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
