//! Runners that come and go.

use std::time::Duration;

use super::controller::Controller;
use super::order::Order;
use super::roster::{LostRunner, Runner};
use super::term::expiry;
use super::work::{Fence, Grant, Phase, Progress};
use crate::ids::{RunnerId, TestTime};

impl Controller {
    /// A runner has come.
    pub fn hello(&mut self, now: TestTime, runner: RunnerId) {
        self.hello_again(now, runner, 0);
    }

    /// A runner has come, in this incarnation of it. Another incarnation that is known of
    /// it is lost; where a network lies between, that one may still run, and the new one
    /// waits for its place until it surely does not.
    pub fn hello_again(&mut self, now: TestTime, runner: RunnerId, incarnation: u64) {
        self.advance(now);
        if let Some(known) = self.seats.get(&runner).map(|seat| &self.roster[*seat]) {
            if known.fence.incarnation == incarnation {
                return;
            }
            if self.settings.runner_timeout.is_some() && self.awaits_the_end_of_a_life() {
                self.membership.waits(runner, incarnation);
                return;
            }
            self.lost(now, runner);
        }
        self.join(runner, incarnation);
    }

    fn join(&mut self, runner: RunnerId, incarnation: u64) {
        let fence = Fence { incarnation, ..self.fence };
        self.run_unsaved = true;
        self.seats.insert(runner, self.roster.len());
        self.roster.push(Runner::new(runner, fence, self.lines.len(), self.now));
        self.all_touched = true;
        self.dirty = true;
    }

    /// A runner has gone, and its journeys with it. What it held moves to
    /// others; once-items that it had are in doubt.
    pub fn lost(&mut self, now: TestTime, runner: RunnerId) {
        self.advance(now);
        self.lose(runner);
    }

    /// A runner has said goodbye: it runs nothing any more, and its last report has said
    /// what became of what it had. What that does not tell of is in doubt, as if it were
    /// lost; but nobody has missed it. Whether it was there.
    pub fn left(&mut self, now: TestTime, runner: RunnerId) -> bool {
        self.advance(now);
        self.remove(runner).is_some()
    }

    fn lose(&mut self, runner: RunnerId) -> Option<LostRunner> {
        let gone = self.remove(runner)?;
        let lost = LostRunner { runner, from: gone.at, to: self.now };
        self.lost.push(lost);
        Some(lost)
    }

    /// How long after its last report a runner is taken for lost, if ever.
    fn expiry(&self) -> Option<Duration> {
        let timeout = self.settings.runner_timeout?;
        #[cfg(test)]
        if !self.switches.margin {
            return Some(timeout * 9 / 10);
        }
        Some(expiry(timeout))
    }

    /// When the next runner is taken for lost, if nothing is heard of it.
    pub(super) fn next_expiry(&self) -> Option<TestTime> {
        let expiry = self.expiry()?;
        // Not later than the next one is lost; when that time has come, the time is known.
        let first = (!self.roster.is_empty()).then(|| self.heard_since + expiry)?;
        Some(first.max(self.membership.patience))
    }

    /// Runners of which nothing was heard until their term was surely over are lost. All
    /// reports that have come must have been taken in before.
    pub(super) fn expire(&mut self) {
        let Some(expiry) = self.expiry() else { return };
        if self.now < self.membership.patience || self.now < self.heard_since + expiry {
            return;
        }
        while let Some(silent) = self.roster.iter().find(|r| r.at + expiry <= self.now) {
            let runner = silent.id;
            let lost = self.lose(runner);
            self.orders.extend(lost.map(Order::RunnerLost));
        }
        self.heard_since = self.roster.iter().map(|r| r.at).min().unwrap_or(self.now);
    }

    /// Answers a runner that is not on the roster: it is told that all is over. What one
    /// that is gone says of once-items that are in doubt is taken in.
    pub(super) fn answer_stranger(&mut self, progress: &Progress) -> Option<Grant> {
        let (fence, answers) = (progress.fence, progress.number);
        let own = fence.run == self.fence.run && fence.epoch <= self.fence.epoch;
        if own && self.membership.is_waiting(progress) {
            return None;
        }
        self.ignored += 1;
        if own && self.membership.hear(progress) {
            for report in &progress.lines {
                let Some(&s) = self.by_id.get(&report.line) else { continue };
                let line = &mut self.lines[s];
                let Some(index) = line.stock else { continue };
                let whose = (progress.runner, fence.incarnation, s);
                let unused = self.stocks[index].clear_up(whose, &report.used, &report.unused);
                line.gave_back(unused);
            }
            self.dirty = true;
        }
        let goes_on = self.phase != Phase::Bye
            && (self.membership.has_gone(progress) || fence.epoch < self.fence.epoch);
        let phase = if goes_on { Phase::Lost } else { Phase::Bye };
        own.then(|| Grant { fence, answers, phase, ..Grant::default() })
    }

    fn awaits_the_end_of_a_life(&self) -> bool {
        #[cfg(test)]
        return self.switches.lives;
        #[cfg(not(test))]
        true
    }

    /// Takes a runner off the roster, and what it held from it.
    fn remove(&mut self, runner: RunnerId) -> Option<Runner> {
        let index = self.seats.remove(&runner)?;
        let gone = self.roster.remove(index);
        self.seats.values_mut().filter(|seat| **seat > index).for_each(|seat| *seat -= 1);
        self.unclaimed -= usize::from(gone.is_unclaimed);
        self.all_touched = true;
        self.run_unsaved = true;
        for (line, cell) in self.lines.iter_mut().zip(&gone.cells) {
            line.totals.remove(&cell.counted);
            line.started_before += cell.started;
            line.unsaved = true;
            #[cfg(test)]
            if !self.switches.lost {
                continue;
            }
            if let Some(arrivals) = &mut line.arrivals {
                arrivals.lose(runner, &cell.arrivals);
            }
        }
        let lines = &self.lines;
        for stock in &mut self.stocks {
            #[cfg(test)]
            if !self.switches.doubt {
                stock.lose_without_doubt(runner);
            }
            stock.lose(runner, gone.fence.incarnation, |line| !lines[line].reuses);
        }
        let incarnation = gone.fence.incarnation;
        self.membership.goes(runner, incarnation, gone.heard);
        if let Some(incarnation) = self.membership.next_of(runner) {
            self.join(runner, incarnation);
        }
        self.dirty = true;
        Some(gone)
    }
}
