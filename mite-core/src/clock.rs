//! Monotonic time and its place on the calendar.

use std::cell::RefCell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// A length of time, where a number alone would leave its unit open.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a length of time",
    label = "seconds? minutes?",
    note = "write `secs(…)`, `mins(…)`, `hours(…)` or a `Duration`"
)]
pub trait IntoDuration {
    /// The same.
    fn into_duration(self) -> Duration;
}

impl IntoDuration for Duration {
    fn into_duration(self) -> Duration {
        self
    }
}

/// The wall clock and the monotonic clock, read together once: a timestamp is the wall
/// clock's reading then plus monotonic time since, so that a step of the wall clock
/// (NTP, a person) distorts nothing.
#[derive(Clone, Copy, Debug)]
pub struct Epoch {
    wall: f64,
    instant: Instant,
}

impl Epoch {
    /// Both clocks, read now.
    pub fn now() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { wall: wall.as_secs_f64(), instant: Instant::now() }
    }

    /// The Unix timestamp of `instant`, in seconds.
    pub fn wall(&self, instant: Instant) -> f64 {
        match instant.checked_duration_since(self.instant) {
            Some(after) => self.wall + after.as_secs_f64(),
            None => self.wall - (self.instant - instant).as_secs_f64(),
        }
    }
}

/// The most that test time is moved by, in parts of a million of the time that passes.
const SLEW: u32 = 500;

/// The zero of test time on a clock that drifts from the controller's. It is slewed, never
/// stepped: test time runs at most a two-thousandth too fast or too slow, and so does every
/// rate.
#[derive(Clone, Copy, Debug)]
pub struct Slewed {
    zero: Instant,
    since: Instant,
}

impl Slewed {
    /// As it is known at `now`.
    pub fn new(zero: Instant, now: Instant) -> Self {
        Self { zero, since: now }
    }

    /// The zero of test time, for now.
    pub fn zero(&self) -> Instant {
        self.zero
    }

    /// Moves it towards where it should be as is known at `now`.
    pub fn follow(&mut self, target: Instant, now: Instant) {
        let most = now.saturating_duration_since(self.since) * SLEW / 1_000_000;
        self.since = now;
        self.zero = match target.checked_duration_since(self.zero) {
            Some(later) => self.zero + later.min(most),
            None => self.zero - (self.zero - target).min(most),
        };
    }
}

/// Whether tokio's clock is paused in this runtime, as it is in a
/// `#[tokio::test(start_paused = true)]`. Tokio has no call that says so, so this
/// looks.
pub fn is_paused() -> bool {
    let (virtual_start, real_start) = (Instant::now(), std::time::Instant::now());
    while real_start.elapsed() < Duration::from_micros(2) {}
    Instant::now() == virtual_start
}

/// Keeps a virtual clock from jumping while something real is awaited.
///
/// Tokio's paused clock jumps to the next timer as soon as every task waits,
/// also if one waits for a socket. It does not while a blocking task runs, so
/// the guard is one, for at most `limit` of real time.
pub struct ClockHold {
    _release: Option<std::sync::mpsc::Sender<()>>,
}

impl ClockHold {
    /// Holds the clock if `virtual_time`; otherwise does nothing.
    pub fn new(virtual_time: bool, limit: Duration) -> Self {
        if !virtual_time {
            return Self { _release: None };
        }
        let (release, held) = std::sync::mpsc::channel::<()>();
        tokio::task::spawn_blocking(move || held.recv_timeout(limit));
        HELD.with_borrow_mut(|held| held.begin(std::time::Instant::now()));
        Self { _release: Some(release) }
    }
}

impl Drop for ClockHold {
    fn drop(&mut self) {
        if self._release.is_some() {
            // Thread-locals may be gone while a thread ends.
            let _ = HELD.try_with(|held| held.borrow_mut().end(std::time::Instant::now()));
        }
    }
}

/// For how much real time the virtual clock of this thread was held in all: what a
/// test on virtual time took for requests.
pub fn stood_still() -> Duration {
    HELD.with_borrow(|held| held.total)
}

/// Holds that overlap in time count once.
#[derive(Default)]
struct Held {
    holds: u32,
    since: Option<std::time::Instant>,
    total: Duration,
}

impl Held {
    fn begin(&mut self, now: std::time::Instant) {
        self.since.get_or_insert(now);
        self.holds += 1;
    }

    fn end(&mut self, now: std::time::Instant) {
        self.holds = self.holds.saturating_sub(1);
        if self.holds == 0
            && let Some(since) = self.since.take()
        {
            self.total += now - since;
        }
    }
}

thread_local! {
    static HELD: RefCell<Held> = RefCell::default();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_that_overlap_count_once() {
        let (mut held, start) = (Held::default(), std::time::Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        held.begin(at(1));
        held.begin(at(2));
        held.end(at(4));
        held.end(at(5));
        held.begin(at(10));
        held.end(at(11));
        assert_eq!(held.total, Duration::from_secs(5));
    }

    #[tokio::test(start_paused = true)]
    async fn a_zero_that_is_off_is_moved_by_half_a_millisecond_a_second() {
        let start = Instant::now() + Duration::from_secs(9);
        let (second, ms) = (Duration::from_secs(1), Duration::from_millis);
        for sign in [1.0, -1.0] {
            let by = |millis: f64| match sign {
                1.0 => start + Duration::from_secs_f64(millis / 1e3),
                _ => start - Duration::from_secs_f64(millis / 1e3),
            };
            let mut zero = Slewed::new(start, start);
            zero.follow(by(9.0), start);
            assert_eq!(zero.zero(), start, "no time has passed");
            zero.follow(by(9.0), start + second);
            assert_eq!(zero.zero(), by(0.5));
            zero.follow(by(9.0), start + second + ms(200));
            assert_eq!(zero.zero(), by(0.6));
            zero.follow(by(9.0), start + second * 60);
            assert_eq!(zero.zero(), by(9.0));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_paused_clock_is_noticed() {
        assert!(is_paused());
    }

    #[tokio::test]
    async fn a_real_clock_is_not_taken_for_a_paused_one() {
        assert!(!is_paused());
    }

    #[tokio::test(start_paused = true)]
    async fn wall_time_follows_the_monotonic_clock() {
        let epoch = Epoch::now();
        let start = Instant::now();
        let later = epoch.wall(start + Duration::from_secs(90)) - epoch.wall(start);
        assert!((later - 90.0).abs() < 1e-6, "{later}");
    }
}
