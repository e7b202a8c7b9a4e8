//! How values are spread: exact where that is cheap, three digits elsewhere.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::values::{GRAIN, MOST_RAW, Values};

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// Values above one hour are counted as one hour.
const TOP: u64 = 3_600_000_000;

/// How durations are spread.
///
/// Count, least, greatest, sum and sum of squares are exact to the nanosecond;
/// percentiles have three significant digits and never leave [min, max]. With
/// at most 512 values they are exact to the microsecond.
///
/// ```
/// use mite_core::stats::Distribution;
/// use std::time::Duration;
/// let mut times = Distribution::default();
/// for ms in 1..=100 {
///     times.record(Duration::from_millis(ms));
/// }
/// assert_eq!(times.count(), 100);
/// assert_eq!(times.percentile(99.0), Duration::from_millis(99));
/// assert_eq!(times.mean(), Duration::from_micros(50_500));
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(into = "Encoded", from = "Encoded")]
pub struct Distribution {
    count: u64,
    min: u64,
    max: u64,
    sum: u128,
    squares: u128,
    saturated: u64,
    digits: u8,
    values: Values,
}

/// A [`Distribution`] as it is written down: times in nanoseconds, values in
/// microseconds, each with how often it came. Sums are in two halves of 64 bits, which
/// any format has.
#[derive(Serialize, Deserialize)]
struct Encoded {
    count: u64,
    min: u64,
    max: u64,
    sum: (u64, u64),
    squares: (u64, u64),
    saturated: u64,
    digits: u8,
    raw: bool,
    values: Vec<(u32, u64)>,
}

fn halves(n: u128) -> (u64, u64) {
    ((n >> 64) as u64, n as u64)
}

fn whole((high, low): (u64, u64)) -> u128 {
    u128::from(high) << 64 | u128::from(low)
}

impl From<Distribution> for Encoded {
    fn from(d: Distribution) -> Self {
        Self {
            count: d.count,
            min: d.min,
            max: d.max,
            sum: halves(d.sum),
            squares: halves(d.squares),
            saturated: d.saturated,
            digits: d.digits,
            raw: matches!(d.values, Values::Raw(_)),
            values: d.values.counts(),
        }
    }
}

impl From<Encoded> for Distribution {
    fn from(e: Encoded) -> Self {
        let digits = e.digits.clamp(1, 5);
        let mut values = Values::Raw(Vec::new());
        if !e.raw {
            values.counted(digits);
        }
        for (value, n) in e.values {
            match &mut values {
                Values::Raw(raw) => raw.push(value),
                Values::Counted(histogram) => histogram
                    .record_n(value.into(), n)
                    .expect("a histogram that grows takes any value"),
            }
        }
        Self {
            count: e.count,
            min: e.min,
            max: e.max,
            sum: whole(e.sum),
            squares: whole(e.squares),
            saturated: e.saturated,
            digits,
            values,
        }
    }
}

impl Default for Distribution {
    fn default() -> Self {
        Self::with_digits(3)
    }
}

impl Distribution {
    /// Nothing recorded yet; percentiles will have `digits` (1 to 5) significant digits.
    pub(crate) fn with_digits(digits: u8) -> Self {
        Self {
            count: 0,
            min: u64::MAX,
            max: 0,
            sum: 0,
            squares: 0,
            saturated: 0,
            digits,
            values: Values::Raw(Vec::new()),
        }
    }

    /// Adds one value.
    #[inline]
    pub fn record(&mut self, value: Duration) {
        let whole = value.as_secs().saturating_mul(NANOS_PER_SECOND);
        let nanos = whole.saturating_add(u64::from(value.subsec_nanos()));
        self.count += 1;
        self.min = self.min.min(nanos);
        self.max = self.max.max(nanos);
        self.sum += u128::from(nanos);
        self.squares = self.squares.saturating_add(u128::from(nanos) * u128::from(nanos));
        let micros = (nanos / GRAIN) + u64::from(nanos % GRAIN >= GRAIN / 2);
        if micros > TOP {
            self.saturated += 1;
        }
        self.values.record(micros.min(TOP) as u32, self.digits);
    }

    /// Adds all values of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.sum += other.sum;
        self.squares = self.squares.saturating_add(other.squares);
        self.saturated += other.saturated;
        match &other.values {
            Values::Raw(raw) => self.values.extend(raw, self.digits),
            Values::Counted(histogram) => self
                .values
                .counted(self.digits)
                .add(&**histogram)
                .expect("a histogram that grows takes any value"),
        }
    }

    /// The values that came since it was `earlier`. Counts and sums are exact; the
    /// least and greatest are as exact as percentiles, unless they are those of all.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        let values = self.values.since(&earlier.values, self.digits);
        let bounds = values.bounds(GRAIN / 2);
        self.rest(earlier, values, bounds)
    }

    /// The values that are not among `part`, which are some of them; as exact as
    /// [`since`](Self::since).
    pub(super) fn without(&self, part: &Self) -> Self {
        let values = self.values.without(&part.values, self.digits);
        let bounds = values.bounds(0);
        self.rest(part, values, bounds)
    }

    /// With those of `others`, each of which is taken to be no less than any of these.
    pub(super) fn and_no_less(&self, others: &Self) -> Self {
        let mut all = self.clone();
        let high = (self.max / GRAIN).min(TOP);
        for (micros, n) in others.recorded() {
            let nanos = if micros > high { micros * GRAIN } else { self.max };
            all.count += n;
            all.max = all.max.max(nanos);
            all.sum += u128::from(nanos) * u128::from(n);
            let square = u128::from(nanos) * u128::from(nanos);
            all.squares = all.squares.saturating_add(square.saturating_mul(n.into()));
            all.values.record_n(micros.max(high) as u32, n, self.digits);
        }
        all
    }

    fn rest(&self, earlier: &Self, values: Values, (low, high): (u64, u64)) -> Self {
        let count = self.count.saturating_sub(earlier.count);
        let greatest = if self.max > earlier.max { self.max } else { high.min(self.max) };
        let least = if self.min < earlier.min { self.min } else { low.max(self.min) };
        Self {
            count,
            // A bucket is known by its greatest value.
            min: if count == 0 { u64::MAX } else { least.min(greatest) },
            max: if count == 0 { 0 } else { greatest },
            sum: self.sum.saturating_sub(earlier.sum),
            squares: self.squares.saturating_sub(earlier.squares),
            saturated: self.saturated.saturating_sub(earlier.saturated),
            digits: self.digits,
            values,
        }
    }

    /// No values; room for as many as there were is kept.
    pub(super) fn clear(&mut self) {
        let values = match std::mem::replace(&mut self.values, Values::Raw(Vec::new())) {
            Values::Raw(mut raw) if !raw.is_empty() => {
                raw.clear();
                Values::Raw(raw)
            }
            Values::Counted(mut histogram) if self.count > MOST_RAW as u64 => {
                histogram.reset();
                Values::Counted(histogram)
            }
            // It was not used, or no longer needs so much.
            Values::Raw(_) | Values::Counted(_) => Values::Raw(Vec::new()),
        };
        *self = Self { values, ..Self::with_digits(self.digits) };
    }

    /// How many values there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many of them were above one hour; percentiles count them as one hour.
    pub fn saturated(&self) -> u64 {
        self.saturated
    }

    /// The least value; zero if there is none.
    pub fn min(&self) -> Duration {
        Duration::from_nanos(if self.count == 0 { 0 } else { self.min })
    }

    /// The greatest value; zero if there is none.
    pub fn max(&self) -> Duration {
        Duration::from_nanos(self.max)
    }

    /// The sum of all values.
    pub fn sum(&self) -> Duration {
        let second = u128::from(NANOS_PER_SECOND);
        let seconds = u64::try_from(self.sum / second).unwrap_or(u64::MAX);
        Duration::new(seconds, (self.sum % second) as u32)
    }

    /// The values as percentiles know them, in microseconds, each with how often it
    /// came; in no order. Adding them to a histogram of as many [`digits`](Self::digits)
    /// makes the same percentiles.
    ///
    /// ```
    /// use mite_core::stats::Distribution;
    /// use std::time::Duration;
    /// let mut times = Distribution::default();
    /// times.record(Duration::from_millis(2));
    /// assert_eq!(times.recorded(), [(2_000, 1)]);
    /// ```
    pub fn recorded(&self) -> Vec<(u64, u64)> {
        match &self.values {
            Values::Raw(raw) => raw.iter().map(|value| (u64::from(*value), 1)).collect(),
            Values::Counted(histogram) => histogram
                .iter_recorded()
                .map(|step| {
                    (histogram.median_equivalent(step.value_iterated_to()), step.count_at_value())
                })
                .collect(),
        }
    }

    /// How many significant digits percentiles of many values have.
    pub fn digits(&self) -> u8 {
        self.digits
    }

    /// The sum divided by the count; zero if there is no value.
    pub fn mean(&self) -> Duration {
        match u128::from(self.count) {
            0 => Duration::ZERO,
            n => Duration::from_nanos((self.sum / n) as u64),
        }
    }

    /// The standard deviation of these values (not an estimate for more of
    /// them); zero with fewer than two.
    pub fn standard_deviation(&self) -> Duration {
        if self.count < 2 {
            return Duration::ZERO;
        }
        // In integers: in floating point the difference of two great numbers would lose
        // all its digits (cancellation).
        let n = u128::from(self.count);
        let mean = self.sum / n;
        let rest = (self.sum % n) as f64 / n as f64;
        let square_of_mean = mean.saturating_mul(mean);
        let mean_square = self.squares / n;
        let variance = mean_square.saturating_sub(square_of_mean) as f64 - 2.0 * mean as f64 * rest;
        Duration::from_nanos(variance.max(0.0).sqrt() as u64)
    }

    /// The value that `p` percent of all values do not exceed (nearest rank).
    /// `p` is clamped to [0, 100]; 0 is the least value, 100 the greatest;
    /// zero if there is no value.
    pub fn percentile(&self, p: f64) -> Duration {
        self.percentiles([p])[0]
    }

    /// The `rank`-th value from the least one, which is the first.
    pub(super) fn at_rank(&self, rank: u64) -> Duration {
        match &self.values {
            _ if rank >= self.count => self.max(),
            // A rank is an integer, and a share of the count is not.
            _ => self.percentile(100.0 * (rank as f64 - 0.5) / self.count as f64),
        }
    }

    /// As [`percentile`](Self::percentile), several at once.
    pub fn percentiles<const N: usize>(&self, wanted: [f64; N]) -> [Duration; N] {
        if self.count == 0 {
            return [Duration::ZERO; N];
        }
        let sorted = match &self.values {
            Values::Raw(raw) => {
                let mut sorted = raw.clone();
                sorted.sort_unstable();
                sorted
            }
            Values::Counted(_) => Vec::new(),
        };
        wanted.map(|p| {
            let p = if p.is_nan() { 0.0 } else { p.clamp(0.0, 100.0) };
            let nanos = match &self.values {
                _ if p == 0.0 => self.min,
                _ if p == 100.0 => self.max,
                Values::Raw(_) => {
                    let rank = nearest_rank(p, sorted.len() as u64) as usize;
                    u64::from(sorted[rank.clamp(1, sorted.len()) - 1]) * GRAIN
                }
                Values::Counted(histogram) => histogram.value_at_percentile(p) * GRAIN,
            };
            Duration::from_nanos(nanos.clamp(self.min, self.max))
        })
    }

    /// The share of values, from 0 to 1, between `low` and `high`, both
    /// included as far as they can be told apart; 0 if there is none.
    pub fn share_between(&self, low: Duration, high: Duration) -> f64 {
        let micros = |d: Duration| (d.as_micros() as u64).min(TOP);
        let inside = match &self.values {
            _ if self.count == 0 => return 0.0,
            Values::Raw(raw) => raw
                .iter()
                .filter(|v| (micros(low)..=micros(high) + 1).contains(&u64::from(**v)))
                .count() as u64,
            Values::Counted(histogram) => histogram.count_between(micros(low), micros(high)),
        };
        inside as f64 / self.count as f64
    }

    /// The usual figures.
    pub fn spread(&self) -> Spread {
        let [p25, p50, p75, p90, p95, p99, p999] =
            self.percentiles([25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.9]);
        Spread {
            count: self.count,
            min: self.min(),
            mean: self.mean(),
            standard_deviation: self.standard_deviation(),
            p25,
            p50,
            p75,
            p90,
            p95,
            p99,
            p999,
            max: self.max(),
        }
    }
}

/// Which of so many values, from 1, `p` percent of them do not exceed; 0 for `p` 0.
pub(super) fn nearest_rank(p: f64, count: u64) -> u64 {
    // Divided last: 0.999 times 1000 is above 999 in floating point.
    (p * count as f64 / 100.0).ceil() as u64
}

/// The usual figures of a [`Distribution`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Spread {
    /// How many values.
    pub count: u64,
    /// The least.
    pub min: Duration,
    /// The mean.
    pub mean: Duration,
    /// The standard deviation.
    pub standard_deviation: Duration,
    /// The 25th percentile.
    pub p25: Duration,
    /// The median.
    pub p50: Duration,
    /// The 75th percentile.
    pub p75: Duration,
    /// The 90th percentile.
    pub p90: Duration,
    /// The 95th percentile.
    pub p95: Duration,
    /// The 99th percentile.
    pub p99: Duration,
    /// The 99.9th percentile.
    pub p999: Duration,
    /// The greatest.
    pub max: Duration,
}

#[cfg(test)]
mod tests;
