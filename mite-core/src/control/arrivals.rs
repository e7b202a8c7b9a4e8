//! What controller and runners tell each other of the arrivals of a line.

use serde::{Deserialize, Serialize};

use super::schedule::Segment;
use crate::stats::DropReason;

/// What a Grant says of the arrivals of a line.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ArrivalGrant {
    /// Every sealed window that the runner has not reported as taken, in order. One that
    /// comes again changes nothing.
    pub segments: Vec<Segment>,
    /// How many journeys of the line the runner may have in flight, if there is a limit.
    pub room: Option<u32>,
    /// Whether no window follows.
    pub last: bool,
}

/// What a runner reports of the arrivals of a line. All numbers count since the run began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrivalProgress {
    /// It has taken all of its windows below this one.
    pub taken: u64,
    /// Its own arrivals, of windows that it has taken, of which nothing is decided yet.
    pub pending: u64,
    /// Those that did not start when they were due.
    pub dropped: Dropped,
    /// Those that were not scheduled any more, since the line had ended before.
    pub cut: u64,
}

/// Arrivals that did not start when they were due, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// The runner came to them too late.
    pub late: u64,
    /// The runner was at the limit of what it may run at all.
    pub full: u64,
    /// As many were in flight as the line allows.
    pub capped: u64,
    /// There was no data item for them.
    pub no_data: u64,
    /// What the runner was granted had expired, or was about to.
    pub unleased: u64,
    /// The runner had asked in time, and learnt of them too late.
    pub undelivered: u64,
}

impl Dropped {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.reasons().into_iter().map(|(_, n)| n).sum()
    }

    /// By reason.
    pub fn reasons(&self) -> [(DropReason, u64); 6] {
        [
            (DropReason::Late, self.late),
            (DropReason::Full, self.full),
            (DropReason::Capped, self.capped),
            (DropReason::NoData, self.no_data),
            (DropReason::Unleased, self.unleased),
            (DropReason::Undelivered, self.undelivered),
        ]
    }

    pub(super) fn count(&mut self, reason: DropReason) {
        *match reason {
            DropReason::Late => &mut self.late,
            DropReason::Full => &mut self.full,
            DropReason::Capped => &mut self.capped,
            DropReason::NoData => &mut self.no_data,
            DropReason::Unleased => &mut self.unleased,
            DropReason::Undelivered => &mut self.undelivered,
            // Runners do not know of it.
            DropReason::Lost | DropReason::Away => return,
        } += 1;
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.late += other.late;
        self.full += other.full;
        self.capped += other.capped;
        self.no_data += other.no_data;
        self.unleased += other.unleased;
        self.undelivered += other.undelivered;
    }
}
