//! Runs whose samples are known, for tests.

use hdrhistogram::Histogram;

use crate::document::{
    Document, Host, Line, Measured, Number, Phase, Run, Series, SeriesKind, Times, Tool,
};
use crate::windows::{
    Counts, Exponential, History, Limits, Load, Rank, SERIES_SCHEMA, TOTAL_SCHEMA,
};
use std::time::Duration;

/// A run to make.
#[derive(Clone)]
pub(super) struct Made {
    random: fastrand::Rng,
    windows: usize,
    span: f64,
    per_window: usize,
    factor: f64,
    sigma: f64,
    correlation: f64,
    failing: f64,
}

/// 120 windows of a second with 167 log-normal times each, the median 10 ms,
/// sigma 0.5: 20,040 samples.
pub(super) fn run(seed: u64) -> Made {
    Made {
        random: fastrand::Rng::with_seed(super::calibration::scatter(seed)),
        windows: 120,
        span: 1.0,
        per_window: 167,
        factor: 1.0,
        sigma: 0.5,
        correlation: 0.0,
        failing: 0.0,
    }
}

impl Made {
    pub(super) fn windows(mut self, windows: usize) -> Self {
        self.windows = windows;
        self
    }

    pub(super) fn per_window(mut self, samples: usize) -> Self {
        self.per_window = samples;
        self
    }

    /// Windows of another length, with the same samples.
    pub(super) fn span(mut self, span: f64) -> Self {
        self.span = span;
        self
    }

    /// All times so many times longer.
    pub(super) fn times(mut self, factor: f64) -> Self {
        self.factor = factor;
        self
    }

    /// Neighbouring times are correlated (a first-order autoregression).
    pub(super) fn correlated(mut self, correlation: f64) -> Self {
        self.correlation = correlation;
        self
    }

    /// So many of all fail.
    pub(super) fn failing(mut self, share: f64) -> Self {
        self.failing = share;
        self
    }

    fn normal(&mut self) -> f64 {
        let (u, v) = (1.0 - self.random.f64(), self.random.f64());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }

    pub(super) fn document(mut self) -> Document {
        let mut history = History::new(Limits {
            length: Duration::from_secs_f64(self.span),
            ..Limits::default()
        });
        let empty =
            || Histogram::<u64>::new_with_bounds(1, 3_600_000_000, 3).expect("valid bounds");
        let (mut all, mut failures) = (empty(), 0);
        let mut state = self.normal();
        let load = Load { required: 10.0, ..Load::default() };
        for second in 0..self.windows {
            // As of a histogram of three digits for each window, but quicker.
            let (mut total, mut single) = (Counts::default(), Counts::default());
            total.times = Exponential::new(TOTAL_SCHEMA);
            single.times = Exponential::new(SERIES_SCHEMA);
            for _ in 0..self.per_window {
                let innovation = (1.0 - self.correlation.powi(2)).sqrt();
                state = self.correlation * state + innovation * self.normal();
                let micros = (10_000.0 * self.factor * (self.sigma * state).exp()) as u64;
                all.record(micros).expect("below an hour");
                let lowest = all.lowest_equivalent(micros) as f64;
                let middle = (lowest + all.equivalent_range(micros) as f64 / 2.0) * 1e-6;
                let failed = u64::from(self.random.f64() < self.failing);
                failures += failed;
                for counts in [&mut total, &mut single] {
                    counts.count += 1;
                    counts.failed += failed;
                    counts.sum += Duration::from_micros(micros);
                    counts.max = counts.max.max(Some(Duration::from_micros(micros)));
                    counts.times.record(Duration::from_secs_f64(middle), 1);
                }
            }
            let from = Duration::from_secs(second as u64);
            let both = [(0, Rank::Total, total), (1, Rank::Series, single)];
            history.add(from, from + Duration::from_secs(1), &load, both);
        }
        let elapsed = Number::new(self.windows as f64).expect("finite");
        let total = Series {
            count: all.len(),
            failed: failures,
            rate_per_s: Number::new(all.len() as f64 / self.windows as f64),
            service: Times::of(&all),
            ..Series::default()
        };
        let pay = Series {
            id: 1,
            kind: SeriesKind::Transaction,
            journey: Some("shop:buy".into()),
            name: Some("pay".into()),
            ..total.clone()
        };
        let mut windows = history.columns();
        windows.series.values_mut().for_each(|windows| windows.time = Measured::Service);
        Document {
            tool: Tool { name: "mite".into(), version: "0.1.0".into(), ..Tool::default() },
            run: Run {
                id: "7f3a".into(),
                test: "shop:rush_hour".into(),
                started: "2026-11-24T12:00:00.000Z".into(),
                elapsed_s: elapsed,
                planned_s: Some(elapsed),
                load_s: Some(elapsed),
                seed: Some(42),
                runners: 1,
                host: Host { cpus: Some(2), ..Host::default() },
                ..Run::default()
            },
            lines: vec![Line {
                id: 1,
                journey: "shop:buy".into(),
                phases: vec![Phase {
                    from_s: 0.into(),
                    to_s: Some(elapsed),
                    kind: "constant".into(),
                    text: "10".into(),
                }],
                ..Line::default()
            }],
            series: vec![total, pay],
            windows,
            ..Document::default()
        }
    }
}
