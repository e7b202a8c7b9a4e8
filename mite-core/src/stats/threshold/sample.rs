//! What a selection holds: counts of a stretch of time, to take figures from.

use std::collections::BTreeSet;
use std::time::Duration;

use super::expression::{Selection, Statistic, Subject};
use super::own::Own;
use super::quantity::Unit;
use crate::stats::distribution::{Distribution, nearest_rank};

/// Counts that thresholds are held against.
pub(crate) trait Measures {
    /// Adds everything that `selection` holds.
    fn add_to(&self, selection: &Selection, sample: &mut Sample);

    /// What there is of subjects, as it is written in a threshold.
    fn subjects(&self) -> BTreeSet<String>;

    /// What `key` is in the series of a subject.
    fn values(&self, subject: &Subject, key: &str) -> BTreeSet<String>;
}

/// What a selection holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sample {
    /// How many of what is counted.
    pub(crate) count: u64,
    /// How many failed.
    pub(crate) failed: u64,
    /// How many there were that could have been counted, or could have failed.
    pub(crate) of: u64,
    /// How long they took, unless only their number is wanted.
    pub(crate) times: Option<Distribution>,
    /// Of these, the times of requests without a response.
    pub(crate) unanswered: Distribution,
    /// What the test's own statistics of that name were told.
    pub(crate) own: Own,
    /// How many were counted without their names, since there were too many of those.
    pub(crate) nameless: u64,
}

impl Sample {
    /// Nothing yet, to take `statistic` from.
    pub(crate) fn of(statistic: Statistic) -> Self {
        Self { times: statistic.is_of_times().then(Distribution::default), ..Self::default() }
    }

    /// Adds what another one holds.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.failed += other.failed;
        self.of += other.of;
        self.nameless += other.nameless;
        self.own.merge(&other.own);
        if let (Some(times), Some(more)) = (&mut self.times, &other.times) {
            times.merge(more);
            self.unanswered.merge(&other.unanswered);
        }
    }

    /// How many values a figure would be made of.
    pub(crate) fn size(&self) -> u64 {
        match self.own.count() {
            0 => self.times.as_ref().map_or(self.of, Distribution::count),
            n => n,
        }
    }

    /// A figure over a stretch of `length`, in the base of `unit`; none if there is
    /// nothing to take it from. A time without an end, as that of a request which got no
    /// response, is infinite.
    pub(crate) fn figure(&self, statistic: Statistic, unit: Unit, length: Duration) -> Option<f64> {
        use Statistic as S;
        if self.own.is_told() {
            return self.own.figure(statistic, unit, length);
        }
        let ratio = |part: u64| match unit {
            Unit::Share => (self.of > 0 || part > 0).then(|| part as f64 / self.of.max(1) as f64),
            Unit::PerSecond => (!length.is_zero()).then(|| part as f64 / length.as_secs_f64()),
            Unit::Number | Unit::Time => Some(part as f64),
        };
        match statistic {
            S::Count | S::Rate => return ratio(self.count),
            S::Failed => return ratio(self.failed),
            S::Sum | S::Last | S::RateDeviation => return None,
            _ => {}
        }
        let times = self.times.as_ref().filter(|times| times.count() > 0)?;
        if self.has_all_failed() {
            return Some(f64::INFINITY);
        }
        if self.unanswered.count() > 0 {
            return Some(self.of_answered(times, statistic));
        }
        Some(nanos(match statistic {
            S::Percentile(p) => times.percentile(p),
            S::Min => times.min(),
            S::Max => times.max(),
            S::Deviation => times.standard_deviation(),
            _ => times.mean(),
        }))
    }

    /// Whether none of them did what it should.
    fn has_all_failed(&self) -> bool {
        self.of > 0 && self.failed >= self.of
    }

    /// How many of those that a time is made of failed.
    pub(crate) fn failed_of_times(&self) -> u64 {
        if self.times.is_some() { self.failed } else { 0 }
    }

    /// What gets no response is slower than anything that does: a figure that falls on it
    /// has no end, and in a mean it is as long as it lasted, or as the slowest response.
    fn of_answered(&self, times: &Distribution, statistic: Statistic) -> f64 {
        use Statistic as S;
        let answered = times.without(&self.unanswered);
        let rank = match statistic {
            S::Percentile(p) => nearest_rank(p, times.count()),
            S::Min => 0,
            S::Max => times.count(),
            S::Deviation => {
                return nanos(answered.and_no_less(&self.unanswered).standard_deviation());
            }
            _ => return nanos(answered.and_no_less(&self.unanswered).mean()),
        };
        match rank {
            0 => nanos(answered.min()),
            rank if rank > answered.count() => f64::INFINITY,
            rank => nanos(answered.at_rank(rank)),
        }
    }
}

fn nanos(time: Duration) -> f64 {
    time.as_nanos() as f64
}
