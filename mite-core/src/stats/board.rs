//! All counts of a run, added up in one place.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use super::coming::Coming;
use super::counts::{Blocked, Counts, KindTable};
use super::detail_table::{DetailTable, Seen};
use super::failure_times::FailureTimes;
use super::failures::FailureTable;
use super::health::{Health, RunnerHealth, of_runner};
use super::mark::Marks;
use super::own::{StatisticTable, Told};
use super::parts::Parts;
use super::rates::RateWindows;
use super::replay::Replays;
use super::rows;
use super::search::{Search, SearchWatch};
use super::series::{Key, Request, Series};
use super::series_table::SeriesTable;
use super::summary::{JourneyRow, Summary};
use super::tally::Update;
use super::threshold::{Checked, Threshold, ThresholdWatch};
use super::verdict::Verdict;
use super::warmup::Warmup;
use super::{
    JourneyCounts, LIMITED, Limits, ProtocolCounts, RunInfo, RunStatus, Snapshot, Totals, Window,
};
use crate::label::Label;
use crate::units;

mod elsewhere;
mod shown;

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
///     board.merge(&runner.take());
/// }
/// let status = RunStatus { elapsed: Duration::from_secs(1), ..RunStatus::default() };
/// assert_eq!(board.snapshot(status).totals.journeys.finished, 2);
/// ```
#[derive(Debug)]
pub struct Board {
    info: Arc<RunInfo>,
    pub(crate) series: SeriesTable<Arc<Series>>,
    /// Whether snapshots hold them.
    shows_series: bool,
    /// By series, what came since the last snapshot, if snapshots hold it.
    recent: Vec<Option<Arc<Series>>>,
    /// What sources elsewhere have counted, as they said last.
    held: HashMap<u64, Update>,
    pub(crate) failures: FailureTable,
    failure_times: FailureTimes,
    /// How many of the failures were told as new.
    told: usize,
    pub(crate) journeys: BTreeMap<Label, JourneyCounts>,
    pub(crate) kinds: KindTable,
    pub(crate) unserializable: u64,
    pub(crate) blocked: Blocked,
    pub(crate) totals: Totals,
    /// The requests that limits are about.
    requests: Series,
    /// Requests of other protocols, by protocol.
    pub(crate) others: BTreeMap<&'static str, ProtocolCounts>,
    rates: RateWindows,
    window: Window,
    window_start: Duration,
    /// For how long load was paused until now.
    paused: Duration,
    parts: Parts,
    warmup: Warmup,
    /// How often what closed lines do would have been asked for.
    omission: Option<Duration>,
    /// Failures that came in the warm-up: they are told as they come, and counted.
    warmup_failures: FailureTable,
    told_of_warmup: usize,
    /// What of the warm-up belongs to the window.
    warmup_window: Window,
    /// How the load ended, if no snapshot has shown it yet.
    end_of_load: Option<Window>,
    health: Vec<RunnerHealth>,
    pub(crate) statistics: StatisticTable<Arc<Told>>,
    details: DetailTable,
    marks: Arc<Marks>,
    replays: Replays,
    thresholds: ThresholdWatch,
    searches: Vec<SearchWatch>,
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
            shows_series: true,
            recent: Vec::new(),
            held: HashMap::new(),
            failures: FailureTable::new(limits.failures),
            failure_times: FailureTimes::default(),
            told: 0,
            journeys: BTreeMap::new(),
            kinds: KindTable::new(limits.kinds),
            unserializable: 0,
            blocked: Blocked::default(),
            totals: Totals::default(),
            requests: Series::default(),
            others: BTreeMap::new(),
            rates: RateWindows::default(),
            window: Window::default(),
            window_start: Duration::ZERO,
            paused: Duration::ZERO,
            parts: Parts::default(),
            warmup: Warmup::default(),
            omission: None,
            warmup_failures: FailureTable::new(limits.failures),
            told_of_warmup: 0,
            warmup_window: Window::default(),
            end_of_load: None,
            health: Vec::new(),
            statistics: StatisticTable::new(limits.statistics),
            details: DetailTable::default(),
            marks: Arc::default(),
            replays: Replays::default(),
            thresholds: ThresholdWatch::default(),
            searches: Vec::new(),
        }
    }

    /// No counts yet, of this run.
    pub fn of(info: RunInfo) -> Self {
        Self { info: Arc::new(info), ..Self::default() }
    }

    /// From here on, [`Snapshot::series`] stays empty: nobody looks at it. The counts of
    /// each series since the last snapshot are not kept then, and no series is shared.
    pub fn hide_series(&mut self) {
        self.shows_series = false;
        self.recent = Vec::new();
    }

    /// What the run is held against, from here on.
    pub fn hold_against(&mut self, thresholds: Vec<Threshold>) {
        self.thresholds = ThresholdWatch::new(thresholds, self.warmup.length);
    }

    /// What is meant to start in the first `length` of the test is counted apart; to be
    /// said before anything is counted, and before what it is held against.
    pub fn warm_up(&mut self, length: Duration) {
        self.warmup.length = length;
        self.parts = Parts::new(length);
        self.rates = RateWindows::new(length);
    }

    /// Measures what this search of a line holds, and tells it what it came to.
    pub fn search(&mut self, line: u32, journey: &str, search: Search) {
        self.searches.push(SearchWatch::new(line, journey, search));
    }

    /// Judges the rates that searches hold, the test standing as `status` says and
    /// everything until then being merged.
    pub fn judge_searches(&mut self, status: &RunStatus) {
        let health = Health { runners: self.health.clone(), ..status.health.clone() };
        for search in &mut self.searches {
            let line = status.scenarios.iter().find(|line| line.id == search.line());
            if let Some(arrivals) = line.and_then(|line| line.arrivals.as_ref()) {
                search.tick(status.elapsed, arrivals, &health);
            }
        }
    }

    /// The threshold that is broken and ends the run, if there is one, the test having
    /// lasted for `elapsed` and everything until then being merged. It is told once.
    pub fn broken(&mut self, elapsed: Duration) -> Option<&Threshold> {
        self.thresholds.tick(elapsed)
    }

    /// Load was asked for until the test had lasted for `load`, and everything until
    /// then is merged.
    pub fn drain(&mut self, load: Duration) {
        self.thresholds.drain(load);
        self.rates.end(load.saturating_sub(self.paused));
        let mut window = std::mem::take(&mut self.window);
        self.parts.drain(load, &window);
        window.length = load.saturating_sub(self.window_start);
        self.window_start = self.window_start.max(load);
        self.end_of_load = Some(window);
    }

    /// What became of each threshold, the test having ended after `elapsed`.
    pub fn checked(&mut self, elapsed: Duration) -> Vec<Checked> {
        std::mem::take(&mut self.thresholds).close(elapsed, self)
    }

    /// Of which run it is.
    pub fn info(&self) -> &RunInfo {
        &self.info
    }

    /// Corrects the times of closed lines for coordinated omission, as if each slot had been
    /// meant to start something every `interval`: as response times, beside the service
    /// times. To be said before anything is counted.
    pub fn correct_omission(&mut self, interval: Duration) {
        self.omission = Some(interval);
    }

    /// Adds what a runner of this process counted since it was last asked, and makes the
    /// window ready for what comes next: empty, and looking closer at the requests that are
    /// worth it in the light of the whole run.
    pub fn absorb(&mut self, window: &mut Counts) {
        self.merge(window);
        window.clear();
        window.directed(&self.details, &self.series);
    }

    /// Adds what a runner of this process counted since it was last asked.
    pub fn merge(&mut self, window: &Counts) {
        self.merge_as(Coming::Now, window);
    }

    fn merge_as(&mut self, coming: Coming, window: &Counts) {
        match self.omission {
            Some(interval) => self.add(coming, &window.corrected(interval)),
            None => self.add(coming, window),
        }
    }

    fn add(&mut self, coming: Coming, window: &Counts) {
        let is_earlier = coming == Coming::Earlier;
        // What belongs to no window must not look like one of its seconds.
        let mut of_window =
            if is_earlier { Window::default() } else { std::mem::take(&mut self.window) };
        if is_earlier {
            self.thresholds.add_earlier(window);
        } else {
            self.thresholds.add(window);
            self.searches.iter_mut().for_each(|search| search.add(window));
        }
        let in_detail = !window.details.is_unused();
        let mut seen = Vec::new();
        for (from, (key, counted)) in window.series.filled_places() {
            let request = key.request.as_ref().map(Request::as_ref);
            let at = self.saw(coming, key, counted);
            if in_detail && request.is_some() {
                seen.push(Seen { from, to: at });
            }
            Arc::make_mut(self.series.at(at)).merge(counted);
            of_window.count(key, counted);
            let count = counted.times.count();
            if let Some((protocol, _)) = request
                && protocol != LIMITED
            {
                let other = self.others.entry(protocol).or_default();
                other.requests += count;
                other.failed_requests += counted.errors;
                other.cancelled_requests += counted.cancelled;
                other.received += counted.responses.received;
                other.sent += counted.responses.sent;
            } else if request.is_some() {
                self.requests.merge(counted);
                self.totals.requests += count;
                self.totals.failed_requests += counted.errors;
                self.totals.cancelled_requests += counted.cancelled;
                self.totals.received += counted.responses.received;
                self.totals.sent += counted.responses.sent;
                self.rates.add(if is_earlier { 0 } else { count });
            } else if !key.is_journey() {
                self.totals.transactions += count;
                self.totals.cancelled_transactions += counted.cancelled;
            }
        }
        if in_detail {
            self.add_details(window, &seen);
        }
        for (journey, counts) in &window.journeys {
            self.journeys.entry(journey.clone()).or_default().merge(counts);
            self.totals.journeys.merge(counts);
            of_window.errors += counts.errors;
        }
        window.failures.iter().for_each(|(failure, n)| self.failures.merge(failure, *n));
        window.kinds.iter().for_each(|(kind, n)| self.kinds.add(kind, n));
        self.unserializable += window.unserializable;
        self.add_marks(&window.marks);
        self.replays.merge(&window.replays);
        for (journey, times) in &window.blocked {
            self.blocked.entry(journey.clone()).or_default().merge(times);
        }
        for health in &window.health {
            of_window.loop_lag = of_window.loop_lag.max(health.loop_lag.max());
            of_window.schedule_lag.merge(&health.schedule_lag);
            let of_runner = of_runner(&mut self.health, health.runner);
            of_runner.merge(health);
            if coming == Coming::Away {
                of_runner.away_lag.merge(&health.schedule_lag);
            }
        }
        for (key, told) in window.statistics.filled() {
            Arc::make_mut(self.statistics.entry_of(key)).merge(told);
        }
        if let Some(warmup) = &window.warmup {
            self.merge_warmup(coming, warmup);
        }
        match is_earlier {
            true => self.parts.add_earlier(&of_window),
            false => self.window = of_window,
        }
    }

    /// Counts in the window that is under way: the place of the series.
    fn saw(&mut self, coming: Coming, key: &Key, counted: &Series) -> usize {
        let request = key.request.as_ref().map(Request::as_ref);
        let at = self.series.place(&key.journey, key.transaction.as_ref(), request);
        if self.shows_series && coming != Coming::Earlier {
            if self.recent.len() <= at {
                self.recent.resize(at + 1, None);
            }
            let recent = self.recent[at].get_or_insert_with(Arc::default);
            Arc::make_mut(recent).merge(counted);
        }
        at
    }

    /// Adds what belongs to the warm-up: it is in the windows, and in nothing else.
    fn merge_warmup(&mut self, coming: Coming, counts: &Counts) {
        for (key, counted) in counts.series.filled() {
            self.saw(coming, key, counted);
            if coming != Coming::Earlier {
                self.warmup_window.count(key, counted);
            }
        }
        self.warmup_window.errors += counts.journeys.iter().map(|(_, c)| c.errors).sum::<u64>();
        for (failure, n) in &counts.failures {
            self.warmup_failures.merge(failure, *n);
        }
        self.warmup.merge(counts);
    }

    /// Whether any journey has finished.
    pub fn has_finished(&self) -> bool {
        self.totals.journeys.finished + self.warmup.journeys.finished > 0
    }

    /// How the run stands; the next window begins.
    pub fn snapshot(&mut self, mut status: RunStatus) -> Snapshot {
        status.health.runners = self.health.clone();
        status.searches = self.searches.iter().map(SearchWatch::status).collect();
        let mut window = std::mem::take(&mut self.window);
        window.length = status.elapsed.saturating_sub(self.window_start);
        self.window_start = status.elapsed;
        self.parts.add(status.elapsed, status.asked(), &window);
        window.merge(&Window { length: Duration::ZERO, ..std::mem::take(&mut self.warmup_window) });
        if let Some(mut end_of_load) = self.end_of_load.take() {
            end_of_load.merge(&window);
            window = end_of_load;
        }
        self.rates.tick(status.elapsed.saturating_sub(self.paused));
        self.processes(&mut status);
        let recent = std::mem::take(&mut self.recent);
        let new_failures = self.failure_times.tick(&self.failures, status.elapsed);
        Snapshot {
            failures: rows::of_failures(&self.failures, &self.failure_times),
            new_failures,
            series: if self.shows_series { self.series(&recent) } else { Vec::new() },
            info: self.info.clone(),
            totals: self.totals,
            protocols: self.others.clone(),
            window,
            blocked: self.blocked(),
            warmup: self.warmup.journeys,
            warmup_length: self.warmup.length,
            phases: self.phases(),
            statistics: self.statistics(),
            marks: self.marks.clone(),
            limits: self.thresholds.standing(status.elapsed),
            validity: self.validity(&status),
            journeys: self.journeys.iter().map(|(j, c)| (j.to_string(), *c)).collect(),
            status,
        }
    }

    /// How the run went, with everything that was merged.
    pub fn summary(&self, mut status: RunStatus) -> Summary {
        status.health.runners = self.health.clone();
        status.health.runners.sort_by_key(|health| health.runner);
        self.processes(&mut status);
        status.searches = self.searches.iter().map(SearchWatch::status).collect();
        let measured = status.measured(self.warmup.length);
        let (transactions, requests) = rows::of_series(&self.series, measured);
        let mut events: Vec<_> = self.kinds.iter().map(|(kind, n)| (kind.to_owned(), n)).collect();
        events.sort_by(|a, b| units::by_number(&a.0, &b.0));
        let journeys = self
            .journeys
            .iter()
            .map(|(journey, counts)| JourneyRow { journey: journey.to_string(), counts: *counts });
        let mut journeys: Vec<_> = journeys.collect();
        journeys.sort_by(|a, b| units::by_number(&a.journey, &b.journey));
        Summary {
            info: self.info.clone(),
            parts: self.parts.all(),
            totals: self.totals,
            journeys,
            transactions,
            phases: self.details.all(false, &self.taken()).phases,
            request_phases: self.details.all(true, &self.taken()),
            series: self.series_in_detail(),
            statistics: self.statistic_rows(measured),
            protocols: self.others.clone(),
            requests,
            response_times: self.requests.judged().clone(),
            all_requests: self.requests.clone(),
            request_rates: self.rates.closed(status.load().saturating_sub(self.paused)),
            warmup: self.warmup.clone(),
            omission: self.omission,
            failures: rows::of_failures(&self.failures, &self.failure_times),
            events,
            unserializable: self.unserializable,
            blocked: self.blocked(),
            replays: self.replays.commands().cloned().collect(),
            marks: self.marks.clone(),
            verdict: Verdict::default(),
            status,
        }
    }
}
