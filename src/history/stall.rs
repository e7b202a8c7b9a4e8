//! Stalls: nothing ends, though journeys are in flight.

use std::time::Duration;

use mite_core::stats::Snapshot;
use mite_core::units;

/// So many would have ended, at the rate until then, in a stall.
const STALL: f64 = 20.0;

/// Stretches in which nothing ended, though journeys were in flight.
#[derive(Clone, Debug, Default)]
pub(super) struct Quiet {
    /// What ended until the last window in which something did.
    ended: u64,
    /// Since when nothing has.
    since: Option<Duration>,
    told: bool,
}

impl Quiet {
    /// What is to be told of the window from `from` to `to`, and when it was.
    pub(super) fn follow(
        &mut self,
        from: Duration,
        to: Duration,
        snapshot: &Snapshot,
    ) -> Option<(Duration, String)> {
        let window = &snapshot.window;
        let ended = window.requests.count() + window.transactions.count() + window.journeys.count();
        let in_flight = snapshot.in_flight();
        if ended > 0 || in_flight == 0 {
            self.ended += ended;
            let since = self.since.take();
            let was_told = std::mem::take(&mut self.told);
            let length = to.saturating_sub(since.filter(|_| was_told)?);
            return Some((to, format!("the stall of {} is over", units::long_time(length))));
        }
        let since = *self.since.get_or_insert(from);
        let rate = self.ended as f64 / since.as_secs_f64();
        let missing = rate * to.saturating_sub(since).as_secs_f64();
        if self.told || missing.is_nan() || missing < STALL {
            return None;
        }
        self.told = true;
        let journeys = units::count(in_flight, "journey");
        Some((since, format!("nothing ends, with {journeys} in flight")))
    }
}
