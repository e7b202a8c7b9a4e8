//! The windows of a run.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::window::{Counts, Load};
use super::{Exponential, SERIES_SCHEMA, TOTAL_SCHEMA};
use crate::document;
use crate::document::{Hist, Measured, Number, SeriesWindows};

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most windows.
    pub windows: usize,
    /// Most series that have windows, besides totals.
    pub series: usize,
    /// How long a window is at first.
    pub length: Duration,
}

/// 256 windows of a second at first, 50 series.
impl Default for Limits {
    fn default() -> Self {
        Self { windows: 256, series: 50, length: Duration::from_secs(1) }
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
    /// The series that have windows.
    kept: BTreeMap<u32, Kept>,
    /// The time that each series took, kept or not.
    taken: HashMap<u32, Duration>,
}

#[derive(Clone, Debug)]
struct Window {
    /// Its place: it begins at about `cell` times its length.
    cell: u64,
    from: Duration,
    length: Duration,
    load: Load,
    series: BTreeMap<u32, Counts>,
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
        let fresh = self.windows.last().is_none_or(|last| last.cell < cell / self.span);
        if fresh && self.windows.len() >= self.limits.windows {
            self.merge_neighbours();
        }
        let at = cell / self.span;
        let length = to.saturating_sub(from);
        match self.windows.last_mut() {
            // Time does not run backwards; if it seems to, nothing is lost.
            Some(last) if last.cell >= at => {
                last.length += length;
                last.load.merge(load);
            }
            _ => {
                let (load, series) = (load.clone(), BTreeMap::new());
                self.windows.push(Window { cell: at, from, length, load, series });
            }
        }
        let since = if fresh { cell } else { cell + 1 };
        for (id, rank, counts) in series {
            self.count(id, rank, &counts, since);
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
        let Some(window) = self.windows.last_mut() else { return };
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
            self.windows.iter_mut().for_each(|window| drop(window.series.remove(&least)));
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
        let counts = |counts: &Counts| size_of::<(u32, Counts)>() + counts.times.heap_bytes();
        let window = |window: &Window| {
            window.load.schedule_lag.heap_bytes()
                + window.load.cpu.capacity() * size_of::<Duration>()
                + window.series.values().map(counts).sum::<usize>()
        };
        self.windows.capacity() * size_of::<Window>()
            + self.windows.iter().map(window).sum::<usize>()
            + self.taken.capacity() * size_of::<(u32, Duration)>()
    }

    /// All windows, as the file of results has them. Times are service times;
    /// whoever gave others says so in [`SeriesWindows::time`].
    pub fn columns(&self) -> document::Windows {
        let windows = &self.windows;
        let scalar = |get: fn(&Window) -> u64| windows.iter().map(get).collect();
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
            series: self.kept.iter().map(|(id, kept)| (*id, self.series(*id, *kept))).collect(),
        }
    }

    fn series(&self, id: u32, kept: Kept) -> SeriesWindows {
        let none = Counts::default();
        let counts = || self.windows.iter().map(|w| w.series.get(&id).unwrap_or(&none));
        SeriesWindows {
            first_window: self.windows.partition_point(|w| w.cell * self.span < kept.since),
            count: counts().map(|c| c.count).collect(),
            failed: counts().map(|c| c.failed).collect(),
            sum_s: counts().map(|c| c.sum.into()).collect(),
            max_s: counts().map(|c| c.max.map(Number::from)).collect(),
            received_bytes: counts().map(|c| c.received).collect(),
            time: Measured::Service,
            hist: Hist {
                schema: schema(kept.rank),
                first: counts().map(|c| c.times.first()).collect(),
                counts: counts().map(|c| c.times.counts().to_vec()).collect(),
            },
        }
    }
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
