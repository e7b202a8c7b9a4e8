//! Volume that could not be met, by reason.

use std::time::Duration;

use super::ledger::Stock;
use crate::stats::Reason;

/// Volume that could not be met, as slot-time: one journey missing for a
/// second is a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unmet {
    /// Runners are at their cap.
    pub cap: Duration,
    /// The pool has no items to give.
    pub data: Duration,
    /// The pool has items, and gives them more slowly than they are used.
    pub supply: Duration,
    /// The spawn rate has not admitted it yet.
    pub spawn: Duration,
    /// It, or its item, is on its way to a runner, or from one to another.
    pub moving: Duration,
    /// There are no runners.
    pub no_runner: Duration,
}

impl Unmet {
    /// All of it.
    pub fn total(&self) -> Duration {
        self.reasons().into_iter().map(|(_, time)| time).sum()
    }

    /// By reason.
    pub fn reasons(&self) -> [(Reason, Duration); 6] {
        [
            (Reason::Cap, self.cap),
            (Reason::Data, self.data),
            (Reason::Supply, self.supply),
            (Reason::Spawn, self.spawn),
            (Reason::Moving, self.moving),
            (Reason::NoRunner, self.no_runner),
        ]
    }
}

/// Journeys of a line at one moment, each number at most the one before.
#[derive(Clone, Copy)]
pub(super) struct Funnel {
    pub(super) required: u64,
    /// Of these, admitted by the spawn rate.
    pub(super) admitted: u64,
    /// Of these, within the runners' caps.
    pub(super) placed: u64,
    /// Of these, with items to run on.
    pub(super) supplied: u64,
    /// Of these, granted.
    pub(super) granted: u64,
}

impl Unmet {
    /// Books the time between two moments; without runners, all that was
    /// required is unmet for that reason.
    pub(super) fn book(&mut self, span: Duration, ends: [Funnel; 2], runners: usize) {
        let [a, b] = ends;
        // Trapezoidal: steps in between, within a period at most, count as a straight
        // line.
        let missing = |from: fn(&Funnel) -> u64, to: fn(&Funnel) -> u64| {
            let one = |s: &Funnel| from(s).saturating_sub(to(s)) as f64;
            span.mul_f64((one(&a) + one(&b)) / 2.0)
        };
        if runners == 0 {
            self.no_runner += missing(|s| s.required, |_| 0);
            return;
        }
        self.spawn += missing(|s| s.required, |s| s.admitted);
        self.cap += missing(|s| s.admitted, |s| s.placed);
        self.data += missing(|s| s.placed, |s| s.supplied);
        self.moving += missing(|s| s.supplied, |s| s.granted);
    }

    /// Books the time that slots of a runner had no item from `stock`.
    pub(super) fn book_starved(&mut self, time: Duration, stock: &Stock) {
        if stock.dry {
            self.data += time;
        } else if stock.ordered > 0 {
            self.supply += time;
        } else if !stock.exhausted {
            self.moving += time;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_booked_once_by_its_first_reason() {
        let funnel = Funnel { required: 10, admitted: 8, placed: 6, supplied: 5, granted: 1 };
        let mut unmet = Unmet::default();
        unmet.book(Duration::from_secs(2), [funnel; 2], 3);
        let seconds = unmet.reasons().map(|(name, time)| (name, time.as_secs()));
        assert_eq!(
            seconds,
            [
                (Reason::Cap, 4),
                (Reason::Data, 2),
                (Reason::Supply, 0),
                (Reason::Spawn, 4),
                (Reason::Moving, 8),
                (Reason::NoRunner, 0)
            ]
        );
        unmet.book(Duration::from_secs(1), [funnel; 2], 0);
        assert_eq!(unmet.no_runner, Duration::from_secs(10));
        assert_eq!(unmet.total(), Duration::from_secs(28));
    }
}
