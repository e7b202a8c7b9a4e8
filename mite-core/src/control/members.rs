//! Runners that come and go.

use super::controller::Controller;
use super::roster::{LostRunner, Runner};
use super::work::Fence;
use crate::ids::{RunnerId, TestTime};

impl Controller {
    /// A runner has come.
    pub fn hello(&mut self, now: TestTime, runner: RunnerId) {
        self.hello_again(now, runner, 0);
    }

    /// A runner has come, in this incarnation of it. If another incarnation of it is known,
    /// that one is lost.
    pub fn hello_again(&mut self, now: TestTime, runner: RunnerId, incarnation: u64) {
        self.advance(now);
        if let Some(known) = self.roster.iter().find(|r| r.id == runner) {
            if known.fence.incarnation == incarnation {
                return;
            }
            self.lost(now, runner);
        }
        let fence = Fence { incarnation, ..self.fence };
        self.roster.push(Runner::new(runner, fence, self.lines.len(), self.now));
        self.dirty = true;
    }

    /// A runner has gone, and its journeys with it. What it held moves to
    /// others; once-items that it had are in doubt.
    pub fn lost(&mut self, now: TestTime, runner: RunnerId) {
        self.advance(now);
        if let Some(gone) = self.remove(runner) {
            self.lost.push(LostRunner { runner, from: gone.at, to: self.now });
        }
    }

    /// A runner has said goodbye: it runs nothing any more, and its last report has said
    /// what became of what it had. What that does not tell of is in doubt, as if it were
    /// lost; but nobody has missed it.
    pub fn left(&mut self, now: TestTime, runner: RunnerId) {
        self.advance(now);
        self.remove(runner);
    }

    /// Takes a runner off the roster, and what it held from it.
    fn remove(&mut self, runner: RunnerId) -> Option<Runner> {
        let index = self.roster.iter().position(|r| r.id == runner)?;
        let gone = self.roster.remove(index);
        for (line, cell) in self.lines.iter_mut().zip(&gone.cells) {
            line.started_before += cell.started;
            #[cfg(test)]
            if !self.switches.lost {
                continue;
            }
            if let Some(arrivals) = &mut line.arrivals {
                arrivals.lose(&cell.arrivals);
            }
        }
        let lines = &self.lines;
        for stock in &mut self.stocks {
            #[cfg(test)]
            if !self.switches.doubt {
                stock.lose_without_doubt(runner);
            }
            stock.lose(runner, |line| !lines[line].reuses);
        }
        self.dirty = true;
        Some(gone)
    }
}
