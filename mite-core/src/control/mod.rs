//! The control plane: which runner holds how many journeys of which scenario,
//! and which data items it may start them with.
//!
//! A pure state machine. Time is an argument, pools are asked by whoever owns
//! them ([`Order`]), and a runner is told absolute state ([`Grant`]) in reply
//! to its numbered [`Progress`]. The rules:
//!
//! - *Level.* Each line's volume is shared out to within one journey; a level
//!   that moves from one runner to another is taken before it is given.
//! - *Growth.* The spawn rate limits growth, test-wide, never restarts.
//! - *Caps.* No runner holds more than its cap over all lines; what fits
//!   nowhere is unmet, and counted with the reason.
//! - *Leases.* Items are leased in stocks that last about a period, but of some
//!   thousands at most, never one item to two; lines that share a pool get
//!   max-min fair shares of it.
//! - *End.* A line is over when nothing of it runs and nothing is leased; the
//!   run, when all lines are over and every runner was told so.
//!
//! [`Grant`]: crate::control::Grant
//! [`Progress`]: crate::control::Progress

use std::time::Duration;

use crate::ids::{LineId, RunnerId};
use crate::pool::{ItemId, PoolKind};
use crate::volume::VolumeKind;

mod controller;
mod demand;
mod grant;
mod lease;
mod ledger;
mod plan;
mod report;
mod roster;
mod share;
mod spawn;
mod work;

#[cfg(test)]
mod rules;
#[cfg(test)]
mod simulation;

pub use controller::Controller;
pub use report::{InDoubt, LineReport, Report, Unmet};
pub use work::{Grant, Growth, Item, Level, Phase, Progress, ScenarioGrant, ScenarioProgress};

/// What the control plane is told once, before the run.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The length of a window, and how often a runner asks at least.
    pub period: Duration,
    /// Growth, in slots per second over all lines and runners. What is not a
    /// finite positive number is no limit.
    pub spawn_rate: f64,
    /// Journeys that one runner may hold at once, over all lines.
    pub runner_max_journeys: Option<u32>,
}

/// One line of the scenario.
pub struct Line {
    /// Its number, from 1.
    pub id: LineId,
    /// How many journeys.
    pub volume: VolumeKind,
    /// Its pool, as an index; lines that share a pool share the index.
    pub pool: usize,
}

impl Line {
    /// Whether a start of this line needs an item, if its pool is of `kind`:
    /// tickets are items even where there is no data.
    pub fn takes_items(&self, kind: PoolKind) -> bool {
        kind != PoolKind::Unlimited || matches!(self.volume, VolumeKind::Tickets(_))
    }

    /// Whether a runner may start this line again and again with an item that
    /// it has, if the pool is of `kind`; otherwise each item is for one start.
    pub fn reuses_items(&self, kind: PoolKind) -> bool {
        kind == PoolKind::Recyclable && matches!(self.volume, VolumeKind::Level(_))
    }
}

/// What the owner of the pools must do.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Check out so many items. It is answered by that many items in one or
    /// more calls of [`Controller::stocked`], or cut short by
    /// [`pool_later`](Controller::pool_later),
    /// [`pool_exhausted`](Controller::pool_exhausted) or
    /// [`pool_failed`](Controller::pool_failed). A pool has one such order at a
    /// time, and it comes after the check-ins that were ordered before it.
    Checkout {
        /// Which pool.
        pool: usize,
        /// How many.
        count: u32,
    },
    /// Check these items in.
    Checkin {
        /// Which pool.
        pool: usize,
        /// Which items.
        ids: Vec<ItemId>,
    },
    /// Tell this runner to ask now.
    Nudge(RunnerId),
    /// This line is over: nothing of it runs or is leased.
    LineEnded {
        /// Which.
        id: LineId,
        /// Why.
        why: Ended,
    },
}

/// Why a line starts nothing more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Its volume model has ended.
    Stopped,
    /// Its pool or its tickets are used up.
    Exhausted,
    /// Its volume model returned what is not a number of journeys: the text
    /// says what.
    InvalidVolume(String),
    /// Its pool failed.
    PoolFailed,
    /// The run was stopped.
    Drained,
}
