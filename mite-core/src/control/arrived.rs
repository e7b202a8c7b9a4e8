//! An arrival that was due, and what became of it.

use super::held_line::Taken;
use crate::ids::TestTime;
use crate::stats::DropReason;

/// An arrival that was due, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// The index of its line.
    pub line: usize,
    /// Its number in the line's schedule.
    pub k: u64,
    /// When it was due.
    pub at: TestTime,
    /// What became of it.
    pub fate: Fate,
}

/// What became of an arrival.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It starts, with this.
    Starts(Taken),
    /// It does not.
    Dropped(DropReason),
}
