//! What becomes of a line's arrivals on a runner: each starts when it is due, or is dropped.

use std::time::Duration;

use super::arrivals::{ArrivalGrant, ArrivalProgress};
use super::arrived::Fate;
use super::held_arrivals::HeldArrivals;
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
    pub(super) fn grant_arrivals(&mut self, grant: ArrivalGrant) {
        let arrivals = self.arrivals.get_or_insert_default();
        arrivals.grant(grant);
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
    /// later than `lateness` after its time is dropped (any is without),  as is one that finds no room on the
    /// runner, in its line or no item: none is delayed.
    pub(super) fn arrive(
        &mut self,
        now: TestTime,
        lateness: Option<Duration>,
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
        let reason = if lateness.is_none_or(|lateness| now - arrival.at > lateness) {
            Some(DropReason::Late)
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
        line.grant_arrivals(ArrivalGrant { segments, room: None, last: false });
        // One at 0.05 s, and then one every 0.1 s.
        assert!(line.arrive(secs(0.05), Some(secs(1)), true).is_some());
        line.end(secs(0.55));
        let dropped = Dropped { late: 4, ..Dropped::default() };
        let expected = ArrivalProgress { taken: 1, pending: 0, dropped, cut: 5 };
        assert_eq!(line.arrival_progress(), Some(expected));
        assert_eq!(line.next_arrival(), None);
    }
}
