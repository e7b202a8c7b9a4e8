//! The course of a run, snapshot by snapshot: windows, and what happened when.

use std::collections::BTreeMap;
use std::time::Duration;

use mite_core::secret;
use mite_core::stats::{
    Distribution, DropReason, Finding, SeriesCounts, Snapshot, StatisticKey, StatisticKind,
};
use mite_core::units;
use mite_results::document::{Event, Fields};
use mite_results::windows::{
    Counts, Exponential, History, Limits, Load, Rank, SERIES_SCHEMA, TOTAL_SCHEMA, Told,
};
use serde_json::json;

use super::ids::{ALL_JOURNEYS, ALL_REQUESTS, ALL_TRANSACTIONS, id, is_inner, is_journey};
use super::stall::Quiet;
use super::word::word;

/// Statistics of the test's own that have windows: those that come first.
const MOST_STATISTICS: usize = 50;

/// Most events that are kept.
const MOST_EVENTS: usize = 1_000;

/// The course of a run, in bounded memory.
pub(crate) struct Course {
    pub(crate) history: History,
    pub(crate) events: Vec<Event>,
    /// Events that found the list full.
    pub(crate) unlisted: u64,
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
    /// By line, whether its begin was told.
    begun: Vec<bool>,
    quiet: Quiet,
    /// By line, whether its end was told.
    ended: Vec<bool>,
    /// By journey, how often it blocked a runner.
    blocked: BTreeMap<String, u64>,
    /// Findings that were told.
    found: usize,
    /// Marks that were told.
    marked: usize,
    drained: bool,
}

impl Default for Course {
    fn default() -> Self {
        Self {
            history: History::new(Limits::default()),
            events: Vec::new(),
            unlisted: 0,
            until: Duration::ZERO,
            running: 0,
            started: 0,
            received: 0,
            statistics: Vec::new(),
            cpu: BTreeMap::new(),
            counted: BTreeMap::new(),
            begun: Vec::new(),
            quiet: Quiet::default(),
            ended: Vec::new(),
            blocked: BTreeMap::new(),
            found: 0,
            marked: 0,
            drained: false,
        }
    }
}

impl Course {
    /// Takes the snapshot that follows the last one.
    pub(crate) fn follow(&mut self, snapshot: &Snapshot) {
        let (from, to) = (self.until, snapshot.status.elapsed);
        let load = self.load(snapshot);
        let series = self.series(snapshot);
        let is_nothing = from == to && series.iter().all(|(_, _, counts)| counts.count == 0);
        if !(is_nothing && load.started == 0 && load.errors == 0) {
            self.history.add(from, to, &load, series);
        }
        self.statistics(snapshot);
        self.until = to;
        self.tell(snapshot);
        if let Some((at, text)) = self.quiet.follow(from, to, snapshot) {
            self.event(at, "stall", text, []);
        }
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
            running_max: running.max(self.running),
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
        let total = |times, failed, received| counts(TOTAL_SCHEMA, times, failed, received, true);
        let mut all = vec![
            (ALL_REQUESTS, Rank::Total, total(&window.requests, window.failed_requests, came)),
            (ALL_TRANSACTIONS, Rank::Total, total(&window.transactions, failed(is_inner), 0)),
            (ALL_JOURNEYS, Rank::Total, total(&window.journeys, failed(is_journey), 0)),
        ];
        for (at, series) in snapshot.series.iter().enumerate() {
            let Some(window) = &series.window else { continue };
            // Before it is known to be of an open line, both times are the same.
            let (times, responses) = (window.judged(), &window.responses);
            let keep = self.history.would_keep(id(at), times.sum());
            let counted = counts(SERIES_SCHEMA, times, window.errors, responses.received, keep);
            all.push((id(at), Rank::Series, counted));
        }
        all
    }

    fn tell(&mut self, snapshot: &Snapshot) {
        let status = &snapshot.status;
        let now = status.elapsed;
        self.begun.resize(status.scenarios.len(), false);
        for (at, line) in status.scenarios.iter().enumerate() {
            if line.started > 0 && !std::mem::replace(&mut self.begun[at], true) {
                let text = format!("line {} ({}) begins", line.id, line.journey);
                self.event(now, "phase", text, [("line", json!(line.id))]);
            }
        }
        for failure in &snapshot.new_failures {
            let text = secret::masked(&failure.message).into_owned();
            let journey = json!(failure.journey.as_str());
            self.event(now, "error", text, [("journey", journey)]);
        }
        self.ended.resize(status.scenarios.len(), false);
        for (at, line) in status.scenarios.iter().enumerate() {
            let Some(why) = line.ended.as_ref().filter(|_| !self.ended[at]) else { continue };
            self.ended[at] = true;
            let text = format!("line {} ({}) begins no more: {why}", line.id, line.journey);
            self.event(now, "phase", text, [("line", json!(line.id))]);
        }
        if let Some(load) = status.load.filter(|_| !self.drained) {
            self.drained = true;
            self.event(load, "phase", "no more load is asked for".to_owned(), []);
        }
        for row in &snapshot.blocked {
            let known = self.blocked.entry(row.journey.clone()).or_default();
            let more = row.times.saturating_sub(std::mem::replace(known, row.times));
            if more > 0 {
                let text = format!(
                    "{} kept its runner from all other work {}; {} at most until now",
                    row.journey,
                    units::count(more, "time"),
                    units::time(row.longest)
                );
                self.event(now, "blocked", text, [("journey", json!(row.journey))]);
            }
        }
        let marked = snapshot.marks.iter().skip(self.marked);
        for mark in marked {
            let text = secret::masked(&mark.text).into_owned();
            self.marked += 1;
            // Few, and asked for by hand: not for want of room.
            self.events.push(event(mark.at, "mark", text, []));
        }
        let found = std::mem::replace(&mut self.found, status.findings.len());
        for finding in status.findings.iter().skip(found) {
            self.found(now, finding);
        }
    }

    fn found(&mut self, now: Duration, finding: &Finding) {
        let (at, kind) = match finding {
            Finding::Interrupted { after, .. } => (*after, "signal"),
            Finding::RunnerLost { .. } | Finding::NoRunnerLeft => (now, "runner"),
            Finding::PoolFailed { .. } | Finding::PoolWasEmpty { .. } => (now, "pool"),
            _ => (now, "finding"),
        };
        self.event(at, kind, finding.to_string(), []);
    }

    /// Something happened.
    pub(crate) fn event<const N: usize>(
        &mut self,
        at: Duration,
        kind: &str,
        text: String,
        data: [(&str, serde_json::Value); N],
    ) {
        if self.events.len() >= MOST_EVENTS + self.marked {
            self.unlisted += 1;
            return;
        }
        self.events.push(event(at, kind, text, data));
    }
}

fn event<const N: usize>(
    at: Duration,
    kind: &str,
    text: String,
    data: [(&str, serde_json::Value); N],
) -> Event {
    let data: Fields = data.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    Event { t_s: at.into(), kind: kind.into(), text: text.into(), data }
}

fn counts(schema: u8, times: &Distribution, failed: u64, received: u64, keep: bool) -> Counts {
    let mut histogram = Exponential::new(schema);
    if keep {
        for (micros, n) in times.recorded() {
            histogram.record(Duration::from_micros(micros), n);
        }
    }
    Counts {
        count: times.count(),
        failed,
        sum: times.sum(),
        max: (times.count() > 0).then(|| times.max()),
        received,
        times: histogram,
    }
}
