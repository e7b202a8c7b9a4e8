//! The warm-up of a run, and its parts.

use std::time::Duration;

use mite_core::stats::{Distribution, PartKind, Spread, Summary, Warmup, Window};
use mite_core::units;

use super::table::{Room, Table};

/// What belongs to the warm-up, which is in nothing else.
pub(super) fn warmup(warmup: &Warmup) -> Vec<String> {
    if warmup.length.is_zero() {
        return Vec::new();
    }
    let Window { requests, transactions, failed_requests, .. } = &warmup.counted;
    let mut parts = Vec::new();
    if requests.count() > 0 {
        let n = units::count(requests.count(), "request");
        parts.push(format!("{n} ({failed_requests} failed)"));
    }
    parts.push(units::count(transactions.count(), "transaction"));
    parts.push(units::count(warmup.journeys.started, "journey"));
    parts.push(units::count(warmup.journeys.errors, "error"));
    let mut text = parts.join(", ");
    for (what, times) in [("requests", requests), ("transactions", transactions)] {
        if times.count() > 0 {
            let [p50, p99] = times.percentiles([50.0, 99.0]).map(units::time);
            text.push_str(&format!("; {what}: p50 {p50}, p99 {p99}"));
            break;
        }
    }
    let length = units::long_time(warmup.length);
    vec![format!("WARM-UP of {length}, in nothing else: {text}")]
}

/// What ended in each part of the run, if there are several: requests, else transactions,
/// else journeys.
pub(super) fn parts(summary: &Summary, room: &Room) -> Vec<String> {
    if summary.parts.len() < 2 {
        return Vec::new();
    }
    let totals = &summary.totals;
    let (what, times): (_, fn(&Window) -> &Distribution) = if totals.requests > 0 {
        ("requests", |window| &window.requests)
    } else if totals.transactions > 0 {
        ("transactions", |window| &window.transactions)
    } else {
        ("journeys", |window| &window.journeys)
    };
    let header = ["PARTS", "from", "to", what, "per second", "errors", "p50", "p90", "p99", "max"];
    let mut table = Table::new(&header, false);
    for part in &summary.parts {
        let (window, length) = (&part.counted, part.counted.length.as_secs_f64());
        let spread = times(window).spread();
        let mut cells: Vec<_> = [part.from, part.to()].map(units::long_time).into();
        cells.insert(0, part.kind.as_str().to_owned());
        cells.push(spread.count.to_string());
        // In the drain no load is asked for, so what ends in it has no rate; and what was
        // before a restart may lack some.
        let rated = length > 0.0 && !matches!(part.kind, PartKind::Drain | PartKind::Earlier);
        cells.push(match rated {
            true => units::rate(spread.count as f64 / length),
            false => "-".to_owned(),
        });
        cells.push(window.errors.to_string());
        cells.extend(figures(&spread, [spread.p50, spread.p90, spread.p99, spread.max]));
        table.row(cells);
    }
    table.lines(room)
}

/// Of these times, some; of none, none.
pub(super) fn figures<const N: usize>(
    of: &Spread,
    figures: [Duration; N],
) -> impl Iterator<Item = String> + use<N> {
    let any = of.count > 0;
    figures.into_iter().map(move |time| if any { units::time(time) } else { "-".to_owned() })
}
