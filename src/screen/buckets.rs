//! Times in buckets that are a constant factor apart, so that a second of a run takes
//! little memory and any stretch of seconds has percentiles.

use std::time::Duration;

use mite_core::stats::Distribution;

/// Buckets for each doubling: 2.2 % apart, as Prometheus' schema 5 has them.
const PER_DOUBLING: f64 = 32.0;

/// From a microsecond to an hour and a little.
const BUCKETS: usize = 1024;

/// A percentile is known if so many values are above it.
const ABOVE: f64 = 10.0;

/// The times of a second: the buckets that have some, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Buckets {
    filled: Vec<(u16, u32)>,
    pub(super) count: u64,
    min: Duration,
    max: Duration,
}

fn bucket_of(micros: u64) -> u16 {
    let at = (micros.max(1) as f64).log2() * PER_DOUBLING;
    (at as usize).min(BUCKETS - 1) as u16
}

/// The middle of a bucket.
fn middle(bucket: usize) -> Duration {
    Duration::from_secs_f64(((bucket as f64 + 0.5) / PER_DOUBLING).exp2() / 1e6)
}

impl Buckets {
    /// The same times, coarser.
    pub(super) fn of(times: &Distribution) -> Self {
        let mut filled: Vec<(u16, u32)> = Vec::new();
        let mut recorded = times.recorded();
        recorded.sort_unstable();
        for (micros, n) in recorded {
            let (bucket, n) = (bucket_of(micros), n.min(u32::MAX.into()) as u32);
            match filled.last_mut().filter(|(last, _)| *last == bucket) {
                Some((_, count)) => *count = count.saturating_add(n),
                None => filled.push((bucket, n)),
            }
        }
        Self { filled, count: times.count(), min: times.min(), max: times.max() }
    }

    /// The longest.
    pub(super) fn max(&self) -> Duration {
        self.max
    }

    /// Each bucket's middle, and how many are in it.
    pub(super) fn each(&self) -> impl Iterator<Item = (Duration, u64)> {
        self.filled.iter().map(|(bucket, n)| (middle((*bucket).into()), u64::from(*n)))
    }
}

/// The times of any number of seconds.
#[derive(Clone, Debug)]
pub(super) struct Histogram {
    counts: Vec<u64>,
    pub(super) count: u64,
    min: Duration,
    max: Duration,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; BUCKETS], count: 0, min: Duration::MAX, max: Duration::ZERO }
    }
}

impl Histogram {
    /// Those of these seconds.
    pub(super) fn of<'a>(seconds: impl IntoIterator<Item = &'a Buckets>) -> Self {
        let mut all = Self::default();
        seconds.into_iter().for_each(|second| all.add(second));
        all
    }

    /// Adds a second.
    pub(super) fn add(&mut self, second: &Buckets) {
        for (bucket, n) in &second.filled {
            self.counts[usize::from(*bucket)] += u64::from(*n);
        }
        self.count += second.count;
        if second.count > 0 {
            self.min = self.min.min(second.min);
            self.max = self.max.max(second.max);
        }
    }

    /// The longest; zero if there is none.
    pub(super) fn max(&self) -> Duration {
        self.max
    }

    /// What `p` percent do not exceed, to 2.2 %; `None` if too few are above it for that
    /// to mean something: fewer than ten, but for the median.
    pub(super) fn percentile(&self, p: f64) -> Option<Duration> {
        let above = self.count as f64 * (1.0 - p / 100.0);
        if self.count == 0 || (p > 50.0 && above + 1e-9 < ABOVE) {
            return None;
        }
        self.low(p)
    }

    /// The same, however few there are.
    pub(super) fn low(&self, p: f64) -> Option<Duration> {
        let rank = ((p / 100.0 * self.count as f64).ceil() as u64).max(1);
        let mut seen = 0;
        let bucket = self.counts.iter().position(|n| {
            seen += n;
            seen >= rank
        })?;
        Some(middle(bucket).clamp(self.min, self.max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(millis: impl Iterator<Item = u64>) -> Buckets {
        let mut times = Distribution::default();
        millis.for_each(|ms| times.record(Duration::from_millis(ms)));
        Buckets::of(&times)
    }

    #[test]
    fn percentiles_of_several_seconds_are_within_two_percent() {
        let seconds = [times(1..=500), times(501..=1_000)];
        let all = Histogram::of(&seconds);
        for (p, ms) in [(50.0, 500.0), (90.0, 900.0), (99.0, 990.0)] {
            let found = all.percentile(p).unwrap().as_secs_f64() * 1e3;
            assert!((found / ms - 1.0).abs() < 0.023, "p{p}: {found}");
        }
        assert_eq!(all.max(), Duration::from_secs(1));
        assert_eq!(all.percentile(99.9), None, "one is above it");
    }

    #[test]
    fn a_percentile_needs_ten_that_are_above_it() {
        let of = |n| Histogram::of([&times(1..=n)]);
        assert!(of(100).percentile(90.0).is_some() && of(99).percentile(90.0).is_none());
        assert!(of(1).percentile(50.0).is_some() && of(0).percentile(50.0).is_none());
    }

    #[test]
    fn times_of_any_length_have_a_bucket() {
        let mut times = Distribution::default();
        for time in [Duration::ZERO, Duration::from_nanos(1), Duration::from_secs(10_000)] {
            times.record(time);
        }
        let all = Histogram::of([&Buckets::of(&times)]);
        assert_eq!((all.count, all.percentile(50.0)), (3, Some(middle(0).min(all.max()))));
    }
}
