//! The windows of a run.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use super::told::{self, Told, ToldById};
use super::window::{Counts, Load};
use super::{Exponential, SERIES_SCHEMA, TOTAL_SCHEMA};
use crate::document;
use crate::document::{Hist, Measured, Number, SeriesWindows};

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most windows, without the recent ones.
    pub windows: usize,
    /// Most recent windows, which are as long as windows are at first.
    pub recent: usize,
    /// Most series that have windows, besides totals.
    pub series: usize,
    /// How long a window is at first.
    pub length: Duration,
}

/// 256 windows of a second at first, the last minute in seconds, 50 series.
impl Default for Limits {
    fn default() -> Self {
        Self { windows: 256, recent: 60, series: 50, length: Duration::from_secs(1) }
    }
}

/// How a series is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rank {
    /// Always, with schema 5.
    Total,
    /// With schema 3, while it is among those with the most time.
    Series,
}

/// How much more time than the least that is kept a series must have taken to
/// be kept instead of it: its past is lost, so places do not change for a trifle.
const WORTH_A_PLACE: u32 = 2;

/// The course of a run, in bounded memory.
///
/// ```
/// use mite_results::windows::{Counts, Exponential, History, Limits, Load, Rank, TOTAL_SCHEMA};
/// use std::time::Duration;
/// let mut history = History::new(Limits { windows: 4, ..Limits::default() });
/// for second in 0..6 {
///     let mut times = Exponential::new(TOTAL_SCHEMA);
///     times.record(Duration::from_millis(20), 100);
///     let counts = Counts { count: 100, times, ..Counts::default() };
///     let second = Duration::from_secs(second);
///     let (from, to) = (second, second + Duration::from_secs(1));
///     history.add(from, to, &Load::default(), [(0, Rank::Total, counts)]);
/// }
/// let windows = history.columns();
/// assert_eq!(windows.length_s.len(), 3); // of two seconds
/// assert_eq!(windows.series[&0].count, [200, 200, 200]);
/// ```
#[derive(Clone, Debug)]
pub struct History {
    limits: Limits,
    /// So many times the first length is a window long: a power of two.
    span: u64,
    windows: Vec<Window>,
    /// What came after them, in windows of the first length.
    recent: VecDeque<Window>,
    /// The series that have windows.
    kept: BTreeMap<u32, Kept>,
    /// The time that each series took, kept or not.
    taken: HashMap<u32, Duration>,
}

#[derive(Clone, Debug)]
struct Window {
    /// Its place: it begins at about `cell` times its length (the first length, if it is
    /// a recent one).
    cell: u64,
    from: Duration,
    length: Duration,
    load: Load,
    series: BTreeMap<u32, Counts>,
    told: ToldById,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kept {
    rank: Rank,
    /// The first stretch of the first length that it is kept for in full.
    since: u64,
}

impl History {
    /// Without windows yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits: Limits { windows: limits.windows.max(2), ..limits },
            span: 1,
            windows: Vec::new(),
            recent: VecDeque::new(),
            kept: BTreeMap::new(),
            taken: HashMap::new(),
        }
    }

    /// Adds what was counted between two times since the run began. Each series
    /// has a number of its own.
    ///
    /// # Panics
    /// When the times of a series are of a coarser schema than its rank has.
    pub fn add(
        &mut self,
        from: Duration,
        to: Duration,
        load: &Load,
        series: impl IntoIterator<Item = (u32, Rank, Counts)>,
    ) {
        // Ticks are not to the microsecond: one belongs where its middle lies.
        let middle = from + to.saturating_sub(from) / 2;
        let cell = (middle.as_nanos() / self.limits.length.as_nanos().max(1)) as u64;
        let length = to.saturating_sub(from);
        let fresh = self.recent.back().is_none_or(|last| last.cell < cell);
        match self.recent.back_mut() {
            // Time does not run backwards; if it seems to, nothing is lost.
            Some(last) if !fresh => {
                last.length += length;
                last.load.merge(load);
            }
            _ => {
                let (load, series) = (load.clone(), BTreeMap::new());
                let told = ToldById::new();
                self.recent.push_back(Window { cell, from, length, load, series, told });
            }
        }
        let since = if fresh { cell } else { cell + 1 };
        for (id, rank, counts) in series {
            self.count(id, rank, &counts, since);
        }
        while self.recent.len() > self.limits.recent.max(1) {
            self.fold();
        }
    }

    /// Adds what a statistic of the test's own was told in the stretch that was added last.
    /// Each has a number of its own; whoever tells sees to it that they are few.
    pub fn tell(&mut self, id: u32, told: Told) {
        if let Some(window) = self.recent.back_mut() {
            window.told.entry(id).or_default().merge(&told);
        }
    }

    /// Moves the first of the recent windows to the others.
    fn fold(&mut self) {
        let Some(mut window) = self.recent.pop_front() else { return };
        let fresh = |of: &Self| of.windows.last().is_none_or(|w| w.cell < window.cell / of.span);
        if fresh(self) && self.windows.len() >= self.limits.windows {
            self.merge_neighbours();
        }
        window.cell /= self.span;
        match self.windows.last_mut() {
            Some(last) if last.cell >= window.cell => last.merge(window),
            _ => self.windows.push(window),
        }
    }

    /// Whether the windows of a series are kept if it has taken so much more time; if
    /// not, its [`Counts::times`] are not needed.
    pub fn would_keep(&self, id: u32, more: Duration) -> bool {
        if self.kept.contains_key(&id) {
            return true;
        }
        let time = |id: u32| self.taken.get(&id).copied().unwrap_or_default();
        let others = self.kept.iter().filter(|(_, kept)| kept.rank == Rank::Series);
        others.clone().count() < self.limits.series
            || others
                .map(|(other, _)| time(*other))
                .min()
                .is_some_and(|least| time(id) + more > least * WORTH_A_PLACE)
    }

    fn count(&mut self, id: u32, rank: Rank, counts: &Counts, since: u64) {
        if rank == Rank::Series {
            *self.taken.entry(id).or_default() += counts.sum;
        }
        if !self.kept.contains_key(&id) && !self.admit(id, rank, since) {
            return;
        }
        let Some(window) = self.recent.back_mut() else { return };
        let mine = window.series.entry(id).or_insert_with(|| Counts {
            times: Exponential::new(schema(rank)),
            ..Counts::default()
        });
        mine.merge(counts);
    }

    /// Whether a series gets windows from now on.
    fn admit(&mut self, id: u32, rank: Rank, since: u64) -> bool {
        let mut kept = Kept { rank, since: 0 };
        let others = self.kept.iter().filter(|(_, kept)| kept.rank == Rank::Series);
        if rank == Rank::Series && others.clone().count() >= self.limits.series {
            let time = |id: &u32| self.taken.get(id).copied().unwrap_or_default();
            let Some(least) = others.map(|(id, _)| *id).min_by_key(time) else { return false };
            if time(&id) <= time(&least) * WORTH_A_PLACE {
                return false;
            }
            self.kept.remove(&least);
            let all = self.windows.iter_mut().chain(&mut self.recent);
            all.for_each(|window| drop(window.series.remove(&least)));
            kept.since = since;
        }
        // With a place to spare it is a new one, and its zeros until now are true.
        self.kept.insert(id, kept);
        true
    }

    fn merge_neighbours(&mut self) {
        // With gaps between them all may be without a neighbour.
        while self.windows.len() >= self.limits.windows {
            self.span *= 2;
            let mut merged: Vec<Window> = Vec::with_capacity(self.limits.windows);
            for mut window in self.windows.drain(..) {
                window.cell /= 2;
                match merged.last_mut() {
                    Some(last) if last.cell == window.cell => last.merge(window),
                    _ => merged.push(window),
                }
            }
            self.windows = merged;
        }
    }

    /// Series that have no windows.
    pub fn left_out(&self) -> u64 {
        self.taken.keys().filter(|id| !self.kept.contains_key(id)).count() as u64
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.windows.len()
    }

    /// Bytes on the heap, about.
    pub fn heap_bytes(&self) -> usize {
        let boxed = |of: &Option<Box<Exponential>>| {
            of.as_ref().map_or(0, |of| size_of::<Exponential>() + of.heap_bytes())
        };
        let counts = |counts: &Counts| {
            size_of::<(u32, Counts)>()
                + counts.times.heap_bytes()
                + boxed(&counts.failed_times)
                + boxed(&counts.service)
        };
        let window = |window: &Window| {
            window.load.schedule_lag.heap_bytes()
                + window.load.cpu.capacity() * size_of::<Duration>()
                + window.series.values().map(counts).sum::<usize>()
                + window.told.len() * size_of::<(u32, Told)>()
        };
        self.windows.capacity() * size_of::<Window>()
            + self.recent.capacity() * size_of::<Window>()
            + self.windows.iter().chain(&self.recent).map(window).sum::<usize>()
            + self.taken.capacity() * size_of::<(u32, Duration)>()
    }

    /// All windows, as the file of results has them: all of one length. Times are service
    /// times; whoever gave others says so in [`SeriesWindows::time`].
    pub fn columns(&self) -> document::Windows {
        let mut whole = self.clone();
        while !whole.recent.is_empty() {
            whole.fold();
        }
        whole.columns_since(Duration::ZERO)
    }

    /// Windows that begin at or after a time, the recent ones as short as they are kept:
    /// what a page asks for that has those before.
    ///
    /// ```
    /// use mite_results::windows::{History, Limits, Load};
    /// use std::time::Duration;
    /// let mut history = History::new(Limits { windows: 4, recent: 2, ..Limits::default() });
    /// for second in 0..10 {
    ///     let second = Duration::from_secs(second);
    ///     history.add(second, second + Duration::from_secs(1), &Load::default(), []);
    /// }
    /// let lengths = |since| history.columns_since(Duration::from_secs(since)).length_s;
    /// assert_eq!(lengths(0).len(), 4 + 2); // four of two seconds, two of one
    /// assert_eq!(lengths(9).len(), 1);
    /// // Who has seen no second after 4 has not seen all: 5 is a part of 4 to 6 by now.
    /// assert!(history.are_all_since(Duration::from_secs(9)));
    /// assert!(!history.are_all_since(Duration::from_secs(5)));
    /// ```
    pub fn columns_since(&self, since: Duration) -> document::Windows {
        let all = self.windows.iter().chain(&self.recent);
        let windows: Vec<&Window> = all.filter(|window| window.from >= since).collect();
        let scalar = |get: fn(&Window) -> u64| windows.iter().map(|w| get(w)).collect();
        let number = |get: fn(&Window) -> f64| {
            windows.iter().map(|w| Number::new(get(w)).unwrap_or_default()).collect()
        };
        let runners = windows.iter().map(|w| w.load.cpu.len()).max().unwrap_or(0);
        let mut dropped: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for (at, window) in windows.iter().enumerate() {
            for (reason, n) in &window.load.dropped {
                let column =
                    dropped.entry(reason.clone()).or_insert_with(|| vec![0; windows.len()]);
                column[at] = *n;
            }
        }
        let span = self.limits.length.as_secs_f64() * self.span as f64;
        document::Windows {
            span_s: Number::new(span).filter(|_| !windows.is_empty()),
            t_s: windows.iter().map(|w| w.from.into()).collect(),
            length_s: windows.iter().map(|w| w.length.into()).collect(),
            required: number(|w| w.load.required),
            required_per_s: number(|w| w.load.required_per_s),
            running_min: scalar(|w| w.load.running_min),
            running_max: scalar(|w| w.load.running_max),
            scheduled: scalar(|w| w.load.scheduled),
            started: scalar(|w| w.load.started),
            dropped,
            errors: scalar(|w| w.load.errors),
            cpu: (0..runners)
                .map(|runner| windows.iter().map(|w| w.cpu_share(runner)).collect())
                .collect(),
            loop_lag_max_s: windows.iter().map(|w| w.load.loop_lag_max.map(Number::from)).collect(),
            schedule_lag_p99_s: windows
                .iter()
                .map(|w| w.load.schedule_lag.quantile(0.99).and_then(Number::new))
                .collect(),
            statistics: told::columns(&windows.iter().map(|w| &w.told).collect::<Vec<_>>()),
            series: self
                .kept
                .iter()
                .map(|(id, kept)| (*id, self.series(*id, *kept, &windows)))
                .collect(),
        }
    }

    /// Whether [`columns_since`](Self::columns_since) has all that came since a time, which
    /// is just after a window began that is known. What is no longer recent is merged with
    /// what was before it, in windows that begin before that time.
    pub fn are_all_since(&self, since: Duration) -> bool {
        self.windows.is_empty() || self.recent.front().is_some_and(|first| first.from < since)
    }

    /// A series in some windows, the last of all.
    fn series(&self, id: u32, kept: Kept, windows: &[&Window]) -> SeriesWindows {
        let none = Counts::default();
        let counts = || windows.iter().map(|w| w.series.get(&id).unwrap_or(&none));
        let long = self.windows.iter().map(|w| w.cell * self.span);
        let before = long.chain(self.recent.iter().map(|w| w.cell)).filter(|c| *c < kept.since);
        let left_out = self.windows.len() + self.recent.len() - windows.len();
        let schema = schema(kept.rank);
        let any = |has: fn(&Counts) -> bool| counts().any(has);
        let has_failed = any(|c| c.failed_times.is_some());
        let has_service = any(|c| c.service.is_some());
        let empty = Exponential::new(schema);
        SeriesWindows {
            first_window: before.count().saturating_sub(left_out),
            count: counts().map(|c| c.count).collect(),
            failed: counts().map(|c| c.failed).collect(),
            sum_s: counts().map(|c| c.sum.into()).collect(),
            max_s: counts().map(|c| c.max.map(Number::from)).collect(),
            received_bytes: counts().map(|c| c.received).collect(),
            time: Measured::Service,
            hist: hist(schema, counts().map(|c| &c.times)),
            failed_hist: has_failed.then(|| {
                hist(schema, counts().map(|c| c.failed_times.as_deref().unwrap_or(&empty)))
            }),
            service_hist: has_service.then(|| hist(schema, counts().map(Counts::service))),
        }
    }
}

fn hist<'a>(schema: u8, of: impl Iterator<Item = &'a Exponential>) -> Hist {
    let (first, counts) = of.map(|times| (times.first(), times.counts().to_vec())).unzip();
    Hist { schema, first, counts }
}

fn schema(rank: Rank) -> u8 {
    match rank {
        Rank::Total => TOTAL_SCHEMA,
        Rank::Series => SERIES_SCHEMA,
    }
}

impl Window {
    fn merge(&mut self, next: Self) {
        self.length += next.length;
        self.load.merge(&next.load);
        told::merge(&mut self.told, &next.told);
        for (id, counts) in next.series {
            match self.series.get_mut(&id) {
                Some(mine) => mine.merge(&counts),
                None => drop(self.series.insert(id, counts)),
            }
        }
    }

    fn cpu_share(&self, runner: usize) -> Option<Number> {
        let cpu = self.load.cpu.get(runner)?.as_secs_f64();
        Number::new(cpu / self.length.as_secs_f64())
    }
}
