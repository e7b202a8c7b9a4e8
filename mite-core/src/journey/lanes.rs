//! The two outputs of a runner: counts of its own, and raw messages for listeners.

use std::sync::{Mutex, MutexGuard};

use crate::message::{MessageRef, Tap};
use crate::stats::Aggregator;

/// A runner's counts, and its taps on the raw lane, one for each who listens.
#[derive(Default)]
pub struct Lanes {
    counted: Mutex<Aggregator>,
    taps: Vec<Tap>,
}

impl Lanes {
    /// Counts, and a raw lane to each of these.
    pub fn new(taps: impl IntoIterator<Item = Tap>) -> Self {
        Self { counted: Mutex::default(), taps: taps.into_iter().collect() }
    }

    /// The counts. Only this runner's thread and, once a tick, the collector of counts
    /// take this lock, so it is uncontended; and the counts of a runner whose loop is
    /// blocked can still be had.
    pub fn counted(&self) -> MutexGuard<'_, Aggregator> {
        self.counted.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Whether anybody wants messages of this kind.
    pub fn wants(&self, kind: &str) -> bool {
        self.taps.iter().any(|tap| tap.wants(kind))
    }

    /// Hands a message to whoever listens; never waits.
    pub fn send(&self, message: MessageRef<'_>) {
        let wanted = self.taps.iter().filter(|tap| tap.wants(message.kind()));
        wanted.for_each(|tap| tap.send(message));
    }
}
