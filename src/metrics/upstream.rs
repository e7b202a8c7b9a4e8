//! Upstream mite's metrics, under its names, with its labels and bounds: dashboards that
//! were made for it go on.

use std::collections::BTreeMap;
use std::sync::Arc;

use mite_core::secret;
use mite_core::stats::{LIMITED, SeriesCounts};
use mite_core::units;

use super::family::{Family, Unit};
use super::histogram::Histogram;
use super::spreads::Spreads;
use super::view::View;

/// Characters of an error's message.
const MOST_MESSAGE: usize = 200;

/// All of them.
pub(super) fn families(view: &View<'_>, spreads: &Spreads) -> Vec<Family> {
    let [actual, required] = volume(view);
    vec![
        transactions(view),
        errors(view),
        responses(view),
        response_times(view, spreads),
        actual,
        required,
        runners(view),
    ]
}

/// The full name of a series' transaction; empty if it has none.
pub(super) fn name_of(series: &SeriesCounts) -> &str {
    series.key.transaction.as_ref().map_or("", |name| name.as_str())
}

fn transactions(view: &View<'_>) -> Family {
    let mut family = Family::counter(
        "mite_transaction_total",
        "Transactions that ended; the one around each journey is __root__.",
    );
    for series in view.series.iter().filter(|series| series.key.request.is_none()) {
        let (all, errors) = (series.total.times.count(), series.total.errors);
        for (had_error, n) in [("False", all.saturating_sub(errors)), ("True", errors)] {
            let labels = [
                ("test", view.test()),
                ("journey", series.key.journey.as_str()),
                ("transaction", name_of(series)),
                ("had_error", had_error),
            ];
            family.row(&labels, n as f64);
        }
    }
    family
}

fn errors(view: &View<'_>) -> Family {
    let mut family = Family::counter(
        "mite_journey_error_total",
        "Errors and exceptions that journeys reported, by where they came from and what they say.",
    );
    for row in view.failures {
        let failure = &row.failure;
        let text = secret::masked(&failure.text);
        let labels = [
            ("test", view.test()),
            ("journey", failure.journey.as_str()),
            ("transaction", failure.transaction.as_ref().map_or("", |name| name.as_str())),
            ("location", &*failure.location.to_string()),
            ("ex_type", failure.ex_type.as_str()),
            ("message", &*units::cut(&text, MOST_MESSAGE)),
        ];
        family.row(&labels, row.count as f64);
    }
    family
}

/// Requests of HTTP.
fn http<'a>(view: &View<'a>) -> impl Iterator<Item = (usize, &'a SeriesCounts)> {
    let is_http = |series: &SeriesCounts| {
        series.key.request.as_ref().is_some_and(|request| request.protocol == LIMITED)
    };
    view.series.iter().enumerate().filter(move |(_, series)| is_http(series))
}

fn responses(view: &View<'_>) -> Family {
    let mut family = Family::counter("mite_http_response_total", "Responses, by their status.");
    for (_, series) in http(view) {
        let name = series.key.request.as_ref().map_or("", |request| request.base_name());
        for (code, n) in &series.total.responses.codes {
            let labels = [
                ("test", view.test()),
                ("journey", series.key.journey.as_str()),
                ("transaction", name_of(series)),
                ("method", method(name)),
                ("response_code", &*code.to_string()),
            ];
            family.row(&labels, *n as f64);
        }
    }
    family
}

/// The method of a request that is named after it; of one with a name of its own it is
/// not known.
fn method(name: &str) -> &str {
    let (method, rest) = name.split_once(' ').unwrap_or((name, ""));
    let is_method = !method.is_empty() && method.bytes().all(|b| b.is_ascii_uppercase());
    if is_method && rest.starts_with(['/', '*']) { method } else { "" }
}

fn response_times(view: &View<'_>, spreads: &Spreads) -> Family {
    let mut family = Family::times(
        "mite_http_response_time_seconds",
        "How long attempts at requests took, failed ones included.",
    )
    .classic();
    let mut by_transaction = BTreeMap::<&str, Arc<Histogram>>::new();
    for (at, series) in http(view) {
        let Some(times) = spreads.upstream(at) else { continue };
        by_transaction
            .entry(name_of(series))
            .and_modify(|all| Arc::make_mut(all).merge(times))
            .or_insert_with(|| times.clone());
    }
    for (transaction, times) in by_transaction {
        family.spread(&[("transaction", transaction)], times);
    }
    family
}

fn volume(view: &View<'_>) -> [Family; 2] {
    let mut actual = Family::gauge("mite_actual_count", "Journeys in flight.");
    let mut required = Family::gauge("mite_required_count", "Journeys that should be in flight.");
    for line in &view.status.scenarios {
        let id = line.id.to_string();
        let labels = [("test", view.test()), ("scenario_id", &*id)];
        actual.row(&labels, view.now(f64::from(line.actual)));
        required.row(&labels, view.now(f64::from(line.required)));
    }
    [actual, required]
}

fn runners(view: &View<'_>) -> Family {
    let mut family = Family::gauge("mite_runner_count", "Runners; none once the run is over.");
    family.row(&[("test", view.test())], view.now(f64::from(view.status.runners)));
    family.in_unit(Unit::None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_method_is_told_by_the_name() {
        let names = ["GET /users/{id}", "OPTIONS *", "GET", "checkout", "BUY 3 /x", "P /"];
        assert_eq!(names.map(method), ["GET", "OPTIONS", "", "", "", "P"]);
    }
}
