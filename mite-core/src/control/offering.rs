//! What runners would be granted now. It is worked out anew for those that something has
//! changed for, which mostly are those that have just reported.

use super::controller::Controller;
use super::lease::Terms;
use super::level::Level;
use super::line_state::LineState;
use super::offers::{Attention, Basis, LineBasis, Offer};
use super::roster::Cell;
use super::settings::Settings;
use super::share::share;
use super::target::need;
use super::work::Phase;
use crate::ids::TestTime;

impl Controller {
    /// What runner `r` would be granted now, by line.
    pub(super) fn offers(&self, r: usize) -> Vec<Offer> {
        let runner = &self.roster[r];
        // Closed lines come first: what arrivals have now they leave to them.
        let closed = |(line, cell): (&LineState, &Cell)| match line.arrivals {
            None => u64::from(cell.bound()),
            Some(_) => 0,
        };
        let bound = self.lines.iter().zip(&runner.cells).map(closed).sum();
        let mut room = match self.settings.runner_max_journeys {
            Some(cap) => u64::from(cap).saturating_sub(bound),
            None => u64::MAX,
        };
        (0..runner.cells.len()).map(|s| self.offer(r, s, &mut room)).collect()
    }

    /// What runner `r` would be granted of a line, if it has `room` for more journeys.
    fn offer(&self, r: usize, s: usize, room: &mut u64) -> Offer {
        let Settings { period, .. } = self.settings;
        let (line, runner, recovering) = (&self.lines[s], &self.roster[r], self.is_recovering());
        let cell = &runner.cells[s];
        // One that leaves plays what it has: that needs room and items.
        let leaves = runner.is_leaving && cell.arrivals.told.pending == 0;
        let bound = u64::from(cell.bound());
        let at_most = line.arrivals.as_ref().map(|arrivals| arrivals.at_most.unwrap_or(0));
        let target = match at_most {
            Some(n) => Level::fixed(share(n, r, self.roster.len(), s)),
            None => self.target_level(s, r),
        };
        // An increase waits until the others have surely come down, and so
        // does what else this runner holds.
        let volume = at_most.unwrap_or(line.volume);
        let free = u64::from(volume).saturating_sub(line.totals.bound - bound);
        let room_for_it = if at_most.is_some() { u64::MAX } else { bound.saturating_add(*room) };
        let most = free.min(room_for_it).max(cell.level.top().into());
        let most = if leaves { 0 } else { most };
        let most = if recovering { cell.level.top().into() } else { most };
        let unsettled = target.top() > cell.level.top();
        let level = if self.takes_before_it_gives() {
            target.clipped(u32::try_from(most).unwrap_or(u32::MAX))
        } else {
            target
        };
        if at_most.is_none() {
            *room -= u64::from(level.top()).saturating_sub(bound).min(*room);
        }
        let level = level.settled(self.now);
        // While it is not known who holds what, nobody gives anything up either.
        let keep = if recovering && line.is_open() && !leaves { u32::MAX } else { 0 };
        let mut terms = Terms { want: 0, keep };
        if let Some(index) = line.stock.filter(|_| line.is_open() && !recovering && !leaves) {
            let spares = self.stocks[index].spares_of(line.seat, r, self.roster.len());
            let need = need(line, cell, level.at(self.now + period), spares);
            terms = need.terms(self.stocks[index].kind, self.targets.target(s, r).entitled);
        }
        if !self.recalls() {
            terms.keep = u32::MAX;
        }
        let climbs = level.growth.is_some() || cell.level.settled(self.now).growth.is_some();
        Offer { level, terms, unsettled, climbs }
    }

    fn target_level(&self, line: usize, runner: usize) -> Level {
        if self.phase != Phase::Run {
            return Level::default();
        }
        self.targets.target(line, runner).cut()
    }

    /// Works out what runners would be granted now, as far as it may have changed.
    pub(super) fn refresh(&mut self) {
        let climbs = self.lines.iter().any(|line| line.totals.climbing > 0);
        if self.has_new_basis() || climbs || self.all_touched {
            self.all_touched = false;
            self.touched.clear();
            (0..self.roster.len()).for_each(|r| self.refresh_one(r));
        } else {
            while let Some(r) = self.touched.pop() {
                self.refresh_one(r);
            }
        }
        #[cfg(test)]
        self.check_offers();
    }

    fn refresh_one(&mut self, r: usize) {
        let offers = self.offers(r);
        let attention = self.attention(r, &offers);
        let runner = &mut self.roster[r];
        (runner.touched, runner.attention) = (false, attention);
        for (cell, offer) in runner.cells.iter_mut().zip(offers) {
            cell.offer = offer;
        }
        self.recount(r);
    }

    /// Whether a runner would be told something new with these offers.
    fn attention(&self, r: usize, offers: &[Offer]) -> Attention {
        let (runner, begun) = (&self.roster[r], self.windows.begun());
        let mut attention = match runner.phase == Some(self.phase) {
            true => Attention::None,
            false => Attention::Surely,
        };
        for ((line, cell), offer) in self.lines.iter().zip(&runner.cells).zip(offers) {
            // A window that was sealed late has begun without the runner.
            let waits = !line.over && cell.arrivals.waits_for_window(begun);
            if waits || cell.level.settled(self.now) != offer.level {
                return Attention::Surely;
            }
            let has_items = line.stock.is_some() && !line.over;
            let (hungry, _) = is_hungry(line, cell, offer, self.now);
            let excess = cell.spare > offer.terms.keep;
            let recalled = excess && (cell.keep != offer.terms.keep || !cell.collected);
            if has_items && (hungry || recalled) {
                attention = Attention::Maybe;
            }
        }
        attention
    }

    /// Whether what all offers follow from has changed; it is noted.
    fn has_new_basis(&mut self) -> bool {
        let line = |line: &LineState| LineBasis {
            open: line.is_open(),
            over: line.over,
            volume: line.volume,
            allowance: line.allowance(),
            horizon: match &line.arrivals {
                Some(arrivals) if line.stock.is_some() => arrivals.horizon,
                _ => 0,
            },
            bound: line.totals.bound,
        };
        let basis = Basis {
            phase: self.phase,
            recovering: self.is_recovering(),
            begun: self.windows.begun(),
            targets: self.targets.version,
            lines: self.lines.iter().map(line).collect(),
        };
        let mut before = std::mem::replace(&mut self.basis, basis);
        for ((line, before), now) in self.lines.iter().zip(&mut before.lines).zip(&self.basis.lines)
        {
            // Nobody waits for others to come down.
            if line.totals.unsettled == 0 {
                before.bound = now.bound;
            }
        }
        before != self.basis
    }

    fn takes_before_it_gives(&self) -> bool {
        #[cfg(test)]
        return self.switches.bound;
        #[cfg(not(test))]
        true
    }

    fn recalls(&self) -> bool {
        #[cfg(test)]
        return self.switches.recall;
        #[cfg(not(test))]
        true
    }

    /// Whether what was worked out once is what would be worked out now.
    #[cfg(test)]
    fn check_offers(&self) {
        if !self.switches.audit {
            return;
        }
        self.check_totals();
        for (r, runner) in self.roster.iter().enumerate() {
            let offers = self.offers(r);
            let attention = self.attention(r, &offers);
            assert_eq!(runner.attention, attention, "runner {} at {:?}", runner.id, self.now);
            for (s, (cell, offer)) in runner.cells.iter().zip(offers).enumerate() {
                assert_eq!(cell.offer, offer, "line {s} on {} at {:?}", runner.id, self.now);
            }
        }
    }
}

/// Whether a runner would ask for items, if there are some for it; and whether slots wait
/// for them.
pub(super) fn is_hungry(
    line: &LineState,
    cell: &Cell,
    offer: &Offer,
    now: TestTime,
) -> (bool, bool) {
    let starving = line.arrivals.is_none() && is_starving(cell.leased, offer.level, now);
    let low = offer.terms.want > u64::from(cell.spare);
    ((low || starving) && offer.terms.want > 0, starving)
}

/// Whether slots are empty for want of an item.
pub(super) fn is_starving(leased: u32, level: Level, now: TestTime) -> bool {
    leased < level.at(now)
}
