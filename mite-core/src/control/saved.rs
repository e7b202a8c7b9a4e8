//! What a controller must know again after a restart.

use serde::{Deserialize, Serialize};

use super::arrivals::Dropped;
use super::order::Ended;
use super::ranges::Ranges;
use super::roster::LostRunner;
use super::schedule::{Sealer, Segment};
use super::throttle::ByHand;
use crate::ids::{LineId, RunnerId, TestTime};

/// A part of what a controller must know again after a restart. One with the same
/// [key](Self::key) replaces an earlier one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Saved {
    /// Who is there, and what was done by hand.
    Run(SavedRun),
    /// How a line fares.
    Line(Box<SavedLine>),
    /// What a pool of once-items, or of tickets, has given.
    Stock(SavedStock),
    /// Which of these a runner has.
    Lease(SavedLease),
}

impl Saved {
    /// What it replaces: of letters, digits and dots.
    pub fn key(&self) -> String {
        match self {
            Self::Run(_) => "run".to_owned(),
            Self::Line(line) => format!("line.{}", line.line),
            Self::Stock(stock) => format!("stock.{}", stock.stock),
            Self::Lease(lease) => format!("lease.{}.{}", lease.stock, lease.runner),
        }
    }
}

/// Who is there, and what was done by hand.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SavedRun {
    /// Runners that may hold something, each with its incarnation.
    pub roster: Vec<(RunnerId, u64)>,
    /// Runners that were lost.
    pub lost: Vec<LostRunner>,
    /// What was made by hand of the load, and for how long.
    pub by_hand: ByHand,
    /// Whether the end was asked for.
    pub stopped: bool,
}

/// How a line fares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedLine {
    /// Which.
    pub line: LineId,
    /// Why it starts nothing more, if so.
    pub ended: Option<Ended>,
    /// Starts by runners that are gone.
    pub started: u64,
    /// Items that it has taken and not given back.
    pub taken: u64,
    /// Its arrivals, if it is of the open model.
    pub arrivals: Option<SavedArrivals>,
}

/// Which windows of arrivals are sealed, and whose they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedArrivals {
    /// The next window to seal.
    pub next: u64,
    /// The next arrival, and what is left of the integral before it.
    pub sealer: Sealer,
    /// Windows that some runner has not taken yet, with the runners that share them.
    pub sealed: Vec<(Segment, Vec<RunnerId>)>,
    /// By runner, its own arrivals in windows up to each of the last ones.
    pub own: Vec<(RunnerId, Vec<(u64, u64)>)>,
    /// When the last rate that is known ends.
    pub end: TestTime,
    /// Why no window follows, if so.
    pub finished: Option<Ended>,
    /// The first window with arrivals.
    pub first: Option<u64>,
    /// What became of arrivals of runners that are gone: dropped, cut, undecided.
    pub before: (Dropped, u64, u64),
}

/// What a pool of once-items, or of tickets, has given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedStock {
    /// Which: pools by their index, and after them tickets.
    pub stock: usize,
    /// Items that were ever out on a lease, but for such as came back unused.
    pub gone: Ranges,
    /// Items of runners that are gone, of which nobody knows whether they were used.
    pub in_doubt: Vec<SavedDoubt>,
}

/// What a runner had that is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedDoubt {
    /// Which.
    pub runner: RunnerId,
    /// In which incarnation.
    pub incarnation: u64,
    /// By index of the line.
    pub line: usize,
    /// The items.
    pub items: Ranges,
}

/// Which once-items a runner has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedLease {
    /// From which stock.
    pub stock: usize,
    /// Which runner.
    pub runner: RunnerId,
    /// By index of the line.
    pub items: Vec<(usize, Ranges)>,
}
