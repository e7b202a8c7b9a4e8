//! Series by name.

use std::hash::{Hash, Hasher};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::series::{Key, Request, RequestRef, Responses, Series};
use super::{Distribution, overflow};
use crate::index::Index;
use crate::label::{Label, Prehashed};

/// Series by name, in the order they came, up to a limit; what comes later is
/// counted as [`OVERFLOW`](super::OVERFLOW).
#[derive(Clone, Debug)]
pub(crate) struct SeriesTable<T = Series> {
    index: Index,
    series: Vec<(Key, T)>,
    limit: usize,
}

/// Series after that many have percentiles of two digits: 10,000 of three
/// would take most of a gigabyte.
const PRECISE_SERIES: usize = 1_000;

impl<T: From<Series>> SeriesTable<T> {
    pub(crate) fn new(limit: usize) -> Self {
        Self { index: Index::default(), series: Vec::new(), limit }
    }

    /// The series of that name, made if there is room for it.
    #[inline(always)]
    pub(crate) fn entry(
        &mut self,
        journey: &Label,
        transaction: Option<&Label>,
        request: RequestRef<'_>,
    ) -> &mut T {
        let at = self.place(journey, transaction, request);
        self.at(at)
    }

    /// The series at a place.
    #[inline]
    pub(crate) fn at(&mut self, place: usize) -> &mut T {
        &mut self.series[place].1
    }

    /// Where the series of that name is, made if there is room for it.
    #[inline(always)]
    pub(crate) fn place(
        &mut self,
        journey: &Label,
        transaction: Option<&Label>,
        request: RequestRef<'_>,
    ) -> usize {
        let hash = hash(journey, transaction, request);
        if let Some(at) = self.index.first(hash)
            && self.series[at].0.is(journey, transaction, request)
        {
            return at;
        }
        self.search(hash, journey, transaction, request)
    }

    /// The same where another name is in its place, and for a new one.
    #[inline(never)]
    fn search(
        &mut self,
        hash: u64,
        journey: &Label,
        transaction: Option<&Label>,
        request: RequestRef<'_>,
    ) -> usize {
        match self.find(hash, journey, transaction, request) {
            Some(at) => at,
            None => self.add(hash, journey, transaction, request),
        }
    }

    /// Makes a series, if there is room for it.
    #[cold]
    fn add(
        &mut self,
        hash: u64,
        journey: &Label,
        transaction: Option<&Label>,
        request: RequestRef<'_>,
    ) -> usize {
        match self.series.len() < self.limit {
            true => self.insert(hash, journey, transaction, request),
            false => self.overflow(request.map(|(protocol, _)| protocol)),
        }
    }

    fn overflow(&mut self, protocol: Option<&'static str>) -> usize {
        let label = overflow();
        let request = protocol.map(|protocol| (protocol, &label));
        let hash = hash(&label, Some(&label), request);
        self.find(hash, &label, Some(&label), request)
            .unwrap_or_else(|| self.insert(hash, &label, Some(&label), request))
    }

    /// Where the series is.
    fn find(
        &self,
        hash: u64,
        journey: &Label,
        transaction: Option<&Label>,
        request: RequestRef<'_>,
    ) -> Option<usize> {
        self.index.probe(hash).find(|at| self.series[*at].0.is(journey, transaction, request))
    }

    fn insert(
        &mut self,
        hash: u64,
        journey: &Label,
        transaction: Option<&Label>,
        request: RequestRef<'_>,
    ) -> usize {
        let at = self.series.len();
        self.index.insert(hash, at);
        let digits = if at < PRECISE_SERIES { 3 } else { 2 };
        let key = Key {
            journey: journey.clone(),
            transaction: transaction.cloned(),
            request: request.map(|(protocol, name)| Request { protocol, name: name.clone() }),
        };
        let series = Series {
            times: Distribution::with_digits(digits),
            response: None,
            is_open: false,
            errors: 0,
            cancelled: 0,
            responses: Responses::default(),
            failed: None,
        };
        self.series.push((key, series.into()));
        at
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &(Key, T)> {
        self.series.iter()
    }

    /// The name and the series at a place.
    pub(super) fn get(&self, place: usize) -> &(Key, T) {
        &self.series[place]
    }

    /// Where the series of that name is, if there is one.
    pub(super) fn known(&self, key: &Key) -> Option<usize> {
        let request = key.request.as_ref().map(Request::as_ref);
        let hash = hash(&key.journey, key.transaction.as_ref(), request);
        self.find(hash, &key.journey, key.transaction.as_ref(), request)
    }
}

#[inline(always)]
fn hash(journey: &Label, transaction: Option<&Label>, request: RequestRef<'_>) -> u64 {
    let mut hasher = Prehashed::default();
    journey.hash(&mut hasher);
    // Protocols that share a name are told apart by comparing.
    for part in [transaction, request.map(|(_, name)| name)] {
        match part {
            Some(label) => label.hash(&mut hasher),
            None => hasher.write_u64(0),
        }
    }
    hasher.finish()
}

impl SeriesTable {
    /// Those in which something was counted.
    pub(crate) fn filled(&self) -> impl Iterator<Item = &(Key, Series)> {
        self.filled_places().map(|(_, filled)| filled)
    }

    /// Those in which something was counted, with their places.
    pub(super) fn filled_places(&self) -> impl Iterator<Item = (usize, &(Key, Series))> {
        self.series.iter().enumerate().filter(|(_, (_, series))| !series.is_empty())
    }

    /// Changes each of them.
    pub(crate) fn each(&mut self, change: impl Fn(&mut Series)) {
        self.series.iter_mut().for_each(|(_, series)| change(series));
    }

    /// Nothing counted; the names stay, so that they are not made anew.
    pub(crate) fn clear(&mut self) {
        self.series.iter_mut().for_each(|(_, series)| series.clear());
    }

    /// What has come since it was `earlier`, whose names are the first of its own.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        let mut earlier = earlier.series.iter();
        let since = |(key, series): &(Key, Series)| {
            let series = match earlier.next() {
                Some((_, earlier)) => series.since(earlier),
                None => series.clone(),
            };
            (key.clone(), series)
        };
        // A difference is only read.
        Self { index: Index::default(), series: self.series.iter().map(since).collect(), limit: 0 }
    }
}

/// Names and counts, in the order they came.
impl Serialize for SeriesTable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.series.serialize(serializer)
    }
}

/// A deserialized table is only read.
impl<'de> Deserialize<'de> for SeriesTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let series = Vec::deserialize(deserializer)?;
        Ok(Self { index: Index::default(), series, limit: 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::OVERFLOW;
    use std::time::Duration;

    #[test]
    fn a_name_is_one_series_from_any_thread() {
        let mut table: SeriesTable = SeriesTable::new(10);
        let (journey, transaction) = (Label::intern("j"), Label::intern("t"));
        table.entry(&journey, Some(&transaction), None).errors += 1;
        table.entry(&journey, Some(&transaction), Some(("http", &journey))).errors += 10;
        let (journey, transaction) =
            std::thread::spawn(|| (Label::intern("j"), Label::intern("t"))).join().unwrap();
        table.entry(&journey, Some(&transaction), None).errors += 1;
        let errors: Vec<_> = table.iter().map(|(_, s)| s.errors).collect();
        assert_eq!(errors, [2, 10]);
    }

    #[test]
    fn names_of_one_hash_stay_apart() {
        let mut table: SeriesTable = SeriesTable::new(10);
        let (a, b) = (Label::intern("a"), Label::intern("b"));
        let hash = hash(&a, None, None);
        let stranger = table.insert(hash, &b, None, None);
        table.entry(&a, None, None).errors += 1;
        table.entry(&a, None, None).errors += 1;
        assert_eq!(table.series[stranger].1.errors, 0);
        assert_eq!(table.iter().count(), 2);
    }

    #[test]
    fn what_finds_the_table_full_is_counted_as_overflow() {
        let mut table: SeriesTable = SeriesTable::new(2);
        let journey = Label::intern("j");
        for i in 0..7 {
            let name = Label::intern(&format!("t{i}"));
            table.entry(&journey, Some(&name), None).times.record(Duration::from_millis(1));
        }
        table.entry(&journey, None, Some(("http", &journey))).errors += 1;
        let found: Vec<_> = table
            .iter()
            .map(|(key, s)| (key.journey.as_str(), key.request.is_some(), s.times.count()))
            .collect();
        assert_eq!(
            found,
            [("j", false, 1), ("j", false, 1), (OVERFLOW, false, 5), (OVERFLOW, true, 0)]
        );
    }
}
