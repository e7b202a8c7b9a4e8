//! What a statistic was told.

use serde::{Deserialize, Serialize};

use super::kind::StatisticKind;
use super::numbers::Numbers;

/// What a statistic was told: in a stretch of time, or since the run began.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// How often.
    pub count: u64,
    /// The sum of the values.
    pub sum: f64,
    /// The least; zero if there is none.
    pub min: f64,
    /// The greatest; zero if there is none.
    pub max: f64,
    /// The last.
    pub last: f64,
    /// When that was, in seconds since 1970; only of gauges.
    at: f64,
    /// The sum of the squares of their distances to the mean.
    deviations: f64,
    /// How the values of a histogram are spread.
    numbers: Numbers,
    /// How often it was told what is no value for it.
    pub refused: u64,
}

impl Told {
    /// Takes a value, told at `at` (seconds since 1970, of a gauge).
    pub(super) fn record(&mut self, kind: StatisticKind, value: f64, at: f64) {
        if !kind.takes(value) {
            self.refused += 1;
            return;
        }
        let before = self.mean();
        self.min = if self.count == 0 { value } else { self.min.min(value) };
        self.max = if self.count == 0 { value } else { self.max.max(value) };
        self.count += 1;
        self.sum += value;
        (self.last, self.at) = (value, at);
        if matches!(kind, StatisticKind::Gauge | StatisticKind::Histogram) {
            self.deviations += (value - before) * (value - self.mean());
        }
        if kind == StatisticKind::Histogram {
            self.numbers.record(value);
        }
    }

    /// Adds what another one was told. Of two last values the later one stays.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.refused += other.refused;
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            let refused = self.refused;
            *self = Self { refused, ..other.clone() };
            return;
        }
        // Chan, Golub, LeVeque: deviations of two parts.
        let (n, m) = (self.count as f64, other.count as f64);
        let apart = other.mean() - self.mean();
        self.deviations += other.deviations + apart * apart * (n * m / (n + m));
        self.count += other.count;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        if other.at >= self.at {
            (self.last, self.at) = (other.last, other.at);
        }
        self.numbers.merge(&other.numbers);
    }

    /// What it was told since it was `earlier`. Least and greatest are those of all.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        let count = self.count.saturating_sub(earlier.count);
        let sum = self.sum - earlier.sum;
        let refused = self.refused.saturating_sub(earlier.refused);
        if count == 0 {
            return Self { refused, ..Self::default() };
        }
        let (n, m) = (earlier.count as f64, count as f64);
        let apart = sum / m - earlier.mean();
        let between = if earlier.count == 0 { 0.0 } else { apart * apart * (n * m / (n + m)) };
        Self {
            count,
            sum,
            deviations: (self.deviations - earlier.deviations - between).max(0.0),
            numbers: self.numbers.since(&earlier.numbers),
            refused,
            ..*self
        }
    }

    /// Nothing was told.
    pub(super) fn clear(&mut self) {
        let mut numbers = std::mem::take(&mut self.numbers);
        numbers.clear();
        *self = Self { numbers, ..Self::default() };
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0 && self.refused == 0
    }

    /// The sum divided by the count; zero if there is no value.
    pub fn mean(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.sum / self.count as f64 }
    }

    /// The standard deviation of these values, of gauges and histograms; zero with fewer
    /// than two.
    pub fn standard_deviation(&self) -> f64 {
        if self.count < 2 { 0.0 } else { (self.deviations / self.count as f64).max(0.0).sqrt() }
    }

    /// The values of a histogram as percentiles know them, each with how often it came; in
    /// no order.
    pub fn recorded(&self) -> Vec<(f64, u64)> {
        let recorded = self.numbers.recorded();
        // What stands for a bucket may lie beyond all that is in it.
        recorded.map(|(number, n)| (number.clamp(self.min, self.max), n)).collect()
    }

    /// What so many percent of the values of a histogram do not exceed (nearest rank,
    /// three digits); 0 is the least value, 100 the greatest.
    pub fn percentiles<const N: usize>(&self, wanted: [f64; N]) -> [f64; N] {
        let near = self.numbers.percentiles(wanted);
        std::array::from_fn(|at| match wanted[at] {
            p if p <= 0.0 => self.min,
            p if p >= 100.0 => self.max,
            _ => near[at].clamp(self.min, self.max),
        })
    }
}
