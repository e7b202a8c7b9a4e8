//! What must be done, and why lines end.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::roster::LostRunner;
use crate::ids::{LineId, RunnerId, TestTime};
use crate::pool::ItemId;
use crate::volume::{Piece, StopVolumeModel};

/// What the owner of the pools must do.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Check out so many items. It is answered by that many items in one or
    /// more calls of [`Controller::stocked`](super::Controller::stocked), or cut short by
    /// [`pool_later`](super::Controller::pool_later),
    /// [`pool_exhausted`](super::Controller::pool_exhausted) or
    /// [`pool_failed`](super::Controller::pool_failed). A pool has one such order at a
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
    /// Ask the model of this line, which is [`Demand::Asked`](super::Demand::Asked), about a window. It
    /// is answered by [`Controller::volume`](super::Controller::volume); a line has one such order at a time,
    /// and holds the volume that it has until then.
    AskVolume {
        /// Which.
        line: LineId,
        /// When the window begins.
        start: TestTime,
        /// When it ends.
        end: TestTime,
    },
    /// Nothing was heard of this runner until its term was over: it is lost.
    RunnerLost(LostRunner),
    /// This line asks for its first journey.
    LineStarted {
        /// Which.
        id: LineId,
    },
    /// This line starts nothing more; what runs of it may still finish.
    LineStopped {
        /// Which.
        id: LineId,
        /// Why.
        why: Ended,
    },
    /// This line is over: nothing of it runs or is leased.
    LineEnded {
        /// Which.
        id: LineId,
        /// Why.
        why: Ended,
    },
}

/// What a volume model says of a window; an error is the text of what went wrong.
pub type Answer = Result<Result<Vec<Piece>, StopVolumeModel>, String>;

/// Why a line starts nothing more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ended {
    /// Its volume model has ended.
    Stopped,
    /// As many journeys were started as it was to start.
    Complete,
    /// Its pool is used up.
    Exhausted,
    /// Its volume model returned what is not a number of journeys: the text
    /// says what.
    InvalidVolume(String),
    /// Its pool failed.
    PoolFailed,
    /// The controller was restarted, and its pool cannot be put back to where it was.
    PoolLost,
    /// The run was stopped.
    Drained,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stopped => "its volume is over",
            Self::Complete => "all its journeys were started",
            Self::Exhausted => "its data is used up",
            Self::InvalidVolume(why) => why,
            Self::PoolFailed => "its data pool failed",
            Self::PoolLost => {
                "the controller was restarted, and its data pool is one of the test's own, which \
                 cannot be put back to where it was"
            }
            Self::Drained => "the run was stopped",
        })
    }
}
