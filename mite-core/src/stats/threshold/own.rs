//! Statistics of the test's own, as thresholds look at them.

use std::time::Duration;

use super::expression::Statistic;
use super::quantity::Unit;
use crate::stats::own::{StatisticKind, Told};

/// What the statistics of a selection were told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Own {
    told: Told,
    kind: Option<StatisticKind>,
    /// Another kind that goes by the same name.
    other: Option<StatisticKind>,
}

impl Own {
    /// Adds what one was told.
    pub(crate) fn add(&mut self, kind: StatisticKind, told: &Told) {
        match *self.kind.get_or_insert(kind) {
            known if known == kind => self.told.merge(told),
            _ => self.other = Some(kind),
        }
    }

    /// Adds what those of another selection were told.
    pub(crate) fn merge(&mut self, other: &Self) {
        if let Some(kind) = other.kind {
            self.add(kind, &other.told);
        }
        self.other = self.other.or(other.other);
    }

    /// Where none was told anything, the sum of a counter is 0 and not unknown.
    pub(crate) fn as_of(&mut self, whole: &Self) {
        (self.kind, self.other) = (whole.kind, whole.other);
    }

    /// Whether there are any.
    pub(crate) fn is_told(&self) -> bool {
        self.kind.is_some()
    }

    /// How often they were told a value.
    pub(crate) fn count(&self) -> u64 {
        self.told.count
    }

    /// How many of what a counter counts, or values of another.
    pub(crate) fn counted(&self) -> f64 {
        match self.kind {
            Some(StatisticKind::Counter) => self.told.sum,
            _ => self.told.count as f64,
        }
    }

    /// A figure over a stretch of `length`; none if they have no such.
    pub(crate) fn figure(&self, statistic: Statistic, unit: Unit, length: Duration) -> Option<f64> {
        use Statistic as S;
        use StatisticKind as K;
        let kind = self.kind.filter(|_| self.other.is_none())?;
        let seconds = length.as_secs_f64();
        let rate = |n: f64| (seconds > 0.0).then_some(n / seconds);
        match statistic {
            S::Failed if kind == K::Check => return self.failed(unit, length),
            S::Count => return Some(self.counted()),
            S::Rate if kind == K::Accumulator => return rate(self.told.sum),
            S::Rate => return rate(self.counted()),
            S::Sum if !matches!(kind, K::Gauge | K::Check) => return Some(self.told.sum),
            _ if self.told.count == 0 => return None,
            _ => {}
        }
        let value = match (statistic, kind) {
            (S::Last, K::Gauge) => return Some(self.told.last),
            (S::Percentile(p), K::Histogram) => self.told.percentiles([p])[0],
            (S::Deviation, K::Gauge | K::Histogram) => self.told.standard_deviation(),
            (_, K::Counter | K::Check) => return None,
            (S::Mean, _) => self.told.mean(),
            (S::Min, _) => self.told.min,
            (S::Max, _) => self.told.max,
            _ => return None,
        };
        // Held against a time, values are seconds.
        Some(if unit == Unit::Time { value * 1e9 } else { value })
    }

    /// Those of a check that did not pass.
    fn failed(&self, unit: Unit, length: Duration) -> Option<f64> {
        let failed = self.told.count as f64 - self.told.sum;
        match unit {
            Unit::Share => (self.told.count > 0).then(|| failed / self.told.count as f64),
            Unit::PerSecond => (!length.is_zero()).then(|| failed / length.as_secs_f64()),
            Unit::Number | Unit::Time => Some(failed),
        }
    }

    /// Why there is no such figure.
    pub(crate) fn explain(&self, name: &str, statistic: Statistic) -> Option<String> {
        let kind = self.kind?;
        if let Some(other) = self.other {
            return Some(format!(
                "`{name}` is a {kind} and a {other}; give each a name of its own"
            ));
        }
        let figures = match kind {
            StatisticKind::Counter => "count, sum and rate",
            StatisticKind::Gauge => "last, min, max, mean, stddev, count and rate",
            StatisticKind::Accumulator => "sum, rate, count, mean, min and max",
            StatisticKind::Check => "failed, count and rate",
            StatisticKind::Histogram => {
                "percentiles such as p99, mean, min, max, stddev, sum, count and rate"
            }
        };
        let article = if kind == StatisticKind::Accumulator { "an" } else { "a" };
        Some(format!("`{name}` is {article} {kind} and has no {statistic}; it has {figures}"))
    }
}
