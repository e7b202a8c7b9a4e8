//! The seconds of a test, as a process tells them.

use std::time::Duration;

use tokio::time::Instant;

/// Which second of the test ends next: each is told once, and one that was missed not at all.
/// The zero of test time is slewed, so it is given anew each time.
#[derive(Debug)]
pub(super) struct Seconds {
    next: u64,
}

impl Seconds {
    /// From the one that lasts at `now`.
    pub(super) fn new(zero: Instant, now: Instant) -> Self {
        Self { next: now.saturating_duration_since(zero).as_secs() + 1 }
    }

    /// When the next one ends.
    pub(super) fn end(&self, zero: Instant) -> Instant {
        zero + Duration::from_secs(self.next)
    }

    /// It is told at `now`: until which test time.
    pub(super) fn take(&mut self, zero: Instant, now: Instant) -> Duration {
        let told = self.next;
        self.next = Self::new(zero, now).next.max(told + 1);
        Duration::from_secs(told)
    }
}

#[cfg(test)]
mod tests {
    use mite_core::clock::Slewed;

    use super::*;

    /// Fifty microseconds a second, for ten hours: 1.8 s in all.
    #[test]
    fn seconds_keep_to_a_clock_that_drifts() {
        let start = Instant::now();
        for later in [true, false] {
            let mut zero = Slewed::new(start, start);
            let mut seconds = Seconds::new(start, start);
            for n in 1..=36_000 {
                let now = seconds.end(zero.zero());
                assert_eq!(seconds.take(zero.zero(), now), Duration::from_secs(n));
                let by = Duration::from_micros(50 * n);
                let is = if later { start + by } else { start - by };
                let end = is + Duration::from_secs(n);
                let off = now.max(end) - now.min(end);
                assert!(off <= Duration::from_micros(50), "second {n} is off by {off:?}");
                zero.follow(is, now);
            }
        }
    }

    #[test]
    fn a_second_is_told_once_though_its_end_is_moved_and_missed_ones_are_not_told() {
        let zero = Instant::now();
        let secs = Duration::from_secs;
        let mut seconds = Seconds::new(zero, zero + secs(3));
        assert_eq!(seconds.end(zero), zero + secs(4));
        // As it is told it is known that it ends a little later.
        let later = zero + Duration::from_micros(400);
        assert_eq!(seconds.take(later, zero + secs(4)), secs(4));
        assert_eq!(seconds.end(later), later + secs(5));
        assert_eq!(seconds.take(later, zero + Duration::from_millis(7_900)), secs(5));
        assert_eq!(seconds.end(later), later + secs(8));
        // One that has not begun has its first second before it.
        assert_eq!(Seconds::new(zero + secs(60), zero).end(zero + secs(60)), zero + secs(61));
    }
}
