//! Statistics by name and labels, in bounded memory.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasherDefault;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::key::{LabelPair, StatisticKey, cut};
use super::kind::StatisticKind;
use super::told::Told;
use crate::label::{Label, Prehashed};
use crate::stats::OVERFLOW;

/// Statistics in the order they came, up to a limit. What comes later is counted under
/// its name without its labels if that name is known, and as [`OVERFLOW`] if not.
#[derive(Clone, Debug)]
pub(crate) struct StatisticTable<T = Told> {
    index: HashMap<u64, usize, BuildHasherDefault<Prehashed>>,
    statistics: Vec<(StatisticKey, T)>,
    /// Names with their kinds, by hash.
    names: HashSet<u64, BuildHasherDefault<Prehashed>>,
    limit: usize,
}

/// Labels of what was counted without its own.
const NO_LABELS: [LabelPair<'static>; 1] = [(OVERFLOW, std::borrow::Cow::Borrowed("true"))];

impl<T: Default> StatisticTable<T> {
    pub(crate) fn new(limit: usize) -> Self {
        let (index, names) = (HashMap::default(), HashSet::default());
        Self { index, statistics: Vec::new(), names, limit }
    }

    /// The statistic of that name and these labels, made if there is room for it. No
    /// text is made for one that is known.
    #[inline]
    pub(crate) fn entry(
        &mut self,
        kind: StatisticKind,
        name: &str,
        labels: &[LabelPair<'_>],
    ) -> &mut T {
        let name = cut(name);
        let at = match self.find(kind, name, labels) {
            Ok(at) => at,
            Err(hash) if self.statistics.len() < self.limit => {
                self.insert(hash, kind, name, labels)
            }
            Err(_) => self.overflow(kind, name),
        };
        &mut self.statistics[at].1
    }

    /// As a key that was made elsewhere.
    pub(crate) fn entry_of(&mut self, key: &StatisticKey) -> &mut T {
        let mut labels: Vec<LabelPair<'_>> = Vec::with_capacity(key.labels.len());
        labels
            .extend(key.labels.iter().map(|(name, value)| (name.as_str(), value.as_str().into())));
        self.entry(key.kind, key.name.as_str(), &labels)
    }

    #[cold]
    fn overflow(&mut self, kind: StatisticKind, name: &str) -> usize {
        // So that the sum over the name stays right. There are no more of these than of
        // the others.
        let is_known = self.names.contains(&hash_of_name(kind, name));
        let name = if is_known { name } else { OVERFLOW };
        self.find(kind, name, &NO_LABELS)
            .unwrap_or_else(|hash| self.insert(hash, kind, name, &NO_LABELS))
    }

    /// Where it is, or the free hash that it would get: two of one hash stand behind
    /// each other.
    #[inline]
    fn find(
        &self,
        kind: StatisticKind,
        name: &str,
        labels: &[LabelPair<'_>],
    ) -> Result<usize, u64> {
        let mut hash = hash_of_name(kind, name);
        for (name, value) in labels {
            // Labels in another order are the same.
            hash = hash.wrapping_add(Label::hash_of(&[name, "\0", value]));
        }
        while let Some(&at) = self.index.get(&hash) {
            if self.statistics[at].0.is(kind, name, labels) {
                return Ok(at);
            }
            hash = hash.wrapping_add(1);
        }
        Err(hash)
    }

    #[cold]
    fn insert(
        &mut self,
        hash: u64,
        kind: StatisticKind,
        name: &str,
        labels: &[LabelPair<'_>],
    ) -> usize {
        let at = self.statistics.len();
        self.index.insert(hash, at);
        self.names.insert(hash_of_name(kind, name));
        self.statistics.push((StatisticKey::of(kind, name, labels), T::default()));
        at
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &(StatisticKey, T)> {
        self.statistics.iter()
    }
}

fn hash_of_name(kind: StatisticKind, name: &str) -> u64 {
    Label::hash_of(&[name]).wrapping_add(kind as u64)
}

impl StatisticTable {
    /// Takes a value.
    #[inline]
    pub(crate) fn record(
        &mut self,
        kind: StatisticKind,
        name: &str,
        labels: &[LabelPair<'_>],
        value: f64,
        at: f64,
    ) {
        self.entry(kind, name, labels).record(kind, value, at);
    }

    /// Those that were told something.
    pub(crate) fn filled(&self) -> impl Iterator<Item = &(StatisticKey, Told)> {
        self.statistics.iter().filter(|(_, statistic)| !statistic.is_empty())
    }

    /// Nothing was told; the names stay, so that they are not made anew.
    pub(crate) fn clear(&mut self) {
        self.statistics.iter_mut().for_each(|(_, statistic)| statistic.clear());
    }

    /// What they were told since they were `earlier`, whose names are the first of these.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        let mut earlier = earlier.statistics.iter();
        let since = |(key, now): &(StatisticKey, Told)| {
            let since = match earlier.next() {
                Some((_, earlier)) => now.since(earlier),
                None => now.clone(),
            };
            (key.clone(), since)
        };
        // It is only looked through, never for a name.
        Self { statistics: self.statistics.iter().map(since).collect(), ..Self::new(0) }
    }
}

/// Names and values, in the order they came.
impl Serialize for StatisticTable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.statistics.serialize(serializer)
    }
}

/// Only to be looked through, never for a name.
impl<'de> Deserialize<'de> for StatisticTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let statistics = Vec::deserialize(deserializer)?;
        Ok(Self { statistics, ..Self::new(0) })
    }
}
