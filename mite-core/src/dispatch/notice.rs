//! What whoever runs a test is told while it goes on.

use crate::control::{Ended, LostRunner, Throttle};
use crate::ids::{LineId, RunnerId};
use crate::stats::Finding;

/// Something that happened in a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// A line asks for its first journey.
    LineStarted(LineId),
    /// A line starts nothing more, and why.
    LineStopped(LineId, Ended),
    /// Nothing of a line runs any more, and why it started nothing more.
    LineEnded(LineId, Ended),
    /// Code of the test's own has not answered for long; it is in the findings too.
    Overdue(Finding),
    /// A runner has joined the run while it was under way.
    Joined(RunnerId),
    /// A runner has left, in good order.
    Left(RunnerId),
    /// A runner is lost; so much of its work nobody has seen.
    Lost(LostRunner),
    /// The load was paused, resumed or multiplied by hand.
    Throttled(Throttle),
}
