//! One second of a run, as the screen remembers it.

use std::time::Duration;

use mite_core::stats::{Distribution, SeriesCounts, Snapshot, Window};

use super::buckets::Buckets;

/// What came in about a second.
#[derive(Clone, Debug, Default)]
pub(super) struct Second {
    /// When it ended.
    pub(super) end: Duration,
    /// How long it was.
    pub(super) length: Duration,
    /// How long things took, from their start.
    pub(super) service: Buckets,
    /// And from when they were meant to start, where that is known.
    pub(super) response: Option<Buckets>,
    /// Those of them that failed.
    pub(super) failed: u64,
    /// Errors of journeys.
    pub(super) errors: u64,
    /// Journeys in flight.
    pub(super) in_flight: u64,
    /// Bytes that came.
    pub(super) received: u64,
    /// The latest that a runner's loop turned.
    pub(super) loop_lag: Duration,
    /// How late arrivals started, for all but one of a hundred.
    pub(super) schedule_lag: Option<Duration>,
    /// Arrivals that started.
    pub(super) started: u64,
}

/// What is counted and timed: requests, where there are some.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Subject {
    Requests,
    Transactions,
    #[default]
    Journeys,
}

impl Subject {
    /// What there is in a run.
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let (totals, window) = (&snapshot.totals, &snapshot.window);
        if totals.requests + window.requests.count() > 0 {
            Self::Requests
        } else if totals.transactions + window.transactions.count() > 0 {
            Self::Transactions
        } else {
            Self::Journeys
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Transactions => "transactions",
            Self::Journeys => "journeys",
        }
    }

    fn holds(self, series: &SeriesCounts) -> bool {
        let key = &series.key;
        match (self, &key.request) {
            (Self::Requests, Some(request)) => request.protocol == mite_core::stats::LIMITED,
            (Self::Transactions, None) => !key.is_journey(),
            (Self::Journeys, None) => key.is_journey(),
            _ => false,
        }
    }

    fn window(self, window: &Window) -> &Distribution {
        match self {
            Self::Requests => &window.requests,
            Self::Transactions => &window.transactions,
            Self::Journeys => &window.journeys,
        }
    }
}

/// Counts since the test began that seconds are the differences of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Arrivals that started.
    started: u64,
    /// Bytes that came.
    received: u64,
}

impl Counts {
    fn of(snapshot: &Snapshot) -> Self {
        let open = snapshot.status.scenarios.iter().filter(|line| line.arrivals.is_some());
        Self { started: open.map(|line| line.started).sum(), received: snapshot.totals.received }
    }
}

impl Second {
    /// The second that a snapshot ends; `before` is what counts were when it began, and
    /// what they are now afterwards.
    pub(super) fn of(snapshot: &Snapshot, subject: Subject, before: &mut Counts) -> Self {
        let window = &snapshot.window;
        let counts = Counts::of(snapshot);
        let then = std::mem::replace(before, counts);
        let mut service = Distribution::default();
        let (mut is_open, mut failed) = (false, 0);
        for series in snapshot.series.iter().filter(|series| subject.holds(series)) {
            if let Some(window) = &series.window {
                service.merge(&window.times);
                is_open |= window.is_open;
                failed += window.errors;
            }
        }
        let judged = Buckets::of(subject.window(window));
        let (service, response) = match is_open {
            true => (Buckets::of(&service), Some(judged)),
            false => (judged, None),
        };
        let lag = &window.schedule_lag;
        Self {
            end: snapshot.status.elapsed,
            length: window.length,
            service,
            response,
            failed,
            errors: window.errors,
            in_flight: snapshot.in_flight(),
            received: counts.received.saturating_sub(then.received),
            loop_lag: window.loop_lag,
            schedule_lag: (lag.count() > 0).then(|| lag.percentile(99.0)),
            started: counts.started.saturating_sub(then.started),
        }
    }

    /// Response times where they are wanted and there are some, else service times.
    pub(super) fn times(&self, service: bool) -> &Buckets {
        match &self.response {
            Some(response) if !service => response,
            _ => &self.service,
        }
    }
}
