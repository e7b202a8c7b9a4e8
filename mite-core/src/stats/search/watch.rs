//! Measures what a search holds.

use std::time::Duration;

use super::hunt::Search;
use super::status::{SearchOutcome, SearchStatus, SearchStep};
use crate::stats::arrivals::{ArrivalStatus, DropReason};
use crate::stats::findings::Finding;
use crate::stats::health::{Grade, Health, RunnerHealth, symptoms};
use crate::stats::threshold::{Measures, Sample, Threshold};

/// Measures each rate that a search holds, and tells it what it came to.
#[derive(Debug)]
pub(crate) struct SearchWatch {
    line: u32,
    journey: String,
    search: Search,
    limits: Vec<Threshold>,
    samples: Vec<Sample>,
    /// Since when it measures, and what stood at what then.
    since: Option<Since>,
}

#[derive(Debug)]
struct Since {
    at: Duration,
    arrivals: ArrivalStatus,
    runners: Vec<RunnerHealth>,
}

impl SearchWatch {
    pub(crate) fn new(line: u32, journey: &str, search: Search) -> Self {
        let limits = search.limits();
        let samples = empty(&limits);
        Self { line, journey: journey.to_owned(), search, limits, samples, since: None }
    }

    /// Adds what was counted since the last time.
    pub(crate) fn add(&mut self, counted: &impl Measures) {
        for (limit, all) in self.limits.iter().zip(&mut self.samples) {
            let mut sample = Sample::of(limit.statistic);
            counted.add_to(&limit.selection, &mut sample);
            all.merge(&sample);
        }
    }

    /// It is `now`, and everything until now was added; `arrivals` and `health` are of the
    /// whole run.
    pub(crate) fn tick(&mut self, now: Duration, arrivals: &ArrivalStatus, health: &Health) {
        let Some(stretch) = self.search.stretch() else { return };
        let Some(since) = &self.since else {
            self.samples = empty(&self.limits);
            if now >= stretch.from {
                let (arrivals, runners) = (arrivals.clone(), health.runners.clone());
                self.since = Some(Since { at: now, arrivals, runners });
            }
            return;
        };
        let length = now.saturating_sub(since.at);
        // A tick may come a little early.
        if length < stretch.length * 19 / 20 {
            return;
        }
        let (outcome, why) = match since.unfit(arrivals, health) {
            Some(why) => (SearchOutcome::Generator, Some(why)),
            None => self.held(since, arrivals, length),
        };
        let figures: Vec<_> = self.figures(length).collect();
        let step = SearchStep {
            rate: stretch.rate,
            from: since.at,
            to: now,
            outcome,
            shown: self
                .limits
                .iter()
                .zip(&figures)
                .map(|(limit, value)| limit.shown(*value))
                .collect(),
            values: figures,
            samples: self.samples.iter().map(Sample::size).collect(),
            why,
        };
        self.search.judge(step);
        self.samples = empty(&self.limits);
        self.since = None;
    }

    /// How it stands.
    pub(crate) fn status(&self) -> SearchStatus {
        self.search.status(self.line, &self.journey)
    }

    pub(crate) fn line(&self) -> u32 {
        self.line
    }

    fn figures(&self, length: Duration) -> impl Iterator<Item = Option<f64>> {
        let all = self.limits.iter().zip(&self.samples);
        all.map(move |(limit, sample)| sample.figure(limit.statistic, limit.unit, length))
    }

    fn held(
        &self,
        since: &Since,
        arrivals: &ArrivalStatus,
        length: Duration,
    ) -> (SearchOutcome, Option<String>) {
        let capped = |of: &ArrivalStatus| of.dropped_for(DropReason::Capped);
        if let refused @ 1.. = capped(arrivals) - capped(&since.arrivals).min(capped(arrivals)) {
            let why = format!("{refused} arrivals found as many in flight as may be");
            return (SearchOutcome::Broken, Some(why));
        }
        for (limit, value) in self.limits.iter().zip(self.figures(length)) {
            match value {
                Some(value) if limit.keeps(value) => {}
                Some(_) => return (SearchOutcome::Broken, None),
                // Where nothing comes back, nothing is kept.
                None => {
                    let why = format!("`{limit}` had nothing to measure");
                    return (SearchOutcome::Broken, Some(why));
                }
            }
        }
        (SearchOutcome::Kept, None)
    }
}

impl Since {
    /// Why the generator could not keep up since then, if so.
    fn unfit(&self, arrivals: &ArrivalStatus, health: &Health) -> Option<String> {
        let new =
            |reason| arrivals.dropped_for(reason).saturating_sub(self.arrivals.dropped_for(reason));
        let scheduled = arrivals.scheduled.saturating_sub(self.arrivals.scheduled).max(1);
        let reasons = [
            (DropReason::Late, "late"),
            (DropReason::Full, "without room on a runner"),
            (DropReason::NoData, "without data"),
            (DropReason::Unleased, "on a runner that had not heard from its controller"),
            (DropReason::Undelivered, "told too late to their runner"),
            (DropReason::Lost, "lost with their runner"),
            (DropReason::Away, "known too late, the network being away"),
        ];
        for (reason, name) in reasons {
            let dropped = new(reason);
            // What is less is in no percentile that people look at.
            if dropped as f64 >= 0.01 * scheduled as f64 {
                return Some(format!("{dropped} of {scheduled} arrivals were {name}"));
            }
        }
        let runners = health.runners.iter().map(|now| {
            let then = self.runners.iter().find(|then| then.runner == now.runner);
            then.map_or_else(|| now.clone(), |then| now.since(then))
        });
        let health = Health { runners: runners.collect(), ..health.clone() };
        let found = symptoms(&health, &[], None).into_iter().map(Finding::Health);
        let worst = found.into_iter().find(|finding| finding.grade() == Grade::Invalid);
        worst.map(|finding| finding.to_string())
    }
}

fn empty(limits: &[Threshold]) -> Vec<Sample> {
    limits.iter().map(|limit| Sample::of(limit.statistic)).collect()
}
