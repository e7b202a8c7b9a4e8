//! Statistics as rows for people.

use std::time::Duration;

use serde::Serialize;

use super::key::StatisticKey;
use super::kind::StatisticKind;
use super::told::Told;
use crate::units;

/// One statistic of the test's own.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StatisticRow {
    /// Its name.
    pub name: String,
    /// What is kept of it.
    pub kind: StatisticKind,
    /// Its labels, sorted by name.
    pub labels: Vec<(String, String)>,
    /// How often it was told a value.
    pub count: u64,
    /// The sum of the values; of a check, how many passed.
    pub sum: f64,
    /// The sum of a counter or accumulator in a second, the values of others; over the
    /// time in which load was asked for.
    pub rate: f64,
    /// The least value.
    pub min: f64,
    /// The mean.
    pub mean: f64,
    /// The standard deviation, of gauges and histograms.
    pub standard_deviation: f64,
    /// The greatest value.
    pub max: f64,
    /// The last value.
    pub last: f64,
    /// Of a histogram, percents and the values that so many do not exceed.
    pub percentiles: Vec<(f64, f64)>,
    /// How often it was told what is no value for it, such as NaN.
    pub refused: u64,
}

/// The percentiles of a row.
const PERCENTILES: [f64; 7] = [50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 99.99];

impl StatisticRow {
    pub(crate) fn of(key: &StatisticKey, told: &Told, load: Duration) -> Self {
        let labels = key.labels.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        let percentiles = match key.kind {
            StatisticKind::Histogram if told.count > 0 => {
                PERCENTILES.into_iter().zip(told.percentiles(PERCENTILES)).collect()
            }
            _ => Vec::new(),
        };
        let seconds = load.as_secs_f64();
        let per_second = match key.kind {
            StatisticKind::Counter | StatisticKind::Accumulator => told.sum,
            StatisticKind::Gauge | StatisticKind::Histogram | StatisticKind::Check => {
                told.count as f64
            }
        };
        Self {
            name: key.name.to_string(),
            kind: key.kind,
            labels: labels.collect(),
            count: told.count,
            sum: told.sum,
            rate: if seconds > 0.0 { per_second / seconds } else { 0.0 },
            min: told.min,
            mean: told.mean(),
            standard_deviation: told.standard_deviation(),
            max: told.max,
            last: told.last,
            percentiles,
            refused: told.refused,
        }
    }

    /// Its name and labels for people: `orders {kind="new"}`.
    pub fn title(&self) -> String {
        if self.labels.is_empty() {
            return self.name.clone();
        }
        let labels = self.labels.iter().map(|(name, value)| format!("{name}={value:?}"));
        format!("{} {{{}}}", self.name, labels.collect::<Vec<_>>().join(", "))
    }

    /// By kind, then by name.
    pub(crate) fn sort(rows: &mut [Self]) {
        rows.sort_by(|a, b| {
            a.kind
                .cmp(&b.kind)
                .then_with(|| units::by_number(&a.name, &b.name))
                .then_with(|| a.labels.cmp(&b.labels))
        });
    }
}
