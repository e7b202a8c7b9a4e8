//! What was counted: in a stretch of time, or since a run began.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::detail_table::DetailTable;
use super::failures::Failure;
use super::health::{RunnerHealth, of_runner};
use super::mark::Marks;
use super::own::StatisticTable;
use super::replay::Replays;
use super::series::Series;
use super::series_table::SeriesTable;
use super::snapshot::JourneyCounts;
use super::{LIMITED, Limits, OVERFLOW};
use crate::label::{LONGEST, Label, Prehashed};
use crate::units;

/// Everything that was counted, in a stretch of time or since a run began. Adding
/// up all stretches of all runners gives the totals.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Counts {
    pub(crate) series: SeriesTable,
    pub(crate) journeys: Vec<(Label, JourneyCounts)>,
    pub(crate) failures: Vec<(Arc<Failure>, u64)>,
    pub(crate) kinds: KindTable,
    pub(crate) unserializable: u64,
    pub(crate) blocked: Blocked,
    pub(crate) health: Vec<RunnerHealth>,
    /// What belongs to the warm-up, if there is one.
    pub(crate) warmup: Option<Box<Counts>>,
    pub(crate) statistics: StatisticTable,
    /// By the places of their series.
    pub(crate) details: DetailTable,
    pub(crate) marks: Marks,
    #[serde(default)]
    pub(crate) replays: Replays,
    /// Most journeys in flight at a time: of one runner, in the stretch that was taken last.
    #[serde(default)]
    pub(crate) most_in_flight: u64,
}

/// For each journey, how it blocked its runners.
pub(crate) type Blocked = HashMap<Label, BlockedTimes, BuildHasherDefault<Prehashed>>;

/// Times in which runners were blocked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BlockedTimes {
    pub(crate) times: u64,
    pub(crate) longest: Duration,
    pub(crate) in_all: Duration,
}

impl BlockedTimes {
    pub(crate) fn merge(&mut self, other: &Self) {
        self.times += other.times;
        self.longest = self.longest.max(other.longest);
        self.in_all += other.in_all;
    }
}

impl Default for Counts {
    fn default() -> Self {
        Self::with_limits(Limits::default())
    }
}

impl Counts {
    /// Nothing counted, with other limits than the default ones.
    pub fn with_limits(limits: Limits) -> Self {
        Self {
            series: SeriesTable::new(limits.series),
            journeys: Vec::new(),
            failures: Vec::new(),
            kinds: KindTable::new(limits.kinds),
            unserializable: 0,
            blocked: Blocked::default(),
            health: Vec::new(),
            warmup: None,
            statistics: StatisticTable::new(limits.statistics),
            details: DetailTable::default(),
            marks: Marks::default(),
            replays: Replays::default(),
            most_in_flight: 0,
        }
    }

    /// Most journeys in flight at a time, of the runner that counted them and since it was
    /// asked before.
    pub fn most_in_flight(&self) -> u64 {
        self.most_in_flight + self.warmup.as_ref().map_or(0, |warmup| warmup.most_in_flight)
    }

    /// Nothing counted; the names stay, so that they are not made anew.
    pub fn clear(&mut self) {
        self.series.clear();
        self.journeys.iter_mut().for_each(|(_, counts)| *counts = JourneyCounts::default());
        self.failures.clear();
        self.kinds.clear();
        self.unserializable = 0;
        self.blocked.clear();
        self.health.iter_mut().for_each(RunnerHealth::clear);
        if let Some(warmup) = &mut self.warmup {
            warmup.clear();
        }
        self.statistics.clear();
        self.details.clear();
        self.marks.clear();
        self.replays.clear();
        self.most_in_flight = 0;
    }

    /// Which of the requests that are counted here from now on are to be looked at closer:
    /// those of the series that have a place in `details`, a table of `series`.
    pub(super) fn directed<T: From<Series>>(
        &mut self,
        details: &DetailTable,
        series: &SeriesTable<T>,
    ) {
        let known = self.series.iter().map(|(key, _)| series.known(key));
        details.direct(&mut self.details, known);
    }

    /// What has come since they were `earlier`: those of the same source.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        let mut before = earlier.journeys.iter();
        let journeys = self.journeys.iter().map(|(journey, counts)| {
            let before = before.next().map_or_else(JourneyCounts::default, |(_, counts)| *counts);
            (journey.clone(), counts.since(&before))
        });
        let mut before = earlier.failures.iter();
        let failures = self.failures.iter().map(|(failure, n)| {
            (failure.clone(), n.saturating_sub(before.next().map_or(0, |(_, n)| *n)))
        });
        let blocked = self.blocked.iter().map(|(journey, now)| {
            let before = earlier.blocked.get(journey).copied().unwrap_or_default();
            let since = BlockedTimes {
                times: now.times.saturating_sub(before.times),
                longest: now.longest,
                in_all: now.in_all.saturating_sub(before.in_all),
            };
            (journey.clone(), since)
        });
        let before = |runner| earlier.health.iter().find(move |health| health.runner == runner);
        let health = self.health.iter().map(|health| match before(health.runner) {
            Some(before) => health.since(before),
            None => health.clone(),
        });
        Self {
            series: self.series.since(&earlier.series),
            journeys: journeys.collect(),
            failures: failures.filter(|(_, n)| *n > 0).collect(),
            kinds: self.kinds.since(&earlier.kinds),
            unserializable: self.unserializable.saturating_sub(earlier.unserializable),
            blocked: blocked.collect(),
            health: health.collect(),
            warmup: self.warmup.as_ref().map(|now| {
                Box::new(match &earlier.warmup {
                    Some(earlier) => now.since(earlier),
                    None => (**now).clone(),
                })
            }),
            statistics: self.statistics.since(&earlier.statistics),
            details: self.details.since(&earlier.details),
            marks: self.marks.since(&earlier.marks),
            replays: self.replays.since(&earlier.replays),
            // Nobody knows of how many runners it would be.
            most_in_flight: 0,
        }
    }

    /// The counts of a journey. A test has a handful of journeys, and the same
    /// one comes again and again.
    pub(crate) fn journey(&mut self, journey: &Label) -> &mut JourneyCounts {
        let at =
            self.journeys.iter().position(|(known, _)| known == journey).unwrap_or_else(|| {
                self.journeys.push((journey.clone(), JourneyCounts::default()));
                self.journeys.len() - 1
            });
        &mut self.journeys[at].1
    }

    pub(crate) fn blocked(&mut self, journey: &Label, times: &BlockedTimes) {
        self.blocked.entry(journey.clone()).or_default().merge(times);
    }

    /// The health of a runner.
    pub(crate) fn health(&mut self, runner: u32) -> &mut RunnerHealth {
        of_runner(&mut self.health, runner)
    }
}

/// By place of a series: the time that it has taken, and whether its requests are those that
/// limits are about.
pub(super) fn taken<T: AsRef<Series> + From<Series>>(
    series: &SeriesTable<T>,
) -> impl Fn(usize) -> (Duration, bool) + use<'_, T> {
    |place| {
        let (key, series) = series.get(place);
        let limited = key.request.as_ref().is_some_and(|request| request.protocol == LIMITED);
        (series.as_ref().times.sum(), limited)
    }
}

/// Messages by kind, up to a limit; what comes later is counted as [`OVERFLOW`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "HashMap<Box<str>, u64>", into = "HashMap<Box<str>, u64>")]
pub(crate) struct KindTable {
    kinds: HashMap<Box<str>, u64>,
    limit: usize,
}

impl From<KindTable> for HashMap<Box<str>, u64> {
    fn from(table: KindTable) -> Self {
        table.kinds
    }
}

/// A deserialized table is only read.
impl From<HashMap<Box<str>, u64>> for KindTable {
    fn from(kinds: HashMap<Box<str>, u64>) -> Self {
        Self { limit: kinds.len(), kinds }
    }
}

impl KindTable {
    pub(crate) fn new(limit: usize) -> Self {
        Self { kinds: HashMap::new(), limit }
    }

    pub(crate) fn add(&mut self, kind: &str, n: u64) {
        if let Some(count) = self.kinds.get_mut(kind) {
            *count += n;
            return;
        }
        if kind.len() > LONGEST {
            return self.add(&units::within(kind, LONGEST), n);
        }
        // The overflow entry is beyond the limit.
        let named = self.kinds.len() - usize::from(self.kinds.contains_key(OVERFLOW));
        let kind = if named < self.limit { kind } else { OVERFLOW };
        *self.kinds.entry(kind.into()).or_default() += n;
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.kinds.iter().filter(|(_, n)| **n > 0).map(|(kind, n)| (&**kind, *n))
    }

    fn clear(&mut self) {
        self.kinds.values_mut().for_each(|n| *n = 0);
    }

    fn since(&self, earlier: &Self) -> Self {
        let before = |kind: &str| earlier.kinds.get(kind).copied().unwrap_or(0);
        let since =
            self.kinds.iter().map(|(kind, n)| (kind.clone(), n.saturating_sub(before(kind))));
        Self { kinds: since.collect(), limit: self.limit }
    }
}
