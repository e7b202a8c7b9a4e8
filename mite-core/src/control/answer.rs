//! Answers to runners: Grants.

use super::controller::Controller;
use super::ledger::Stock;
use super::offering::is_starving;
use super::offers::Offer;
use super::roster::Cell;
#[cfg(test)]
use super::work::Phase;
use super::work::{Grant, Item, LineGrant, Progress};
#[cfg(test)]
use crate::ids::RunnerId;
use crate::ids::TestTime;

impl Controller {
    /// Takes in a report and answers it. `None` if it is fenced off (of another run, or
    /// another incarnation of the runner) or stale (older than one that was answered).
    /// A repeated report gets the same answer again, and an unknown runner is told that
    /// all is over.
    pub fn answer(&mut self, now: TestTime, progress: &Progress) -> Option<Grant> {
        self.advance(now);
        if self.is_outdated(progress) {
            return None;
        }
        let Some(&r) = self.seats.get(&progress.runner) else {
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
        let offers = self.offers(r);
        let (runner, repeats) = (self.roster[r].id, self.repeats());
        let mut lines = Vec::with_capacity(offers.len());
        #[cfg(test)]
        let (switches, runners): (_, Vec<_>) =
            (self.switches, self.roster.iter().map(|r| r.id).collect());
        for (s, Offer { level, terms, .. }) in offers.into_iter().enumerate() {
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
        known.last = Grant {
            fence,
            number,
            answers,
            config: config.clone(),
            lines: kept,
            phase,
            position: 0,
        };
        self.touch(r);
        Grant { fence, number, answers, config, lines, phase, position: 0 }
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

    fn repeats(&self) -> bool {
        #[cfg(test)]
        return self.switches.repeat;
        #[cfg(not(test))]
        true
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

/// What was granted and may never have arrived; nothing if it is not repeated.
fn unacknowledged(repeated: bool, cell: &Cell, stock: &Stock) -> Vec<Item> {
    let ids = cell.unacknowledged().filter(|_| repeated);
    ids.filter_map(|id| stock.leased(id)).collect()
}
