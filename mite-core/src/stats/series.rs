//! What is counted by name: transactions and requests.

use std::hash::{Hash, Hasher};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::index::Index;
use super::{Distribution, ROOT, known, overflow};
use crate::label::{Label, Prehashed};
use crate::stats::{Exchange, Outcome, Took};

/// The name of a series: a transaction of a journey, or a request in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Key {
    /// The journey's registered name.
    pub journey: Label,
    /// The transaction in full, `__root__` included.
    pub transaction: Option<Label>,
    /// The request; none if the transaction itself is counted.
    pub request: Option<Request>,
}

/// What a request is counted as.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Its protocol, such as `http`.
    #[serde(deserialize_with = "known::word")]
    pub protocol: Word,
    /// What it is counted as, such as `GET /users/{id}`.
    pub name: Label,
}

/// A constant of the code that counted; named so that serde does not take it for a
/// part of what it reads.
type Word = &'static str;

/// A [`Request`] to look for.
type RequestRef<'a> = Option<(&'static str, &'a Label)>;

impl Request {
    pub(crate) fn as_ref(&self) -> (&'static str, &Label) {
        (self.protocol, &self.name)
    }

    #[inline]
    fn is(&self, (protocol, name): (&'static str, &Label)) -> bool {
        // One protocol is mostly one constant.
        self.name == *name && (std::ptr::eq(self.protocol, protocol) || self.protocol == protocol)
    }
}

impl Key {
    /// Whether it is the transaction around a journey: the journey itself.
    pub fn is_journey(&self) -> bool {
        self.request.is_none()
            && self.transaction.as_ref().is_some_and(|name| name.as_str() == ROOT)
    }

    #[inline(always)]
    fn is(&self, journey: &Label, transaction: Option<&Label>, request: RequestRef<'_>) -> bool {
        self.journey == *journey
            && match (&self.transaction, transaction) {
                (Some(own), Some(other)) => own == other,
                (None, None) => true,
                _ => false,
            }
            && match (&self.request, request) {
                (Some(own), Some(other)) => own.is(other),
                (None, None) => true,
                _ => false,
            }
    }
}

/// The counts of one series.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Series {
    /// How long they took, from start to end, and how many there were: service times.
    pub times: Distribution,
    /// From when they were meant to start: response times. None as long as they are the
    /// same, as in closed lines.
    pub response: Option<Box<Distribution>>,
    /// Whether some were of an open line, which has response times, or were corrected for
    /// coordinated omission.
    pub is_open: bool,
    /// Transactions with an error, or requests without a response.
    pub errors: u64,
    /// Those that were cancelled; they are in no other figure but bytes.
    pub cancelled: u64,
    /// How requests ended.
    pub responses: Responses,
}

/// How the requests of a series ended. Both lists are short, so they are
/// searched from the front.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Responses {
    /// Responses by status.
    pub codes: Vec<(u16, u64)>,
    /// Failures by kind.
    #[serde(deserialize_with = "known::counted_words")]
    pub kinds: Vec<(&'static str, u64)>,
    /// Bytes of responses' content, as they came over the wire.
    pub received: u64,
    /// Bytes of requests' content.
    pub sent: u64,
}

impl Responses {
    pub(crate) fn add(&mut self, exchange: &Exchange) {
        match exchange.outcome {
            Outcome::Ok => {
                if let Some(status) = exchange.status {
                    count(&mut self.codes, status, 1);
                }
            }
            Outcome::Failed(kind) => count(&mut self.kinds, kind, 1),
            Outcome::Cancelled => {}
        }
        self.received += exchange.received;
        self.sent += exchange.sent;
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        other.codes.iter().for_each(|(code, n)| count(&mut self.codes, *code, *n));
        other.kinds.iter().for_each(|(kind, n)| count(&mut self.kinds, *kind, *n));
        self.received += other.received;
        self.sent += other.sent;
    }
}

impl Series {
    /// One that has ended.
    #[inline]
    pub(crate) fn record(&mut self, took: Took) {
        if took.lag.is_some() || self.response.is_some() {
            self.respond(took);
        }
        self.times.record(took.service);
    }

    /// Before its service time is recorded.
    #[inline(never)]
    fn respond(&mut self, took: Took) {
        self.is_open |= took.lag.is_some();
        if self.response.is_some() || took.lag.is_some_and(|lag| !lag.is_zero()) {
            self.response_mut().record(took.response());
        }
    }

    fn response_mut(&mut self) -> &mut Distribution {
        self.response.get_or_insert_with(|| Box::new(self.times.clone()))
    }

    /// Response times of an open line; none of a closed one.
    pub fn response(&self) -> Option<&Distribution> {
        self.is_open.then(|| self.response.as_deref().unwrap_or(&self.times))
    }

    /// Response times in an open line, service times in a closed one.
    pub fn judged(&self) -> &Distribution {
        self.response.as_deref().unwrap_or(&self.times)
    }

    /// Adds the counts of another.
    pub fn merge(&mut self, other: &Self) {
        self.is_open |= other.is_open;
        if self.response.is_some() || other.response.is_some() {
            self.response_mut().merge(other.judged());
        }
        self.times.merge(&other.times);
        self.errors += other.errors;
        self.cancelled += other.cancelled;
        self.responses.merge(&other.responses);
    }

    /// What has come since it was `earlier`.
    fn since(&self, earlier: &Self) -> Self {
        let (now, then) = (&self.responses, &earlier.responses);
        Self {
            times: self.times.since(&earlier.times),
            response: self.response.as_ref().map(|now| Box::new(now.since(earlier.judged()))),
            is_open: self.is_open,
            errors: self.errors.saturating_sub(earlier.errors),
            cancelled: self.cancelled.saturating_sub(earlier.cancelled),
            responses: Responses {
                codes: difference(&now.codes, &then.codes),
                kinds: difference(&now.kinds, &then.kinds),
                received: now.received.saturating_sub(then.received),
                sent: now.sent.saturating_sub(then.sent),
            },
        }
    }

    /// Clears the counts; allocations that are used again at once are kept.
    fn clear(&mut self) {
        self.times.clear();
        if let Some(response) = &mut self.response {
            response.clear();
        }
        self.errors = 0;
        self.cancelled = 0;
        self.responses.codes.clear();
        self.responses.kinds.clear();
        self.responses.received = 0;
        self.responses.sent = 0;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.times.count() == 0 && self.errors == 0 && self.cancelled == 0
    }
}

/// Counts that lists of counts have more than they had.
fn difference<T: PartialEq + Copy>(now: &[(T, u64)], then: &[(T, u64)]) -> Vec<(T, u64)> {
    let before = |what: &T| then.iter().find(|(known, _)| known == what).map_or(0, |(_, n)| *n);
    now.iter()
        .map(|(what, n)| (*what, n.saturating_sub(before(what))))
        .filter(|(_, n)| *n > 0)
        .collect()
}

fn count<T: PartialEq>(list: &mut Vec<(T, u64)>, what: T, n: u64) {
    match list.iter_mut().find(|(known, _)| *known == what) {
        Some((_, count)) => *count += n,
        None => list.push((what, n)),
    }
}

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
        match self.find(journey, transaction, request) {
            Ok(at) => at,
            Err(hash) => self.add(hash, journey, transaction, request),
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
        self.find(&label, Some(&label), request)
            .unwrap_or_else(|hash| self.insert(hash, &label, Some(&label), request))
    }

    /// Where the series is, or the hash of its name.
    #[inline(always)]
    fn find(
        &self,
        journey: &Label,
        transaction: Option<&Label>,
        request: RequestRef<'_>,
    ) -> Result<usize, u64> {
        let mut hasher = Prehashed::default();
        journey.hash(&mut hasher);
        // Protocols that share a name are told apart by comparing.
        for part in [transaction, request.map(|(_, name)| name)] {
            match part {
                Some(label) => label.hash(&mut hasher),
                None => hasher.write_u64(0),
            }
        }
        let hash = hasher.finish();
        for at in self.index.probe(hash) {
            if self.series[at].0.is(journey, transaction, request) {
                return Ok(at);
            }
        }
        Err(hash)
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
        };
        self.series.push((key, series.into()));
        at
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &(Key, T)> {
        self.series.iter()
    }
}

impl SeriesTable {
    /// Those in which something was counted.
    pub(crate) fn filled(&self) -> impl Iterator<Item = &(Key, Series)> {
        self.series.iter().filter(|(_, series)| !series.is_empty())
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
        let hash = table.find(&a, None, None).unwrap_err();
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
