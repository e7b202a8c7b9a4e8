//! How a run went, as a whole.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::detail::Detail;
use super::distribution::{Distribution, Spread};
use super::failure_times::FailureRow;
use super::mark::Marks;
use super::own::StatisticRow;
use super::parts::Part;
use super::phases::Phases;
use super::rates::{Rates, share_within_deviation};
use super::replay::Replay;
use super::series::Series;
use super::snapshot::{BlockedRow, JourneyCounts, ProtocolCounts, SeriesCounts, Totals};
use super::status::{RunInfo, RunStatus};
use super::verdict::Verdict;
use super::warmup::Warmup;
use crate::label::{Label, without_root};

/// How a run went, as a whole. Rows are sorted by name.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// What the run is.
    pub info: Arc<RunInfo>,
    /// What the run knew of itself when it ended.
    pub status: RunStatus,
    /// Whether it passed, and what there is to know.
    pub verdict: Verdict,
    /// Counts of everything.
    pub totals: Totals,
    /// The same in the parts of the run, in order.
    pub parts: Vec<Part>,
    /// Each journey's counts.
    pub journeys: Vec<JourneyRow>,
    /// Each transaction; the one around a journey has no name.
    pub transactions: Vec<TransactionRow>,
    /// Requests of other protocols than [`LIMITED`](super::LIMITED), by protocol.
    pub protocols: BTreeMap<&'static str, ProtocolCounts>,
    /// Each request, of whatever protocol.
    pub requests: Vec<RequestRow>,
    /// Times of all requests of [`LIMITED`](super::LIMITED): response times in open lines,
    /// service times in closed ones.
    pub response_times: Distribution,
    /// The same requests with all that was counted.
    pub all_requests: Series,
    /// At what interval closed lines would have asked: what their response times are
    /// corrected for. None if they are not.
    pub omission: Option<Duration>,
    /// What belongs to the warm-up, and is in no other figure.
    pub warmup: Warmup,
    /// Requests of [`LIMITED`](super::LIMITED) a second, in windows of a second.
    pub request_rates: Rates,
    /// Where the time of all attempts at requests went, if anybody looks at it.
    pub phases: Phases<Distribution>,
    /// Where that of requests of [`LIMITED`](super::LIMITED) went, and of how many.
    pub request_phases: Detail,
    /// Each transaction and each request with its whole distribution, in the order in
    /// which they first came.
    pub series: Vec<SeriesCounts>,
    /// What the test's own statistics were told, by kind and name.
    pub statistics: Vec<StatisticRow>,
    /// Distinct failures, the most frequent first.
    pub failures: Vec<FailureRow>,
    /// Messages that journeys sent, by type.
    pub events: Vec<(String, u64)>,
    /// Values in messages that could not be serialized.
    pub unserializable: u64,
    /// Journeys that kept their runner's loop from turning.
    pub blocked: Vec<BlockedRow>,
    /// Moments that were marked.
    pub marks: Arc<Marks>,
    /// Requests that failed, as commands that send them again: the first of each kind.
    pub replays: Vec<Replay>,
}

/// Executions of one journey.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct JourneyRow {
    /// Its registered name.
    pub journey: String,
    /// Its counts.
    pub counts: JourneyCounts,
}

/// One transaction of one journey.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TransactionRow {
    /// The journey's registered name.
    pub journey: String,
    /// The transaction's name as people see it; empty for the journey as a whole.
    pub name: String,
    /// How many had an error.
    pub errors: u64,
    /// How many were cancelled: they are in no other figure.
    pub cancelled: u64,
    /// How many a second, over the time in which load was asked for.
    pub rate: f64,
    /// How long they took, from start to end.
    pub times: Spread,
    /// How long from when they were meant to start; none in closed lines.
    pub response: Option<Spread>,
}

/// One request of one transaction.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RequestRow {
    /// The journey's registered name.
    pub journey: String,
    /// The transaction's name as people see it; empty outside of any.
    pub transaction: String,
    /// Its protocol, such as `http`.
    pub protocol: &'static str,
    /// What it is counted as.
    pub name: String,
    /// How many got no response.
    pub failed: u64,
    /// How many were cancelled: they are in no other figure.
    pub cancelled: u64,
    /// How many a second, over the time in which load was asked for.
    pub rate: f64,
    /// How long they took, from start to end.
    pub times: Spread,
    /// How long from when they were meant to start; none in closed lines.
    pub response: Option<Spread>,
    /// Responses by status.
    pub codes: Vec<(u16, u64)>,
    /// Failures by kind.
    pub kinds: Vec<(&'static str, u64)>,
    /// Bytes of response bodies.
    pub received: u64,
    /// Bytes of request bodies.
    pub sent: u64,
}

impl Summary {
    /// The share of response times, from 0 to 1, within one standard deviation
    /// of the mean.
    pub fn share_within_deviation(&self) -> f64 {
        share_within_deviation(&self.response_times)
    }
}

/// A transaction's full name as people see it: without the transaction that is
/// around every journey. Empty for that one, and outside of any.
///
/// ```
/// use mite_core::label::Label;
/// use mite_core::stats::shown_transaction;
/// assert_eq!(shown_transaction(Some(&Label::intern("__root__ :: a :: b"))), "a :: b");
/// assert_eq!(shown_transaction(Some(&Label::intern("__root__"))), "");
/// ```
pub fn shown_transaction(name: Option<&Label>) -> &str {
    name.map_or("", |name| without_root(name.as_str()))
}
