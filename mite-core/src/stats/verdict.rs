//! Whether a run kept its limits.

use std::time::Duration;

use super::Summary;

/// Limits of a run. One rule for all: a value above its limit fails.
///
/// ```
/// use mite_core::stats::{Board, RunStatus, Thresholds};
/// let summary = Board::default().summary(RunStatus::default());
/// assert!(Thresholds::default().exceeded(&summary).is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Thresholds {
    /// Messages of type `error` and `exception`; the default 0 means that any
    /// error fails.
    pub errors: u64,
    /// The longest response time.
    pub max_response_time: Option<Duration>,
    /// The mean response time.
    pub mean_response_time: Option<Duration>,
    /// The standard deviation of response times.
    pub deviation_of_response_time: Option<Duration>,
    /// The standard deviation of requests a second, over windows of a second.
    pub deviation_of_request_rate: Option<f64>,
    /// Percentiles of response times, each with its limit; percentiles without
    /// one are for showing only.
    pub percentiles: Vec<(f64, Option<Duration>)>,
}

impl Thresholds {
    /// Every limit that `summary` exceeds, and whatever else made the run fail,
    /// in words; nothing if it passed.
    pub fn exceeded(&self, summary: &Summary) -> Vec<String> {
        let mut found = summary.status.failures.clone();
        let errors = summary.totals.journeys.errors;
        if errors > self.errors {
            let s = if errors == 1 { "" } else { "s" };
            found.push(format!("{errors} error{s}, above the limit of {}", self.errors));
        }
        let times = &summary.response_times;
        let mut check = |what: &str, value: Duration, limit: Option<Duration>| {
            if let Some(limit) = limit.filter(|limit| value > *limit) {
                let (value, limit) = (milliseconds(value), milliseconds(limit));
                found.push(format!("{what} {value} ms, above the limit of {limit} ms"));
            }
        };
        check("longest response time", times.max(), self.max_response_time);
        check("mean response time", times.mean(), self.mean_response_time);
        check(
            "standard deviation of response times",
            times.standard_deviation(),
            self.deviation_of_response_time,
        );
        for (p, limit) in &self.percentiles {
            check(&format!("response time at {p} %"), times.percentile(*p), *limit);
        }
        let deviation = summary.request_rates.standard_deviation();
        if let Some(limit) = self.deviation_of_request_rate.filter(|limit| deviation > *limit) {
            found.push(format!(
                "standard deviation of requests per second {deviation:.2}, above the limit of {limit}"
            ));
        }
        found
    }
}

/// With as many digits as there are, so that a value just above its limit does
/// not look equal to it.
fn milliseconds(value: Duration) -> f64 {
    value.as_nanos() as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Distribution, JourneyCounts, RunStatus, Totals};

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    fn summary(times: &[u64], errors: u64) -> Summary {
        let mut response_times = Distribution::default();
        times.iter().for_each(|n| response_times.record(ms(*n)));
        let journeys = JourneyCounts { errors, ..JourneyCounts::default() };
        let totals = Totals { journeys, ..Totals::default() };
        Summary { response_times, totals, ..Summary::default() }
    }

    #[test]
    fn any_error_fails_unless_some_are_allowed() {
        let strict = Thresholds::default();
        assert_eq!(strict.exceeded(&summary(&[], 1)), ["1 error, above the limit of 0"]);
        let lenient = Thresholds { errors: 2, ..Thresholds::default() };
        assert!(lenient.exceeded(&summary(&[], 2)).is_empty());
        assert_eq!(lenient.exceeded(&summary(&[], 3)), ["3 errors, above the limit of 2"]);
    }

    #[test]
    fn a_value_at_its_limit_passes_and_one_above_fails() {
        let at = |limit| Thresholds {
            max_response_time: Some(limit),
            percentiles: vec![(50.0, Some(limit)), (0.0, None)],
            ..Thresholds::default()
        };
        let run = summary(&[100, 200, 200], 0);
        assert!(at(ms(200)).exceeded(&run).is_empty());
        assert_eq!(
            at(Duration::from_micros(199_999)).exceeded(&run),
            [
                "longest response time 200 ms, above the limit of 199.999 ms",
                "response time at 50 % 200 ms, above the limit of 199.999 ms",
            ]
        );
    }

    #[test]
    fn all_limits_are_checked_not_only_the_first() {
        let all = Thresholds {
            errors: 0,
            max_response_time: Some(ms(1)),
            mean_response_time: Some(ms(1)),
            deviation_of_response_time: Some(ms(1)),
            deviation_of_request_rate: Some(0.5),
            percentiles: vec![(0.0, Some(ms(1))), (99.9, Some(ms(1))), (100.0, Some(ms(1)))],
        };
        let mut run = summary(&[100, 200], 7);
        run.status = RunStatus { failures: vec!["pool broke".into()], ..RunStatus::default() };
        assert_eq!(
            all.exceeded(&run),
            [
                "pool broke",
                "7 errors, above the limit of 0",
                "longest response time 200 ms, above the limit of 1 ms",
                "mean response time 150 ms, above the limit of 1 ms",
                "standard deviation of response times 50 ms, above the limit of 1 ms",
                "response time at 0 % 100 ms, above the limit of 1 ms",
                "response time at 99.9 % 200 ms, above the limit of 1 ms",
                "response time at 100 % 200 ms, above the limit of 1 ms",
            ]
        );
    }

    #[test]
    fn without_requests_no_time_is_above_its_limit() {
        let limits = Thresholds {
            mean_response_time: Some(Duration::from_nanos(1)),
            percentiles: vec![(99.0, Some(Duration::from_nanos(1)))],
            ..Thresholds::default()
        };
        assert!(limits.exceeded(&summary(&[], 0)).is_empty());
    }
}
