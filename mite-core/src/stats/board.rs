//! All counts of a run, added up in one place.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::aggregator::is_root;
use super::delta::{Blocked, Delta, KindTable};
use super::failures::FailureTable;
use super::findings::Finding;
use super::rates::RateWindows;
use super::rows;
use super::series::{Request, SeriesTable};
use super::summary::{BlockedRow, JourneyRow, Summary};
use super::verdict::Verdict;
use super::{
    Distribution, JourneyCounts, LIMITED, Limits, ProtocolCounts, RunInfo, RunStatus, Snapshot,
    Totals, Window,
};
use crate::label::Label;

/// All counts of a run. Runners' deltas go in, snapshots and the summary come
/// out; totals are sums, whoever counted.
///
/// ```
/// use mite_core::label::Label;
/// use mite_core::stats::{Aggregator, Board, End, RunStatus};
/// use std::time::Duration;
/// let mut runners = [Aggregator::default(), Aggregator::default()];
/// let mut board = Board::default();
/// for runner in &mut runners {
///     runner.journey_ended(&Label::intern("shop:buy"), End::Finished);
///     board.merge(runner.take());
/// }
/// let status = RunStatus { elapsed: Duration::from_secs(1), ..RunStatus::default() };
/// assert_eq!(board.snapshot(status).totals.journeys.finished, 2);
/// ```
#[derive(Debug)]
pub struct Board {
    info: Arc<RunInfo>,
    pub(crate) series: SeriesTable,
    pub(crate) failures: FailureTable,
    pub(crate) journeys: BTreeMap<Label, JourneyCounts>,
    pub(crate) kinds: KindTable,
    pub(crate) unserializable: u64,
    pub(crate) blocked: Blocked,
    pub(crate) totals: Totals,
    /// Times of the requests that limits are about.
    pub(crate) requests: Distribution,
    /// Requests of other protocols, by protocol.
    pub(crate) others: BTreeMap<&'static str, ProtocolCounts>,
    rates: RateWindows,
    window: Window,
    window_start: Duration,
}

impl Default for Board {
    fn default() -> Self {
        Self::with_limits(Limits::default())
    }
}

impl Board {
    /// No counts yet, with other limits than the default ones.
    pub fn with_limits(limits: Limits) -> Self {
        Self {
            info: Arc::default(),
            series: SeriesTable::new(limits.series),
            failures: FailureTable::new(limits.failures),
            journeys: BTreeMap::new(),
            kinds: KindTable::new(limits.kinds),
            unserializable: 0,
            blocked: Blocked::default(),
            totals: Totals::default(),
            requests: Distribution::default(),
            others: BTreeMap::new(),
            rates: RateWindows::default(),
            window: Window::default(),
            window_start: Duration::ZERO,
        }
    }

    /// No counts yet, of this run.
    pub fn of(info: RunInfo) -> Self {
        Self { info: Arc::new(info), ..Self::default() }
    }

    /// Of which run it is.
    pub fn info(&self) -> &RunInfo {
        &self.info
    }

    /// Adds what a runner counted.
    pub fn merge(&mut self, delta: Delta) {
        for (key, counted) in delta.series.iter() {
            let transaction = key.transaction.as_ref();
            let request = key.request.as_ref().map(Request::as_ref);
            let series = self.series.entry(&key.journey, transaction, request);
            series.times.merge(&counted.times);
            series.errors += counted.errors;
            series.responses.merge(&counted.responses);
            let count = counted.times.count();
            if let Some((protocol, _)) = request
                && protocol != LIMITED
            {
                let other = self.others.entry(protocol).or_default();
                other.requests += count;
                other.failed_requests += counted.errors;
                other.received += counted.responses.received;
                other.sent += counted.responses.sent;
            } else if request.is_some() {
                self.requests.merge(&counted.times);
                self.window.requests.merge(&counted.times);
                self.window.failed_requests += counted.errors;
                self.totals.requests += count;
                self.totals.failed_requests += counted.errors;
                self.totals.received += counted.responses.received;
                self.totals.sent += counted.responses.sent;
                self.rates.add(count);
            } else if transaction.is_some_and(is_root) {
                self.window.journeys.merge(&counted.times);
            } else {
                self.window.transactions.merge(&counted.times);
                self.totals.transactions += count;
            }
        }
        for (journey, counts) in &delta.journeys {
            self.journeys.entry(journey.clone()).or_default().merge(counts);
            self.totals.journeys.merge(counts);
            self.window.errors += counts.errors;
        }
        delta.failures.iter().for_each(|(failure, n)| self.failures.merge(failure, *n));
        delta.kinds.iter().for_each(|(kind, n)| self.kinds.add(kind, n));
        self.unserializable += delta.unserializable;
        for (journey, (times, longest)) in delta.blocked {
            let blocked = self.blocked.entry(journey).or_default();
            *blocked = (blocked.0 + times, blocked.1.max(longest));
        }
    }

    /// The failure that has come `times` times or more while nothing at all has
    /// succeeded: no request, no transaction, no journey.
    pub fn hopeless(&self, times: u64) -> Option<Finding> {
        let succeeded = self.totals.journeys.finished > 0
            || self.series.iter().any(|(_, series)| series.times.count() > series.errors);
        let mut failures = self.failures.iter().filter(|(_, n)| *n >= times);
        let (failure, n) = failures.next().filter(|_| !succeeded)?;
        Some(Finding::Hopeless { times: *n, why: failure.message.clone() })
    }

    /// How the run stands; the next window begins.
    pub fn snapshot(&mut self, status: RunStatus) -> Snapshot {
        let mut window = std::mem::take(&mut self.window);
        window.length = status.elapsed.saturating_sub(self.window_start);
        self.window_start = status.elapsed;
        self.rates.tick(status.elapsed);
        Snapshot {
            info: self.info.clone(),
            totals: self.totals,
            protocols: self.others.clone(),
            window,
            journeys: self.journeys.iter().map(|(j, c)| (j.to_string(), *c)).collect(),
            status,
        }
    }

    /// How the run went, with everything that was merged.
    pub fn summary(&self, status: RunStatus) -> Summary {
        let (transactions, requests) = rows::of_series(&self.series, status.elapsed);
        let mut blocked: Vec<_> = self
            .blocked
            .iter()
            .map(|(journey, (times, longest))| BlockedRow {
                journey: journey.to_string(),
                times: *times,
                longest: *longest,
            })
            .collect();
        blocked.sort_by(|a, b| a.journey.cmp(&b.journey));
        let mut events: Vec<_> = self.kinds.iter().map(|(kind, n)| (kind.to_owned(), n)).collect();
        events.sort();
        let journeys = self.journeys.iter();
        Summary {
            info: self.info.clone(),
            totals: self.totals,
            journeys: journeys
                .map(|(journey, counts)| JourneyRow {
                    journey: journey.to_string(),
                    counts: *counts,
                })
                .collect(),
            transactions,
            protocols: self.others.clone(),
            requests,
            response_times: self.requests.clone(),
            request_rates: self.rates.closed(status.elapsed),
            failures: rows::of_failures(&self.failures),
            events,
            unserializable: self.unserializable,
            blocked,
            verdict: Verdict::default(),
            status,
        }
    }
}
