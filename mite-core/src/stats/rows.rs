//! Tables of counts as rows for people.

use std::sync::Arc;
use std::time::Duration;

use super::LIMITED;
use super::distribution::Distribution;
use super::failure_times::{FailureRow, FailureTimes};
use super::failures::FailureTable;
use super::rates::per_second;
use super::series::Series;
use super::series_table::SeriesTable;
use super::summary::{RequestRow, TransactionRow, shown_transaction};
use crate::units;

/// The rows of transactions and of requests, each sorted by name; rates are over `load`.
pub(super) fn of_series(
    table: &SeriesTable<Arc<Series>>,
    load: Duration,
) -> (Vec<TransactionRow>, Vec<RequestRow>) {
    let mut transactions = Vec::new();
    let mut requests = Vec::new();
    for (key, series) in table.iter() {
        let journey = key.journey.to_string();
        let transaction = shown_transaction(key.transaction.as_ref()).to_owned();
        let rate = per_second(series.times.count(), load);
        if series.is_empty() {
            // It came in the warm-up alone.
            continue;
        }
        let times = series.times.spread();
        let response = series.response().map(Distribution::spread);
        let Some(request) = &key.request else {
            let (errors, cancelled) = (series.errors, series.cancelled);
            let name = transaction;
            transactions.push(TransactionRow {
                journey,
                name,
                errors,
                cancelled,
                rate,
                times,
                response,
            });
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
            name: request.title(),
            failed: series.errors,
            cancelled: series.cancelled,
            rate,
            times,
            response,
            codes,
            kinds,
            received: responses.received,
            sent: responses.sent,
        });
    }
    transactions.sort_by(|a, b| {
        units::by_number(&a.journey, &b.journey).then_with(|| units::by_number(&a.name, &b.name))
    });
    requests.sort_by(|a, b| {
        let key = |row: &'_ RequestRow| (row.protocol != LIMITED, row.protocol);
        key(a)
            .cmp(&key(b))
            .then_with(|| units::by_number(&a.journey, &b.journey))
            .then_with(|| units::by_number(&a.transaction, &b.transaction))
            .then_with(|| units::by_number(&a.name, &b.name))
    });
    (transactions, requests)
}

/// The rows of failures, the most frequent first.
pub(super) fn of_failures(table: &FailureTable, times: &FailureTimes) -> Vec<FailureRow> {
    let row = |(at, (failure, n)): (usize, &(_, u64))| {
        let failure = Arc::clone(failure);
        FailureRow { count: *n, failure, seen: times.of(at) }
    };
    let mut rows: Vec<_> = table.iter().enumerate().map(row).collect();
    rows.sort_by(|a, b| b.count.cmp(&a.count).then(a.failure.text.cmp(&b.failure.text)));
    rows
}
