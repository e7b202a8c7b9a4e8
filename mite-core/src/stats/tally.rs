//! The counts of a source that is somewhere else, on their way to the board.

use serde::{Deserialize, Serialize};

use super::Limits;
use super::counts::{Counts, taken};
use super::detail_table::Seen;
use super::failures::FailureTable;

/// All that one source (the runners of a process) has counted since the run began,
/// and a number that grows. A lost update heals with the next one, and one that comes
/// twice or late changes nothing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Update {
    /// Who counted: another number for each process, also for one that starts anew.
    pub source: u64,
    /// Which update of that source, from 1.
    pub number: u64,
    /// Everything that it has counted.
    pub counts: Counts,
}

/// Adds up what the runners of a process count, for a [`Board`](super::Board) that is
/// elsewhere.
///
/// ```
/// use mite_core::label::Label;
/// use mite_core::stats::{Aggregator, Board, End, RunStatus, Tally};
/// let (mut runner, mut tally, mut board) =
///     (Aggregator::default(), Tally::new(7), Board::default());
/// runner.journey_ended(&Label::intern("shop:buy"), End::Finished);
/// tally.absorb(&mut runner.take());
/// let update = tally.update().clone();
/// board.update(update.clone());
/// board.update(update);
/// assert_eq!(board.summary(RunStatus::default()).totals.journeys.finished, 1);
/// ```
#[derive(Debug)]
pub struct Tally {
    update: Update,
    /// Whether there was an update that has all that was added.
    is_told: bool,
    /// The last update that is known to have arrived.
    heard: u64,
    failures: FailureTable,
    /// Of the warm-up.
    warmup_failures: FailureTable,
}

impl Tally {
    /// Nothing counted yet by this source.
    pub fn new(source: u64) -> Self {
        Self {
            update: Update { source, number: 0, counts: Counts::default() },
            is_told: true,
            heard: 0,
            failures: FailureTable::new(Limits::default().failures),
            warmup_failures: FailureTable::new(Limits::default().failures),
        }
    }

    /// Adds what a runner counted since it was last asked, and makes the window ready for
    /// what comes next: empty, and looking closer at the requests that are worth it in the
    /// light of all of this process.
    pub fn absorb(&mut self, window: &mut Counts) {
        self.add(window);
        window.clear();
        let counts = &self.update.counts;
        window.directed(&counts.details, &counts.series);
    }

    /// Adds what a runner counted since it was last asked.
    pub fn add(&mut self, window: &Counts) {
        let is_heard = std::mem::take(&mut self.is_told) && self.heard == self.update.number;
        let counts = &mut self.update.counts;
        if is_heard && !counts.details.is_unused() {
            // What is dropped was heard; what came since, or may have been lost on its way,
            // would be in no sum.
            let places = 0..counts.series.iter().count();
            counts.details.choose(places, &taken(&counts.series), |_, _, _| {});
        }
        add(counts, &mut self.failures, window);
        if let Some(warmup) = &window.warmup {
            let counts = counts.warmup.get_or_insert_default();
            add(counts, &mut self.warmup_failures, warmup);
        }
    }

    /// The update of that number has arrived: what it holds is known where it went. Until
    /// the last one has, the same series keep a detail of their own.
    pub fn heard(&mut self, number: u64) {
        self.heard = self.heard.max(number);
    }

    /// Everything so far, under the next number.
    pub fn update(&mut self) -> &Update {
        self.update.number += 1;
        self.is_told = true;
        let counts = &mut self.update.counts;
        counts.failures = self.failures.iter().cloned().collect();
        if let Some(warmup) = &mut counts.warmup {
            warmup.failures = self.warmup_failures.iter().cloned().collect();
        }
        &self.update
    }
}

fn add(counts: &mut Counts, failures: &mut FailureTable, window: &Counts) {
    let mut seen = Vec::new();
    for (from, (key, series)) in window.series.filled_places() {
        let request = key.request.as_ref().map(super::series::Request::as_ref);
        let to = counts.series.place(&key.journey, key.transaction.as_ref(), request);
        counts.series.at(to).merge(series);
        if request.is_some() {
            seen.push(Seen { from, to });
        }
    }
    if !window.details.is_unused() {
        counts.details.merge(&window.details, &seen, &taken(&counts.series));
    }
    for (journey, counted) in &window.journeys {
        counts.journey(journey).merge(counted);
    }
    window.failures.iter().for_each(|(failure, n)| failures.merge(failure, *n));
    window.kinds.iter().for_each(|(kind, n)| counts.kinds.add(kind, n));
    counts.unserializable += window.unserializable;
    counts.marks.merge(&window.marks);
    counts.replays.merge(&window.replays);
    window.blocked.iter().for_each(|(journey, times)| counts.blocked(journey, times));
    window.health.iter().for_each(|health| counts.health(health.runner).merge(health));
    for (key, told) in window.statistics.filled() {
        counts.statistics.entry_of(key).merge(told);
    }
}

#[cfg(test)]
mod tests;
