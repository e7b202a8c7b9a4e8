//! A run as metrics see it: under way, or over.

use mite_core::stats::{
    Checked, Distribution, FailureRow, Grade, JourneyCounts, Phases, RunInfo, RunStatus,
    SeriesCounts, Snapshot, Summary, Totals, Verdict,
};

/// A run, at one moment.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) info: &'a RunInfo,
    pub(super) status: &'a RunStatus,
    pub(super) totals: &'a Totals,
    pub(super) series: &'a [SeriesCounts],
    pub(super) failures: &'a [FailureRow],
    journeys: Journeys<'a>,
    /// What it is held against, as it stands.
    pub(super) limits: &'a [Checked],
    /// What the numbers are worth until now.
    pub(super) validity: Grade,
    /// What it came to, once it is over.
    pub(super) verdict: Option<&'a Verdict>,
}

#[derive(Clone, Copy)]
enum Journeys<'a> {
    UnderWay(&'a Snapshot),
    Over(&'a Summary),
}

impl<'a> From<&'a Snapshot> for View<'a> {
    fn from(snapshot: &'a Snapshot) -> Self {
        Self {
            info: &snapshot.info,
            status: &snapshot.status,
            totals: &snapshot.totals,
            series: &snapshot.series,
            failures: &snapshot.failures,
            limits: &snapshot.limits,
            validity: snapshot.validity,
            journeys: Journeys::UnderWay(snapshot),
            verdict: None,
        }
    }
}

impl<'a> From<&'a Summary> for View<'a> {
    fn from(summary: &'a Summary) -> Self {
        Self {
            info: &summary.info,
            status: &summary.status,
            totals: &summary.totals,
            series: &summary.series,
            failures: &summary.failures,
            limits: &summary.verdict.limits,
            validity: summary.verdict.validity,
            journeys: Journeys::Over(summary),
            verdict: Some(&summary.verdict),
        }
    }
}

impl<'a> View<'a> {
    /// Each journey's executions, by its name.
    pub(super) fn journeys(&self) -> Vec<(&'a str, &'a JourneyCounts)> {
        match self.journeys {
            Journeys::UnderWay(run) => run.journeys.iter().map(|(j, c)| (j.as_str(), c)).collect(),
            Journeys::Over(run) => {
                run.journeys.iter().map(|row| (row.journey.as_str(), &row.counts)).collect()
            }
        }
    }

    /// Where the time of attempts went.
    pub(super) fn phases(&self) -> &'a Phases<Distribution> {
        match self.journeys {
            Journeys::UnderWay(run) => &run.phases,
            Journeys::Over(run) => &run.phases,
        }
    }

    /// The test's name.
    pub(super) fn test(&self) -> &'a str {
        &self.info.test
    }

    /// `n`, or zero once the run is over: what is measured no more is not what it was.
    pub(super) fn now(&self, n: f64) -> f64 {
        if self.verdict.is_some() { 0.0 } else { n }
    }
}
