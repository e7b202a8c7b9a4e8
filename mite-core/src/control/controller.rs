//! The state machine: what happens, and what follows from it.

use std::time::Duration;

use super::demand::{Demand, Windows};
use super::ledger::Stock;
use super::plan::Plan;
use super::roster::Runner;
use super::spawn::Spawn;
use super::{Ended, Line, Order, Settings};
use crate::control::{Item, Phase, Progress};
use crate::ids::{RunnerId, TestTime};
use crate::pool::PoolKind;
use crate::volume::VolumeKind;

/// Decides what every runner holds and which items it has.
///
/// Events are told by its methods, in the order in which they happen; after
/// any of them [`orders`](Self::orders) has what must be done.
///
/// ```
/// use mite_core::control::{Controller, Line, Settings};
/// use mite_core::pool::PoolKind;
/// use mite_core::volume::{VolumeKind, volume_fn};
/// use std::time::Duration;
///
/// let ten = VolumeKind::Level(Box::new(volume_fn(|_, _| 10)));
/// let settings = Settings {
///     period: Duration::from_secs(1),
///     spawn_rate: f64::INFINITY,
///     runner_max_journeys: None,
/// };
/// let line = Line { id: 1, volume: ten, pool: 0 };
/// let mut controller = Controller::new(settings, vec![line], vec![PoolKind::Unlimited]);
/// controller.hello(Duration::ZERO, 1);
/// controller.hello(Duration::ZERO, 2);
/// controller.tick(Duration::ZERO);
/// let grant = controller.grant(Duration::ZERO, 1);
/// assert_eq!(grant.scenarios[0].level.base, 5);
/// ```
pub struct Controller {
    pub(super) settings: Settings,
    pub(super) now: TestTime,
    pub(super) phase: Phase,
    windows: Windows,
    pub(super) lines: Vec<Demand>,
    pub(super) spawn: Spawn,
    /// What the spawn rate was aimed at last.
    aimed: Vec<u32>,
    /// The pools, by index, and after them the tickets of lines without one.
    pub(super) stocks: Vec<Stock>,
    pub(super) pools: usize,
    pub(super) roster: Vec<Runner>,
    pub(super) plan: Plan,
    pub(super) orders: Vec<Order>,
    pub(super) lost: Vec<RunnerId>,
    pub(super) ignored: u64,
    pub(super) strays: u64,
    #[cfg(test)]
    pub(super) switches: Switches,
}

/// Rules that tests switch off, to see what they are for.
#[cfg(test)]
#[derive(Clone, Copy, Debug)]
pub(super) struct Switches {
    /// A level is taken before it is given.
    pub(super) bound: bool,
    /// Spare items are recalled.
    pub(super) recall: bool,
    /// Items of a lost runner that may have been used are not given again.
    pub(super) doubt: bool,
    /// Levels are cut to the items that there are.
    pub(super) cut: bool,
}

#[cfg(test)]
impl Default for Switches {
    fn default() -> Self {
        Self { bound: true, recall: true, doubt: true, cut: true }
    }
}

/// Slots that become valid closer together than this are given out together.
const LEAST_STEP: Duration = Duration::from_millis(1);

impl Controller {
    /// A controller of these lines; `pools` has the kind of every pool that
    /// they name by index.
    ///
    /// # Panics
    /// If a line names a pool that is not there.
    pub fn new(settings: Settings, lines: Vec<Line>, pools: Vec<PoolKind>) -> Self {
        let period = settings.period.max(Duration::from_millis(1));
        let mut stocks: Vec<Stock> = pools.iter().map(|&kind| Stock::new(kind)).collect();
        let mut demands = Vec::with_capacity(lines.len());
        for line in lines {
            let kind = pools[line.pool];
            let reuses = line.reuses_items(kind);
            let stock = match &line.volume {
                VolumeKind::Tickets(n) if kind == PoolKind::Unlimited => {
                    stocks.push(Stock::tickets(*n));
                    Some(stocks.len() - 1)
                }
                _ => line.takes_items(kind).then_some(line.pool),
            };
            demands.push(Demand::new(line, stock, reuses));
        }
        let mut controller = Self {
            settings: Settings { period, ..settings },
            now: TestTime::ZERO,
            phase: Phase::Run,
            windows: Windows::new(period),
            spawn: Spawn::new(settings.spawn_rate, demands.len()),
            aimed: Vec::new(),
            lines: demands,
            stocks,
            pools: pools.len(),
            roster: Vec::new(),
            plan: Plan::default(),
            orders: Vec::new(),
            lost: Vec::new(),
            ignored: 0,
            strays: 0,
            #[cfg(test)]
            switches: Switches::default(),
        };
        controller.settle();
        controller
    }

    /// A runner has come. Its first Grant may be sent to it at once.
    pub fn hello(&mut self, now: TestTime, runner: RunnerId) {
        self.advance(now);
        if self.roster.iter().any(|r| r.id == runner) {
            return;
        }
        self.roster.push(Runner::new(runner, self.lines.len()));
        self.settle();
    }

    /// A runner has gone, and its journeys with it. What it held moves to
    /// others; once-items that it had are in doubt.
    pub fn lost(&mut self, now: TestTime, runner: RunnerId) {
        self.advance(now);
        let Some(index) = self.roster.iter().position(|r| r.id == runner) else { return };
        let gone = self.roster.remove(index);
        for (line, cell) in self.lines.iter_mut().zip(&gone.cells) {
            line.started_before += cell.started;
        }
        let lines = &self.lines;
        for stock in &mut self.stocks {
            #[cfg(test)]
            if !self.switches.doubt {
                stock.lose_without_doubt(runner);
            }
            stock.lose(runner, |line| !lines[line].reuses);
        }
        self.lost.push(runner);
        self.settle();
    }

    /// A runner has reported.
    pub fn progress(&mut self, now: TestTime, progress: &Progress) {
        self.advance(now);
        let known = self.roster.iter_mut().find(|r| r.id == progress.runner);
        let Some(runner) = known.filter(|r| progress.number > r.heard && progress.grant <= r.told)
        else {
            self.ignored += 1;
            return;
        };
        runner.heard = progress.number;
        runner.nudged = false;
        for report in &progress.scenarios {
            let Some(s) = self.lines.iter().position(|l| l.id == report.scenario) else {
                self.strays += 1;
                continue;
            };
            let (line, cell) = (&mut self.lines[s], &mut runner.cells[s]);
            if let Some(stock) = line.stock.map(|index| &mut self.stocks[index]) {
                let used = stock.used(&report.used, progress.runner, s);
                let unused = stock.unused_home(&report.unused, progress.runner, s);
                line.gave_back(unused);
                cell.leased -= used + unused;
                let named = report.used.len() + report.unused.len();
                self.strays += named as u64 - u64::from(used + unused);
            }
            let starved = cell.report(now, self.settings.period, progress.grant, report);
            if let Some(index) = line.stock {
                line.unmet.book_starved(starved, &self.stocks[index]);
            }
        }
        // A line that is over for the runner is not in its report.
        for cell in &mut runner.cells {
            cell.acknowledge(progress.grant);
        }
        self.settle();
    }

    /// Time has passed: windows that have begun are asked of their models, and
    /// pools that had nothing are asked again.
    pub fn tick(&mut self, now: TestTime) {
        if now > self.now || self.windows.next_start() <= now {
            self.advance(now);
            self.settle();
        }
    }

    /// When [`tick`](Self::tick) must be called next.
    pub fn next_event(&self) -> TestTime {
        let idle = self.stocks.iter().filter(|s| s.ordered == 0);
        let retries = idle.filter_map(|s| s.retry);
        // A runner follows growth by itself, but not where a cap is felt.
        let rise = if self.plan.climbs { self.spawn.next_rise(self.now) } else { None };
        let rise = rise.map(|at| at.max(self.now + LEAST_STEP));
        retries.chain(rise).fold(self.windows.next_start(), TestTime::min).max(self.now)
    }

    /// A pool gave items.
    pub fn stocked(&mut self, pool: usize, items: Vec<Item>) {
        self.stocks[pool].add(items, self.now + self.settings.period);
        self.settle();
    }

    /// A pool has no item now.
    pub fn pool_later(&mut self, pool: usize) {
        let again = self.now + self.settings.period;
        self.stocks[pool].later(again);
        self.settle();
    }

    /// A pool will give no more. What is out still runs; then its lines end.
    pub fn pool_exhausted(&mut self, pool: usize) {
        self.stocks[pool].exhaust();
        self.settle();
    }

    /// A pool failed: its lines start nothing more.
    pub fn pool_failed(&mut self, pool: usize) {
        for line in self.lines.iter_mut().filter(|l| l.stock == Some(pool)) {
            line.end(Ended::PoolFailed);
        }
        self.pool_exhausted(pool);
    }

    /// The run shall end: nothing more is started, what runs may finish.
    pub fn stop(&mut self, now: TestTime) {
        self.advance(now);
        self.end_all(Phase::Drain);
    }

    /// The run shall end at once: what runs is cancelled.
    pub fn cancel(&mut self, now: TestTime) {
        self.advance(now);
        self.end_all(Phase::Cancel);
    }

    fn end_all(&mut self, phase: Phase) {
        if self.phase != Phase::Bye && self.phase != Phase::Cancel {
            self.phase = phase;
        }
        for line in &mut self.lines {
            line.end(Ended::Drained);
        }
        self.settle();
    }

    /// Whether runners were told to start nothing more, to cancel, or that all
    /// is over.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// What must be done now, in this order.
    pub fn orders(&mut self) -> Vec<Order> {
        std::mem::take(&mut self.orders)
    }

    /// Whether the run is over: nothing runs, nothing is free, leased or
    /// expected from a pool, every runner was told, and all orders were
    /// collected. After [`cancel`](Self::cancel) pools are not waited for.
    pub fn finished(&self) -> bool {
        self.phase == Phase::Bye
            && self.roster.iter().all(|r| r.phase == Some(Phase::Bye))
            && self.orders.is_empty()
    }

    /// Journeys that a line asks for: none once what it could be fed with is
    /// used up.
    pub(super) fn required(&self, line: usize) -> u32 {
        if self.is_used_up(line) { 0 } else { self.lines[line].volume }
    }

    /// Whether nothing is left to start journeys of a line with, but for what
    /// its runners have.
    pub(super) fn is_used_up(&self, line: usize) -> bool {
        let line = &self.lines[line];
        line.stock.is_some_and(|index| {
            let stock = &self.stocks[index];
            line.allowance() == 0 || (stock.exhausted && stock.unused() == 0)
        })
    }

    /// Books what was unmet until `now`, and asks the models about windows that
    /// have begun.
    fn advance(&mut self, now: TestTime) {
        let now = now.max(self.now);
        for s in 0..self.lines.len() {
            // That a pool is used up is how its line ends, not a want.
            let stock = self.lines[s].stock.map(|index| &self.stocks[index]);
            if stock.is_some_and(|stock| stock.exhausted) {
                continue;
            }
            let mut from = self.now;
            // Growth is even until it ends, so the time is cut there.
            let cut = self.spawn.topped_out(s).filter(|cut| from < *cut && *cut < now);
            for until in cut.into_iter().chain([now]) {
                if until == from {
                    continue;
                }
                let ends = [self.standing(s, from), self.standing(s, until)];
                self.lines[s].unmet.book(until - from, ends, self.roster.len());
                from = until;
            }
        }
        self.now = now;
        while let Some((start, end)) = self.windows.next(now) {
            for line in &mut self.lines {
                line.seal(start, end);
            }
        }
    }

    /// Draws the consequences: lines that are over, the plan, and what must be
    /// ordered.
    pub(super) fn settle(&mut self) {
        for s in 0..self.lines.len() {
            self.settle_line(s);
        }
        for index in 0..self.stocks.len() {
            let mut users = self.lines.iter().filter(|l| l.stock == Some(index));
            if users.all(|l| l.over) {
                self.stocks[index].close();
            }
        }
        let idle = |s: &Stock| s.is_settled() || self.phase == Phase::Cancel;
        if self.lines.iter().all(|l| l.over) && self.stocks.iter().all(idle) {
            self.phase = Phase::Bye;
        } else if self.phase == Phase::Run
            && self.lines.iter().all(|l| !l.is_open())
            && self.lines.iter().any(|l| l.ended != Some(Ended::Exhausted))
        {
            // Journeys are only asked to finish early if somebody wants the end.
            self.phase = Phase::Drain;
        }
        let volumes: Vec<u32> = self.lines.iter().map(|l| l.volume).collect();
        if volumes != self.aimed {
            self.spawn.aim(self.now, &volumes);
            self.aimed = volumes;
        }
        self.plan = Plan::new(
            self.now,
            self.settings.period,
            self.settings.runner_max_journeys,
            &self.lines,
            &self.spawn,
            &self.stocks,
            &self.roster,
        );
        self.order();
    }

    /// Ends a line that has nothing left to start with, and notes when nothing
    /// of it is left.
    fn settle_line(&mut self, s: usize) {
        if self.lines[s].over {
            return;
        }
        let cells = || self.roster.iter().map(|r| &r.cells[s]);
        let runs = cells().any(|c| c.running > 0 || c.leased > 0);
        let over = match self.lines[s].stock {
            // Without items a level that is under way may still start something.
            None => !self.lines[s].is_open() && cells().all(|c| c.bound() == 0),
            Some(index) => {
                // What another line has and does not use may still come home.
                let spare = |s: usize| self.roster.iter().any(|r| r.cells[s].spare > 0);
                let sharing =
                    || (0..self.lines.len()).filter(|&o| self.lines[o].stock == Some(index));
                let used_up =
                    self.is_used_up(s) && (self.lines[s].allowance() == 0 || !sharing().any(spare));
                !runs && (!self.lines[s].is_open() || used_up)
            }
        };
        if over {
            let line = &mut self.lines[s];
            line.end(Ended::Exhausted);
            line.over = true;
            let why = line.ended.clone().unwrap_or(Ended::Exhausted);
            self.orders.push(Order::LineEnded { id: line.id, why });
        }
    }

    /// Everything that is kept in memory, in items and cells.
    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.stocks.iter().map(Stock::size).sum::<usize>() + self.lines.len() * self.roster.len()
    }
}
