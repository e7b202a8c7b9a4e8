//! A base-2 exponential histogram.

use std::time::Duration;

use hdrhistogram::Histogram;

use super::buckets::{coarser, index, index_of_seconds, lower, upper};

/// A base-2 exponential histogram of times.
///
/// ```
/// use mite_results::windows::Exponential;
/// use std::time::Duration;
/// let mut times = Exponential::new(5);
/// for ms in 1..=1_000 {
///     times.record(Duration::from_millis(ms), 1);
/// }
/// let p99 = times.quantile(0.99).unwrap();
/// assert!((p99 / 0.99 - 1.0).abs() < 0.022);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exponential {
    schema: u8,
    /// The number of the first bucket in `counts`.
    first: i32,
    /// Neither begins nor ends with a zero.
    counts: Vec<u64>,
}

impl Exponential {
    /// An empty one. Schema 5 has buckets of 2.2 %, schema 3 of 9.1 %.
    pub fn new(schema: u8) -> Self {
        Self { schema, first: 0, counts: Vec::new() }
    }

    /// Of the counts of buckets from number `first` on.
    pub fn of_counts(schema: u8, first: i32, counts: &[u64]) -> Self {
        let mut made = Self::new(schema);
        (first..).zip(counts).for_each(|(i, n)| made.add(i, *n));
        made
    }

    /// Of a histogram of microseconds.
    pub fn of(schema: u8, micros: &Histogram<u64>) -> Self {
        let mut made = Self::new(schema);
        for bucket in micros.iter_recorded() {
            let lowest = micros.lowest_equivalent(bucket.value_iterated_to());
            let width = micros.equivalent_range(lowest);
            let middle = (lowest as f64 + width as f64 / 2.0) * 1e-6;
            made.add(index_of_seconds(schema, middle), bucket.count_at_value());
        }
        made
    }

    /// Adds `n` times of one length.
    pub fn record(&mut self, time: Duration, n: u64) {
        self.add(index(self.schema, time), n);
    }

    /// Adds all times of `other`, which is of the same schema or of a finer one.
    ///
    /// # Panics
    /// When `other` is of a coarser schema: its times cannot be told apart here.
    pub fn merge(&mut self, other: &Self) {
        if other.counts.is_empty() {
            return;
        }
        let steps = other.schema.checked_sub(self.schema).expect("it is not coarser");
        // Both ends first, so that the buckets move once.
        self.reserve(coarser(other.first, steps));
        self.reserve(coarser(other.first + other.counts.len() as i32 - 1, steps));
        for (i, n) in (other.first..).zip(&other.counts) {
            self.add(coarser(i, steps), *n);
        }
    }

    fn add(&mut self, index: i32, n: u64) {
        if n > 0 {
            self.reserve(index);
            self.counts[(index - self.first) as usize] += n;
        }
    }

    fn reserve(&mut self, index: i32) {
        if self.counts.is_empty() {
            self.first = index;
        }
        if index < self.first {
            let more = (self.first - index) as usize;
            self.counts.splice(0..0, std::iter::repeat_n(0, more));
            self.first = index;
        }
        let needed = (index - self.first) as usize + 1;
        if needed > self.counts.len() {
            self.counts.resize(needed, 0);
        }
    }

    /// How fine it is.
    pub fn schema(&self) -> u8 {
        self.schema
    }

    /// The number of the first bucket that is not empty; 0 if all are.
    pub fn first(&self) -> i32 {
        self.first
    }

    /// The buckets from [`first`](Self::first) to the last that is not empty.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// How many times it holds.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The time in seconds within which a share of `p` (0 to 1) lies, linear
    /// inside a bucket; `None` if it is empty. It lies in the same bucket as the
    /// true one.
    pub fn quantile(&self, p: f64) -> Option<f64> {
        let goal = p.clamp(0.0, 1.0) * self.count() as f64;
        let mut below = 0_u64;
        for (i, n) in (self.first..).zip(&self.counts) {
            if *n > 0 && (below + n) as f64 >= goal {
                let share = ((goal - below as f64) / *n as f64).clamp(0.0, 1.0);
                let (low, high) = (lower(self.schema, i), upper(self.schema, i));
                return Some(low + (high - low) * share);
            }
            below += n;
        }
        None
    }

    /// Bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.counts.capacity() * size_of::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times over six orders of magnitude.
    fn times(n: usize, seed: u64) -> Vec<Duration> {
        let mut random = fastrand::Rng::with_seed(seed);
        (0..n).map(|_| Duration::from_secs_f64(10_f64.powf(random.f64() * 6.0 - 5.0))).collect()
    }

    fn of(schema: u8, times: &[Duration]) -> Exponential {
        let mut made = Exponential::new(schema);
        times.iter().for_each(|time| made.record(*time, 1));
        made
    }

    #[test]
    fn merging_is_recording_all() {
        let all = times(2_000, 1);
        for split in [0, 1, 700, 1_999, 2_000] {
            let (a, b) = all.split_at(split);
            let mut merged = of(5, a);
            merged.merge(&of(5, b));
            assert_eq!(merged, of(5, &all));
            let mut backwards = of(5, b);
            backwards.merge(&of(5, a));
            assert_eq!(backwards, merged);
        }
    }

    #[test]
    fn a_coarser_schema_is_the_same_as_recording_into_it() {
        let all = times(2_000, 2);
        let mut coarse = Exponential::new(3);
        coarse.merge(&of(5, &all));
        assert_eq!(coarse, of(3, &all));
    }

    #[test]
    fn percentiles_are_within_a_bucket_of_the_true_ones() {
        for (schema, bound) in [(5, 0.022), (3, 0.091)] {
            for seed in 0..20 {
                let mut all = times(997, seed);
                let histogram = of(schema, &all);
                all.sort();
                for p in [0.0, 0.001, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0] {
                    let rank = ((p * 997.0_f64).ceil() as usize).max(1) - 1;
                    let truth = all[rank].as_secs_f64();
                    let error = histogram.quantile(p).expect("samples") / truth - 1.0;
                    assert!(error.abs() < bound, "p {p} schema {schema}: {error}");
                }
            }
        }
    }

    #[test]
    fn it_can_be_made_of_three_digits() {
        let all = times(5_000, 3);
        let mut micros = Histogram::<u64>::new_with_bounds(1, 3_600_000_000, 3).expect("bounds");
        for time in &all {
            micros.record(time.as_micros() as u64).expect("below an hour");
        }
        let made = Exponential::of(5, &micros);
        assert_eq!(made.count(), 5_000);
        for p in [0.5, 0.9, 0.99] {
            let direct = of(5, &all).quantile(p).expect("samples");
            let error = made.quantile(p).expect("samples") / direct - 1.0;
            assert!(error.abs() < 0.001, "{error}");
        }
    }

    #[test]
    fn nothing_has_no_percentile() {
        assert_eq!(Exponential::new(5).quantile(0.5), None);
    }
}
