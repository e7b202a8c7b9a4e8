//! The state machine: what happens, and what follows from it.

use std::collections::HashMap;
use std::time::Duration;

use super::ledger::{Home, Stock};
use super::line::{Demand, Line, Pool};
use super::line_state::LineState;
use super::membership::Membership;
use super::offers::Basis;
use super::order::{Answer, Ended, Order};
use super::outdated::Outdated;
use super::roster::{LostRunner, Runner};
use super::settings::Settings;
use super::spawn::Spawn;
#[cfg(test)]
use super::switches::Switches;
use super::target::Targets;
use super::throttle::ByHand;
use super::windows::Windows;
use super::work::{Fence, Item, Phase, Progress, StoreMark};
use crate::config::Config;
use crate::ids::{LineId, RunnerId, TestTime};
use crate::pool::PoolKind;

/// Decides what every runner holds and which items it has.
///
/// Events are told by its methods, in the order in which they happen; after
/// any of them [`orders`](Self::orders) has what must be done. A report of a
/// runner is [answered](Self::answer) at once.
///
/// ```
/// use mite_core::control::{Controller, Demand, Line, Progress, Settings};
/// use mite_core::pool::PoolKind;
/// use mite_core::volume::volume_fn;
/// use std::time::Duration;
///
/// let ten = Demand::Level(Box::new(volume_fn(|_, _| 10)));
/// let settings = Settings {
///     period: Duration::from_secs(1),
///     spawn_rate: f64::INFINITY,
///     runner_max_journeys: None,
///     seed: 0,
///     until: None,
///     runner_timeout: None,
/// };
/// let line = Line { id: 1, demand: ten, pool: 0 };
/// let mut controller = Controller::new(settings, vec![line], vec![PoolKind::Unlimited.into()]);
/// controller.hello(Duration::ZERO, 1);
/// controller.hello(Duration::ZERO, 2);
/// let report = Progress { runner: 1, number: 1, ..Progress::default() };
/// let grant = controller.answer(Duration::ZERO, &report).unwrap();
/// assert_eq!(grant.lines[0].level.base, 5);
/// ```
pub struct Controller {
    pub(super) settings: Settings,
    pub(super) config: Config,
    pub(super) fence: Fence,
    pub(super) now: TestTime,
    pub(super) phase: Phase,
    pub(super) windows: Windows,
    pub(super) lines: Vec<LineState>,
    /// Where a line stands among them.
    pub(super) by_id: HashMap<LineId, usize>,
    pub(super) spawn: Spawn,
    /// What the spawn rate was aimed at last.
    pub(super) aimed: Vec<u32>,
    /// The pools, by index, and after them the tickets of lines without one.
    pub(super) stocks: Vec<Stock>,
    pub(super) pools: usize,
    pub(super) roster: Vec<Runner>,
    /// Where a runner stands there.
    pub(super) seats: HashMap<RunnerId, usize>,
    /// Runners whose offers are to be worked out anew, or that all are; and what offers were
    /// last worked out from.
    pub(super) touched: Vec<usize>,
    pub(super) all_touched: bool,
    pub(super) basis: Basis,
    /// Runners that have not said what they hold, since a restart.
    pub(super) unclaimed: usize,
    /// Where in the store each controller before this one has ended.
    pub(super) ends: Vec<StoreMark>,
    /// A runner that was granted something after what is known here.
    pub(super) outdated: Option<Outdated>,
    /// Every runner was heard at this time or later.
    pub(super) heard_since: TestTime,
    /// Windows before this one were forgotten.
    pub(super) forgot: u64,
    pub(super) by_hand: ByHand,
    /// Whether it says what must be saved of it, and whether that of the run has changed.
    pub(super) saves: bool,
    pub(super) run_unsaved: bool,
    pub(super) targets: Targets,
    pub(super) orders: Vec<Order>,
    /// Whether there were events since the consequences were last worked out.
    pub(super) dirty: bool,
    pub(super) lost: Vec<LostRunner>,
    pub(super) membership: Membership,
    pub(super) ignored: u64,
    pub(super) strays: u64,
    #[cfg(test)]
    pub(super) switches: Switches,
}

/// Slots that become valid closer together than this are given out together.
const LEAST_STEP: Duration = Duration::from_millis(1);

impl Controller {
    /// A controller of these lines; `pools` has every pool that they name
    /// by index.
    ///
    /// # Panics
    /// If a line names a pool that is not there.
    pub fn new(settings: Settings, lines: Vec<Line>, pools: Vec<Pool>) -> Self {
        let period = settings.period.max(Duration::from_millis(1));
        let mut stocks: Vec<Stock> = pools.iter().map(|&pool| Stock::new(pool)).collect();
        let mut states = Vec::with_capacity(lines.len());
        for line in lines {
            let pool = pools[line.pool].kind;
            let tickets = match &line.demand {
                Demand::Tickets(due) => Some(due.len() as u64),
                _ => None,
            };
            let reuses = pool == PoolKind::Recyclable && tickets.is_none();
            let stock = match (pool, tickets) {
                (PoolKind::Unlimited, None) => None,
                // Tickets are items even where there is no data.
                (PoolKind::Unlimited, Some(n)) => {
                    stocks.push(Stock::tickets(n));
                    Some(stocks.len() - 1)
                }
                _ => Some(line.pool),
            };
            states.push(LineState::new(line, stock, reuses, settings.seed));
        }
        for (s, line) in states.iter_mut().enumerate() {
            if let Some(stock) = line.stock {
                line.seat = stocks[stock].users.len();
                stocks[stock].users.push(s);
            }
        }
        let mut controller = Self {
            settings: Settings { period, ..settings },
            now: TestTime::ZERO,
            phase: Phase::Run,
            windows: Windows::new(period),
            config: Config::new(),
            fence: Fence::default(),
            spawn: Spawn::new(settings.spawn_rate, states.len()),
            aimed: Vec::new(),
            by_id: states.iter().enumerate().map(|(s, line)| (line.id, s)).collect(),
            lines: states,
            stocks,
            pools: pools.len(),
            roster: Vec::new(),
            seats: HashMap::new(),
            touched: Vec::new(),
            all_touched: true,
            basis: Basis::default(),
            unclaimed: 0,
            ends: Vec::new(),
            outdated: None,
            heard_since: TestTime::ZERO,
            forgot: 0,
            by_hand: ByHand::default(),
            saves: false,
            run_unsaved: false,
            targets: Targets::default(),
            orders: Vec::new(),
            dirty: true,
            lost: Vec::new(),
            membership: Membership::default(),
            ignored: 0,
            strays: 0,
            #[cfg(test)]
            switches: Switches::default(),
        };
        controller.dirty = true;
        controller
    }

    /// The same, with the settings that its Grants carry.
    pub fn with_config(self, config: Config) -> Self {
        Self { config, ..self }
    }

    /// The same, of this run and epoch, with whoever has come already.
    pub fn fenced(mut self, fence: Fence) -> Self {
        for runner in &mut self.roster {
            runner.fence = Fence { incarnation: runner.fence.incarnation, ..fence };
        }
        self.fence = fence;
        self
    }

    /// Takes in a report of a runner that is known.
    pub(super) fn hear(&mut self, r: usize, progress: &Progress) {
        let (now, period) = (self.now, self.settings.period);
        let runner = &mut self.roster[r];
        runner.at = now;
        runner.is_leaving = progress.leaving;
        runner.heard = progress.number;
        runner.nudged = false;
        // A repeated report: what it returns was taken back already.
        let said_again = progress.grant < runner.told;
        for report in &progress.lines {
            let Some(&s) = self.by_id.get(&report.line) else {
                self.strays += 1;
                continue;
            };
            let (line, cell) = (&mut self.lines[s], &mut runner.cells[s]);
            if let Some(stock) = line.stock.map(|index| &mut self.stocks[index]) {
                let home = Home { runner: progress.runner, line: s, grant: progress.grant };
                #[cfg(test)]
                let home =
                    if self.switches.leases { home } else { Home { grant: u64::MAX, ..home } };
                let used = stock.used(&report.used, home);
                let unused = stock.unused_home(&report.unused, home);
                line.gave_back(unused);
                cell.leased -= used + unused;
                let named = report.used.len() + report.unused.len();
                if !said_again {
                    self.strays += named as u64 - u64::from(used + unused);
                }
            }
            let (starved, crowded) = cell.report(now, period, progress.grant, report);
            line.unmet.cap += crowded;
            if let Some(index) = line.stock {
                line.unmet.book_starved(starved, &self.stocks[index]);
            }
        }
        // A line that is over for the runner is not in its report.
        for cell in &mut runner.cells {
            cell.acknowledge(progress.grant);
        }
        self.touch(r);
    }

    /// The model of a line has answered [`Order::AskVolume`]; an error is the text
    /// of what went wrong with it.
    pub fn volume(&mut self, now: TestTime, line: LineId, answer: Answer) {
        self.advance(now);
        if let Some(&s) = self.by_id.get(&line) {
            let line = &mut self.lines[s];
            match &mut line.arrivals {
                Some(arrivals) => arrivals.answered(answer),
                None => line.answered(self.now, &self.windows, answer),
            }
        }
        self.dirty = true;
    }

    /// Time has passed: windows that have begun are asked of their models, volumes
    /// change, and pools that had nothing are asked again.
    pub fn tick(&mut self, now: TestTime) {
        if now > self.now || self.next_change() <= now {
            self.advance(now);
            self.dirty = true;
        }
        self.expire();
    }

    /// When [`tick`](Self::tick) must be called next.
    pub fn next_event(&self) -> TestTime {
        if self.dirty {
            return self.now;
        }
        let idle = self.stocks.iter().filter(|s| s.ordered == 0);
        let retries = idle.filter_map(|s| s.retry);
        // A runner follows growth by itself, but not where a cap is felt.
        let rise = if self.targets.climbs { self.spawn.next_rise(self.now) } else { None };
        let rise = rise.map(|at| at.max(self.now + LEAST_STEP));
        let ends = self.lines.iter().filter_map(|l| l.arrivals.as_ref()?.next_end(self.now));
        retries
            .chain(rise)
            .chain(ends)
            .chain(self.next_expiry())
            .fold(self.next_change(), TestTime::min)
            .max(self.now)
    }

    /// A pool gave items.
    pub fn stocked(&mut self, pool: usize, items: Vec<Item>) {
        self.stocks[pool].add(items, self.now + self.settings.period);
        self.dirty = true;
    }

    /// A pool has got items back that it was ordered to check in.
    pub fn checked_in(&mut self, pool: usize) {
        self.stocks[pool].checked_in();
        self.dirty = true;
    }

    /// A pool has no item now.
    pub fn pool_later(&mut self, pool: usize) {
        let again = self.now + self.settings.period;
        self.stocks[pool].later(again);
        self.dirty = true;
    }

    /// A pool will give no more. What is out still runs; then its lines end.
    pub fn pool_exhausted(&mut self, pool: usize) {
        self.stocks[pool].exhaust();
        self.dirty = true;
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

    pub(super) fn end_all(&mut self, phase: Phase) {
        self.run_unsaved = true;
        if self.phase != Phase::Bye && self.phase != Phase::Cancel {
            self.phase = phase;
        }
        for line in &mut self.lines {
            line.end(Ended::Drained);
        }
        self.dirty = true;
    }

    /// Whether runners were told to start nothing more, to cancel, or that all
    /// is over.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// What must be done now, in this order. The consequences of all events since the
    /// last call are worked out here, once.
    pub fn orders(&mut self) -> Vec<Order> {
        self.settle();
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
            line.is_spent() || (stock.exhausted && stock.unused() == 0)
        })
    }

    /// Everything that is kept in memory, in items and cells.
    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.stocks.iter().map(Stock::size).sum::<usize>() + self.lines.len() * self.roster.len()
    }
}
