//! How a run went, as a whole.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::board::{Board, NANOS_PER_UNIT_RATE};
use super::snapshot::per_second;
use super::{
    Distribution, Failure, JourneyCounts, LIMITED, ProtocolCounts, ROOT, RunStatus, Spread, Totals,
};
use crate::label::{Label, SEPARATOR};

/// How a run went, as a whole. Rows are sorted by name.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// What the run knew of itself when it ended.
    pub status: RunStatus,
    /// Counts of everything.
    pub totals: Totals,
    /// Each journey's counts.
    pub journeys: Vec<JourneyRow>,
    /// Each transaction; the one around a journey has no name.
    pub transactions: Vec<TransactionRow>,
    /// Requests of other protocols than [`LIMITED`](super::LIMITED), by protocol.
    pub protocols: BTreeMap<&'static str, ProtocolCounts>,
    /// Each request, of whatever protocol.
    pub requests: Vec<RequestRow>,
    /// Times of all requests of [`LIMITED`](super::LIMITED).
    pub response_times: Distribution,
    /// Requests of [`LIMITED`](super::LIMITED) a second, in windows of a second.
    pub request_rates: Rates,
    /// Distinct failures, the most frequent first.
    pub failures: Vec<FailureRow>,
    /// Messages that journeys sent, by type.
    pub events: Vec<(String, u64)>,
    /// Values in messages that could not be serialized.
    pub unserializable: u64,
    /// Journeys that kept their runner's loop from turning.
    pub blocked: Vec<BlockedRow>,
}

/// Executions of one journey.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JourneyRow {
    /// Its registered name.
    pub journey: String,
    /// Its counts.
    pub counts: JourneyCounts,
}

/// One transaction of one journey.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TransactionRow {
    /// The journey's registered name.
    pub journey: String,
    /// The transaction's name as people see it; empty for the journey as a whole.
    pub name: String,
    /// How many had an error.
    pub errors: u64,
    /// How many a second.
    pub rate: f64,
    /// How long they took.
    pub times: Spread,
}

/// One request of one transaction.
#[derive(Clone, Debug, Default, PartialEq)]
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
    /// How many a second.
    pub rate: f64,
    /// How long they took.
    pub times: Spread,
    /// Responses by status.
    pub codes: Vec<(u16, u64)>,
    /// Failures by kind.
    pub kinds: Vec<(&'static str, u64)>,
    /// Bytes of response bodies.
    pub received: u64,
    /// Bytes of request bodies.
    pub sent: u64,
}

/// One distinct failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureRow {
    /// How often it came.
    pub count: u64,
    /// What it is.
    pub failure: Arc<Failure>,
}

/// A journey that kept its runner's loop from turning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockedRow {
    /// Its registered name.
    pub journey: String,
    /// How often.
    pub times: u64,
    /// The longest time.
    pub longest: Duration,
}

/// Rates of a run, window by window.
#[derive(Clone, Debug, Default)]
pub struct Rates(Distribution);

impl Rates {
    /// How many windows there were.
    pub fn windows(&self) -> u64 {
        self.0.count()
    }

    /// The mean of the rates.
    pub fn mean(&self) -> f64 {
        rate(self.0.mean())
    }

    /// The least rate.
    pub fn min(&self) -> f64 {
        rate(self.0.min())
    }

    /// The greatest rate.
    pub fn max(&self) -> f64 {
        rate(self.0.max())
    }

    /// Their standard deviation; 0 with fewer than two windows.
    pub fn standard_deviation(&self) -> f64 {
        rate(self.0.standard_deviation())
    }

    /// The rate that `p` percent of the windows do not exceed.
    pub fn percentile(&self, p: f64) -> f64 {
        rate(self.0.percentile(p))
    }

    /// The share of windows, from 0 to 1, within one deviation of the mean.
    pub fn share_within_deviation(&self) -> f64 {
        share_within_deviation(&self.0)
    }
}

/// The share of values, from 0 to 1, within one standard deviation of the mean.
pub(crate) fn share_within_deviation(values: &Distribution) -> f64 {
    let (mean, deviation) = (values.mean(), values.standard_deviation());
    values.share_between(mean.saturating_sub(deviation), mean + deviation)
}

fn rate(kept: Duration) -> f64 {
    kept.as_nanos() as f64 / NANOS_PER_UNIT_RATE
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
    let Some(name) = name.map(Label::as_str) else { return "" };
    match name.strip_prefix(ROOT) {
        Some("") => "",
        Some(inner) => inner.strip_prefix(SEPARATOR).unwrap_or(name),
        None => name,
    }
}

pub(crate) fn of(board: &Board, rates: Distribution, status: RunStatus) -> Summary {
    let mut transactions = Vec::new();
    let mut requests = Vec::new();
    for (key, series) in board.series.iter() {
        let journey = key.journey.to_string();
        let transaction = shown_transaction(key.transaction.as_ref()).to_owned();
        let rate = per_second(series.times.count(), status.elapsed);
        let times = series.times.spread();
        let Some(request) = &key.request else {
            let errors = series.errors;
            transactions.push(TransactionRow { journey, name: transaction, errors, rate, times });
            continue;
        };
        let responses = &series.responses;
        let (mut codes, mut kinds) = (responses.codes.clone(), responses.kinds.clone());
        codes.sort_unstable();
        kinds.sort_unstable();
        requests.push(RequestRow {
            journey,
            transaction,
            protocol: request.protocol,
            name: request.name.to_string(),
            failed: series.errors,
            rate,
            times,
            codes,
            kinds,
            received: responses.received,
            sent: responses.sent,
        });
    }
    transactions.sort_by(|a, b| (&a.journey, &a.name).cmp(&(&b.journey, &b.name)));
    requests.sort_by(|a, b| {
        let key = |row: &'_ RequestRow| (row.protocol != LIMITED, row.protocol);
        (key(a), &a.journey, &a.transaction, &a.name).cmp(&(
            key(b),
            &b.journey,
            &b.transaction,
            &b.name,
        ))
    });
    let mut failures: Vec<_> = board
        .failures
        .iter()
        .map(|(failure, n)| FailureRow { count: *n, failure: failure.clone() })
        .collect();
    failures.sort_by(|a, b| b.count.cmp(&a.count).then(a.failure.text.cmp(&b.failure.text)));
    let mut events: Vec<_> = board.kinds.iter().map(|(kind, n)| (kind.to_owned(), n)).collect();
    events.sort();
    let mut blocked: Vec<_> = board
        .blocked
        .iter()
        .map(|(journey, (times, longest))| BlockedRow {
            journey: journey.to_string(),
            times: *times,
            longest: *longest,
        })
        .collect();
    blocked.sort_by(|a, b| a.journey.cmp(&b.journey));
    Summary {
        status,
        totals: board.totals,
        journeys: board
            .journeys
            .iter()
            .map(|(journey, counts)| JourneyRow { journey: journey.to_string(), counts: *counts })
            .collect(),
        transactions,
        protocols: board.others.clone(),
        requests,
        response_times: board.requests.clone(),
        request_rates: Rates(rates),
        failures,
        events,
        unserializable: board.unserializable,
        blocked,
    }
}
