//! How a run stands, at one moment.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::LIMITED;
use super::detail::Detail;
use super::distribution::Distribution;
use super::failure_times::FailureRow;
use super::failures::Failure;
use super::health::Grade;
use super::mark::Marks;
use super::own::{StatisticKey, Told};
use super::paced::Paced;
use super::phases::{PhaseTime, Phases};
use super::series::{Key, Series};
use super::status::{RunInfo, RunStatus};
use super::threshold::Checked;

/// Executions of one journey, or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JourneyCounts {
    /// Begun.
    pub started: u64,
    /// Ended with `Ok`.
    pub finished: u64,
    /// Ended with an error or a panic.
    pub failed: u64,
    /// Dropped before they ended.
    pub cancelled: u64,
    /// Messages of type `error` and `exception`.
    pub errors: u64,
    /// Blocks of it that should be a time apart.
    pub paced: Paced,
}

impl JourneyCounts {
    /// What has come since they were `earlier`.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        Self {
            started: self.started.saturating_sub(earlier.started),
            finished: self.finished.saturating_sub(earlier.finished),
            failed: self.failed.saturating_sub(earlier.failed),
            cancelled: self.cancelled.saturating_sub(earlier.cancelled),
            errors: self.errors.saturating_sub(earlier.errors),
            paced: self.paced.since(&earlier.paced),
        }
    }

    /// Adds those of another.
    pub fn merge(&mut self, other: &Self) {
        self.started += other.started;
        self.finished += other.finished;
        self.failed += other.failed;
        self.cancelled += other.cancelled;
        self.errors += other.errors;
        self.paced.merge(&other.paced);
    }
}

/// Requests of one protocol since the test began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProtocolCounts {
    /// Attempts at requests that ended.
    pub requests: u64,
    /// Those without a response.
    pub failed_requests: u64,
    /// Those that were cancelled: not among the attempts.
    pub cancelled_requests: u64,
    /// Bytes of responses' content, as they came over the wire.
    pub received: u64,
    /// Bytes of requests' content.
    pub sent: u64,
}

/// Counts since the test began. Requests are those of [`LIMITED`](super::LIMITED).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Attempts at requests that ended.
    pub requests: u64,
    /// Those without a response.
    pub failed_requests: u64,
    /// Those that were cancelled: not among the attempts.
    pub cancelled_requests: u64,
    /// Transactions that ended, without those around whole journeys.
    pub transactions: u64,
    /// Transactions that were cancelled.
    pub cancelled_transactions: u64,
    /// Executions of journeys, and their errors.
    pub journeys: JourneyCounts,
    /// Bytes of response bodies, as they came over the wire.
    pub received: u64,
    /// Bytes of request bodies.
    pub sent: u64,
}

/// What was counted in a stretch of time. Requests are those of
/// [`LIMITED`](super::LIMITED). Times are response times in open lines, service times in
/// closed ones.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Window {
    /// How long it was.
    pub length: Duration,
    /// Times of requests.
    pub requests: Distribution,
    /// Requests without a response.
    pub failed_requests: u64,
    /// Times of transactions, without those around whole journeys.
    pub transactions: Distribution,
    /// Times of whole journeys.
    pub journeys: Distribution,
    /// Messages of type `error` and `exception`.
    pub errors: u64,
    /// The latest that a runner's loop turned.
    pub loop_lag: Duration,
    /// How late arrivals started.
    pub schedule_lag: Distribution,
    /// Most journeys in flight: of each runner of this process at any moment, added up;
    /// zero where that is not known.
    pub most_in_flight: u64,
}

impl Window {
    /// Adds a series: its response times if it has any, its service times if not.
    pub(super) fn count(&mut self, key: &Key, counted: &Series) {
        match &key.request {
            Some(request) if request.protocol == LIMITED => {
                self.requests.merge(counted.judged());
                self.failed_requests += counted.errors;
            }
            Some(_) => {}
            None if key.is_journey() => {
                self.journeys.merge(counted.judged());
            }
            None => self.transactions.merge(counted.judged()),
        }
    }

    /// Whether it has neither a length nor anything in it.
    pub(super) fn is_empty(&self) -> bool {
        let counts = [&self.requests, &self.transactions, &self.journeys].map(Distribution::count);
        self.length.is_zero() && self.errors == 0 && counts == [0; 3]
    }

    /// Adds the window that follows this one.
    ///
    /// ```
    /// use mite_core::stats::Window;
    /// use std::time::Duration;
    /// let second = |errors| Window { length: Duration::from_secs(1), errors, ..Window::default() };
    /// let mut both = second(2);
    /// both.merge(&second(3));
    /// assert_eq!((both.length.as_secs(), both.errors), (2, 5));
    /// ```
    pub fn merge(&mut self, next: &Self) {
        self.length += next.length;
        self.requests.merge(&next.requests);
        self.failed_requests += next.failed_requests;
        self.transactions.merge(&next.transactions);
        self.journeys.merge(&next.journeys);
        self.errors += next.errors;
        self.loop_lag = self.loop_lag.max(next.loop_lag);
        self.schedule_lag.merge(&next.schedule_lag);
        self.most_in_flight = self.most_in_flight.max(next.most_in_flight);
    }
}

/// A journey that kept its runner's loop from turning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BlockedRow {
    /// Its registered name.
    pub journey: String,
    /// How often.
    pub times: u64,
    /// The longest time.
    pub longest: Duration,
    /// The time in all.
    pub in_all: Duration,
}

/// How a run stands: what outputs are given at each tick.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Snapshot {
    /// What the run is.
    pub info: Arc<RunInfo>,
    /// What the run knows of itself.
    pub status: RunStatus,
    /// Counts since the test began, without what belongs to the warm-up.
    pub totals: Totals,
    /// Each distinct failure, the most frequent first.
    pub failures: Vec<FailureRow>,
    /// Failures that came for the first time since the last snapshot.
    pub new_failures: Vec<Arc<Failure>>,
    /// Executions of journeys that belong to the warm-up.
    pub warmup: JourneyCounts,
    /// How long the warm-up is, whose samples are in no total; zero without one.
    pub warmup_length: Duration,
    /// Requests of other protocols than [`LIMITED`](super::LIMITED), by protocol.
    pub protocols: BTreeMap<&'static str, ProtocolCounts>,
    /// What came since the last snapshot; the first begins with the test.
    pub window: Window,
    /// Journeys that kept their runner's loop from turning, by name.
    pub blocked: Vec<BlockedRow>,
    /// Each journey's counts, by its registered name, sorted.
    pub journeys: Vec<(String, JourneyCounts)>,
    /// Each transaction and each request, in the order in which they first came; none
    /// if nobody looks at them ([`Board::hide_series`](super::Board::hide_series)).
    pub series: Vec<SeriesCounts>,
    /// Where the time of attempts at requests went since the test began; empty if nobody looks
    /// at series.
    pub phases: Phases<Distribution>,
    /// Each statistic of the test's own, in the order in which they were first told.
    pub statistics: Vec<StatisticCounts>,
    /// What the run is held against, as it stands: as if the run ended now.
    pub limits: Vec<Checked>,
    /// What the numbers are worth until now.
    pub validity: Grade,
    /// Moments that were marked since the test began.
    pub marks: Arc<Marks>,
}

/// What a statistic of the test's own was told since the test began. Shared with the
/// board: keep a snapshot no longer than it takes to show it.
#[derive(Clone, Debug, Serialize)]
pub struct StatisticCounts {
    /// Its name and labels.
    pub key: StatisticKey,
    /// What it was told.
    pub told: Arc<Told>,
}

/// The counts of one transaction or request, since the test began and lately. Shared
/// with the board: keep a snapshot no longer than it takes to show it.
#[derive(Clone, Debug, Serialize)]
pub struct SeriesCounts {
    /// Its name.
    pub key: Key,
    /// Since the test began.
    pub total: Arc<Series>,
    /// Since the last snapshot; `None` if there was nothing.
    pub window: Option<Arc<Series>>,
    /// Where the time of requests went since the test began; of the hundred with
    /// the most time.
    pub phases: Option<Box<Phases<PhaseTime>>>,
    /// How that is spread, and single requests; only at the end.
    pub detail: Option<Arc<Detail>>,
}

impl Snapshot {
    /// Journeys in flight: as runners have reported, or as other processes have counted if that
    /// is more.
    pub fn in_flight(&self) -> u64 {
        let reported = self.status.scenarios.iter().map(|s| u64::from(s.actual)).sum::<u64>();
        let processes = self.status.health.processes.iter();
        reported.max(processes.map(|process| u64::from(process.in_flight)).sum())
    }
}
