//! All counts of a run, added up in one place.

use std::collections::BTreeMap;
use std::time::Duration;

use super::aggregator::is_root;
use super::delta::{Blocked, Delta, KindTable};
use super::failures::FailureTable;
use super::series::{Request, SeriesTable};
use super::snapshot::per_second;
use super::summary::{self, Summary};
use super::{
    Distribution, JourneyCounts, LIMITED, Limits, ProtocolCounts, RunStatus, Snapshot, Totals,
    Window,
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
    rates: Rates,
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
            series: SeriesTable::new(limits.series),
            failures: FailureTable::new(limits.failures),
            journeys: BTreeMap::new(),
            kinds: KindTable::new(limits.kinds),
            unserializable: 0,
            blocked: Blocked::default(),
            totals: Totals::default(),
            requests: Distribution::default(),
            others: BTreeMap::new(),
            rates: Rates::default(),
            window: Window::default(),
            window_start: Duration::ZERO,
        }
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
                self.rates.requests += count;
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

    /// How the run stands; the next window begins.
    pub fn snapshot(&mut self, status: RunStatus) -> Snapshot {
        let mut window = std::mem::take(&mut self.window);
        window.length = status.elapsed.saturating_sub(self.window_start);
        self.window_start = status.elapsed;
        self.rates.tick(status.elapsed);
        Snapshot {
            totals: self.totals,
            protocols: self.others.clone(),
            window,
            journeys: self.journeys.iter().map(|(j, c)| (j.to_string(), *c)).collect(),
            status,
        }
    }

    /// How the run went, with everything that was merged.
    pub fn summary(&self, status: RunStatus) -> Summary {
        let rates = self.rates.closed(status.elapsed);
        summary::of(self, rates, status)
    }
}

/// Requests a second, window by window.
#[derive(Clone, Debug, Default)]
struct Rates {
    start: Duration,
    requests: u64,
    rates: Distribution,
}

/// How a rate is kept as a time, so that rates share the bounded memory of
/// distributions: two decimals, and up to 36 million a second.
pub(crate) const NANOS_PER_UNIT_RATE: f64 = 100_000.0;

const RATE_WINDOW: Duration = Duration::from_secs(1);

impl Rates {
    fn tick(&mut self, now: Duration) {
        // A tick may come a little early; that must not make a window of two.
        if now.saturating_sub(self.start) >= RATE_WINDOW * 9 / 10 {
            self.record(now);
        }
    }

    fn record(&mut self, now: Duration) {
        let rate = per_second(self.requests, now.saturating_sub(self.start));
        self.rates.record(Duration::from_nanos((rate * NANOS_PER_UNIT_RATE) as u64));
        self.start = now;
        self.requests = 0;
    }

    /// With the last window too, unless it is so short that its rate would be noise.
    fn closed(&self, now: Duration) -> Distribution {
        let mut last = self.clone();
        let length = now.saturating_sub(self.start);
        if length >= RATE_WINDOW / 2 || (self.rates.count() == 0 && !length.is_zero()) {
            last.record(now);
        }
        last.rates
    }
}
