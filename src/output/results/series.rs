//! Counts and times by name, as the file of results has them.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use mite_core::stats::{
    self, Distribution, LIMITED, Request, SeriesCounts, Summary, shown_transaction,
};
use mite_results::document::{Number, PERCENTILES, Phases, Series, SeriesKind, Times};

use super::detail::Detail;

use crate::history::ids::{ALL_JOURNEYS, ALL_REQUESTS, ALL_TRANSACTIONS, id, is_inner, is_journey};

/// All series; rates are over `load`.
pub(super) fn of(summary: &Summary, load: Duration, detail: &Detail) -> Vec<Series> {
    let mut time = BTreeMap::<u32, Duration>::new();
    for series in &summary.series {
        *time.entry(total_of(series)).or_default() += series.total.times.sum();
    }
    let mut all = totals(summary, load, detail);
    let is_told = |place: &usize| match detail {
        Detail::Whole => true,
        Detail::Figures(places) => places.contains(place),
    };
    let rows = summary.series.iter().enumerate().filter(|(place, _)| is_told(place));
    all.extend(rows.map(|(place, series)| {
        let all = time.get(&total_of(series)).copied().unwrap_or_default();
        row(id(place), series, (load, all), detail)
    }));
    all
}

/// Which total it is a part of.
fn total_of(series: &SeriesCounts) -> u32 {
    match &series.key.request {
        Some(request) if request.protocol == LIMITED => ALL_REQUESTS,
        // Of no total: its share is of its own kind.
        Some(_) => u32::MAX,
        None if is_journey(series) => ALL_JOURNEYS,
        None => ALL_TRANSACTIONS,
    }
}

fn totals(summary: &Summary, load: Duration, detail: &Detail) -> Vec<Series> {
    let sum = |of: fn(&SeriesCounts) -> bool| {
        let mut sum = stats::Series::default();
        summary.series.iter().filter(|series| of(series)).for_each(|s| sum.merge(&s.total));
        sum
    };
    let total = |id, kind, counted: &stats::Series| Series {
        id,
        kind,
        count: counted.times.count(),
        failed: counted.errors,
        rate_per_s: rate(counted.times.count(), load),
        service: told(&counted.times, detail),
        response: counted.response().and_then(|of| told(of, detail)),
        ..Series::default()
    };
    let (transactions, journeys) = (sum(is_inner), sum(is_journey));
    let totals = &summary.totals;
    let mut codes = BTreeMap::new();
    let mut kinds = BTreeMap::new();
    for row in summary.requests.iter().filter(|row| row.protocol == LIMITED) {
        row.codes.iter().for_each(|(code, n)| *codes.entry(code.to_string()).or_default() += n);
        row.kinds.iter().for_each(|(kind, n)| *kinds.entry((*kind).to_owned()).or_default() += n);
    }
    vec![
        Series {
            cancelled: totals.cancelled_requests,
            phases: phases(&summary.request_phases.phases),
            phases_count: phases_count(&summary.request_phases),
            codes,
            kinds,
            received_bytes: totals.received,
            sent_bytes: totals.sent,
            ..total(ALL_REQUESTS, SeriesKind::AllRequests, &summary.all_requests)
        },
        Series {
            cancelled: totals.cancelled_transactions,
            ..total(ALL_TRANSACTIONS, SeriesKind::AllTransactions, &transactions)
        },
        Series {
            cancelled: totals.journeys.cancelled,
            ..total(ALL_JOURNEYS, SeriesKind::AllJourneys, &journeys)
        },
    ]
}

fn row(
    id: u32,
    series: &SeriesCounts,
    (load, all): (Duration, Duration),
    detail: &Detail,
) -> Series {
    let (key, counted) = (&series.key, &series.total);
    let transaction = shown_transaction(key.transaction.as_ref());
    let (kind, name, method) = match &key.request {
        Some(request) => {
            let name = request.base_name();
            let method = name.split_once(' ').filter(|_| request.protocol == LIMITED);
            (SeriesKind::Request, Some(name), method.map(|(method, _)| method))
        }
        None if is_journey(series) => (SeriesKind::Journey, None, None),
        None => (SeriesKind::Transaction, Some(transaction), None),
    };
    let around = Some(transaction).filter(|name| key.request.is_some() && !name.is_empty());
    let protocol = key.request.as_ref().map(|r| r.protocol).filter(|p| *p != LIMITED);
    let tags = key.request.iter().flat_map(Request::tags);
    let tags = tags.map(|(name, value)| (name.to_owned(), value.into()));
    let responses = &counted.responses;
    let share = counted.times.sum().as_secs_f64() / all.as_secs_f64();
    Series {
        id,
        kind,
        journey: Some(key.journey.as_str().into()),
        transaction: around.map(Into::into),
        name: name.map(Into::into),
        method: method.map(Into::into),
        tags: tags.chain(protocol.map(|p| ("protocol".to_owned(), p.into()))).collect(),
        count: counted.times.count(),
        failed: counted.errors,
        cancelled: counted.cancelled,
        rate_per_s: rate(counted.times.count(), load),
        codes: responses.codes.iter().map(|(code, n)| (code.to_string(), *n)).collect(),
        kinds: responses.kinds.iter().map(|(kind, n)| ((*kind).to_owned(), *n)).collect(),
        received_bytes: responses.received,
        sent_bytes: responses.sent,
        share: Number::new(share),
        service: told(&counted.times, detail),
        response: counted.response().and_then(|of| told(of, detail)),
        phases: series.detail.as_ref().and_then(|detail| phases(&detail.phases)),
        phases_count: series.detail.as_deref().and_then(phases_count),
    }
}

fn phases_count(detail: &stats::Detail) -> Option<u64> {
    Some(detail.attempts).filter(|attempts| *attempts > 0)
}

/// None if nothing is known of any.
fn phases(of: &stats::Phases<Distribution>) -> Option<Phases<Times>> {
    let stats::Phases { pool, dns, connect, tls, first_byte, body } = of.map(times);
    let phases = Phases { pool, dns, connect, tls, first_byte, body };
    (phases != Phases::default()).then_some(phases)
}

fn rate(count: u64, load: Duration) -> Option<Number> {
    Number::new(count as f64 / load.as_secs_f64())
}

/// In detail, or the figures alone.
fn told(of: &Distribution, detail: &Detail) -> Option<Times> {
    match detail {
        Detail::Whole => times(of),
        Detail::Figures(_) => (of.count() > 0).then(|| figures(of)),
    }
}

fn figures(of: &Distribution) -> Times {
    let p = PERCENTILES.iter().filter_map(|p| Some((Number::new(*p)?, of.percentile(*p).into())));
    Times {
        count: of.count(),
        clipped: of.saturated(),
        min_s: of.min().into(),
        mean_s: of.mean().into(),
        max_s: of.max().into(),
        stddev_s: of.standard_deviation().into(),
        p: p.collect(),
        ..Times::default()
    }
}

/// With the sums and ends that are exact.
pub(super) fn times(of: &Distribution) -> Option<Times> {
    let recorded = of.recorded();
    let high = recorded.iter().map(|(micros, _)| *micros).max()?.max(2);
    let mut micros = Histogram::<u64>::new_with_max(high, of.digits()).ok()?;
    micros.auto(true);
    for (value, n) in recorded {
        micros.record_n(value, n).ok()?;
    }
    let exact = Times::of(&micros)?;
    let p = exact.p.iter().map(|(p, _)| (*p, of.percentile(p.get()).into())).collect();
    Some(Times {
        clipped: of.saturated(),
        min_s: of.min().into(),
        mean_s: of.mean().into(),
        max_s: of.max().into(),
        stddev_s: of.standard_deviation().into(),
        p,
        ..exact
    })
}
