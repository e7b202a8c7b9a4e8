//! A transaction, as the screen shows it.

use std::collections::VecDeque;
use std::time::Duration;

use mite_core::stats::{Series, SeriesCounts, shown_transaction};

use super::buckets::Buckets;

/// Seconds that are remembered of a row that is watched.
pub(super) const REMEMBERED: usize = 120;

/// Seconds that its rate is over.
const RATED: usize = 10;

/// A transaction, or a journey as a whole.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub(super) journey: String,
    /// Empty for the journey as a whole.
    pub(super) transaction: String,
    pub(super) count: u64,
    pub(super) errors: u64,
    /// The time of all of them.
    pub(super) sum: Duration,
    /// How often they came in each of the last seconds, with the second's length.
    recent: VecDeque<(u32, Duration)>,
    /// Known of those that take the most time.
    pub(super) figures: Option<Figures>,
    /// The last seconds, for those that are watched.
    pub(super) seconds: VecDeque<Buckets>,
}

/// Figures of a series over the whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Figures {
    pub(super) min: Duration,
    pub(super) mean: Duration,
    pub(super) p50: Duration,
    pub(super) p90: Option<Duration>,
    pub(super) p95: Option<Duration>,
    pub(super) p99: Option<Duration>,
    pub(super) p999: Option<Duration>,
    pub(super) max: Duration,
}

impl Figures {
    /// `None` of nothing. Percentiles need ten values above them.
    pub(super) fn of(series: &Series) -> Option<Self> {
        let times = series.judged();
        let [p50, p90, p95, p99, p999] = times.percentiles([50.0, 90.0, 95.0, 99.0, 99.9]);
        let known = |least: u64, time| (times.count() >= least).then_some(time);
        (times.count() > 0).then(|| Self {
            min: times.min(),
            mean: times.mean(),
            p50,
            p90: known(100, p90),
            p95: known(200, p95),
            p99: known(1_000, p99),
            p999: known(10_000, p999),
            max: times.max(),
        })
    }
}

impl Row {
    /// Of this series, about which nothing is known yet.
    pub(super) fn of(series: &SeriesCounts) -> Self {
        let transaction = shown_transaction(series.key.transaction.as_ref());
        Self {
            journey: series.key.journey.to_string(),
            transaction: transaction.to_owned(),
            ..Self::default()
        }
    }

    /// What people call it.
    pub(super) fn name(&self) -> String {
        match self.transaction.as_str() {
            "" => self.journey.clone(),
            name => format!("{}, {name}", self.journey),
        }
    }

    /// Whether another transaction is around it.
    pub(super) fn is_nested(&self) -> bool {
        self.transaction.contains(" :: ")
    }

    /// Takes what has come in a second of this length.
    pub(super) fn take(&mut self, series: &SeriesCounts, length: Duration) {
        let total = &series.total;
        self.count = total.times.count();
        self.errors = total.errors;
        self.sum = total.times.sum();
        let came = series.window.as_ref().map_or(0, |window| window.times.count());
        if self.recent.len() == RATED {
            self.recent.pop_front();
        }
        self.recent.push_back((came.min(u32::MAX.into()) as u32, length));
    }

    /// Remembers the times of a second.
    pub(super) fn watch(&mut self, series: &SeriesCounts) {
        if self.seconds.len() == REMEMBERED {
            self.seconds.pop_front();
        }
        let window = series.window.as_ref();
        self.seconds.push_back(window.map_or_else(Buckets::default, |w| Buckets::of(w.judged())));
    }

    /// How many a second came lately.
    pub(super) fn rate(&self) -> f64 {
        let count: u64 = self.recent.iter().map(|(n, _)| u64::from(*n)).sum();
        let length: Duration = self.recent.iter().map(|(_, length)| *length).sum();
        if length.is_zero() { 0.0 } else { count as f64 / length.as_secs_f64() }
    }

    /// The part that failed, from 0 to 1.
    pub(super) fn error_share(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.errors as f64 / self.count as f64 }
    }
}
