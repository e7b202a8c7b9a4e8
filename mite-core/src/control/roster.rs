//! The runners that live, and what each of them has of each line.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::arrival_cell::ArrivalCell;
use super::lease::ahead;
use super::level::Level;
use super::offers::{Attention, Offer};
use super::totals::Totals;
use super::work::{Fence, Grant, LineProgress, Phase};
use crate::ids::{RunnerId, TestTime};
use crate::pool::ItemId;

/// A runner that lives.
pub(super) struct Runner {
    pub(super) id: RunnerId,
    pub(super) fence: Fence,
    /// The number of its last Progress, and when that was taken in; at first, when it came.
    pub(super) heard: u64,
    pub(super) at: TestTime,
    /// The number of the last Grant that it was sent.
    pub(super) told: u64,
    /// The phase that the last Grant said.
    pub(super) phase: Option<Phase>,
    /// The last Grant, without its items.
    pub(super) last: Grant,
    /// Whether it was told to ask and has not been answered since.
    pub(super) nudged: bool,
    /// Whether it is about to leave.
    pub(super) is_leaving: bool,
    /// Whether it is of the time before a restart, and has not said what it holds.
    pub(super) is_unclaimed: bool,
    /// Whether what it has changed since it was last worked out what it would be granted.
    pub(super) touched: bool,
    /// Whether it should be told to ask.
    pub(super) attention: Attention,
    /// By line.
    pub(super) cells: Vec<Cell>,
}

/// A runner that was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostRunner {
    /// Which.
    pub runner: RunnerId,
    /// Its last report, or its coming: what it did later nobody knows.
    pub from: TestTime,
    /// When it was known to run nothing any more.
    pub to: TestTime,
}

/// What one runner has of one line.
#[derive(Default)]
pub(super) struct Cell {
    /// Journeys in flight, as reported last.
    pub(super) running: u32,
    /// Journeys started, as reported last.
    pub(super) started: u64,
    /// Slot-time without an item, as reported last.
    pub(super) unmet_data: Duration,
    /// Slot-time without room, as reported last.
    unmet_room: Duration,
    /// Items out on lease here, in use or not.
    pub(super) leased: u32,
    /// Items here that are not in use.
    pub(super) spare: u32,
    /// Of these, items that were not used here before.
    pub(super) fresh: u32,
    /// The level sent last.
    pub(super) level: Level,
    /// How many spare items it was told to keep, and whether it was asked for
    /// the others since.
    pub(super) keep: u32,
    pub(super) collected: bool,
    /// Grants that may be in effect, or may come into effect.
    sent: VecDeque<Sent>,
    pub(super) pace: Pace,
    /// Its arrivals, in the open model.
    pub(super) arrivals: ArrivalCell,
    /// What it would be granted now, as it was worked out last.
    pub(super) offer: Offer,
    /// What the totals of the line count of it.
    pub(super) counted: Totals,
}

struct Sent {
    grant: u64,
    top: u32,
    items: Vec<ItemId>,
}

impl Runner {
    pub(super) fn new(id: RunnerId, fence: Fence, lines: usize, at: TestTime) -> Self {
        Self {
            id,
            fence,
            heard: 0,
            at,
            told: 0,
            phase: None,
            last: Grant::default(),
            nudged: false,
            is_unclaimed: false,
            is_leaving: false,
            touched: false,
            attention: Attention::None,
            cells: (0..lines).map(|_| Cell::default()).collect(),
        }
    }
}

impl Cell {
    /// The most that the runner may hold until it is heard again: what runs, or
    /// any level that it was sent and has not replaced.
    pub(super) fn bound(&self) -> u32 {
        self.sent.iter().map(|s| s.top).fold(self.running, u32::max)
    }

    /// Begins with what a runner says that it holds, to a controller that did not know.
    pub(super) fn begin_with(&mut self, report: &LineProgress, grant: u64, level: Level) {
        self.started = report.started;
        self.unmet_data = report.unmet_data;
        self.unmet_room = report.unmet_room;
        self.running = report.running;
        self.level = level;
        self.sent = VecDeque::from([Sent { grant, top: level.top(), items: Vec::new() }]);
    }

    /// Takes in a report made under the Grant with number `grant`; says for
    /// how long slots had no item since the last one, and for how long no room.
    pub(super) fn report(
        &mut self,
        now: TestTime,
        period: Duration,
        grant: u64,
        report: &LineProgress,
    ) -> (Duration, Duration) {
        let starts = report.started.saturating_sub(self.started);
        self.pace.add(now, period, starts);
        self.started = self.started.max(report.started);
        let starved = report.unmet_data.saturating_sub(self.unmet_data);
        self.unmet_data += starved;
        let crowded = report.unmet_room.saturating_sub(self.unmet_room);
        self.unmet_room += crowded;
        if let Some(told) = report.arrivals {
            self.arrivals.report(report.started, told);
        }
        self.running = report.running;
        self.acknowledge(grant);
        // Items under way to it are not in the report.
        let coming: u32 = self.sent.iter().map(|s| s.items.len() as u32).sum();
        self.spare = (report.spare + coming).min(self.leased);
        // Fresh items are started first.
        let starts = u32::try_from(starts).unwrap_or(u32::MAX);
        self.fresh = self.fresh.saturating_sub(starts).max(coming).min(self.spare);
        (starved, crowded)
    }

    /// Notes which Grant is in effect: earlier levels are not any more, and its
    /// items have arrived.
    pub(super) fn acknowledge(&mut self, grant: u64) {
        self.sent.retain(|s| s.grant >= grant);
        if let Some(seen) = self.sent.front_mut().filter(|s| s.grant == grant) {
            seen.items = Vec::new();
        }
    }

    /// What the totals of its line should count of it.
    pub(super) fn totals(&self) -> Totals {
        let grows = self.level.growth.is_some();
        let offer = &self.offer;
        Totals {
            bound: self.bound().into(),
            running: self.running.into(),
            leased: self.leased.into(),
            spare: self.spare.into(),
            ahead: ahead(self.pace.per_period()).into(),
            level: if grows { 0 } else { self.level.base.into() },
            growing: grows.into(),
            unplayed: (!self.arrivals.is_played()).into(),
            wanted: offer.terms.want,
            wanting: (offer.terms.want > 0).into(),
            unsettled: offer.unsettled.into(),
            climbing: offer.climbs.into(),
        }
    }

    /// Items of Grants that may never have arrived.
    pub(super) fn unacknowledged(&self) -> impl Iterator<Item = ItemId> {
        self.sent.iter().flat_map(|s| &s.items).copied()
    }

    /// Notes what was granted.
    pub(super) fn send(&mut self, grant: u64, level: Level, keep: u32, items: Vec<ItemId>) {
        let count = items.len() as u32;
        self.level = level;
        self.leased += count;
        self.spare += count;
        self.fresh += count;
        if keep != self.keep {
            (self.keep, self.collected) = (keep, false);
        }
        self.sent.push_back(Sent { grant, top: level.top(), items });
        // A runner that is told much and never answers must not cost memory.
        if self.sent.len() > 8
            && let Some(mut oldest) = self.sent.pop_front()
        {
            let next = &mut self.sent[0];
            next.top = next.top.max(oldest.top);
            oldest.items.append(&mut next.items);
            next.items = oldest.items;
        }
    }
}

/// How many journeys start in a period.
#[derive(Default)]
pub(super) struct Pace {
    since: TestTime,
    count: u64,
    last: u64,
}

impl Pace {
    fn add(&mut self, now: TestTime, period: Duration, starts: u64) {
        self.count += starts;
        let elapsed = now.saturating_sub(self.since);
        if elapsed >= period {
            // After a longer gap the line has only just begun: averaged over the gap,
            // its rate would be too low.
            self.last = if elapsed < period * 2 {
                (u128::from(self.count) * period.as_nanos() / elapsed.as_nanos().max(1)) as u64
            } else {
                self.count
            };
            (self.since, self.count) = (now, 0);
        }
    }

    /// Starts in the last period, or in the current one if it has more already:
    /// from nothing this doubles with every stock that is used up.
    pub(super) fn per_period(&self) -> u32 {
        u32::try_from(self.last.max(self.count)).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(running: u32, started: u64, spare: u32) -> LineProgress {
        LineProgress { running, started, spare, ..Default::default() }
    }

    #[test]
    fn a_level_binds_until_a_later_one_is_in_effect() {
        let now = TestTime::ZERO;
        let mut cell = Cell::default();
        cell.send(1, Level::fixed(10), 0, Vec::new());
        cell.send(2, Level::fixed(4), 0, Vec::new());
        assert_eq!(cell.bound(), 10);
        cell.report(now, Duration::MAX, 1, &report(9, 9, 0));
        assert_eq!(cell.bound(), 10, "Grant 1 is in effect");
        cell.report(now, Duration::MAX, 2, &report(9, 9, 0));
        assert_eq!(cell.bound(), 9, "what runs is cancelled by nobody");
        cell.report(now, Duration::MAX, 2, &report(3, 9, 0));
        assert_eq!(cell.bound(), 4);
        for grant in 3..1000 {
            cell.send(grant, Level::fixed(grant as u32), 0, Vec::new());
        }
        assert_eq!((cell.bound(), cell.sent.len()), (999, 8));
    }

    #[test]
    fn fresh_items_are_started_first() {
        let now = TestTime::ZERO;
        let mut cell = Cell::default();
        cell.send(1, Level::fixed(2), 5, (0..5).collect());
        assert_eq!((cell.leased, cell.spare, cell.fresh), (5, 5, 5));
        cell.report(now, Duration::MAX, 1, &report(2, 4, 3));
        assert_eq!((cell.spare, cell.fresh), (3, 1));
        cell.send(2, Level::fixed(2), 5, (0..3).collect());
        cell.report(now, Duration::MAX, 1, &report(2, 5, 2));
        assert_eq!((cell.spare, cell.fresh), (5, 3), "three are on their way");
    }

    #[test]
    fn the_pace_doubles_up_and_then_holds_for_a_period() {
        let ms = Duration::from_millis;
        let mut pace = Pace::default();
        let expected = [(0, 5, 5), (10, 5, 10), (20, 10, 20), (1000, 80, 100), (1500, 2, 100)];
        for (t, starts, expected) in expected.into_iter().chain([(2250, 8, 8), (9000, 7, 7)]) {
            pace.add(ms(t), ms(1000), starts);
            assert_eq!(pace.per_period(), expected, "at {t} ms");
        }
    }
}
