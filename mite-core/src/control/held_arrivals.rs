//! The arrivals of a line that a runner has: which comes next, and what becomes of it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use super::arrivals::{ArrivalGrant, ArrivalProgress};
use super::schedule::{Arrival, OwnArrivals};
use crate::ids::TestTime;
use crate::stats::DropReason;

/// A runner that is told to stop as an arrival falls due was not late for it.
const IN_TIME: Duration = Duration::from_millis(10);

/// When a runner was told of a window.
#[derive(Clone, Copy, Default)]
pub(super) struct Delivery {
    /// When it began to ask.
    pub(super) asked: TestTime,
    /// When the answer came.
    pub(super) came: TestTime,
}

impl Delivery {
    /// Whether that was too late for an arrival which the runner had asked for in time.
    pub(super) fn is_too_late(&self, at: TestTime, lateness: Duration) -> bool {
        self.asked <= at && self.came.saturating_sub(at) > lateness
    }
}

/// A runner's own arrivals of one line, in order.
#[derive(Default)]
pub(super) struct HeldArrivals {
    /// Windows of which something is left behind `next`, and how each came.
    segments: VecDeque<(OwnArrivals, Delivery)>,
    pub(super) next: Option<Arrival>,
    /// How the window of `next` came.
    pub(super) delivery: Delivery,
    pub(super) room: Option<u32>,
    last: bool,
    pub(super) counts: ArrivalProgress,
    /// Whether an item has ever come.
    pub(super) stocked: bool,
}

impl HeldArrivals {
    /// Takes the windows that it has not; what comes again is left alone.
    pub(super) fn grant(&mut self, grant: ArrivalGrant, delivery: Delivery) {
        for segment in grant.segments {
            if segment.window >= self.counts.taken {
                self.counts.taken = segment.window + 1;
                self.counts.pending += segment.own();
                self.segments.push_back((segment.into_iter(), delivery));
            }
        }
        (self.room, self.last) = (grant.room, grant.last);
        if self.next.is_none() {
            self.advance();
        }
    }

    pub(super) fn advance(&mut self) {
        self.next = loop {
            let Some((segment, delivery)) = self.segments.front_mut() else { break None };
            match segment.next() {
                Some(arrival) => {
                    self.delivery = *delivery;
                    break Some(arrival);
                }
                None => drop(self.segments.pop_front()),
            }
        };
    }

    /// Schedules nothing any more of what it has; what was overdue by `now` is dropped as
    /// late.
    pub(super) fn end(&mut self, now: TestTime) {
        while self.next.is_some_and(|arrival| arrival.at + IN_TIME <= now) {
            self.counts.pending -= 1;
            self.counts.dropped.count(DropReason::Late);
            self.advance();
        }
        self.cut();
    }

    /// Schedules nothing any more of what it has.
    pub(super) fn cut(&mut self) {
        self.counts.cut += std::mem::take(&mut self.counts.pending);
        self.segments.clear();
        self.next = None;
    }

    /// Whether all is decided, and nothing follows.
    pub(super) fn is_over(&self) -> bool {
        self.last && self.counts.pending == 0
    }
}

/// What is due next, over all lines: whose turn it is.
#[derive(Default)]
pub(super) struct Agenda {
    turns: BinaryHeap<Reverse<(TestTime, usize)>>,
    /// By line, its turn; others of it do not count.
    turn: Vec<Option<TestTime>>,
}

impl Agenda {
    /// A line whose next arrival is due at `at`.
    pub(super) fn add(&mut self, line: usize, at: TestTime) {
        if self.turn.len() <= line {
            self.turn.resize(line + 1, None);
        }
        if self.turn[line].is_none_or(|turn| at < turn) {
            self.turn[line] = Some(at);
            self.turns.push(Reverse((at, line)));
        }
    }

    /// When it is somebody's turn. That may be too early, of a line that has ended.
    pub(super) fn next(&self) -> Option<TestTime> {
        self.turns.peek().map(|turn| turn.0.0)
    }

    /// Whose turn it is by `now`; without a further one then.
    pub(super) fn take(&mut self, now: TestTime) -> Option<usize> {
        loop {
            let Reverse((at, line)) = *self.turns.peek().filter(|turn| turn.0.0 <= now)?;
            self.turns.pop();
            if self.turn[line] == Some(at) {
                self.turn[line] = None;
                return Some(line);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_earlier_turn_replaces_a_later_one() {
        let ms = Duration::from_millis;
        let mut agenda = Agenda::default();
        assert_eq!((agenda.next(), agenda.take(ms(9))), (None, None));
        agenda.add(3, ms(10));
        agenda.add(1, ms(5));
        agenda.add(3, ms(20));
        assert_eq!((agenda.next(), agenda.take(ms(4))), (Some(ms(5)), None));
        agenda.add(3, ms(4));
        assert_eq!([4, 4, 5, 30].map(|t| agenda.take(ms(t))), [Some(3), None, Some(1), None]);
    }
}
