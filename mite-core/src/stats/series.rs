//! What is counted by name: transactions and requests.

use serde::{Deserialize, Serialize};

use super::{Distribution, ROOT, known};
use crate::label::Label;
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
pub(super) type RequestRef<'a> = Option<(&'static str, &'a Label)>;

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
    pub(super) fn is(
        &self,
        journey: &Label,
        transaction: Option<&Label>,
        request: RequestRef<'_>,
    ) -> bool {
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
    /// The times of those that failed (requests without a response, transactions with an
    /// error), which are among all; none as long as there is none.
    pub(crate) failed: Option<Box<Series>>,
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

impl AsRef<Series> for Series {
    fn as_ref(&self) -> &Series {
        self
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

    /// One that has failed.
    #[inline(never)]
    pub(crate) fn fail(&mut self, took: Took) {
        self.record(took);
        self.errors += 1;
        self.failed.get_or_insert_default().record(took);
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

    /// The times of those that failed, which are among all: requests without a response,
    /// transactions with an error. None if there is none.
    pub fn failed(&self) -> Option<&Self> {
        self.failed.as_deref().filter(|failed| !failed.is_empty())
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
        if let Some(failed) = other.failed.as_ref().filter(|failed| !failed.is_empty()) {
            self.failed.get_or_insert_default().merge(failed);
        }
    }

    /// What has come since it was `earlier`.
    pub(super) fn since(&self, earlier: &Self) -> Self {
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
            failed: self.failed.as_ref().map(|now| match &earlier.failed {
                Some(earlier) => Box::new(now.since(earlier)),
                None => now.clone(),
            }),
        }
    }

    /// Clears the counts; allocations that are used again at once are kept.
    pub(super) fn clear(&mut self) {
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
        if let Some(failed) = &mut self.failed {
            failed.clear();
        }
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
