//! What becomes of a line's arrivals on a runner: each starts when it is due, or is dropped.

use std::time::Duration;

use super::arrivals::{ArrivalGrant, ArrivalProgress};
use super::arrived::Fate;
use super::held_arrivals::{Delivery, HeldArrivals};
use super::held_line::HeldLine;
use super::schedule::Arrival;
use crate::ids::TestTime;
use crate::pool::PoolKind;
use crate::stats::DropReason;

/// How long arrivals wait for the first items: these are ordered when the first runner
/// asks, and a test begins at once.
const FIRST_ITEMS: Duration = Duration::from_millis(20);

impl HeldLine {
    /// Takes what a Grant says of its arrivals; a line that is ending plays none of them.
    pub(super) fn grant_arrivals(&mut self, grant: ArrivalGrant, delivery: Delivery) {
        let arrivals = self.arrivals.get_or_insert_default();
        arrivals.grant(grant, delivery);
        if self.ending {
            arrivals.cut();
        }
        let has_item = self.has_item();
        if let Some(arrivals) = &mut self.arrivals {
            arrivals.stocked |= has_item;
        }
    }

    /// Plays no more arrivals once there is no item for them, nor will be.
    pub(super) fn end_without_items(&mut self) {
        if self.exhausted
            && !self.has_item()
            && let Some(arrivals) = &mut self.arrivals
        {
            arrivals.cut();
        }
    }

    /// Plays no more arrivals: what was overdue by `now` is late.
    pub(super) fn end_arrivals(&mut self, now: TestTime) {
        if let Some(arrivals) = &mut self.arrivals {
            arrivals.end(now);
        }
    }

    /// When its next arrival is due, or is decided on.
    pub(super) fn next_arrival(&self) -> Option<TestTime> {
        let arrivals = self.arrivals.as_ref()?;
        let at = arrivals.next?.at;
        let waits = !arrivals.stocked && !self.exhausted && !self.has_item();
        Some(if waits { at + FIRST_ITEMS } else { at })
    }

    /// Its next arrival, if it is due by `now`, and what becomes of it. One that comes
    /// later than `lateness` after its time is dropped, as is one that finds no lease of the
    /// runner, no room on it or in its line, or no item: none is delayed.
    pub(super) fn arrive(
        &mut self,
        now: TestTime,
        lateness: Duration,
        has_lease: bool,
        has_room: bool,
    ) -> Option<(Arrival, Fate)> {
        let has_item = self.has_item();
        if self.next_arrival()? > now {
            return None;
        }
        let running = self.running;
        let arrivals = self.arrivals.as_mut()?;
        let arrival = arrivals.next?;
        arrivals.counts.pending -= 1;
        let reason = if now - arrival.at > lateness {
            match arrivals.delivery.is_too_late(arrival.at, lateness) {
                true => Some(DropReason::Undelivered),
                false => Some(DropReason::Late),
            }
        } else if !has_lease {
            Some(DropReason::Unleased)
        } else if arrivals.room.is_some_and(|room| running >= room) {
            Some(DropReason::Capped)
        } else if !has_room {
            Some(DropReason::Full)
        } else if !has_item {
            Some(DropReason::NoData)
        } else {
            None
        };
        arrivals.advance();
        if let Some(reason) = reason {
            arrivals.counts.dropped.count(reason);
            return Some((arrival, Fate::Dropped(reason)));
        }
        let taken = self.fresh.pop_front().or_else(|| self.recycled.pop_front());
        self.running += 1;
        self.started += 1;
        self.told_drained = false;
        self.note_use(&taken);
        self.end_without_items();
        Some((arrival, Fate::Starts(taken)))
    }

    fn has_item(&self) -> bool {
        self.kind == PoolKind::Unlimited || self.spare() > 0
    }

    /// Whether all of its arrivals are decided, and nothing follows.
    pub(super) fn arrivals_are_over(&self) -> bool {
        self.arrivals.as_ref().is_some_and(HeldArrivals::is_over)
    }

    /// What to report of its arrivals.
    pub(super) fn arrival_progress(&self) -> Option<ArrivalProgress> {
        self.arrivals.as_ref().map(|arrivals| arrivals.counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::{Dropped, Sealer};
    use crate::volume::{Piece, secs};

    #[test]
    fn what_was_due_when_the_run_ends_is_late_and_the_rest_was_never_scheduled() {
        let mut line = HeldLine::new(1, PoolKind::Unlimited, None);
        let pieces = vec![Piece::constant(secs(0), secs(1), 10.0)];
        let segments = vec![Sealer::even().seal(0, secs(0), secs(1), pieces)];
        line.grant_arrivals(
            ArrivalGrant { segments, room: None, last: false },
            Delivery::default(),
        );
        // One at 0.05 s, and then one every 0.1 s.
        assert!(line.arrive(secs(0.05), secs(1), true, true).is_some());
        line.end(secs(0.55));
        let dropped = Dropped { late: 4, ..Dropped::default() };
        let expected = ArrivalProgress { taken: 1, pending: 0, dropped, cut: 5 };
        assert_eq!(line.arrival_progress(), Some(expected));
        assert_eq!(line.next_arrival(), None);
    }

    /// Arrivals at 0.05 s, 0.15 s and so on, told of at `came`, which was asked at `asked`.
    fn ten(asked: f64, came: f64) -> HeldLine {
        let mut line = HeldLine::new(1, PoolKind::Unlimited, None);
        let pieces = vec![Piece::constant(secs(0), secs(1), 10.0)];
        let segments = vec![Sealer::even().seal(0, secs(0), secs(1), pieces)];
        let grant = ArrivalGrant { segments, room: None, last: false };
        line.grant_arrivals(grant, Delivery { asked: secs(asked), came: secs(came) });
        line
    }

    #[test]
    fn what_a_runner_was_told_of_too_late_is_not_its_own_lateness() {
        let at_half = |asked| {
            let mut line = ten(asked, 0.5);
            let next = || line.arrive(secs(0.5), secs(0.2), true, true);
            std::iter::from_fn(next).map(|(_, fate)| fate).collect::<Vec<_>>()
        };
        let dropped = Fate::Dropped;
        let (late, starts) = (dropped(DropReason::Late), Fate::Starts(None));
        let undelivered = dropped(DropReason::Undelivered);
        let [u, l, s] = [&undelivered, &late, &starts].map(Clone::clone);
        assert_eq!(at_half(0.0), [u.clone(), u.clone(), u.clone(), s.clone(), s.clone()]);
        // It had not asked for the first two before they were due.
        assert_eq!(at_half(0.2), [l.clone(), l, u, s.clone(), s]);
    }

    #[test]
    fn what_a_runner_without_a_lease_drops_has_a_reason_of_its_own() {
        let mut line = ten(0.0, 0.0);
        let mut at = |now, has_lease| {
            line.arrive(secs(now), secs(0.2), has_lease, true).map(|(_, fate)| fate)
        };
        assert_eq!(at(0.05, true), Some(Fate::Starts(None)));
        assert_eq!(at(0.15, false), Some(Fate::Dropped(DropReason::Unleased)));
        assert_eq!(at(0.65, false), Some(Fate::Dropped(DropReason::Late)));
        let dropped = Dropped { unleased: 1, late: 1, ..Dropped::default() };
        assert_eq!(line.arrival_progress().map(|progress| progress.dropped), Some(dropped));
        assert_eq!(dropped.total(), 2);
    }
}
