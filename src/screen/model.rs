//! What the screen knows of a run: the last snapshot, and the last minutes.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use mite_core::stats::{
    Checked, FailureRow, Grade, Health, Key, PhaseTime, Phases, RunInfo, RunStatus, SeriesCounts,
    Snapshot, Totals, shown_transaction,
};
use mite_core::units;

use super::buckets::{Buckets, Histogram};
use super::row::{Figures, Row};
use super::second::{Counts, Second, Subject};
use crate::history::Events;

/// Seconds that are remembered.
pub(super) const REMEMBERED: usize = 300;

/// Rows whose percentiles are known: those first in the order that is shown.
const FIGURED: usize = 200;

/// Rows whose last seconds are remembered: those that take the most time.
const WATCHED: usize = 20;

/// Failures that can be looked at.
const MOST_FAILURES: usize = 100;

/// What rows are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sort {
    #[default]
    Share,
    Name,
    Rate,
    Errors,
    P99,
}

impl Sort {
    pub(super) fn next(self) -> Self {
        match self {
            Self::Share => Self::Name,
            Self::Name => Self::Rate,
            Self::Rate => Self::Errors,
            Self::Errors => Self::P99,
            Self::P99 => Self::Share,
        }
    }

    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Share => "share of time",
            Self::Name => "name",
            Self::Rate => "rate",
            Self::Errors => "errors",
            Self::P99 => "p99",
        }
    }
}

/// A request of the transaction that is looked at.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RequestOf {
    pub(super) name: String,
    pub(super) count: u64,
    pub(super) failed: u64,
    pub(super) figures: Option<Figures>,
    /// Statuses and kinds of failures, with how often they came.
    pub(super) ends: Vec<(String, u64)>,
}

/// What is known of a row only while it is looked at.
#[derive(Clone, Debug, Default)]
pub(super) struct Opened {
    pub(super) requests: Vec<RequestOf>,
    /// Where their time went; nothing where that is not known.
    pub(super) phases: Phases<PhaseTime>,
    /// Since the test began: service times, and response times where there are some.
    pub(super) service: Histogram,
    pub(super) response: Option<Histogram>,
}

/// What is known of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub(super) info: Arc<RunInfo>,
    pub(super) status: RunStatus,
    pub(super) totals: Totals,
    /// Whether only what belongs to the warm-up has begun.
    pub(super) is_warming_up: bool,
    pub(super) limits: Vec<Checked>,
    pub(super) failures: Vec<FailureRow>,
    pub(super) validity: Grade,
    pub(super) subject: Subject,
    pub(super) seconds: VecDeque<Second>,
    /// What happened.
    pub(super) events: Events,
    /// Since the test began: service times, and response times where there are some.
    pub(super) service: Histogram,
    pub(super) response: Option<Histogram>,
    pub(super) failed: u64,
    /// By the place of their series; `None` for a request.
    pub(super) rows: Vec<Option<Row>>,
    /// More of the row that is looked at.
    pub(super) opened: Opened,
    /// How busy each runner's core was lately, from 0 to 1.
    pub(super) cpu: Vec<f64>,
    before: Counts,
    cpu_before: Vec<(Duration, Duration)>,
}

impl Model {
    /// Nothing is known yet but what is run.
    pub(super) fn of(info: Arc<RunInfo>) -> Self {
        Self { info, ..Self::default() }
    }

    /// Takes a snapshot; of it nothing is kept that it shares with the board. `opened` is
    /// the row that is looked at.
    pub(super) fn take(&mut self, snapshot: &Snapshot, (sort, opened): (Sort, Option<usize>)) {
        let subject = Subject::of(snapshot);
        if subject != self.subject {
            // What there was until now was of another kind.
            (self.service, self.response, self.failed) = Default::default();
            self.seconds.clear();
            self.subject = subject;
        }
        let second = Second::of(snapshot, subject, &mut self.before);
        self.failed += second.failed;
        match (&second.response, &mut self.response) {
            (Some(response), None) => {
                // Until now both were the same.
                self.response.insert(self.service.clone()).add(response);
            }
            (Some(response), Some(all)) => all.add(response),
            (None, Some(all)) => all.add(&second.service),
            (None, None) => {}
        }
        self.service.add(&second.service);
        if self.seconds.len() == REMEMBERED {
            self.seconds.pop_front();
        }
        self.seconds.push_back(second);
        self.events.follow(snapshot);
        self.take_rows(snapshot, (sort, opened));
        self.cpu = self.cpu_lately(&snapshot.status.health);
        self.info = snapshot.info.clone();
        self.status = snapshot.status.clone();
        self.totals = snapshot.totals;
        self.is_warming_up = snapshot.totals.journeys.started == 0 && snapshot.warmup.started > 0;
        self.limits.clone_from(&snapshot.limits);
        self.failures = snapshot.failures.iter().take(MOST_FAILURES).cloned().collect();
        self.validity = snapshot.validity;
    }

    fn take_rows(&mut self, snapshot: &Snapshot, (sort, opened): (Sort, Option<usize>)) {
        for (at, series) in snapshot.series.iter().enumerate() {
            if self.rows.len() <= at {
                self.rows.push(series.key.request.is_none().then(|| Row::of(series)));
            }
            if let Some(row) = &mut self.rows[at] {
                row.take(series, snapshot.window.length);
            }
        }
        let mut order = self.order(sort, "");
        order.truncate(FIGURED);
        order.extend(opened);
        for at in order {
            if let (Some(Some(row)), Some(series)) =
                (self.rows.get_mut(at), snapshot.series.get(at))
                && (series.window.is_some() || row.figures.is_none())
            {
                row.figures = Figures::of(&series.total);
            }
        }
        let mut watched = self.order(Sort::Share, "");
        watched.truncate(WATCHED);
        watched.extend(opened.filter(|at| !watched.contains(at)));
        for at in watched {
            if let (Some(Some(row)), Some(series)) =
                (self.rows.get_mut(at), snapshot.series.get(at))
            {
                row.watch(series);
            }
        }
        self.opened = match opened.and_then(|at| snapshot.series.get(at)) {
            Some(opened) => Opened {
                requests: requests_of(snapshot, &opened.key),
                phases: phases_of(snapshot, &opened.key),
                service: Histogram::of([&Buckets::of(&opened.total.times)]),
                response: opened.total.response().map(|r| Histogram::of([&Buckets::of(r)])),
            },
            None => Opened::default(),
        };
    }

    /// The rows whose names hold `find`, as they are shown. Journeys as a whole are
    /// among them only where they have no transactions.
    pub(super) fn order(&self, sort: Sort, find: &str) -> Vec<usize> {
        let find = find.to_lowercase();
        let with_parts: Vec<&str> = {
            let rows = self.rows.iter().flatten().filter(|row| !row.transaction.is_empty());
            let mut journeys: Vec<_> = rows.map(|row| row.journey.as_str()).collect();
            journeys.sort_unstable();
            journeys.dedup();
            journeys
        };
        let is_shown = |row: &Row| {
            row.count > 0
                && (!row.transaction.is_empty()
                    || with_parts.binary_search(&row.journey.as_str()).is_err())
                && (find.is_empty() || row.name().to_lowercase().contains(&find))
        };
        let rows = self.rows.iter().enumerate().filter_map(|(at, row)| Some((at, row.as_ref()?)));
        let mut order: Vec<_> = rows.filter(|(_, row)| is_shown(row)).collect();
        match sort {
            Sort::Share => order.sort_by_key(|(_, row)| std::cmp::Reverse(row.sum)),
            Sort::Name => order.sort_by(|(_, a), (_, b)| units::by_number(&a.name(), &b.name())),
            Sort::Rate => order.sort_by(|(_, a), (_, b)| b.rate().total_cmp(&a.rate())),
            Sort::Errors => order.sort_by_key(|(_, row)| std::cmp::Reverse((row.errors, row.sum))),
            Sort::P99 => order.sort_by_key(|(_, row)| {
                let p99 = row.figures.map(|figures| figures.p99.unwrap_or(figures.max));
                std::cmp::Reverse((p99, row.sum))
            }),
        }
        order.into_iter().map(|(at, _)| at).collect()
    }

    /// The part of all transactions' time that a row takes, from 0 to 1.
    pub(super) fn share(&self, row: &Row) -> f64 {
        let parts = self.rows.iter().flatten();
        let own = row.transaction.is_empty();
        let of = parts.filter(|row| row.transaction.is_empty() == own && !row.is_nested());
        let all: Duration = of.map(|row| row.sum).sum();
        if all.is_zero() { 0.0 } else { row.sum.as_secs_f64() / all.as_secs_f64() }
    }

    /// The last seconds of the run that are remembered, `window` long at most.
    pub(super) fn last(&self, window: Option<Duration>) -> impl Iterator<Item = &Second> {
        let mut left = window.unwrap_or(Duration::MAX);
        let seconds = self.seconds.iter().rev().take_while(move |second| {
            // A tick may come a little early or late.
            let is_in = left >= second.length / 2;
            left = left.saturating_sub(second.length);
            is_in
        });
        let seconds: Vec<_> = seconds.collect();
        seconds.into_iter().rev()
    }

    fn cpu_lately(&mut self, health: &Health) -> Vec<f64> {
        let mut runners: Vec<_> = health.runners.iter().collect();
        runners.sort_by_key(|runner| runner.runner);
        let now: Vec<_> = runners.iter().map(|runner| (runner.cpu, runner.time)).collect();
        let lately = now.iter().enumerate().map(|(at, (cpu, time))| {
            let (cpu_then, then) = self.cpu_before.get(at).copied().unwrap_or_default();
            let time = time.saturating_sub(then).as_secs_f64();
            if time == 0.0 { 0.0 } else { cpu.saturating_sub(cpu_then).as_secs_f64() / time }
        });
        let lately = lately.collect();
        self.cpu_before = now;
        lately
    }
}

/// The requests of a transaction.
fn inside<'a>(snapshot: &'a Snapshot, of: &'a Key) -> impl Iterator<Item = &'a SeriesCounts> {
    snapshot.series.iter().filter(|series| {
        series.key.request.is_some()
            && series.key.journey == of.journey
            && shown_transaction(series.key.transaction.as_ref())
                == shown_transaction(of.transaction.as_ref())
    })
}

/// Where the time of the requests of a transaction went.
fn phases_of(snapshot: &Snapshot, of: &Key) -> Phases<PhaseTime> {
    let mut all = Phases::<PhaseTime>::default();
    for phases in inside(snapshot, of).filter_map(|series| series.phases.as_deref()) {
        all.merge(phases);
    }
    all
}

/// The requests of a transaction, those that take the most time first.
fn requests_of(snapshot: &Snapshot, of: &Key) -> Vec<RequestOf> {
    let mut of_it: Vec<_> = inside(snapshot, of).collect();
    of_it.sort_by_key(|series| std::cmp::Reverse(series.total.times.sum()));
    of_it.truncate(FIGURED);
    let request = |series: &&SeriesCounts| {
        let (total, key) = (&series.total, &series.key);
        let codes = total.responses.codes.iter().map(|(code, n)| (code.to_string(), *n));
        let kinds = total.responses.kinds.iter().map(|(kind, n)| ((*kind).to_owned(), *n));
        let mut ends: Vec<_> = codes.chain(kinds).collect();
        ends.sort_by(|a, b| units::by_number(&a.0, &b.0));
        RequestOf {
            name: key.request.as_ref().map(|request| request.title()).unwrap_or_default(),
            count: total.times.count(),
            failed: total.errors,
            figures: Figures::of(total),
            ends,
        }
    };
    of_it.iter().map(request).collect()
}
