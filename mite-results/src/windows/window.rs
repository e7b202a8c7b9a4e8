//! What a window holds.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;

use super::{Exponential, SERIES_SCHEMA};

/// Load asked for and made in a stretch of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// Most journeys that closed lines asked for, looked at once a second.
    pub required: f64,
    /// Journeys a second that open lines asked for, at most, looked at once a second.
    pub required_per_s: f64,
    /// Fewest journeys running, looked at once a second.
    pub running_min: u64,
    /// Most journeys running.
    pub running_max: u64,
    /// Arrivals that the schedule asked for.
    pub scheduled: u64,
    /// Executions that began.
    pub started: u64,
    /// Arrivals that did not become one, by reason.
    pub dropped: BTreeMap<String, u64>,
    /// Errors that journeys reported.
    pub errors: u64,
    /// CPU time of each runner.
    pub cpu: Vec<Duration>,
    /// The latest that a loop turned.
    pub loop_lag_max: Option<Duration>,
    /// How late arrivals began.
    pub schedule_lag: Exponential,
}

impl Default for Load {
    fn default() -> Self {
        Self {
            required: 0.0,
            required_per_s: 0.0,
            running_min: 0,
            running_max: 0,
            scheduled: 0,
            started: 0,
            dropped: BTreeMap::new(),
            errors: 0,
            cpu: Vec::new(),
            loop_lag_max: None,
            schedule_lag: Exponential::new(SERIES_SCHEMA),
        }
    }
}

impl Load {
    pub(super) fn merge(&mut self, other: &Self) {
        self.required = self.required.max(other.required);
        self.required_per_s = self.required_per_s.max(other.required_per_s);
        self.running_min = self.running_min.min(other.running_min);
        self.running_max = self.running_max.max(other.running_max);
        self.scheduled += other.scheduled;
        self.started += other.started;
        for (reason, n) in &other.dropped {
            *self.dropped.entry(reason.clone()).or_default() += n;
        }
        self.errors += other.errors;
        if self.cpu.len() < other.cpu.len() {
            self.cpu.resize(other.cpu.len(), Duration::ZERO);
        }
        self.cpu.iter_mut().zip(&other.cpu).for_each(|(cpu, more)| *cpu += *more);
        self.loop_lag_max = self.loop_lag_max.max(other.loop_lag_max);
        self.schedule_lag.merge(&other.schedule_lag);
    }
}

/// Counts and times of a series in a stretch of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    /// How many ended.
    pub count: u64,
    /// Those that failed.
    pub failed: u64,
    /// The sum of their times.
    pub sum: Duration,
    /// The longest of their times.
    pub max: Option<Duration>,
    /// Bytes received.
    pub received: u64,
    /// How the times are spread: `count` of them.
    pub times: Exponential,
    /// How the times of those that failed are spread, which are among all.
    pub failed_times: Option<Box<Exponential>>,
    /// How service times are spread, where `times` are other ones; none where they are not.
    pub service: Option<Box<Exponential>>,
}

impl Counts {
    /// Service times, from the start.
    pub fn service(&self) -> &Exponential {
        self.service.as_deref().unwrap_or(&self.times)
    }

    /// Of a histogram of microseconds. The sum and the longest are the
    /// histogram's: whoever has exact ones sets them.
    ///
    /// ```
    /// use hdrhistogram::Histogram;
    /// use mite_results::windows::{Counts, TOTAL_SCHEMA};
    /// let mut micros = Histogram::<u64>::new_with_bounds(1, 3_600_000_000, 3).unwrap();
    /// micros.record_n(2_000, 3).unwrap();
    /// let counts = Counts::of(TOTAL_SCHEMA, &micros, 1, 4_096);
    /// assert_eq!((counts.count, counts.failed, counts.sum.as_millis()), (3, 1, 6));
    /// ```
    pub fn of(schema: u8, micros: &Histogram<u64>, failed: u64, received: u64) -> Self {
        let count = micros.len();
        Self {
            count,
            failed,
            sum: Duration::from_secs_f64(micros.mean() * count as f64 * 1e-6),
            max: (count > 0).then(|| Duration::from_micros(micros.max())),
            received,
            times: Exponential::of(schema, micros),
            ..Self::default()
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.failed += other.failed;
        self.sum += other.sum;
        self.max = self.max.max(other.max);
        self.received += other.received;
        if self.service.is_some() || other.service.is_some() {
            // Until now both were the same.
            self.service.get_or_insert_with(|| Box::new(self.times.clone())).merge(other.service());
        }
        self.times.merge(&other.times);
        if let Some(failed) = &other.failed_times {
            let none = || Box::new(Exponential::new(self.times.schema()));
            self.failed_times.get_or_insert_with(none).merge(failed);
        }
    }
}
