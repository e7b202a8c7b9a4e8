//! What follows from an event: windows that have begun, lines that are over, where
//! everything should be.

use super::controller::Controller;
use super::ledger::Stock;
use super::line_state::LineState;
use super::order::{Ended, Order};
use super::target::View;
use super::windows::Window;
use super::work::Phase;
use crate::ids::TestTime;

impl Controller {
    /// Goes on to `now`, from one change of what is asked for to the next.
    pub(super) fn advance(&mut self, now: TestTime) {
        let now = now.max(self.now);
        if now > self.now {
            self.membership.go_on(self.now, now, self.settings.period);
            // Earlier events come first: they were in force in the time that is booked.
            self.settle();
        }
        loop {
            let change = self.next_change();
            if change > now {
                break;
            }
            self.book(change.max(self.now));
            self.change();
            if self.now < now {
                // What it is now is in force until the next change.
                self.conclude();
            }
        }
        self.book(now);
    }

    /// When what some line asks for changes next: a window begins, or a part of a
    /// volume.
    pub(super) fn next_change(&self) -> TestTime {
        let windows = self.windows.next_start();
        if !self.follows_joints() {
            return windows;
        }
        let steps = self.lines.iter().filter_map(LineState::next_step);
        steps.fold(windows, TestTime::min)
    }

    fn follows_joints(&self) -> bool {
        #[cfg(test)]
        return self.switches.joints;
        #[cfg(not(test))]
        true
    }

    /// What is due now: parts of volumes, and then windows.
    fn change(&mut self) {
        let now = self.now;
        for line in &mut self.lines {
            line.step(now);
        }
        while let Some(window) = self.windows.next(now) {
            for line in &mut self.lines {
                line.begin(window);
            }
        }
        self.dirty = true;
    }

    /// Books what was unmet until `now`.
    fn book(&mut self, now: TestTime) {
        for s in 0..self.lines.len() {
            // A line whose pool is used up ends; its volume is not unmet.
            let stock = self.lines[s].stock.map(|index| &self.stocks[index]);
            if stock.is_some_and(|stock| stock.exhausted) {
                continue;
            }
            let mut from = self.now;
            // Growth is linear until it ends, so the interval is split there.
            let cut = self.spawn.topped_out(s).filter(|cut| from < *cut && *cut < now);
            for until in cut.into_iter().chain([now]) {
                if until == from {
                    continue;
                }
                let ends = [self.funnel(s, from), self.funnel(s, until)];
                self.lines[s].unmet.book(until - from, ends, self.roster.len());
                from = until;
            }
        }
        self.now = now;
    }

    /// Draws the consequences: lines that are over, where everything should be,
    /// and what must be ordered.
    pub(super) fn settle(&mut self) {
        if std::mem::take(&mut self.dirty) {
            self.conclude();
            self.order();
        }
    }

    /// Draws the consequences, but orders nothing yet.
    pub(super) fn conclude(&mut self) {
        self.seal();
        for s in 0..self.lines.len() {
            self.settle_line(s);
        }
        for stock in &mut self.stocks {
            if stock.users.iter().all(|&s| self.lines[s].over) {
                stock.close();
            }
        }
        let idle = |s: &Stock| s.is_settled() || self.phase == Phase::Cancel;
        if self.lines.iter().all(|l| l.over) && self.stocks.iter().all(idle) {
            self.phase = Phase::Bye;
        } else if self.phase == Phase::Run
            && self.lines.iter().all(|l| !l.is_open())
            && self
                .lines
                .iter()
                .any(|l| !matches!(l.ended, Some(Ended::Exhausted | Ended::Complete)))
        {
            // Journeys are only asked to finish early if somebody wants the end.
            self.phase = Phase::Drain;
        }
        if self.lines.iter().zip(&self.aimed).any(|(line, aimed)| line.volume != *aimed)
            || self.aimed.len() != self.lines.len()
        {
            self.aimed = self.lines.iter().map(|l| l.volume).collect();
            self.spawn.aim(self.now, &self.aimed);
            self.targets.invalidate();
        }
        self.targets.update(&View {
            now: self.now,
            period: self.settings.period,
            cap: self.settings.runner_max_journeys,
            lines: &self.lines,
            spawn: &self.spawn,
            stocks: &self.stocks,
            roster: &self.roster,
        });
    }

    /// Ends a line that has nothing left to start with, and notes when it begins
    /// and when nothing of it is left.
    fn settle_line(&mut self, s: usize) {
        if self.lines[s].over {
            return;
        }
        let leased = self.lines[s].totals.leased;
        self.lines[s].count(u32::try_from(leased).unwrap_or(u32::MAX));
        let required = self.required(s);
        let line = &mut self.lines[s];
        line.peak = line.peak.max(required);
        let begins = required > 0
            || line.arrivals.as_ref().is_some_and(|arrivals| arrivals.has_begun(&self.windows));
        if begins && !line.begun {
            line.begun = true;
            self.orders.push(Order::LineStarted { id: line.id });
        }
        if let Some(Window { start, end, .. }) = line.ask(&self.windows) {
            self.orders.push(Order::AskVolume { line: line.id, start, end });
        }
        let line = &self.lines[s];
        let totals = &line.totals;
        let played = line.arrivals.is_none() || self.is_played(s);
        let over = match line.stock {
            None if line.arrivals.is_some() => !line.is_open() && played && totals.running == 0,
            // Without items a level that is under way may still start something.
            None => !line.is_open() && totals.bound == 0,
            Some(index) => {
                let runs = || totals.running > 0 || totals.leased > 0;
                // What another line has and does not use may still be returned.
                let is_spare = |&s: &usize| self.lines[s].totals.spare > 0;
                let used_up = || {
                    self.is_used_up(s)
                        && (line.is_spent() || !self.stocks[index].users.iter().any(is_spare))
                };
                (!line.is_open() || used_up()) && played && !runs()
            }
        };
        // What nobody has claimed yet may still run.
        let over = over && !self.is_recovering();
        let line = &mut self.lines[s];
        if over {
            line.end(line.nothing_left());
            line.over = true;
        }
        let Some(why) = &line.ended else { return };
        if !std::mem::replace(&mut line.stopped, true) {
            self.orders.push(Order::LineStopped { id: line.id, why: why.clone() });
        }
        if over {
            self.orders.push(Order::LineEnded { id: line.id, why: why.clone() });
        }
    }
}
