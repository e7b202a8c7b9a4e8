//! What a board shows of statistics of the test's own, and of requests in detail.

use std::sync::Arc;
use std::time::Duration;

use super::Board;
use crate::stats::own::StatisticRow;
use crate::stats::snapshot::{SeriesCounts, StatisticCounts};

impl Board {
    pub(super) fn statistics(&self) -> Vec<StatisticCounts> {
        let statistics = self.statistics.iter();
        let counts = statistics.map(|(key, told)| (key.clone(), told.clone()));
        counts.map(|(key, told)| StatisticCounts { key, told }).collect()
    }

    pub(super) fn statistic_rows(&self, load: Duration) -> Vec<StatisticRow> {
        let statistics = self.statistics.iter();
        let mut rows: Vec<_> =
            statistics.map(|(key, told)| StatisticRow::of(key, told, load)).collect();
        StatisticRow::sort(&mut rows);
        rows
    }

    pub(super) fn series_in_detail(&self) -> Vec<SeriesCounts> {
        let mut series = self.series(&[]);
        for (place, detail) in self.details.iter() {
            series[place].detail = Some(Arc::new(detail.clone()));
        }
        series
    }
}
