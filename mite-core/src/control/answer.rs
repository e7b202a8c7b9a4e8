//! Answers to runners (Grants), and orders to pools.

use super::controller::Controller;
use super::lease::{Terms, ahead};
use super::ledger::Stock;
use super::level::Level;
use super::line_state::LineState;
use super::order::Order;
use super::roster::Cell;
use super::settings::Settings;
use super::share::share;
use super::target::need;
use super::work::{Grant, Item, LineGrant, Phase, Progress};
#[cfg(test)]
use crate::ids::RunnerId;
use crate::ids::TestTime;
use crate::pool::PoolKind;

/// What a runner would be granted of a line now.
struct Offer {
    level: Level,
    terms: Terms,
}

impl Controller {
    /// Takes in a report and answers it. `None` if it is fenced off (of another run, or
    /// another incarnation of the runner) or stale (older than one that was answered).
    /// A repeated report gets the same answer again, and an unknown runner is told that
    /// all is over.
    pub fn answer(&mut self, now: TestTime, progress: &Progress) -> Option<Grant> {
        self.advance(now);
        let Some(r) = self.roster.iter().position(|known| known.id == progress.runner) else {
            return self.answer_stranger(progress);
        };
        let runner = &self.roster[r];
        let claims = runner.is_unclaimed && progress.fence == runner.fence;
        let known = progress.grant <= runner.told || claims;
        let fits = progress.fence == runner.fence && known;
        if !fits || progress.number <= runner.heard {
            if self.membership.has_gone(progress) {
                return self.answer_stranger(progress);
            }
            if let Some(claim) = self.ask_for_claim(r, progress) {
                return Some(claim);
            }
            self.ignored += 1;
            let again = fits && progress.number == runner.heard && runner.told > 0;
            return again.then(|| self.repeated(r));
        }
        if claims {
            self.hear_claim(r, progress);
        }
        self.hear(r, progress);
        self.conclude();
        let grant = self.tell(r, progress.config_version);
        self.dirty = true;
        Some(grant)
    }

    /// What runner `r` is told now.
    pub(super) fn tell(&mut self, r: usize, config_version: u64) -> Grant {
        let number = self.roster[r].told + 1;
        let offers = self.offers(r, &self.bounds());
        let (runner, repeats) = (self.roster[r].id, self.repeats());
        let mut lines = Vec::with_capacity(offers.len());
        #[cfg(test)]
        let (switches, runners): (_, Vec<_>) =
            (self.switches, self.roster.iter().map(|r| r.id).collect());
        for (s, Offer { level, terms }) in offers.into_iter().enumerate() {
            let (line, cell) = (&mut self.lines[s], &mut self.roster[r].cells[s]);
            let (mut items, mut ids) = (Vec::new(), Vec::new());
            let mut exhausted = false;
            if let Some(index) = line.stock {
                let starving = line.arrivals.is_none() && is_starving(cell.leased, level, self.now);
                let stock = &mut self.stocks[index];
                items = unacknowledged(repeats, cell, stock);
                let leased = stock.lease(terms.want, starving, runner, s, number);
                ids.extend(leased.iter().map(|item| item.id));
                items.extend(leased);
                line.took(ids.len() as u32);
                exhausted = line.is_spent() || (stock.exhausted && stock.available(true) == 0);
            }
            let keep = terms.keep;
            cell.send(number, level, keep, ids);
            if line.over {
                continue;
            }
            let mut granted =
                LineGrant { line: line.id, items, keep, exhausted, ..LineGrant::default() };
            match &mut line.arrivals {
                None => granted.level = level,
                Some(arrivals) => {
                    let taken = cell.arrivals.told.taken;
                    #[cfg(test)]
                    let taken = if switches.windows { taken } else { cell.arrivals.sent() };
                    #[cfg(test)]
                    if !switches.sealed {
                        arrivals.split_anew(&runners);
                    }
                    let arrivals = arrivals.grant(s, runner, taken, level.top());
                    cell.arrivals.send(&arrivals);
                    granted.arrivals = Some(arrivals);
                }
            }
            lines.push(granted);
        }
        let known = &mut self.roster[r];
        known.told = number;
        known.phase = Some(self.phase);
        known.nudged = false;
        let config = self.config.changes_since(config_version);
        let (fence, answers, phase) = (known.fence, known.heard, self.phase);
        let kept = lines.iter().map(LineGrant::without_items).collect();
        known.last = Grant { fence, number, answers, config: config.clone(), lines: kept, phase };
        Grant { fence, number, answers, config, lines, phase }
    }

    /// The last Grant of runner `r` once more.
    fn repeated(&self, r: usize) -> Grant {
        let mut grant = self.roster[r].last.clone();
        for line in &mut grant.lines {
            if let Some(&s) = self.by_id.get(&line.line)
                && let Some(index) = self.lines[s].stock
            {
                let cell = &self.roster[r].cells[s];
                line.items = unacknowledged(self.repeats(), cell, &self.stocks[index]);
            }
        }
        grant
    }

    /// The most that all runners may hold, by line.
    fn bounds(&self) -> Vec<u64> {
        let bound = |s: usize| self.roster.iter().map(|r| u64::from(r.cells[s].bound())).sum();
        (0..self.lines.len()).map(bound).collect()
    }

    /// What runner `r` would be granted now, by line.
    fn offers(&self, r: usize, bounds: &[u64]) -> Vec<Offer> {
        let Settings { period, runner_max_journeys, .. } = self.settings;
        let runner = &self.roster[r];
        let recovering = self.is_recovering();
        // Closed lines come first: what arrivals have now they leave to them.
        let closed = |(line, cell): (&LineState, &Cell)| match line.arrivals {
            None => u64::from(cell.bound()),
            Some(_) => 0,
        };
        let bound = self.lines.iter().zip(&runner.cells).map(closed).sum();
        let mut room = match runner_max_journeys {
            Some(cap) => u64::from(cap).saturating_sub(bound),
            None => u64::MAX,
        };
        let offer = |(s, cell): (usize, &Cell)| {
            let line = &self.lines[s];
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
            let free = u64::from(volume).saturating_sub(bounds[s] - bound);
            let room_for_it = if at_most.is_some() { u64::MAX } else { bound.saturating_add(room) };
            let most = free.min(room_for_it).max(cell.level.top().into());
            let most = if leaves { 0 } else { most };
            let most = if recovering { cell.level.top().into() } else { most };
            let level = if self.takes_before_it_gives() {
                target.clipped(u32::try_from(most).unwrap_or(u32::MAX))
            } else {
                target
            };
            if at_most.is_none() {
                room -= u64::from(level.top()).saturating_sub(bound).min(room);
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
            Offer { level, terms }
        };
        runner.cells.iter().enumerate().map(offer).collect()
    }

    fn target_level(&self, line: usize, runner: usize) -> Level {
        if self.phase != Phase::Run {
            return Level::default();
        }
        self.targets.target(line, runner).cut()
    }

    fn repeats(&self) -> bool {
        #[cfg(test)]
        return self.switches.repeat;
        #[cfg(not(test))]
        true
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

    /// Orders what follows from the plan: items from pools, items back to them,
    /// and runners to ask who would be told something new.
    pub(super) fn order(&mut self) {
        let bounds = self.bounds();
        let offers: Vec<Vec<Offer>> =
            (0..self.roster.len()).map(|r| self.offers(r, &bounds)).collect();
        for (index, stock) in self.stocks.iter_mut().enumerate() {
            let ids = stock.take_homeward();
            // Tickets have no pool to go back to.
            if !ids.is_empty() && index < self.pools {
                self.orders.push(Order::Checkin { pool: index, ids });
            }
            let waits = stock.retry.is_some_and(|at| at > self.now);
            if stock.exhausted || stock.closed || stock.ordered > 0 || waits {
                continue;
            }
            let mut count = 0u64;
            for &s in &stock.users {
                let line = &self.lines[s];
                let mut wanted: u64 = offers.iter().map(|o| o[s].terms.want).sum();
                let cells = || self.roster.iter().map(|r| &r.cells[s]);
                if stock.dry {
                    // Not only what each is entitled to: the pool may have more by now.
                    let slots = |i: usize| self.targets.target(s, i).level.at(self.now);
                    let short = |(i, c): (usize, &Cell)| {
                        if let Some(arrivals) = &line.arrivals {
                            return c
                                .arrivals
                                .coming(arrivals.horizon)
                                .saturating_sub(c.spare)
                                .into();
                        }
                        let has = if line.reuses { c.leased } else { c.running + c.spare };
                        u64::from(slots(i).saturating_sub(has))
                    };
                    wanted = wanted.max(cells().enumerate().map(short).sum());
                } else if stock.kind != PoolKind::Custom {
                    // Enough for the next round too, so that nobody waits for the pool.
                    wanted += cells().map(|c| u64::from(ahead(c.pace.per_period()))).sum::<u64>();
                }
                count = count.saturating_add(wanted.min(line.allowance()));
            }
            let count = count.saturating_sub(stock.available(false));
            stock.retry = None;
            if count > 0 {
                let count = count.saturating_add(stock.to_come_again());
                stock.order(u32::try_from(count).unwrap_or(u32::MAX));
                self.orders.push(Order::Checkout { pool: index, count: stock.ordered });
            }
        }
        self.nudge(&offers);
    }

    /// Nudges runners who would be told something new.
    fn nudge(&mut self, offers: &[Vec<Offer>]) {
        let short = |&s: &usize| offers.iter().any(|o| o[s].terms.want > 0);
        let begun = self.windows.begun();
        let wanting: Vec<bool> = self.stocks.iter().map(|s| s.users.iter().any(short)).collect();
        for (runner, offers) in self.roster.iter_mut().zip(offers) {
            // A runner without a Grant is about to ask.
            if runner.nudged || runner.told == 0 || runner.is_unclaimed {
                continue;
            }
            let mut news = runner.phase != Some(self.phase);
            for ((line, cell), offer) in self.lines.iter().zip(&mut runner.cells).zip(offers) {
                news |= cell.level.settled(self.now) != offer.level;
                // A window that was sealed late has begun without the runner.
                news |= !line.over && cell.arrivals.waits_for_window(begun);
                let Some(index) = line.stock.filter(|_| !line.over) else { continue };
                let stock = &self.stocks[index];
                let starving =
                    line.arrivals.is_none() && is_starving(cell.leased, offer.level, self.now);
                let low = offer.terms.want > u64::from(cell.spare);
                news |= (low || starving) && offer.terms.want > 0 && stock.available(starving) > 0;
                // Recalled items are needed elsewhere, or the line waits for
                // them; the runner must hear of it, and then bring them.
                let keep = offer.terms.keep;
                if cell.spare > keep && (wanting[index] || !line.is_open()) {
                    if cell.keep != keep {
                        news = true;
                    } else if !cell.collected {
                        cell.collected = true;
                        news = true;
                    }
                }
            }
            if news {
                runner.nudged = true;
                self.orders.push(Order::Nudge(runner.id));
            }
        }
    }
}

#[cfg(test)]
impl Controller {
    /// The first half of [`answer`](Self::answer).
    pub(super) fn progress(&mut self, now: TestTime, progress: &Progress) {
        self.advance(now);
        let known = self.roster.iter().position(|r| {
            r.id == progress.runner && progress.number > r.heard && progress.grant <= r.told
        });
        match known {
            Some(r) => self.hear(r, progress),
            None => self.ignored += 1,
        }
        self.dirty = true;
        self.settle();
    }

    /// The second half.
    pub(super) fn grant(&mut self, now: TestTime, runner: RunnerId) -> Grant {
        self.tick(now);
        self.settle();
        let known = self.roster.iter().position(|r| r.id == runner);
        let grant = known.map(|r| self.tell(r, 0));
        self.dirty = true;
        self.settle();
        grant.unwrap_or(Grant { phase: Phase::Bye, ..Grant::default() })
    }
}

/// Whether slots are empty for want of an item.
fn is_starving(leased: u32, level: Level, now: TestTime) -> bool {
    leased < level.at(now)
}

/// What was granted and may never have arrived; nothing if it is not repeated.
fn unacknowledged(repeated: bool, cell: &Cell, stock: &Stock) -> Vec<Item> {
    let ids = cell.unacknowledged().filter(|_| repeated);
    ids.filter_map(|id| stock.leased(id)).collect()
}
