//! Histograms as monitoring systems keep them: with bounds, and with buckets that grow.

use std::collections::BTreeMap;
use std::sync::Arc;

use mite_core::stats::{Distribution, Told};
use mite_results::windows::{TOTAL_SCHEMA, index_of_seconds};

/// Upstream mite's bounds of response times.
pub(super) const UPSTREAM: [f64; 15] =
    [0.0001, 0.001, 0.01, 0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];

/// Bounds of times elsewhere.
const TIMES: [f64; 16] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
    60.0,
];

/// Bounds of numbers that may be anything.
const NUMBERS: [f64; 28] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 1e2,
    2e2, 5e2, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6,
];

/// What is nearer to zero than that is counted as zero.
pub(crate) const ZERO: f64 = 1e-6;

/// How fine exponential buckets are: bucket i holds (2^((i−1)/2^s), 2^(i/2^s)], 2.2 %.
pub(crate) const SCHEMA: u8 = TOTAL_SCHEMA;

/// The bounds of a histogram's buckets, ascending; the last bucket has no bound.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bounds(Arc<[f64]>);

impl Bounds {
    /// Of times.
    pub(super) fn of_times() -> Self {
        Self(TIMES.into())
    }

    /// Of numbers.
    pub(super) fn of_numbers() -> Self {
        Self(NUMBERS.into())
    }

    /// Upstream mite's, or those of a list with commas, as upstream reads it.
    ///
    /// # Errors
    /// If it is no list of numbers, or a bound comes twice.
    pub(super) fn upstream(list: Option<&str>) -> Result<Self, String> {
        let Some(list) = list.filter(|list| !list.trim().is_empty()) else {
            return Ok(Self(UPSTREAM.into()));
        };
        let mut bounds = Vec::new();
        for text in list.split(',').map(str::trim) {
            match text.parse::<f64>() {
                Ok(bound) if bound.is_finite() => bounds.push(bound),
                _ => return Err(format!("`{text}` is not a number of seconds")),
            }
        }
        bounds.sort_by(f64::total_cmp);
        match bounds.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(format!("{} is given twice", pair[0])),
            None => Ok(Self(bounds.into())),
        }
    }
}

/// How values are spread.
#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    pub(crate) count: u64,
    pub(crate) sum: f64,
    /// The least and the greatest value; of none, both are zero.
    pub(crate) range: (f64, f64),
    bounds: Bounds,
    /// By bound, and beyond the last; not cumulative.
    counts: Vec<u64>,
    pub(crate) native: Native,
}

/// Exponential buckets, by their number; empty ones are left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Native {
    /// Values that are nearer to zero than [`ZERO`].
    pub(crate) zero: u64,
    pub(crate) positive: BTreeMap<i32, u64>,
    /// Of values below zero, by the bucket of their size.
    pub(crate) negative: BTreeMap<i32, u64>,
}

impl Histogram {
    fn empty(bounds: Bounds) -> Self {
        let counts = vec![0; bounds.0.len() + 1];
        let native = Native::default();
        Self { count: 0, sum: 0.0, range: (0.0, 0.0), bounds, counts, native }
    }

    /// Of times, in seconds.
    pub(super) fn of_times(times: &Distribution, bounds: Bounds) -> Self {
        let mut made = Self::empty(bounds);
        for (micros, n) in times.recorded() {
            made.add(micros as f64 / 1e6, n);
        }
        made.count = times.count();
        made.sum = times.sum().as_secs_f64();
        made.range = (times.min().as_secs_f64(), times.max().as_secs_f64());
        made
    }

    /// Of times, with a list of bounds.
    #[cfg(test)]
    pub(crate) fn of_list(times: &Distribution, bounds: &str) -> Self {
        Self::of_times(times, Bounds::upstream(Some(bounds)).expect("they are bounds"))
    }

    /// Of the values of a statistic of the test's own.
    pub(super) fn of_numbers(told: &Told) -> Self {
        let mut made = Self::empty(Bounds::of_numbers());
        told.recorded().into_iter().for_each(|(number, n)| made.add(number, n));
        made.count = told.count;
        made.sum = told.sum;
        made.range = (told.min, told.max);
        made
    }

    fn add(&mut self, value: f64, n: u64) {
        self.counts[self.bounds.0.partition_point(|bound| *bound < value)] += n;
        self.native.add(value, n);
    }

    /// Adds the values of another one with the same bounds.
    pub(super) fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        self.range = match self.count {
            0 => other.range,
            _ => (self.range.0.min(other.range.0), self.range.1.max(other.range.1)),
        };
        self.count += other.count;
        self.sum += other.sum;
        self.counts.iter_mut().zip(&other.counts).for_each(|(own, other)| *own += other);
        self.native.merge(&other.native);
    }

    /// Each bound, with how many values do not exceed it; not the last, which is all.
    pub(crate) fn cumulative(&self) -> impl Iterator<Item = (f64, u64)> {
        self.bounds.0.iter().zip(&self.counts).scan(0, |so_far, (bound, n)| {
            *so_far += n;
            Some((*bound, *so_far))
        })
    }
}

impl Native {
    fn add(&mut self, value: f64, n: u64) {
        let size = value.abs();
        if size <= ZERO {
            self.zero += n;
            return;
        }
        let side = if value > 0.0 { &mut self.positive } else { &mut self.negative };
        *side.entry(index_of_seconds(SCHEMA, size)).or_default() += n;
    }

    fn merge(&mut self, other: &Self) {
        self.zero += other.zero;
        for (own, other) in
            [(&mut self.positive, &other.positive), (&mut self.negative, &other.negative)]
        {
            other.iter().for_each(|(at, n)| *own.entry(*at).or_default() += n);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn times(millis: impl IntoIterator<Item = u64>) -> Distribution {
        let mut times = Distribution::default();
        millis.into_iter().for_each(|ms| times.record(Duration::from_millis(ms)));
        times
    }

    #[test]
    fn a_value_on_a_bound_does_not_exceed_it() {
        let bounds = Bounds::upstream(Some("1, 3,2")).unwrap();
        let made = Histogram::of_times(&times([1_000, 2_500, 2_000, 9_000]), bounds);
        assert_eq!(made.cumulative().collect::<Vec<_>>(), [(1.0, 1), (2.0, 2), (3.0, 3)]);
        assert_eq!((made.count, made.sum, made.range), (4, 14.5, (1.0, 9.0)));
    }

    #[test]
    fn exponential_buckets_hold_all_values() {
        let mut all = times([0, 1_000, 1_000, 2_000]);
        all.record(Duration::from_micros(1));
        let native = Histogram::of_times(&all, Bounds::of_times()).native;
        // 1 s is the upper end of bucket 0, 2 s that of bucket 32.
        assert_eq!(native.positive, BTreeMap::from([(0, 2), (32, 1)]));
        assert_eq!((native.zero, native.negative.len()), (2, 0));
    }

    #[test]
    fn merging_is_counting_all() {
        let merged = |a, b| {
            let mut merged = Histogram::of_times(&a, Bounds::of_times());
            merged.merge(&Histogram::of_times(&b, Bounds::of_times()));
            // Two sums of floats, one of integers.
            merged.sum = (merged.sum * 1e9).round() / 1e9;
            format!("{merged:?}")
        };
        let all = Histogram::of_times(&times(1..=100), Bounds::of_times());
        assert_eq!(merged(times(1..=40), times(41..=100)), format!("{all:?}"));
        assert_eq!(merged(times([]), times(1..=100)), format!("{all:?}"));
    }

    #[test]
    fn bounds_are_upstreams_or_a_list() {
        assert_eq!(Bounds::upstream(Some(" ")), Ok(Bounds(UPSTREAM.into())));
        assert_eq!(Bounds::upstream(Some("1,x")), Err("`x` is not a number of seconds".into()));
        assert_eq!(Bounds::upstream(Some("1,2,1.0")), Err("1 is given twice".into()));
    }
}
