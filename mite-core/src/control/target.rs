//! Where everything should be: worked out after every event, as far as that changes it.

use std::time::Duration;

use super::lease::{Claim, Need, ahead, entitlements, is_scarce};
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
    /// Whether what lines ask for has changed since levels were placed.
    stale: bool,
    /// Whether a cap is felt; and what was admitted then, if there is a cap.
    capped: bool,
    admitted: Vec<u32>,
    /// By stock, what its items were last shared out by, if it is scarce.
    shared: Vec<Option<Shared>>,
    /// Whether levels are not yet what the caps leave of the whole volume, so
    /// that they rise with what is admitted and runners must be told.
    pub(super) climbs: bool,
    /// One more with each change.
    pub(super) version: u64,
}

/// What one runner should have of one line.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Target {
    /// Its share of what is admitted, within the caps.
    pub(super) level: Level,
    /// Items that it is entitled to; `None`: there are enough.
    pub(super) entitled: Option<u64>,
    /// Whether items limit what it can hold, so that its level is cut to them.
    cut: bool,
}

/// What the items of a scarce stock are shared out by: as long as it is the same, so are
/// the parts.
#[derive(PartialEq)]
struct Shared {
    claims: Vec<Claim>,
    total: u64,
    turn: u64,
}

/// What targets follow from.
pub(super) struct View<'a> {
    pub(super) now: TestTime,
    pub(super) period: Duration,
    pub(super) cap: Option<u32>,
    pub(super) lines: &'a [LineState],
    pub(super) spawn: &'a Spawn,
    pub(super) stocks: &'a [Stock],
    pub(super) roster: &'a [Runner],
}

impl Targets {
    /// What lines ask for has changed.
    pub(super) fn invalidate(&mut self) {
        self.stale = true;
    }

    /// Works out what may have changed since the last time.
    pub(super) fn update(&mut self, view: &View<'_>) {
        let View { now, cap, lines, spawn, stocks, roster, .. } = *view;
        let all = 0..if cap.is_some() { lines.len() } else { 0 };
        let admitted: Vec<u32> = all.map(|s| spawn.admitted(s, now)).collect();
        let is_new = self.stale || self.shared.len() != stocks.len();
        if is_new || self.runners != roster.len() || self.admitted != admitted {
            self.place(view, admitted);
        }
        for (index, stock) in stocks.iter().enumerate() {
            if is_scarce(stock) {
                self.share_out(index, view);
            } else if self.shared[index].take().is_some() {
                for &s in &stock.users {
                    for target in &mut self.cells[s * self.runners..][..self.runners] {
                        (target.entitled, target.cut) = (None, false);
                    }
                }
                self.version += 1;
            }
        }
    }

    /// Places levels, as if there were items for all.
    fn place(&mut self, view: &View<'_>, admitted: Vec<u32>) {
        let View { cap, lines, spawn, stocks, roster, .. } = *view;
        let n = roster.len();
        let full: Vec<u32> = lines.iter().map(|l| l.volume).collect();
        let levels = cap.and_then(|cap| capped(&admitted, &full, n, cap));
        let level = |s: usize, i: usize| match &levels {
            Some(levels) => Level::fixed(levels[s][i]),
            None => Level {
                base: share(spawn.base(s), i, n, s),
                growth: spawn.growth(s, place(i, n, s), n),
            },
        };
        let target = |s, i| Target { level: level(s, i), ..Target::default() };
        self.cells.clear();
        self.cells.extend((0..lines.len() * n).map(|cell| target(cell / n, cell % n)));
        self.climbs = match cap {
            Some(cap) if levels.is_some() && admitted != full => {
                levels != capped(&full, &full, n, cap)
            }
            _ => false,
        };
        (self.runners, self.stale, self.capped) = (n, false, levels.is_some());
        self.admitted = admitted;
        self.shared.clear();
        self.shared.resize_with(stocks.len(), || None);
        self.version += 1;
    }

    /// Shares out what there is of a scarce stock.
    fn share_out(&mut self, index: usize, view: &View<'_>) {
        let View { now, period, lines, stocks, roster, .. } = *view;
        let (soon, stock) = (now + period, &stocks[index]);
        let mut claims = Vec::with_capacity(stock.users.len() * roster.len());
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
        let shared = Some(Shared { claims, total, turn });
        if self.shared[index] == shared {
            return;
        }
        let claims = &shared.as_ref().map_or(&[][..], |shared| &shared.claims);
        let parts = entitlements(total, claims, turn);
        let mut changed = false;
        for (c, (claim, part)) in claims.iter().zip(parts).enumerate() {
            let target = &mut self.cells[claim.line * self.runners + c % roster.len()];
            // A runner restarts at once with its own items and would never
            // part with those in use.
            let (entitled, cut) = (Some(part), lines[claim.line].reuses);
            changed |= (target.entitled, target.cut) != (entitled, cut);
            (target.entitled, target.cut) = (entitled, cut);
        }
        self.version += u64::from(changed);
        self.shared[index] = shared;
    }

    /// Whether levels of a line are its shares, neither capped nor cut.
    pub(super) fn is_plain(&self, line: &LineState) -> bool {
        let is_shared = |stock: usize| self.shared.get(stock).is_some_and(Option::is_some);
        !self.capped && !line.stock.is_some_and(is_shared)
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
