//! What whoever runs a test is told while it goes on.

use crate::control::Ended;
use crate::ids::LineId;
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
}
