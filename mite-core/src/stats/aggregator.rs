//! What one runner counts, on the hot path.

use std::time::Duration;

use super::Limits;
use super::counts::{BlockedTimes, Counts};
use super::exemplar::ExemplarDetail;
use super::failures::FailureTable;
use super::health::RunnerHealth;
use super::mark::Mark;
use super::own::{Labels, StatisticKind};
use super::phases::Phases;
use super::replay::{Replay, Replays};
use crate::error::Error;
use crate::label::Label;
use crate::stats::{Exchange, Outcome, Took};

/// The counts of one runner since they were last taken. Every call is short,
/// and none makes text unless it meets a name for the first time.
///
/// ```
/// use mite_core::label::Label;
/// use mite_core::stats::{Aggregator, Board, End, RunStatus};
/// use std::time::Duration;
/// let mut runner = Aggregator::default();
/// let (journey, name) = (Label::intern("shop:buy"), Label::intern("__root__ :: pay"));
/// runner.transaction(&journey, &name, Duration::from_millis(20), End::Finished);
/// let mut board = Board::default();
/// board.merge(&runner.take());
/// assert_eq!(board.summary(RunStatus::default()).transactions[0].name, "pay");
/// ```
#[derive(Debug)]
pub struct Aggregator {
    limits: Limits,
    counts: Counts,
    failures: FailureTable,
    /// Requests that failed, of the whole run: each kind is asked for once.
    replays: Replays,
    /// Journeys in flight, and the most since counts were last taken.
    in_flight: u64,
    most_in_flight: u64,
    /// What belongs to the warm-up, if there is one.
    warmup: Option<Box<Aggregator>>,
}

/// How an execution of a journey, or a transaction, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With `Ok`.
    Finished,
    /// With an error or a panic.
    Failed,
    /// Dropped before it ended.
    Cancelled,
}

impl End {
    /// Of what has returned a result.
    pub fn of<T, E>(result: &Result<T, E>) -> Self {
        if result.is_ok() { Self::Finished } else { Self::Failed }
    }
}

impl Default for Aggregator {
    fn default() -> Self {
        Self::with_limits(Limits::default())
    }
}

impl Aggregator {
    /// No counts, with other limits than the default ones.
    pub fn with_limits(limits: Limits) -> Self {
        Self {
            limits,
            counts: Counts::with_limits(limits),
            failures: FailureTable::new(limits.failures),
            replays: Replays::default(),
            in_flight: 0,
            most_in_flight: 0,
            warmup: None,
        }
    }

    /// Where that is counted which belongs to the warm-up, or not.
    #[inline]
    pub fn during(&mut self, warmup: bool) -> &mut Self {
        if warmup { self.warmup() } else { self }
    }

    #[cold]
    fn warmup(&mut self) -> &mut Self {
        self.warmup.get_or_insert_with(|| Box::new(Self::with_limits(self.limits)))
    }

    /// A journey sent a message of `kind`, with so many values that could not
    /// be serialized.
    pub fn event(&mut self, kind: &str, unserializable: u32) {
        self.counts.kinds.add(kind, 1);
        self.counts.unserializable += u64::from(unserializable);
    }

    /// One attempt at one request ended.
    pub fn exchange(&mut self, journey: &Label, transaction: Option<&Label>, exchange: &Exchange) {
        self.count_exchange(journey, transaction, exchange);
    }

    /// As [`exchange`](Self::exchange), where the time went being known; `describe` is
    /// asked only if it is one of the slowest or of the first that failed.
    pub fn exchange_in_detail(
        &mut self,
        journey: &Label,
        transaction: Option<&Label>,
        exchange: &Exchange,
        phases: &Phases,
        describe: impl FnOnce() -> ExemplarDetail,
    ) {
        let place = self.count_exchange(journey, transaction, exchange);
        let is_measured = exchange.outcome != Outcome::Cancelled && !exchange.took.warmup;
        if is_measured {
            self.counts.details.record(place, exchange, phases, describe);
        }
    }

    /// An attempt has failed, or its response says that it has. `command` sends it again;
    /// it is asked for the first of its kind only.
    #[cold]
    pub fn exchange_failed(
        &mut self,
        journey: &Label,
        transaction: Option<&Label>,
        exchange: &Exchange,
        command: impl FnOnce() -> Option<String>,
    ) {
        if self.replays.want(journey, transaction, exchange) {
            let replay = Replay {
                journey: journey.clone(),
                transaction: transaction.cloned(),
                name: exchange.name.clone(),
                status: exchange.status,
                command: command().unwrap_or_default(),
            };
            self.replays.add(replay.clone());
            self.counts.replays.add(replay);
        }
    }

    #[inline]
    fn count_exchange(
        &mut self,
        journey: &Label,
        transaction: Option<&Label>,
        exchange: &Exchange,
    ) -> usize {
        let request = Some((exchange.protocol, &exchange.name));
        let counts = &mut self.during(exchange.took.warmup).counts;
        let place = counts.series.place(journey, transaction, request);
        let series = counts.series.at(place);
        match exchange.outcome {
            Outcome::Ok => series.record(exchange.took),
            Outcome::Failed(_) => series.fail(exchange.took),
            Outcome::Cancelled => series.cancelled += 1,
        }
        series.responses.add(exchange);
        place
    }

    /// A failure was reported, as an `error` or an `exception`.
    pub fn failure(&mut self, journey: &Label, transaction: Option<&Label>, error: &Error) {
        self.counts.journey(journey).errors += 1;
        self.failures.record(journey, transaction, error);
    }

    /// The transaction `name` (in full) ended.
    pub fn transaction(&mut self, journey: &Label, name: &Label, took: impl Into<Took>, end: End) {
        let took = took.into();
        let series = self.during(took.warmup).counts.series.entry(journey, Some(name), None);
        if end == End::Cancelled {
            series.cancelled += 1;
            return;
        }
        match end {
            End::Failed => series.fail(took),
            _ => series.record(took),
        }
    }

    /// An execution of `journey` began.
    pub fn journey_started(&mut self, journey: &Label) {
        self.in_flight += 1;
        self.most_in_flight = self.most_in_flight.max(self.in_flight);
        self.counts.journey(journey).started += 1;
    }

    /// An execution of `journey` ended.
    pub fn journey_ended(&mut self, journey: &Label, end: End) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let counts = self.counts.journey(journey);
        match end {
            End::Finished => counts.finished += 1,
            End::Failed => counts.failed += 1,
            End::Cancelled => counts.cancelled += 1,
        }
    }

    /// A block of `journey` ended, `over` after the `separation` from the next one.
    pub fn paced(&mut self, journey: &Label, separation: Duration, over: Duration) {
        self.counts.journey(journey).paced.add(separation, over);
    }

    /// `journey` kept its runner's loop from turning for `time`.
    pub fn journey_blocked(&mut self, journey: &Label, time: Duration) {
        let times = BlockedTimes { times: 1, longest: time, in_all: time };
        self.counts.blocked(journey, &times);
    }

    /// The test's own statistic `name` of these labels is told `value`, at `at` (seconds
    /// since 1970; only a gauge's is looked at). No text is made for what is known.
    pub fn statistic(
        &mut self,
        kind: StatisticKind,
        name: &str,
        labels: &Labels<'_>,
        value: f64,
        at: f64,
    ) {
        self.counts.statistics.record(kind, name, labels.as_slice(), value, at);
    }

    /// A journey marked a moment.
    pub fn mark(&mut self, mark: Mark) {
        self.counts.marks.add(mark);
    }

    /// How `runner`, which counts here, has fared since the counts were taken.
    pub fn health(&mut self, runner: u32) -> &mut RunnerHealth {
        self.counts.health(runner)
    }

    /// Exchanges what was counted since the last time for `window`, in which nothing is
    /// counted. Short, whatever was counted: both tables keep their names.
    pub fn swap(&mut self, window: &mut Counts) {
        std::mem::swap(&mut self.counts, window);
        window.most_in_flight = std::mem::replace(&mut self.most_in_flight, self.in_flight);
        self.failures.take(&mut window.failures);
        if let Some(warmup) = &mut self.warmup {
            warmup.swap(window.warmup.get_or_insert_default());
        }
    }

    /// What was counted since the last time.
    pub fn take(&mut self) -> Counts {
        let mut window = Counts::with_limits(self.limits);
        self.swap(&mut window);
        window
    }
}
