//! What all runners have of a line together. It is kept up to date with each report and each
//! Grant, so that what is decided for one of a thousand runners needs no look at the others.

/// What one runner has of a line, or all of them together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    /// The most that may run until they are heard again.
    pub(super) bound: u64,
    pub(super) running: u64,
    pub(super) leased: u64,
    pub(super) spare: u64,
    /// Items that they use ahead of the next report.
    pub(super) ahead: u64,
    /// Levels that were sent and do not grow; and how many do.
    pub(super) level: u64,
    pub(super) growing: u64,
    /// Runners with arrivals of which nothing is decided.
    pub(super) unplayed: u64,
    /// Items that would be granted now if there were enough, and to how many runners.
    pub(super) wanted: u64,
    pub(super) wanting: u64,
    /// Runners that are to hold more than they were sent.
    pub(super) unsettled: u64,
    /// Runners whose level changes with time alone.
    pub(super) climbing: u64,
}

impl Totals {
    /// What counted as `old` counts as `new`.
    pub(super) fn replace(&mut self, old: &Self, new: &Self) {
        let change = |all: &mut u64, old: u64, new: u64| *all = *all + new - old;
        change(&mut self.bound, old.bound, new.bound);
        change(&mut self.running, old.running, new.running);
        change(&mut self.leased, old.leased, new.leased);
        change(&mut self.spare, old.spare, new.spare);
        change(&mut self.ahead, old.ahead, new.ahead);
        change(&mut self.level, old.level, new.level);
        change(&mut self.growing, old.growing, new.growing);
        change(&mut self.unplayed, old.unplayed, new.unplayed);
        change(&mut self.wanted, old.wanted, new.wanted);
        change(&mut self.wanting, old.wanting, new.wanting);
        change(&mut self.unsettled, old.unsettled, new.unsettled);
        change(&mut self.climbing, old.climbing, new.climbing);
    }

    /// What counted as that is gone.
    pub(super) fn remove(&mut self, old: &Self) {
        self.replace(old, &Self::default());
    }
}
