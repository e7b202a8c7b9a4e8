//! What the control plane knows, for outputs and the verdict.

use std::time::Duration;

use super::Ended;
use super::controller::Controller;
use super::demand::Demand;
use super::ledger::Stock;
use crate::control::LineId;
use crate::ids::{RunnerId, TestTime};
use crate::pool::ItemId;
use crate::stats::Reason;

/// The state of the control plane at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The lines, in order.
    pub lines: Vec<LineReport>,
    /// The runners that live.
    pub runners: Vec<RunnerId>,
    /// Runners that were lost.
    pub lost: Vec<RunnerId>,
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
    /// Journeys in flight, as runners reported last.
    pub actual: u32,
    /// Why it starts nothing more, if so.
    pub ended: Option<Ended>,
    /// Journeys started since the run began, as runners reported.
    pub started: u64,
    /// What was asked for and could not be had.
    pub unmet: Unmet,
}

/// Volume that could not be met, as slot-time: one journey missing for a
/// second is a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unmet {
    /// Runners are at their cap.
    pub cap: Duration,
    /// The pool has no items to give.
    pub data: Duration,
    /// The pool has items, and gives them more slowly than they are used.
    pub supply: Duration,
    /// The spawn rate has not admitted it yet.
    pub spawn: Duration,
    /// It, or its item, is on its way to a runner, or from one to another.
    pub moving: Duration,
    /// There are no runners.
    pub no_runner: Duration,
}

/// Items of one pool that a lost runner may have used; never given out again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InDoubt {
    /// The pool's index; `None` for tickets, which have no pool.
    pub pool: Option<usize>,
    /// Which items.
    pub items: Vec<ItemId>,
}

impl Unmet {
    /// All of it.
    pub fn total(&self) -> Duration {
        self.reasons().into_iter().map(|(_, time)| time).sum()
    }

    /// By reason.
    pub fn reasons(&self) -> [(Reason, Duration); 6] {
        [
            (Reason::Cap, self.cap),
            (Reason::Data, self.data),
            (Reason::Supply, self.supply),
            (Reason::Spawn, self.spawn),
            (Reason::Moving, self.moving),
            (Reason::NoRunner, self.no_runner),
        ]
    }
}

/// Journeys of a line at one moment, each number at most the one before.
#[derive(Clone, Copy)]
pub(super) struct Standing {
    pub(super) required: u64,
    /// Of these, admitted by the spawn rate.
    pub(super) admitted: u64,
    /// Of these, within the runners' caps.
    pub(super) placed: u64,
    /// Of these, with items to run on.
    pub(super) supplied: u64,
    /// Of these, granted.
    pub(super) granted: u64,
}

impl Unmet {
    /// Books the time between two moments; without runners, all that was
    /// required is unmet for that reason.
    pub(super) fn book(&mut self, span: Duration, ends: [Standing; 2], runners: usize) {
        let [a, b] = ends;
        // Steps in between are straightened: a period at most, and fair on average.
        let missing = |from: fn(&Standing) -> u64, to: fn(&Standing) -> u64| {
            let one = |s: &Standing| from(s).saturating_sub(to(s)) as f64;
            span.mul_f64((one(&a) + one(&b)) / 2.0)
        };
        if runners == 0 {
            self.no_runner += missing(|s| s.required, |_| 0);
            return;
        }
        self.spawn += missing(|s| s.required, |s| s.admitted);
        self.cap += missing(|s| s.admitted, |s| s.placed);
        self.data += missing(|s| s.placed, |s| s.supplied);
        self.moving += missing(|s| s.supplied, |s| s.granted);
    }

    /// Books the time that slots of a runner had no item from `stock`.
    pub(super) fn book_starved(&mut self, time: Duration, stock: &Stock) {
        if stock.dry {
            self.data += time;
        } else if stock.ordered > 0 {
            self.supply += time;
        } else if !stock.exhausted {
            self.moving += time;
        }
    }
}

impl Controller {
    /// The state of everything.
    pub fn report(&self) -> Report {
        let line = |(s, line): (usize, &Demand)| {
            let cells = || self.roster.iter().map(move |r| &r.cells[s]);
            LineReport {
                id: line.id,
                required: self.required(s),
                actual: cells().map(|c| c.running).sum(),
                ended: line.ended.clone(),
                started: line.started_before + cells().map(|c| c.started).sum::<u64>(),
                unmet: line.unmet,
            }
        };
        let in_doubt = |(index, stock): (usize, &Stock)| {
            let pool = (index < self.pools).then_some(index);
            (!stock.in_doubt.is_empty()).then(|| InDoubt { pool, items: stock.in_doubt.clone() })
        };
        Report {
            lines: self.lines.iter().enumerate().map(line).collect(),
            runners: self.roster.iter().map(|r| r.id).collect(),
            lost: self.lost.clone(),
            ignored: self.ignored,
            strays: self.strays,
            duplicates: self.stocks.iter().map(|s| s.duplicates).sum(),
            in_doubt: self.stocks.iter().enumerate().filter_map(in_doubt).collect(),
        }
    }

    /// How a line stands at a moment, as far as is known now.
    pub(super) fn standing(&self, line: usize, at: TestTime) -> Standing {
        let required = u64::from(self.required(line));
        let admitted = u64::from(self.spawn.admitted(line, at)).min(required);
        let (placed, dry) = self.plan.placed(line, at);
        let placed = placed.min(admitted);
        let supplied = placed.saturating_sub(dry);
        let granted = self.roster.iter().map(|r| u64::from(r.cells[line].level.at(at))).sum();
        Standing { required, admitted, placed, supplied, granted }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_booked_once_by_its_first_reason() {
        let standing = Standing { required: 10, admitted: 8, placed: 6, supplied: 5, granted: 1 };
        let mut unmet = Unmet::default();
        unmet.book(Duration::from_secs(2), [standing; 2], 3);
        let seconds = unmet.reasons().map(|(name, time)| (name, time.as_secs()));
        assert_eq!(
            seconds,
            [
                (Reason::Cap, 4),
                (Reason::Data, 2),
                (Reason::Supply, 0),
                (Reason::Spawn, 4),
                (Reason::Moving, 8),
                (Reason::NoRunner, 0)
            ]
        );
        unmet.book(Duration::from_secs(1), [standing; 2], 0);
        assert_eq!(unmet.no_runner, Duration::from_secs(10));
        assert_eq!(unmet.total(), Duration::from_secs(28));
    }
}
