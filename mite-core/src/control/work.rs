//! What controller and runners tell each other. Values only: the same in one
//! process and over a network.

use std::time::Duration;

use bytes::Bytes;

use crate::config::Changes;
use crate::ids::{LineId, RunnerId, TestTime};
use crate::pool::ItemId;

/// A data item on its way to a journey: its id and its encoded arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The pool's own number for it.
    pub id: ItemId,
    /// A msgpack array of the journey's arguments.
    pub data: Bytes,
}

/// What a runner reports whenever it asks for work: its numbered request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// Who reports.
    pub runner: RunnerId,
    /// From 1, one more each time.
    pub number: u64,
    /// The last Grant that the runner has put into effect.
    pub grant: u64,
    /// The config version that the runner has.
    pub config_version: u64,
    /// What it knows of each scenario that it was granted.
    pub scenarios: Vec<ScenarioProgress>,
}

/// One scenario as a runner sees it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScenarioProgress {
    /// Which.
    pub scenario: LineId,
    /// Journeys in flight.
    pub running: u32,
    /// Journeys started since the run began.
    pub started: u64,
    /// Items that it has and that are not in use.
    pub spare: u32,
    /// Items that were used and come home with this report.
    pub used: Vec<ItemId>,
    /// Items that come home without having been used.
    pub unused: Vec<ItemId>,
    /// Slots below its level that wait for an item now.
    pub starved: u32,
    /// Slot-time below its level, since the run began, for want of an item.
    pub unmet_data: Duration,
}

/// What a runner may do from now on: absolute state, and always the reply to a
/// Progress.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grant {
    /// From 1, one more each time.
    pub number: u64,
    /// The Progress that it answers.
    pub answers: u64,
    /// Settings that changed since the version that the runner has.
    pub config: Changes,
    /// What to hold, for each scenario that has not ended for this runner.
    pub scenarios: Vec<ScenarioGrant>,
    /// Whether the test goes on.
    pub phase: Phase,
}

/// Whether a runner starts, finishes or drops journeys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Hold the levels.
    #[default]
    Run,
    /// Start nothing more; `should_stop` is true; send unused items home.
    Drain,
    /// Cancel what still runs.
    Cancel,
    /// All is over: this was the last reply.
    Bye,
}

/// A runner's part of one scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioGrant {
    /// Which.
    pub scenario: LineId,
    /// How many journeys to hold.
    pub level: Level,
    /// New items, in the pool's order.
    pub items: Vec<Item>,
    /// Spare items above this number are sent home.
    pub keep: u32,
    /// No more items will come: what is leased still starts, then it has ended.
    pub exhausted: bool,
}

/// How many journeys a runner holds as a function of test time: `base`, and one
/// more at each step of `growth` that is its own.
///
/// Growth is limited test-wide. Its n-th slot (n = 0, 1, …) becomes valid at
/// `first + n × every`; the runner's own are those with n ≡ `offset` (mod `of`).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Level {
    /// Journeys to hold at once.
    pub base: u32,
    /// More, as the spawn rate allows.
    pub growth: Option<Growth>,
}

/// See [`Level`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth {
    /// When slot 0 becomes valid.
    pub first: TestTime,
    /// Time from one slot to the next.
    pub every: Duration,
    /// Slots in all, over all runners.
    pub slots: u32,
    /// This runner's first slot.
    pub offset: u32,
    /// This runner's slots are that many apart.
    pub of: u32,
}

impl Level {
    /// A level without growth.
    pub fn fixed(base: u32) -> Self {
        Self { base, growth: None }
    }

    /// Journeys to hold at `now`.
    pub fn at(&self, now: TestTime) -> u32 {
        self.base + self.growth.map_or(0, |g| g.own(g.valid(now)))
    }

    /// The highest level it comes to.
    pub fn top(&self) -> u32 {
        self.base + self.growth.map_or(0, |g| g.own(g.slots))
    }

    /// When the level rises next, after `now`.
    pub fn next_rise(&self, now: TestTime) -> Option<TestTime> {
        let g = self.growth?;
        let own = g.own(g.valid(now));
        let slot = u64::from(g.offset) + u64::from(own) * u64::from(g.of);
        (slot < u64::from(g.slots))
            .then(|| g.first + Duration::from_nanos(g.every.as_nanos() as u64 * slot))
    }
}

impl Growth {
    /// Slots of all runners that are valid at `now`.
    fn valid(&self, now: TestTime) -> u32 {
        let Some(since) = now.checked_sub(self.first) else { return 0 };
        match self.every.as_nanos() {
            0 => self.slots,
            every => (since.as_nanos() / every + 1).min(self.slots.into()) as u32,
        }
    }

    /// How many of the first `n` slots are this runner's own.
    fn own(&self, n: u32) -> u32 {
        n.saturating_sub(self.offset).div_ceil(self.of.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_shared_out_slot_by_slot() {
        let ms = Duration::from_millis;
        let level = |offset| Level {
            base: 2,
            growth: Some(Growth { first: ms(100), every: ms(10), slots: 7, offset, of: 3 }),
        };
        assert_eq!(level(0).at(ms(99)), 2);
        assert_eq!(level(0).at(ms(100)), 3);
        assert_eq!(level(0).at(ms(129)), 3);
        assert_eq!(level(0).at(ms(130)), 4);
        assert_eq!(level(1).at(ms(109)), 2);
        assert_eq!(level(1).at(ms(110)), 3);
        assert_eq!((level(0).top(), level(1).top(), level(2).top()), (5, 4, 4));
        for t in (0..300).map(ms) {
            let total: u32 = (0..3).map(|o| level(o).at(t) - 2).sum();
            assert_eq!(total, level(0).growth.unwrap().valid(t));
        }
        assert_eq!(level(1).next_rise(ms(0)), Some(ms(110)));
        assert_eq!(level(1).next_rise(ms(110)), Some(ms(140)));
        assert_eq!(level(1).next_rise(ms(140)), None);
        assert_eq!(Level::fixed(4).next_rise(ms(0)), None);
    }
}
