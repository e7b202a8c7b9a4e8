//! The histograms of each transaction and request, made anew when they change.

use std::sync::Arc;

use mite_core::stats::{LIMITED, SeriesCounts};

use super::histogram::{Bounds, Histogram};

/// The histograms of each series, by its place.
#[derive(Debug)]
pub(super) struct Spreads {
    upstream: Bounds,
    times: Bounds,
    series: Vec<Spread>,
}

#[derive(Debug, Default)]
struct Spread {
    /// How many values they hold.
    count: Option<u64>,
    service: Option<Arc<Histogram>>,
    response: Option<Arc<Histogram>>,
    upstream: Option<Arc<Histogram>>,
}

impl Spreads {
    /// Those of upstream's metrics will have these bounds.
    pub(super) fn new(upstream: Bounds) -> Self {
        Self { upstream, times: Bounds::of_times(), series: Vec::new() }
    }

    /// Takes what there is now.
    pub(super) fn update(&mut self, series: &[SeriesCounts]) {
        self.series.resize_with(series.len(), Spread::default);
        for (spread, SeriesCounts { key, total, .. }) in self.series.iter_mut().zip(series) {
            if spread.count == Some(total.times.count()) {
                continue;
            }
            let of = |times, bounds: &Bounds| Arc::new(Histogram::of_times(times, bounds.clone()));
            spread.count = Some(total.times.count());
            spread.service = Some(of(&total.times, &self.times));
            spread.response = total.response().map(|times| of(times, &self.times));
            let is_http = key.request.as_ref().is_some_and(|r| r.protocol == LIMITED);
            spread.upstream = is_http.then(|| of(&total.times, &self.upstream));
        }
    }

    /// Service times of the series at a place.
    pub(super) fn service(&self, at: usize) -> Option<&Arc<Histogram>> {
        self.series.get(at)?.service.as_ref()
    }

    /// Its response times, in open lines.
    pub(super) fn response(&self, at: usize) -> Option<&Arc<Histogram>> {
        self.series.get(at)?.response.as_ref()
    }

    /// Its service times with upstream's bounds, if it is HTTP.
    pub(super) fn upstream(&self, at: usize) -> Option<&Arc<Histogram>> {
        self.series.get(at)?.upstream.as_ref()
    }
}
