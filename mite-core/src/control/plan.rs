//! Where everything should be: computed afresh after every event.

use std::time::Duration;

use super::demand::Demand;
use super::lease::{Need, entitlements, is_scarce};
use super::ledger::Stock;
use super::roster::{Cell, Runner};
use super::share::{capped, place, share};
use super::spawn::Spawn;
use crate::control::{Growth, Level};
use crate::ids::TestTime;
use crate::pool::PoolKind;

/// What each runner should have of each line, by `[line][runner]`.
#[derive(Default)]
pub(super) struct Plan {
    cells: Vec<Vec<Target>>,
    /// Whether levels are not yet what the caps leave of the whole volume, so
    /// that they rise with what is admitted and runners must be told.
    pub(super) climbs: bool,
}

/// What one runner should have of one line.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Target {
    /// Its share of what is admitted, within the caps.
    pub(super) level: Level,
    /// Items that it is entitled to; `None`: there are enough.
    pub(super) entitled: Option<u64>,
    /// Whether items limit what it can hold, so that its level is cut to them.
    cut: bool,
}

impl Plan {
    pub(super) fn new(
        now: TestTime,
        period: Duration,
        cap: Option<u32>,
        lines: &[Demand],
        spawn: &Spawn,
        stocks: &[Stock],
        roster: &[Runner],
    ) -> Self {
        let n = roster.len();
        let full: Vec<u32> = lines.iter().map(|l| l.volume).collect();
        let admitted: Vec<u32> = (0..lines.len()).map(|s| spawn.admitted(s, now)).collect();
        let levels = cap.and_then(|cap| capped(&admitted, &full, n, cap));
        let level = |s: usize, i: usize| match &levels {
            Some(levels) => Level::fixed(levels[s][i]),
            None => Level {
                base: share(spawn.base(s), i, n, s),
                growth: spawn.growth(s, place(i, n, s), n),
            },
        };
        let target = |s, i| Target { level: level(s, i), ..Target::default() };
        let cells = (0..lines.len()).map(|s| (0..n).map(|i| target(s, i)).collect()).collect();
        let climbs = match cap {
            Some(cap) if levels.is_some() && admitted != full => {
                levels != capped(&full, &full, n, cap)
            }
            _ => false,
        };
        let mut plan = Self { cells, climbs };
        for (index, stock) in stocks.iter().enumerate() {
            if is_scarce(stock) {
                plan.share_out(now + period, index, stock, lines, roster);
            }
        }
        plan
    }

    /// Shares out what there is of a scarce stock.
    fn share_out(
        &mut self,
        soon: TestTime,
        index: usize,
        stock: &Stock,
        lines: &[Demand],
        roster: &[Runner],
    ) {
        let mut claims = Vec::new();
        let mut spare = 0;
        for (s, line) in lines.iter().enumerate().filter(|(_, l)| l.stock == Some(index)) {
            for (i, runner) in roster.iter().enumerate() {
                let cell = &runner.cells[s];
                spare += u64::from(cell.spare);
                let need = need(line, cell, self.cells[s][i].level.at(soon));
                claims.push(need.claim(s, stock.kind));
            }
        }
        // Items that stay are shared out for good; with others, who got the odd
        // one last time must not get it always.
        let (total, turn) = match stock.kind {
            PoolKind::Recyclable => (stock.total(), 0),
            _ => (stock.unused() + spare, stock.leases),
        };
        let parts = entitlements(total, lines.len(), &claims, turn);
        for (c, (claim, part)) in claims.iter().zip(parts).enumerate() {
            let target = &mut self.cells[claim.line][c % roster.len()];
            target.entitled = Some(part);
            // A runner restarts at once with its own items and would never
            // part with those in use.
            target.cut = lines[claim.line].reuses;
        }
    }

    pub(super) fn target(&self, line: usize, runner: usize) -> &Target {
        &self.cells[line][runner]
    }

    /// Journeys of `line` over all runners: placed within the caps, and of
    /// these such as have no items.
    pub(super) fn placed(&self, line: usize, now: TestTime) -> (u64, u64) {
        self.cells.get(line).into_iter().flatten().fold((0, 0), |(placed, dry), target| {
            let level = u64::from(target.level.at(now));
            let cut = level - u64::from(target.cut().at(now));
            (placed + level, dry + cut)
        })
    }
}

impl Target {
    /// The level, cut to the items that there are.
    pub(super) fn cut(&self) -> Level {
        match self.entitled {
            Some(items) if self.cut => clip(self.level, u32::try_from(items).unwrap_or(u32::MAX)),
            _ => self.level,
        }
    }
}

/// What a line has on a runner that may hold so many slots.
pub(super) fn need(line: &Demand, cell: &Cell, slots: u32) -> Need {
    Need {
        slots,
        pace: cell.pace.per_period(),
        running: cell.running,
        leased: cell.leased,
        spare: cell.spare,
        fresh: cell.fresh,
        reuses: line.reuses,
        allowance: line.allowance(),
    }
}

/// `level`, nowhere above `top`.
pub(super) fn clip(level: Level, top: u32) -> Level {
    if level.top() <= top {
        return level;
    }
    if level.base >= top {
        return Level::fixed(top);
    }
    let own = top - level.base;
    let growth = level.growth.map(|g| Growth { slots: g.offset + (own - 1) * g.of + 1, ..g });
    Level { growth, ..level }
}

/// `level` without growth that is over, so that what means the same is equal.
pub(super) fn settled(level: Level, now: TestTime) -> Level {
    let held = level.at(now);
    if held == level.top() { Level::fixed(held) } else { level }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clipped_level_follows_the_other_until_its_top() {
        let ms = Duration::from_millis;
        let growth = Growth { first: ms(0), every: ms(10), slots: 20, offset: 2, of: 3 };
        let level = Level { base: 4, growth: Some(growth) };
        for top in 0..15 {
            let clipped = clip(level, top);
            for t in (0..300).map(ms) {
                assert_eq!(clipped.at(t), level.at(t).min(top), "{top} at {t:?}");
            }
            assert_eq!(clipped.top(), level.top().min(top));
        }
        assert_eq!(settled(level, ms(1000)), Level::fixed(level.top()));
        assert_eq!(settled(level, ms(100)), level);
    }
}
