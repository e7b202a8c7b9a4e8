//! Counts on their way from a runner to the board.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;
use std::time::Duration;

use super::failures::Failure;
use super::series::SeriesTable;
use super::snapshot::JourneyCounts;
use super::{Limits, OVERFLOW};
use crate::label::{Label, Prehashed};

/// What a runner counted in some stretch of time. Adding up all of them gives
/// the totals.
#[derive(Debug)]
pub struct Delta {
    pub(crate) series: SeriesTable,
    pub(crate) journeys: Vec<(Label, JourneyCounts)>,
    pub(crate) failures: Vec<(Arc<Failure>, u64)>,
    pub(crate) kinds: KindTable,
    pub(crate) unserializable: u64,
    pub(crate) blocked: Blocked,
}

/// For each journey, how often it blocked its runner and the longest time.
pub(crate) type Blocked = HashMap<Label, (u64, Duration), BuildHasherDefault<Prehashed>>;

impl Delta {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            series: SeriesTable::new(limits.series),
            journeys: Vec::new(),
            failures: Vec::new(),
            kinds: KindTable::new(limits.kinds),
            unserializable: 0,
            blocked: Blocked::default(),
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
#[derive(Debug)]
pub(crate) struct KindTable {
    kinds: HashMap<Box<str>, u64>,
    limit: usize,
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
        self.kinds.iter().map(|(kind, n)| (&**kind, *n))
    }
}
