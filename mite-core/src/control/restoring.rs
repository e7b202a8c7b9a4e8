//! A controller that takes over a run from one that is gone.

use super::controller::Controller;
use super::level::Level;
use super::order::Ended;
use super::outdated::Outdated;
use super::roster::Runner;
use super::saved::Saved;
use super::work::{Fence, Grant, Phase, Progress, StoreMark};
use crate::ids::TestTime;
use crate::pool::PoolKind;

impl Controller {
    /// The same, of lines and pools that have done nothing yet, as the one was that saved
    /// this: the last record of each [key](Saved::key), in any order. Its
    /// [fence](Self::fenced) must have a later epoch.
    ///
    /// Models are asked again of the windows that have passed. Nothing is given and no level
    /// rises until every runner that was there has said what it holds, or is lost. Lines
    /// whose pool is [custom](PoolKind::Custom) end: what such a pool has given it does not
    /// give again.
    pub fn restored(mut self, now: TestTime, saved: &[Saved]) -> Self {
        self = self.durable();
        self.now = now;
        for stock in &mut self.stocks {
            stock.restored = true;
        }
        let mut stopped = false;
        for saved in saved {
            match saved {
                Saved::Run(run) => {
                    for &(runner, incarnation) in &run.roster {
                        let fence = Fence { incarnation, ..self.fence };
                        let mut runner = Runner::new(runner, fence, self.lines.len(), now);
                        runner.is_unclaimed = true;
                        self.roster.push(runner);
                    }
                    (self.lost, self.by_hand) = (run.lost.clone(), run.by_hand);
                    stopped = run.stopped;
                }
                Saved::Stock(stock) => {
                    if let Some(known) = self.stocks.get_mut(stock.stock) {
                        known.restore(stock);
                    }
                    for doubt in &stock.in_doubt {
                        self.membership.goes(doubt.runner, doubt.incarnation, 0);
                    }
                }
                Saved::Line(_) | Saved::Lease(_) => {}
            }
        }
        for saved in saved {
            match saved {
                Saved::Line(line) => {
                    let Some(&s) = self.by_id.get(&line.line) else { continue };
                    self.lines[s].restore(line);
                    for (runner, windows) in line.arrivals.iter().flat_map(|a| &a.own) {
                        if let Some(r) = self.roster.iter_mut().find(|r| r.id == *runner) {
                            r.cells[s].arrivals.restore(windows);
                        }
                    }
                }
                Saved::Lease(lease) => {
                    let Some(stock) = self.stocks.get_mut(lease.stock) else { continue };
                    for (s, count) in stock.restore_lease(lease) {
                        let runner = self.roster.iter_mut().find(|r| r.id == lease.runner);
                        if let Some(cell) = runner.and_then(|r| r.cells.get_mut(s)) {
                            cell.leased = count;
                        }
                    }
                }
                Saved::Run(_) | Saved::Stock(_) => {}
            }
        }
        self.seats = self.roster.iter().enumerate().map(|(r, runner)| (runner.id, r)).collect();
        self.unclaimed = self.roster.len();
        self.touch_all();
        self.replay();
        let custom: Vec<_> =
            (0..self.pools).filter(|pool| self.stocks[*pool].kind == PoolKind::Custom).collect();
        for pool in custom {
            for line in self.lines.iter_mut().filter(|line| line.stock == Some(pool)) {
                line.end(Ended::PoolLost);
            }
            self.stocks[pool].exhaust();
        }
        if stopped {
            self.end_all(Phase::Drain);
        }
        self.dirty = true;
        self
    }

    /// The same, if each controller before it has ended there in the store. A store that has
    /// gone back (a backup, a disk that lost what it had synchronised) would make it give
    /// again what was given: [`outdated`](Self::outdated).
    pub fn following(mut self, ends: &[StoreMark]) -> Self {
        self.ends = ends.to_vec();
        self
    }

    /// Why it cannot go on, if so: nobody is answered any more.
    pub fn outdated(&self) -> Option<&Outdated> {
        self.outdated.as_ref()
    }

    /// Takes in how far the store had come for a runner: whether it has gone back since.
    pub(super) fn is_outdated(&mut self, progress: &Progress) -> bool {
        let Progress { fence, seen, runner, .. } = *progress;
        #[cfg(test)]
        if !self.switches.marks {
            return false;
        }
        if self.outdated.is_none() && fence.run == self.fence.run {
            let is_behind = match self.ends.iter().find(|end| end.epoch == seen.epoch) {
                Some(end) => end.position < seen.position,
                // Under a controller that this one does not know, since it has not granted
                // anything to it itself.
                None => {
                    let seat = self.seats.get(&runner);
                    let is_unclaimed = seat.is_some_and(|r| self.roster[*r].is_unclaimed);
                    is_unclaimed && seen.epoch >= self.fence.epoch
                }
            };
            let is_later = seen.epoch > self.fence.epoch;
            self.outdated = is_behind.then_some(Outdated { runner, is_later });
        }
        self.outdated.is_some()
    }

    /// Asks models of the windows that have passed.
    fn replay(&mut self) {
        let factor = self.by_hand.throttle.effective();
        self.lines.iter_mut().for_each(|line| line.throttle(factor));
        while let Some(window) = self.windows.next(self.now) {
            for line in &mut self.lines {
                line.step(window.start);
                line.begin(window);
            }
        }
        for line in &mut self.lines {
            line.step(self.now);
            line.replayed();
            if let Some(arrivals) = &mut line.arrivals {
                (0..arrivals.next).for_each(|index| arrivals.replay(self.windows.get(index)));
            }
        }
    }

    /// Whether some runner of the time before has not said what it holds.
    pub(super) fn is_recovering(&self) -> bool {
        #[cfg(test)]
        if !self.switches.claims {
            return false;
        }
        self.saves && self.unclaimed > 0
    }

    /// A runner of an earlier epoch is told that there is another one.
    pub(super) fn ask_for_claim(&self, r: usize, progress: &Progress) -> Option<Grant> {
        let Fence { run, epoch, incarnation } = self.roster[r].fence;
        let from = progress.fence;
        let earlier = self.roster[r].is_unclaimed
            && (from.run, from.incarnation) == (run, incarnation)
            && from.epoch < epoch;
        earlier.then(|| Grant {
            fence: self.roster[r].fence,
            answers: progress.number,
            phase: Phase::Claim,
            ..Grant::default()
        })
    }

    /// A runner of the time before says what it holds.
    pub(super) fn hear_claim(&mut self, r: usize, progress: &Progress) {
        let runner = &mut self.roster[r];
        self.unclaimed -= usize::from(std::mem::take(&mut runner.is_unclaimed));
        // What it returns may be another's by now: the last controller may have taken it back
        // and given it away. So it is taken for something that is said again.
        runner.told = progress.grant + 1;
        for report in &progress.lines {
            let Some(&s) = self.by_id.get(&report.line) else { continue };
            let (line, cell) = (&mut self.lines[s], &mut runner.cells[s]);
            let claim = report.claim.as_ref();
            cell.begin_with(
                report,
                progress.grant,
                claim.map_or(Level::default(), |claim| claim.level),
            );
            let Some(index) = line.stock else { continue };
            let held = claim.map_or(&[][..], |claim| &claim.items);
            let back: Vec<_> = report.used.iter().chain(&report.unused).copied().collect();
            let (leased, missed) = self.stocks[index].claim(progress.runner, s, held, &back);
            cell.leased = leased;
            line.gave_back(missed);
        }
        self.dirty = true;
    }
}
