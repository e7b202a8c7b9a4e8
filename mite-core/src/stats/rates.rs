//! Requests a second, window by window.

use std::time::Duration;

use serde::Serialize;

use super::distribution::Distribution;

/// Rates of a run, window by window.
/// Written down as what is kept: rates as if they were times, 100,000 ns for one a
/// second.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Rates(Distribution);

impl Rates {
    /// How many windows there were.
    pub fn windows(&self) -> u64 {
        self.0.count()
    }

    /// The mean of the rates.
    pub fn mean(&self) -> f64 {
        rate(self.0.mean())
    }

    /// The least rate.
    pub fn min(&self) -> f64 {
        rate(self.0.min())
    }

    /// The greatest rate.
    pub fn max(&self) -> f64 {
        rate(self.0.max())
    }

    /// Their standard deviation; 0 with fewer than two windows.
    pub fn standard_deviation(&self) -> f64 {
        rate(self.0.standard_deviation())
    }

    /// The rate that `p` percent of the windows do not exceed.
    pub fn percentile(&self, p: f64) -> f64 {
        rate(self.0.percentile(p))
    }

    /// The share of windows, from 0 to 1, within one deviation of the mean.
    pub fn share_within_deviation(&self) -> f64 {
        share_within_deviation(&self.0)
    }
}

/// The share of values, from 0 to 1, within one standard deviation of the mean.
pub(super) fn share_within_deviation(values: &Distribution) -> f64 {
    let (mean, deviation) = (values.mean(), values.standard_deviation());
    values.share_between(mean.saturating_sub(deviation), mean + deviation)
}

fn rate(kept: Duration) -> f64 {
    kept.as_nanos() as f64 / NANOS_PER_UNIT_RATE
}

/// The windows of a run, as they come.
#[derive(Clone, Debug, Default)]
pub(super) struct RateWindows {
    start: Duration,
    requests: u64,
    rates: Distribution,
    /// Where the last window has ended, if it has.
    end: Option<Duration>,
}

/// How a rate is kept as a time, so that rates share the bounded memory of
/// distributions: two decimals, and up to 36 million a second.
const NANOS_PER_UNIT_RATE: f64 = 100_000.0;

const RATE_WINDOW: Duration = Duration::from_secs(1);

impl RateWindows {
    /// The first window begins at `start`.
    pub(super) fn new(start: Duration) -> Self {
        Self { start, ..Self::default() }
    }

    /// What was before `now` makes no windows.
    pub(super) fn resume(&mut self, now: Duration) {
        self.start = self.start.max(now);
    }

    /// So many requests more.
    pub(super) fn add(&mut self, requests: u64) {
        self.requests += requests;
    }

    /// It is `now`: a window ends if it is long enough.
    pub(super) fn tick(&mut self, now: Duration) {
        // A tick may come a little early; that must not make a window of two.
        if self.end.is_none() && now.saturating_sub(self.start) >= RATE_WINDOW * 9 / 10 {
            self.record(now);
        }
    }

    /// It is `now`, and no load is asked for any more: what comes from here on makes no
    /// windows.
    pub(super) fn end(&mut self, now: Duration) {
        if self.end.is_none() {
            *self = Self { end: Some(now), rates: self.closed(now).0, ..Self::default() };
        }
    }

    fn record(&mut self, now: Duration) {
        let rate = per_second(self.requests, now.saturating_sub(self.start));
        self.rates.record(Duration::from_nanos((rate * NANOS_PER_UNIT_RATE) as u64));
        self.start = now;
        self.requests = 0;
    }

    /// With the last window too, unless it is so short that its rate would be noise.
    pub(super) fn closed(&self, now: Duration) -> Rates {
        let mut last = self.clone();
        if self.end.is_some() {
            return Rates(last.rates);
        }
        let length = now.saturating_sub(self.start);
        if length >= RATE_WINDOW / 2 || (self.rates.count() == 0 && !length.is_zero()) {
            last.record(now);
        }
        Rates(last.rates)
    }
}

/// `count` a second over `length`; 0 over no time.
pub(super) fn per_second(count: u64, length: Duration) -> f64 {
    if length.is_zero() { 0.0 } else { count as f64 / length.as_secs_f64() }
}
