//! Levels: how many journeys a runner holds, as a function of test time.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ids::TestTime;

/// How many journeys a runner holds as a function of test time: `base`, and one
/// more at each step of `growth` that is its own.
///
/// Growth is limited test-wide. Its n-th slot (n = 0, 1, …) becomes valid at
/// `first + n × every`; the runner's own are those with n ≡ `offset` (mod `of`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Journeys to hold at once.
    pub base: u32,
    /// More, as the spawn rate allows.
    pub growth: Option<Growth>,
}

/// See [`Level`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
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

    /// The same, nowhere above `top`.
    pub(super) fn clipped(self, top: u32) -> Self {
        if self.top() <= top {
            return self;
        }
        if self.base >= top {
            return Self::fixed(top);
        }
        let own = top - self.base;
        let growth = self.growth.map(|g| Growth { slots: g.offset + (own - 1) * g.of + 1, ..g });
        Self { growth, ..self }
    }

    /// The same, without growth that is over, so that what means the same is equal.
    pub(super) fn settled(self, now: TestTime) -> Self {
        let held = self.at(now);
        if held == self.top() { Self::fixed(held) } else { self }
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

    #[test]
    fn a_clipped_level_follows_the_other_until_its_top() {
        let ms = Duration::from_millis;
        let growth = Growth { first: ms(0), every: ms(10), slots: 20, offset: 2, of: 3 };
        let level = Level { base: 4, growth: Some(growth) };
        for top in 0..15 {
            let clipped = level.clipped(top);
            for t in (0..300).map(ms) {
                assert_eq!(clipped.at(t), level.at(t).min(top), "{top} at {t:?}");
            }
            assert_eq!(clipped.top(), level.top().min(top));
        }
        assert_eq!(level.settled(ms(1000)), Level::fixed(level.top()));
        assert_eq!(level.settled(ms(100)), level);
    }
}
