//! What the control plane knows, for outputs and the verdict.

use super::arrivals::Dropped;
use super::controller::Controller;
use super::ledger::Stock;
use super::line_state::LineState;
use super::order::Ended;
use super::roster::LostRunner;
use super::throttle::ByHand;
use super::unmet::{Funnel, Unmet};
use super::work::Item;
use crate::ids::{LineId, RunnerId, TestTime};
use crate::pool::ItemId;

/// The state of the control plane at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The lines, in order.
    pub lines: Vec<LineReport>,
    /// The runners that live.
    pub runners: Vec<RunnerId>,
    /// Journeys in flight on each of them, as it reported last.
    pub in_flight: Vec<u32>,
    /// Runners that were lost, in that order.
    pub lost: Vec<LostRunner>,
    /// What was made by hand of the load.
    pub by_hand: ByHand,
    /// Reports that were ignored: repeated, out of order, or from nobody known.
    pub ignored: u64,
    /// Items in reports that were not out on the lease that they came from.
    pub strays: u64,
    /// Items that pools gave while they were out.
    pub duplicates: u64,
    /// Items of lost runners, of which nobody knows whether they were used.
    pub in_doubt: Vec<InDoubt>,
}

/// The state of one line.
#[derive(Clone, Debug, PartialEq)]
pub struct LineReport {
    /// Which.
    pub id: LineId,
    /// Journeys that its volume asks for now.
    pub required: u32,
    /// The most that its volume has asked for.
    pub peak: u32,
    /// Windows that began before its volume model had answered.
    pub late_windows: u64,
    /// Journeys in flight, as runners reported last.
    pub actual: u32,
    /// Why it starts nothing more, if so.
    pub ended: Option<Ended>,
    /// Journeys started since the run began, as runners reported.
    pub started: u64,
    /// What was asked for and could not be had.
    pub unmet: Unmet,
    /// Its arrivals, if it is of the open model.
    pub arrivals: Option<ArrivalReport>,
}

/// The arrivals of a line, as runners have reported them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ArrivalReport {
    /// Arrivals per second, now.
    pub rate: f64,
    /// Arrivals that were due: what started, was dropped or got lost.
    pub scheduled: u64,
    /// What was dropped, by reason.
    pub dropped: Dropped,
    /// Of runners that were lost, or of times without any: nobody knows what became of them.
    pub lost: u64,
    /// Arrivals that were sealed, and not scheduled any more when the line ended.
    pub cut: u64,
    /// How many may be in flight at once, if there is a limit.
    pub at_most: Option<u32>,
    /// Windows of which nobody knows the arrivals, since their model did not answer.
    pub unknown_windows: u64,
}

/// Items of one pool that a lost runner may have used; never given out again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InDoubt {
    /// The pool's index; `None` for tickets, which have no pool.
    pub pool: Option<usize>,
    /// Which items.
    pub items: Vec<ItemId>,
    /// Some of them, as far as they are known, each with the line that it was given to.
    pub some: Vec<(LineId, Item)>,
}

/// Items in doubt that are told one by one.
const MOST_IN_DOUBT: usize = 1_000;

impl Controller {
    /// The state of everything.
    pub fn report(&self) -> Report {
        let line = |(s, line): (usize, &LineState)| {
            let cells = || self.roster.iter().map(move |r| &r.cells[s]);
            LineReport {
                id: line.id,
                required: self.required(s),
                peak: line.peak,
                late_windows: line.late_windows(),
                actual: cells().map(|c| c.running).sum(),
                ended: line.ended.clone(),
                started: line.started_before + cells().map(|c| c.started).sum::<u64>(),
                unmet: line.unmet,
                arrivals: self.arrivals_of(s),
            }
        };
        let in_doubt = |(index, stock): (usize, &Stock)| {
            let pool = (index < self.pools).then_some(index);
            let some = stock.in_doubt.iter().filter_map(|(id, doubt)| {
                let data = doubt.data.clone()?;
                Some((self.lines[doubt.line].id, Item { id: *id, data }))
            });
            (!stock.in_doubt.is_empty()).then(|| InDoubt {
                pool,
                items: stock.in_doubt.keys().copied().collect(),
                some: some.take(MOST_IN_DOUBT).collect(),
            })
        };
        Report {
            lines: self.lines.iter().enumerate().map(line).collect(),
            runners: self.roster.iter().map(|r| r.id).collect(),
            in_flight: self
                .roster
                .iter()
                .map(|r| r.cells.iter().map(|c| c.running).sum())
                .collect(),
            lost: self.lost.clone(),
            by_hand: self.by_hand,
            ignored: self.ignored,
            strays: self.strays,
            duplicates: self.stocks.iter().map(|s| s.duplicates).sum(),
            in_doubt: self.stocks.iter().enumerate().filter_map(in_doubt).collect(),
        }
    }

    /// The arrivals of a line, if it has any.
    fn arrivals_of(&self, s: usize) -> Option<ArrivalReport> {
        let line = &self.lines[s];
        let arrivals = line.arrivals.as_ref()?;
        let (mut dropped, mut cut, lost) = arrivals.before;
        let mut started = line.started_before;
        for cell in self.roster.iter().map(|r| &r.cells[s]) {
            dropped.add(&cell.arrivals.dropped());
            cut += cell.arrivals.told.cut;
            started += cell.started;
        }
        Some(ArrivalReport {
            rate: if line.is_open() { arrivals.rate(self.now) } else { 0.0 },
            scheduled: started + dropped.total() + lost,
            dropped,
            lost,
            cut,
            at_most: arrivals.at_most,
            unknown_windows: arrivals.unknown(&self.windows, line.is_open()),
        })
    }

    /// The pool of a line.
    ///
    /// # Panics
    /// If there is no such line.
    pub(crate) fn pool_of(&self, line: LineId) -> usize {
        self.lines[self.by_id[&line]].stock.unwrap_or_default()
    }

    /// Whether no journey is in flight, as far as runners have reported.
    pub fn is_idle(&self) -> bool {
        self.roster.iter().all(|runner| runner.cells.iter().all(|cell| cell.running == 0))
    }

    /// Whether no line starts anything more.
    pub fn lines_have_ended(&self) -> bool {
        self.lines.iter().all(|line| line.ended.is_some())
    }

    /// How a line stands at a moment, as far as is known now.
    pub(super) fn funnel(&self, line: usize, at: TestTime) -> Funnel {
        let required = u64::from(self.required(line));
        let admitted = u64::from(self.spawn.admitted(line, at)).min(required);
        // Shares are of what is admitted, and add up to it.
        let (placed, dry) = match self.targets.is_plain(&self.lines[line]) {
            true => (self.spawn.admitted(line, at).into(), 0),
            false => self.targets.placed(line, at),
        };
        let placed = placed.min(admitted);
        let supplied = placed.saturating_sub(dry);
        let totals = &self.lines[line].totals;
        let granted = match totals.growing {
            0 => totals.level,
            _ => self.roster.iter().map(|r| u64::from(r.cells[line].level.at(at))).sum(),
        };
        Funnel { required, admitted, placed, supplied, granted }
    }
}
