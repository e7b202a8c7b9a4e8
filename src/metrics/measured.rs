//! What was measured: requests, transactions, journeys.

use std::sync::Arc;

use mite_core::stats::SeriesCounts;

use super::family::{Family, Unit};
use super::histogram::{Bounds, Histogram};
use super::spreads::Spreads;
use super::upstream::name_of;
use super::view::View;

/// The metrics of what was measured.
pub(super) fn families(view: &View<'_>, spreads: &Spreads) -> Vec<Family> {
    let mut families = times(view, spreads);
    families.extend([requests(view), phases(view), journeys(view), bytes(view)]);
    families
}

/// What a request is counted as, with its tags; nothing of a transaction.
fn request(series: &SeriesCounts) -> String {
    series.key.request.as_ref().map_or_else(String::new, |request| request.title())
}

fn times(view: &View<'_>, spreads: &Spreads) -> Vec<Family> {
    let mut requests = Family::times(
        "mite_request_duration_seconds",
        "How long attempts at requests took, from their start: service times.",
    );
    let mut responses = Family::times(
        "mite_response_time_seconds",
        "How long attempts at requests took from when they were meant to start; of open lines.",
    );
    let mut transactions = Family::times(
        "mite_transaction_duration_seconds",
        "How long transactions took, from their start; the one around each journey is __root__.",
    );
    let mut transaction_responses = Family::times(
        "mite_transaction_response_time_seconds",
        "How long transactions took from when they were meant to start; of open lines.",
    );
    for (at, series) in view.series.iter().enumerate() {
        let request = request(series);
        let labels = [
            ("test", view.test()),
            ("journey", series.key.journey.as_str()),
            ("transaction", name_of(series)),
            ("request", &*request),
        ];
        let (labels, service, response) = match series.key.request {
            Some(_) => (&labels[..], &mut requests, &mut responses),
            None => (&labels[..3], &mut transactions, &mut transaction_responses),
        };
        if let Some(times) = spreads.service(at) {
            service.spread(labels, times.clone());
        }
        if let Some(times) = spreads.response(at) {
            response.spread(labels, times.clone());
        }
    }
    vec![requests, responses, transactions, transaction_responses]
}

fn requests(view: &View<'_>) -> Family {
    let mut family = Family::counter(
        "mite_requests_total",
        "Attempts at requests by what became of them: ok with a response, whatever its status, cancelled, or the kind of failure.",
    );
    for series in view.series {
        let Some(key) = &series.key.request else { continue };
        let title = key.title();
        let total = &series.total;
        let ok = total.times.count().saturating_sub(total.errors);
        let outcomes = [("ok", ok), ("cancelled", total.cancelled)];
        let kinds = total.responses.kinds.iter().map(|(kind, n)| (*kind, *n));
        for (outcome, n) in outcomes.into_iter().chain(kinds) {
            if n == 0 && outcome != "ok" {
                continue;
            }
            let labels = [
                ("test", view.test()),
                ("journey", series.key.journey.as_str()),
                ("transaction", name_of(series)),
                ("request", &*title),
                ("protocol", key.protocol),
                ("outcome", outcome),
            ];
            family.row(&labels, n as f64);
        }
    }
    family
}

fn phases(view: &View<'_>) -> Family {
    let mut family = Family::times(
        "mite_request_phase_seconds",
        "Where the time of attempts at requests went, part by part; what did not happen is in none.",
    );
    let phases = view.phases();
    let names = ["pool", "dns", "connect", "tls", "first_byte", "body"];
    for (name, times) in names.into_iter().zip(phases.iter()).filter(|(_, t)| t.count() > 0) {
        let times = Histogram::of_times(times, Bounds::of_times());
        family.spread(&[("test", view.test()), ("phase", name)], Arc::new(times));
    }
    family
}

fn journeys(view: &View<'_>) -> Family {
    let mut family = Family::counter("mite_journeys_total", "Executions of journeys, by state.");
    for (journey, counts) in view.journeys() {
        for (state, n) in [
            ("started", counts.started),
            ("finished", counts.finished),
            ("failed", counts.failed),
            ("cancelled", counts.cancelled),
        ] {
            let labels = [("test", view.test()), ("journey", journey), ("state", state)];
            family.row(&labels, n as f64);
        }
    }
    family
}

fn bytes(view: &View<'_>) -> Family {
    let mut family = Family::counter(
        "mite_request_bytes_total",
        "Bytes of the content of requests and responses of HTTP.",
    )
    .in_unit(Unit::Bytes);
    for (direction, n) in [("sent", view.totals.sent), ("received", view.totals.received)] {
        family.row(&[("test", view.test()), ("direction", direction)], n as f64);
    }
    family
}
