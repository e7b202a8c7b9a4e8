//! Single requests of each transaction: the slowest, and those that failed.

use std::collections::BTreeMap;
use std::time::Duration;

use mite_core::stats::{Exemplar as Kept, LIMITED, SeriesCounts, Summary, shown_transaction};
use mite_results::document::{Exemplar, ExemplarKind, Number, Phases};

/// Exemplars of each kind that a transaction has.
const MOST: usize = 3;

/// Transactions that have some; those with the most time.
const MOST_TRANSACTIONS: usize = 100;

/// Of each transaction.
pub(super) fn of(summary: &Summary) -> Vec<Exemplar> {
    let mut by_transaction: BTreeMap<_, Vec<&SeriesCounts>> = BTreeMap::new();
    for series in summary.series.iter().filter(|series| series.detail.is_some()) {
        let transaction = shown_transaction(series.key.transaction.as_ref());
        by_transaction.entry((series.key.journey.as_str(), transaction)).or_default().push(series);
    }
    let mut all: Vec<_> = by_transaction.into_values().collect();
    let time = |series: &Vec<&SeriesCounts>| -> Duration {
        series.iter().map(|series| series.total.times.sum()).sum()
    };
    all.sort_by_key(|series| std::cmp::Reverse(time(series)));
    all.truncate(MOST_TRANSACTIONS);
    all.iter().flat_map(|series| of_transaction(series, summary.info.started)).collect()
}

fn of_transaction(series: &[&SeriesCounts], began: f64) -> Vec<Exemplar> {
    let (mut slowest, mut failed) = (Vec::new(), Vec::new());
    for series in series {
        let Some(detail) = &series.detail else { continue };
        slowest.extend(detail.exemplars.slowest.iter().map(|kept| (*series, kept)));
        failed.extend(detail.exemplars.failed.iter().map(|kept| (*series, kept)));
    }
    slowest.sort_by_key(|(_, kept)| std::cmp::Reverse(kept.total));
    failed.sort_by(|(_, a), (_, b)| a.at.total_cmp(&b.at));
    let exemplars = |kind, of: Vec<(&SeriesCounts, &Kept)>| {
        let of = of.into_iter().take(MOST);
        of.map(|(series, kept)| exemplar(kind, series, kept, began)).collect::<Vec<_>>()
    };
    let mut all = exemplars(ExemplarKind::Slowest, slowest);
    all.extend(exemplars(ExemplarKind::Failed, failed));
    all
}

fn exemplar(kind: ExemplarKind, series: &SeriesCounts, kept: &Kept, began: f64) -> Exemplar {
    let key = &series.key;
    let transaction = shown_transaction(key.transaction.as_ref());
    let (name, is_http) = match &key.request {
        Some(request) => (request.title(), request.protocol == LIMITED),
        None => (String::new(), false),
    };
    let method = name.split_once(' ').filter(|_| is_http).map(|(method, _)| method.into());
    let phases = kept.phases.map(|phase| phase.map(Number::from));
    Exemplar {
        kind,
        t_s: Duration::try_from_secs_f64(kept.at - began).unwrap_or_default().into(),
        journey: key.journey.as_str().into(),
        transaction: Some(transaction).filter(|name| !name.is_empty()).map(Into::into),
        method,
        name: name.into(),
        code: kept.status,
        outcome: kept.outcome.as_str().into(),
        service_s: kept.total.into(),
        response_s: kept.response.map(Number::from),
        phases: Some(Phases {
            pool: phases.pool,
            dns: phases.dns,
            connect: phases.connect,
            tls: phases.tls,
            first_byte: phases.first_byte,
            body: phases.body,
        }),
        arguments: kept.arguments.as_deref().map(Into::into),
        text: kept.text.as_deref().map(Into::into),
        trace_id: kept.trace.as_deref().map(Into::into),
    }
}
