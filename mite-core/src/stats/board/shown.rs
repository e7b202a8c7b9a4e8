//! What a board shows of series, of statistics of the test's own, and of what else came.

use std::sync::Arc;
use std::time::Duration;

use super::Board;
use crate::stats::counts::{Counts, taken};
use crate::stats::detail_table::{DetailTable, Seen};
use crate::stats::distribution::Distribution;
use crate::stats::failures::Failure;
use crate::stats::findings::Finding;
use crate::stats::health::Grade;
use crate::stats::judge::validity;
use crate::stats::mark::{Mark, Marks};
use crate::stats::own::StatisticRow;
use crate::stats::phases::{PhaseTime, Phases};
use crate::stats::series::Series;
use crate::stats::snapshot::{BlockedRow, SeriesCounts, StatisticCounts};
use crate::stats::status::RunStatus;

impl Board {
    /// Failures that came for the first time since this was asked before.
    pub fn new_failures(&mut self) -> Vec<Arc<Failure>> {
        let mut new = Vec::new();
        for (failures, told) in
            [(&self.warmup_failures, &mut self.told_of_warmup), (&self.failures, &mut self.told)]
        {
            let before = new.len();
            new.extend(failures.iter().skip(*told).map(|(failure, _)| failure.clone()));
            *told += new.len() - before;
        }
        new
    }

    /// The failure that has come `times` times or more while nothing at all has
    /// succeeded: no request, no transaction, no journey.
    pub fn hopeless(&self, times: u64) -> Option<Finding> {
        let succeeded = self.totals.journeys.finished + self.warmup.journeys.finished > 0
            || self.series.iter().any(|(_, series)| series.times.count() > series.errors);
        let mut failures = self.failures.iter().filter(|(_, n)| *n >= times);
        let (failure, n) = failures.next().filter(|_| !succeeded)?;
        Some(Finding::Hopeless { times: *n, why: failure.message.clone() })
    }

    /// Somebody marked a moment.
    pub fn mark(&mut self, mark: Mark) {
        Arc::make_mut(&mut self.marks).add(mark);
    }

    /// So many journeys were in flight at most, in what was merged last: of each runner at
    /// any moment, added up.
    pub fn saw_in_flight(&mut self, most: u64) {
        self.window.most_in_flight = self.window.most_in_flight.max(most);
    }

    /// The moments that were marked until now.
    pub fn marks(&self) -> &Arc<Marks> {
        &self.marks
    }

    pub(super) fn add_marks(&mut self, marks: &Marks) {
        if *marks != Marks::default() {
            Arc::make_mut(&mut self.marks).merge(marks);
        }
    }

    /// What the numbers are worth until now.
    pub(super) fn validity(&self, status: &RunStatus) -> Grade {
        // Without requests what is typical is known at the end.
        validity(status, &self.blocked(), self.requests.judged().percentile(50.0))
    }

    pub(super) fn blocked(&self) -> Vec<BlockedRow> {
        let rows = self.blocked.iter().map(|(journey, blocked)| BlockedRow {
            journey: journey.to_string(),
            times: blocked.times,
            longest: blocked.longest,
            in_all: blocked.in_all,
        });
        let mut rows: Vec<_> = rows.collect();
        rows.sort_by(|a, b| a.journey.cmp(&b.journey));
        rows
    }

    pub(super) fn series(&self, recent: &[Option<Arc<Series>>]) -> Vec<SeriesCounts> {
        let series = self.series.iter().enumerate().map(|(at, (key, total))| SeriesCounts {
            key: key.clone(),
            total: total.clone(),
            window: recent.get(at).cloned().flatten(),
            phases: self.details.get(at).map(|detail| Box::new(phase_times(&detail.phases))),
            detail: None,
        });
        series.collect()
    }

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

    /// Where the time of attempts at requests went, if anybody looks at it.
    pub(super) fn phases(&self) -> Phases<Distribution> {
        match self.shows_series {
            true => self.details.all(false, &self.taken()).phases,
            false => Phases::default(),
        }
    }

    /// By place of a series.
    pub(super) fn taken(&self) -> impl Fn(usize) -> (Duration, bool) + use<'_> {
        taken(&self.series)
    }

    /// Adds the details of a window, whose requests are of the series that were `seen`.
    pub(super) fn add_details(&mut self, window: &Counts, seen: &[Seen]) {
        let taken = taken(&self.series);
        self.details.merge(&window.details, seen, &taken);
        let places = seen.iter().map(|seen| seen.to);
        self.details.choose(places, &taken, DetailTable::keep_in_sum);
    }

    pub(super) fn series_in_detail(&self) -> Vec<SeriesCounts> {
        let mut series = self.series(&[]);
        for (place, detail) in self.details.iter() {
            series[place].detail = Some(Arc::new(detail.clone()));
        }
        series
    }
}

fn phase_times(phases: &Phases<Distribution>) -> Phases<PhaseTime> {
    phases.map(|times| PhaseTime { count: times.count(), sum: times.sum(), max: times.max() })
}
