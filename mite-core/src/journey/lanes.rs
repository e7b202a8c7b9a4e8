//! The two outputs of a runner: counts of its own, and raw messages for listeners.

use std::sync::{Mutex, MutexGuard};

use crate::message::{MessageRef, Tap};
use crate::stat::ActiveStats;
use crate::stats::{Aggregator, StatisticKind};

/// A runner's counts, and its taps on the raw lane, one for each who listens.
#[derive(Default)]
pub struct Lanes {
    counted: Mutex<Aggregator>,
    taps: Vec<Tap>,
    stats: ActiveStats,
    /// Whether there is any of these: mostly there is none, and no kind to compare.
    heard: bool,
}

impl Lanes {
    /// Counts, and a raw lane to each of these.
    pub fn new(taps: impl IntoIterator<Item = Tap>) -> Self {
        let taps: Vec<_> = taps.into_iter().collect();
        Self { heard: !taps.is_empty(), taps, ..Self::default() }
    }

    /// With statistics that are made of messages.
    pub fn with_stats(self, stats: ActiveStats) -> Self {
        Self { heard: self.heard || !stats.is_empty(), stats, ..self }
    }

    /// The counts. Only this runner's thread and, once a tick, the collector of counts
    /// take this lock, so it is uncontended; and the counts of a runner whose loop is
    /// blocked can still be had.
    pub fn counted(&self) -> MutexGuard<'_, Aggregator> {
        self.counted.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Whether anybody wants messages of this kind.
    #[inline]
    pub fn wants(&self, kind: &str) -> bool {
        self.heard && self.somebody_wants(kind)
    }

    fn somebody_wants(&self, kind: &str) -> bool {
        self.taps.iter().any(|tap| tap.wants(kind)) || self.stats.wants(kind)
    }

    /// Hands a message to whoever listens, and tells the statistics that are made of it,
    /// those of the warm-up if it belongs to that; never waits.
    pub fn send(&self, message: MessageRef<'_>, warmup: bool) {
        self.tell_stats(message, warmup);
        let wanted = self.taps.iter().filter(|tap| tap.wants(message.kind()));
        wanted.for_each(|tap| tap.send(message));
    }

    /// Tells the statistics that are made of it what a message says that others get
    /// elsewhere.
    #[inline]
    pub fn tell_stats(&self, message: MessageRef<'_>, warmup: bool) {
        if !self.stats.is_empty() {
            self.tell_each(message, warmup);
        }
    }

    fn tell_each(&self, message: MessageRef<'_>, warmup: bool) {
        self.stats.read(message, |kind, name, labels, value| {
            // Only of gauges somebody asks when.
            let at = match kind {
                StatisticKind::Gauge => message.get("time").unwrap_or_default(),
                _ => 0.0,
            };
            self.counted().during(warmup).statistic(kind, name, labels, value, at);
        });
    }
}
