//! Who gets the messages of a run.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use mite_core::message::{Batch, Interest};

/// Gets the messages of a run. One that is slow or fails is alone in it.
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

    /// Set when its time is over: it leaves what it has not taken yet, and finishes.
    /// One that has none is soon done with all.
    fn late(&self) -> Option<Arc<AtomicBool>> {
        None
    }

    /// Whether it keeps what somebody asked to keep: to leave it behind is to fail
    /// to write.
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
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Remarks {
    /// What was left where.
    pub(crate) notes: Vec<String>,
    /// What people should know.
    pub(crate) findings: Vec<String>,
    /// What makes the run fail.
    pub(crate) failures: Vec<String>,
    /// What the run stands on and has lost, such as a disk with room on it.
    pub(crate) broken: Vec<String>,
    /// Messages that were lost and are spoken of in these words already.
    pub(crate) lost: u64,
}

impl Remarks {
    pub(crate) fn extend(&mut self, other: Self) {
        self.notes.extend(other.notes);
        self.findings.extend(other.findings);
        self.failures.extend(other.failures);
        self.broken.extend(other.broken);
        self.lost += other.lost;
    }
}
