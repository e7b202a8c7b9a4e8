//! The course of a run, snapshot by snapshot: windows, and what happened when.

use std::collections::BTreeMap;
use std::time::Duration;

use mite_core::stats::{
    Distribution, DropReason, LIMITED, Series, SeriesCounts, Snapshot, StatisticKey, StatisticKind,
};
use mite_results::windows::{
    Counts, Exponential, History, Limits, Load, Rank, SERIES_SCHEMA, TOTAL_SCHEMA, Told,
};

use super::events::Events;
use super::ids::{ALL_JOURNEYS, ALL_REQUESTS, ALL_TRANSACTIONS, id, is_inner, is_journey};
use super::word::word;

/// Statistics of the test's own that have windows: those that come first.
const MOST_STATISTICS: usize = 50;

/// The course of a run, in bounded memory.
pub(crate) struct Course {
    pub(crate) history: History,
    pub(crate) events: Events,
    /// Until when it is known.
    until: Duration,
    running: u64,
    started: u64,
    received: u64,
    /// Statistics of the test's own that have windows, each with how often it was told
    /// something until the last one, and the sum.
    statistics: Vec<(StatisticKey, u64, f64)>,
    /// CPU time by runner.
    cpu: BTreeMap<u32, Duration>,
    /// What had been counted until the last snapshot, by what it is.
    counted: BTreeMap<String, u64>,
}

impl Default for Course {
    fn default() -> Self {
        Self {
            history: History::new(Limits::default()),
            events: Events::default(),
            until: Duration::ZERO,
            running: 0,
            started: 0,
            received: 0,
            statistics: Vec::new(),
            cpu: BTreeMap::new(),
            counted: BTreeMap::new(),
        }
    }
}

impl Course {
    /// Takes the snapshot that follows the last one.
    pub(crate) fn follow(&mut self, snapshot: &Snapshot) {
        let to = snapshot.status.elapsed;
        // Of a run that is taken up again the first window does not begin with it.
        let from = match self.until {
            Duration::ZERO => to.saturating_sub(snapshot.window.length),
            until => until,
        };
        let load = self.load(snapshot);
        let series = self.series(snapshot);
        let is_nothing = from == to && series.iter().all(|(_, _, counts)| counts.count == 0);
        if !(is_nothing && load.started == 0 && load.errors == 0) {
            self.history.add(from, to, &load, series);
        }
        self.statistics(snapshot);
        self.until = to;
        self.events.follow(snapshot);
    }

    /// The number in the windows of a statistic of the test's own.
    pub(crate) fn statistic(&self, kind: StatisticKind, title: &str) -> Option<u32> {
        let is = |key: &StatisticKey| key.kind == kind && key.to_string() == title;
        self.statistics.iter().position(|(key, ..)| is(key)).map(|at| at as u32)
    }

    /// Of each statistic of the test's own, what came since the last window.
    fn statistics(&mut self, snapshot: &Snapshot) {
        let new = snapshot.statistics.iter().take(MOST_STATISTICS).skip(self.statistics.len());
        self.statistics.extend(new.map(|counts| (counts.key.clone(), 0, 0.0)));
        for (id, (key, count, sum)) in self.statistics.iter_mut().enumerate() {
            let Some(now) = snapshot.statistics.get(id).map(|counts| &counts.told) else {
                continue;
            };
            let more = now.count - std::mem::replace(count, now.count);
            if more > 0 {
                let came = now.sum - std::mem::replace(sum, now.sum);
                let last = (key.kind == StatisticKind::Gauge).then_some(now.last);
                self.history.tell(id as u32, Told { count: more, sum: came, last });
            }
        }
    }

    fn load(&mut self, snapshot: &Snapshot) -> Load {
        let running = snapshot.in_flight();
        let started = snapshot.totals.journeys.started + snapshot.warmup.started;
        let lines = &snapshot.status.scenarios;
        let arrivals = lines.iter().filter_map(|line| line.arrivals.as_ref());
        let mut schedule_lag = Exponential::new(SERIES_SCHEMA);
        for (micros, n) in snapshot.window.schedule_lag.recorded() {
            schedule_lag.record(Duration::from_micros(micros), n);
        }
        let load = Load {
            required_per_s: arrivals.clone().map(|arrivals| arrivals.rate).sum(),
            scheduled: self.more("scheduled", arrivals.clone().map(|a| a.scheduled).sum()),
            dropped: self.dropped(arrivals.flat_map(|arrivals| &arrivals.dropped)),
            loop_lag_max: Some(snapshot.window.loop_lag).filter(|lag| !lag.is_zero()),
            schedule_lag,
            required: lines.iter().map(|line| f64::from(line.required)).sum(),
            running_min: running.min(self.running),
            running_max: running.max(self.running).max(snapshot.window.most_in_flight),
            started: started.saturating_sub(self.started),
            errors: snapshot.window.errors,
            cpu: self.cpu(snapshot),
        };
        self.running = running;
        self.started = started;
        load
    }

    /// What has come of something that is counted from the beginning.
    fn more(&mut self, what: &str, until_now: u64) -> u64 {
        let before = self.counted.insert(what.to_owned(), until_now).unwrap_or(0);
        until_now.saturating_sub(before)
    }

    /// Arrivals that were dropped in the window, by reason.
    fn dropped<'a>(
        &mut self,
        until_now: impl Iterator<Item = &'a (DropReason, u64)>,
    ) -> BTreeMap<String, u64> {
        let mut by_reason = BTreeMap::<String, u64>::new();
        until_now.for_each(|(reason, n)| *by_reason.entry(word(reason)).or_default() += n);
        let more = by_reason.into_iter().map(|(reason, n)| {
            let n = self.more(&format!("dropped {reason}"), n);
            (reason, n)
        });
        more.filter(|(_, n)| *n > 0).collect()
    }

    /// CPU time of each runner; nothing where the system does not say.
    fn cpu(&mut self, snapshot: &Snapshot) -> Vec<Duration> {
        let before = self.cpu.clone();
        let runners = &snapshot.status.health.runners;
        self.cpu.extend(runners.iter().map(|health| (health.runner, health.cpu)));
        if self.cpu.values().all(Duration::is_zero) {
            return Vec::new();
        }
        let earlier = |runner| before.get(runner).copied().unwrap_or_default();
        self.cpu.iter().map(|(runner, cpu)| cpu.saturating_sub(earlier(runner))).collect()
    }

    fn series(&mut self, snapshot: &Snapshot) -> Vec<(u32, Rank, Counts)> {
        let window = &snapshot.window;
        let received = snapshot.totals.received;
        let came = received.saturating_sub(self.received);
        self.received = received;
        let failed = |of: fn(&SeriesCounts) -> bool| {
            let windows = snapshot.series.iter().filter(|series| of(series));
            windows.filter_map(|series| series.window.as_ref()).map(|window| window.errors).sum()
        };
        let total = |of: fn(&SeriesCounts) -> bool, times, errors, received| {
            let windows = || {
                let series = snapshot.series.iter().filter(|series| of(series));
                series.filter_map(|series| series.window.as_deref())
            };
            let failed = windows().filter_map(Series::failed).map(Series::judged);
            let failed = spread(TOTAL_SCHEMA, failed);
            let is_open = windows().any(|window| window.response.is_some());
            let service = is_open.then(|| spread(TOTAL_SCHEMA, windows().map(|w| &w.times)));
            Counts {
                failed_times: Some(failed).filter(|all| all.count() > 0).map(Box::new),
                service: service.map(Box::new),
                ..counts(TOTAL_SCHEMA, times, errors, received, true)
            }
        };
        let (requests, failures) = (&window.requests, window.failed_requests);
        let mut all = vec![
            (ALL_REQUESTS, Rank::Total, total(is_request, requests, failures, came)),
            (
                ALL_TRANSACTIONS,
                Rank::Total,
                total(is_inner, &window.transactions, failed(is_inner), 0),
            ),
            (ALL_JOURNEYS, Rank::Total, total(is_journey, &window.journeys, failed(is_journey), 0)),
        ];
        for (at, series) in snapshot.series.iter().enumerate() {
            let Some(window) = &series.window else { continue };
            // Before it is known to be of an open line, both times are the same.
            let (times, responses) = (window.judged(), &window.responses);
            let keep = self.history.would_keep(id(at), times.sum());
            let mut counted = counts(SERIES_SCHEMA, times, window.errors, responses.received, keep);
            if keep {
                let failed = window.failed().map(Series::judged);
                counted.failed_times = failed.map(|of| Box::new(spread(SERIES_SCHEMA, [of])));
                let service = window.response.as_ref().map(|_| &window.times);
                counted.service = service.map(|of| Box::new(spread(SERIES_SCHEMA, [of])));
            }
            all.push((id(at), Rank::Series, counted));
        }
        all
    }
}

fn counts(schema: u8, times: &Distribution, failed: u64, received: u64, keep: bool) -> Counts {
    Counts {
        count: times.count(),
        failed,
        sum: times.sum(),
        max: (times.count() > 0).then(|| times.max()),
        received,
        times: spread(schema, Some(times).filter(|_| keep)),
        ..Counts::default()
    }
}

/// How times are spread, in buckets.
fn spread<'a>(schema: u8, of: impl IntoIterator<Item = &'a Distribution>) -> Exponential {
    let mut all = Exponential::new(schema);
    for (micros, n) in of.into_iter().flat_map(Distribution::recorded) {
        all.record(Duration::from_micros(micros), n);
    }
    all
}

/// Whether it is of what [`ALL_REQUESTS`] adds up.
fn is_request(series: &SeriesCounts) -> bool {
    series.key.request.as_ref().is_some_and(|request| request.protocol == LIMITED)
}
