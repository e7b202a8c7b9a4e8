//! What was counted: in a stretch of time, or since a run began.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::failures::Failure;
use super::series::SeriesTable;
use super::snapshot::JourneyCounts;
use super::{Limits, OVERFLOW};
use crate::label::{Label, Prehashed};

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
}

/// For each journey, how often it blocked its runner and the longest time.
pub(crate) type Blocked = HashMap<Label, (u64, Duration), BuildHasherDefault<Prehashed>>;

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
        }
    }

    /// Nothing counted; the names stay, so that they are not made anew.
    pub fn clear(&mut self) {
        self.series.clear();
        self.journeys.iter_mut().for_each(|(_, counts)| *counts = JourneyCounts::default());
        self.failures.clear();
        self.kinds.clear();
        self.unserializable = 0;
        self.blocked.clear();
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
        let blocked = self.blocked.iter().map(|(journey, (times, longest))| {
            let before = earlier.blocked.get(journey).map_or(0, |(times, _)| *times);
            (journey.clone(), (times.saturating_sub(before), *longest))
        });
        Self {
            series: self.series.since(&earlier.series),
            journeys: journeys.collect(),
            failures: failures.filter(|(_, n)| *n > 0).collect(),
            kinds: self.kinds.since(&earlier.kinds),
            unserializable: self.unserializable.saturating_sub(earlier.unserializable),
            blocked: blocked.collect(),
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

    pub(crate) fn blocked(&mut self, journey: &Label, times: u64, longest: Duration) {
        let blocked = self.blocked.entry(journey.clone()).or_default();
        blocked.0 += times;
        blocked.1 = blocked.1.max(longest);
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

/// Only to be looked through.
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
        let kind = if self.kinds.len() < self.limit { kind } else { OVERFLOW };
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
