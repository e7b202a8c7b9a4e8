//! Who gets the messages of a run.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use mite_core::message::{Batch, Interest};
use mite_core::stats::Finding;

/// Gets the messages of a run. Each is isolated: one that is slow or fails costs the
/// others nothing.
pub(crate) trait Listener: Send {
    /// What to call it.
    fn name(&self) -> Cow<'_, str>;

    /// Which messages it gets.
    fn interest(&self) -> Interest;

    /// How long it lets messages gather. Whoever sends wakes it at most once in
    /// that time, which is what keeps sending cheap.
    fn rest(&self) -> Duration;

    /// Takes all messages that have gathered.
    fn take(&mut self, messages: &Batch);

    /// A flag that tells it to give up, set when its time is over: it skips what it has
    /// not taken yet, and finishes. `None` for one that never takes long.
    fn late(&self) -> Option<Arc<AtomicBool>> {
        None
    }

    /// Whether it keeps what somebody asked to keep, so that what it had no time to
    /// write is lost data.
    fn keeps(&self) -> bool {
        false
    }

    /// Whether the run cannot go on without it.
    fn is_broken(&self) -> bool {
        false
    }

    /// Called once, after the last message; `lost` found the queue full.
    fn finish(&mut self, lost: u64) -> Remarks;
}

/// What listeners say at the end.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Remarks {
    /// What was left where.
    pub(crate) notes: Vec<String>,
    /// What people should know, and what made the run fail.
    pub(crate) findings: Vec<Finding>,
    /// Messages that were lost and that findings speak of already.
    pub(crate) lost: u64,
}

impl Remarks {
    pub(crate) fn extend(&mut self, other: Self) {
        self.notes.extend(other.notes);
        self.findings.extend(other.findings);
        self.lost += other.lost;
    }

    /// What findings of that weight say.
    #[cfg(test)]
    pub(crate) fn texts(&self, weight: mite_core::stats::Weight) -> Vec<String> {
        let of = self.findings.iter().filter(|finding| finding.weight() == weight);
        of.map(Finding::to_string).collect()
    }
}
