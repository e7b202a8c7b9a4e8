//! What a runner would be granted now, and what that follows from.

use super::lease::Terms;
use super::level::Level;
use super::work::Phase;

/// What a runner would be granted of a line now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Offer {
    pub(super) level: Level,
    pub(super) terms: Terms,
    /// Whether it is to hold more than it was sent: how much of it depends on what others
    /// may still hold.
    pub(super) unsettled: bool,
    /// Whether the level, or the one that it was sent, changes with time alone.
    pub(super) climbs: bool,
}

/// Whether a runner should be told to ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Attention {
    #[default]
    None,
    /// If a stock has something for it, or others want what it has.
    Maybe,
    Surely,
}

/// What the offers to all runners follow from, beside what each of them has.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Basis {
    pub(super) phase: Phase,
    pub(super) recovering: bool,
    pub(super) begun: u64,
    pub(super) targets: u64,
    pub(super) lines: Vec<LineBasis>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct LineBasis {
    pub(super) open: bool,
    pub(super) over: bool,
    pub(super) volume: u32,
    pub(super) allowance: u64,
    pub(super) horizon: u64,
    /// What all may hold, if that matters to anybody.
    pub(super) bound: u64,
}
