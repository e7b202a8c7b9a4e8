//! Where everything should be: computed afresh after every event.

use std::time::Duration;

use super::lease::{Need, ahead, entitlements, is_scarce};
use super::ledger::Stock;
use super::level::Level;
use super::line_state::LineState;
use super::roster::{Cell, Runner};
use super::share::{capped, place, share};
use super::spawn::Spawn;
use crate::ids::TestTime;
use crate::pool::PoolKind;

/// What each runner should have of each line.
#[derive(Default)]
pub(super) struct Targets {
    /// By line, and then by runner.
    cells: Vec<Target>,
    runners: usize,
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

impl Targets {
    pub(super) fn new(
        now: TestTime,
        period: Duration,
        cap: Option<u32>,
        lines: &[LineState],
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
        let cells = (0..lines.len() * n).map(|cell| target(cell / n, cell % n)).collect();
        let climbs = match cap {
            Some(cap) if levels.is_some() && admitted != full => {
                levels != capped(&full, &full, n, cap)
            }
            _ => false,
        };
        let mut targets = Self { cells, runners: n, climbs };
        for stock in stocks.iter().filter(|stock| is_scarce(stock)) {
            targets.share_out(now + period, stock, lines, roster);
        }
        targets
    }

    /// Shares out what there is of a scarce stock.
    fn share_out(&mut self, soon: TestTime, stock: &Stock, lines: &[LineState], roster: &[Runner]) {
        let mut claims = Vec::new();
        let mut spare = 0;
        for &s in &stock.users {
            let line = &lines[s];
            for (i, runner) in roster.iter().enumerate() {
                let cell = &runner.cells[s];
                spare += u64::from(cell.spare);
                let spares = stock.spares_of(line.seat, i, roster.len());
                let need = need(line, cell, self.target(s, i).level.at(soon), spares);
                claims.push(need.claim(s, stock.kind));
            }
        }
        // Items that stay are shared out for good; with others, who got the odd
        // one last time must not get it always.
        let (total, turn) = match stock.kind {
            PoolKind::Recyclable => (stock.total(), 0),
            _ => (stock.unused() + spare, stock.leases),
        };
        let parts = entitlements(total, &claims, turn);
        for (c, (claim, part)) in claims.iter().zip(parts).enumerate() {
            let target = &mut self.cells[claim.line * self.runners + c % roster.len()];
            target.entitled = Some(part);
            // A runner restarts at once with its own items and would never
            // part with those in use.
            target.cut = lines[claim.line].reuses;
        }
    }

    pub(super) fn target(&self, line: usize, runner: usize) -> &Target {
        &self.cells[line * self.runners + runner]
    }

    /// Journeys of `line` over all runners: placed within the caps, and of
    /// these such as have no items.
    pub(super) fn placed(&self, line: usize, now: TestTime) -> (u64, u64) {
        let first = line * self.runners;
        let cells = self.cells.get(first..first + self.runners).unwrap_or_default();
        cells.iter().fold((0, 0), |(placed, dry), target| {
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
            Some(items) if self.cut => self.level.clipped(u32::try_from(items).unwrap_or(u32::MAX)),
            _ => self.level,
        }
    }
}

/// What a line has on a runner that may hold so many slots. In the open model these are what
/// runs and what arrives soon.
pub(super) fn need(line: &LineState, cell: &Cell, slots: u32, spares: u32) -> Need {
    let arrivals = line.arrivals.as_ref().map(|arrivals| cell.arrivals.coming(arrivals.horizon));
    Need {
        slots: arrivals.map_or(slots, |coming| cell.running.saturating_add(ahead(coming))),
        arrivals,
        spares,
        pace: cell.pace.per_period(),
        running: cell.running,
        leased: cell.leased,
        spare: cell.spare,
        fresh: cell.fresh,
        reuses: line.reuses,
        allowance: line.allowance(),
    }
}
