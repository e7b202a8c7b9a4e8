//! Metrics as Prometheus asks for them: `/metrics`.

#[cfg(feature = "nats")]
mod exported;
mod format;
mod protobuf;
mod text;

use std::sync::{Arc, Mutex};

use mite_core::stats::{RunInfo, Snapshot, Summary};

use super::exposition::{Exposition, MetricSettings};
use super::family::Family;
use crate::web::{Feed, Request, Response, Route};
#[cfg(feature = "nats")]
pub(crate) use exported::{Exported, Exposing};
use format::Format;

/// Where they are served.
pub(crate) const PATH: &str = "/metrics";

/// The metrics of a run: what is served, and what it is made of.
pub(crate) struct Prometheus {
    exposition: Mutex<Exposition>,
    /// As they stand; taken and replaced as a whole, so that no scrape waits for the next.
    families: Mutex<Arc<Vec<Family>>>,
}

impl Prometheus {
    /// Nothing is known yet.
    pub(crate) fn new(settings: MetricSettings) -> Self {
        let exposition = Exposition::new(settings).into();
        Self { exposition, families: Mutex::default() }
    }

    /// As they stand.
    fn families(&self) -> Arc<Vec<Family>> {
        self.families.lock().unwrap_or_else(|e| e.into_inner()).clone()
    }

    fn update(&self, make: impl FnOnce(&mut Exposition) -> Vec<Family>) {
        let families = make(&mut self.exposition.lock().unwrap_or_else(|e| e.into_inner()));
        *self.families.lock().unwrap_or_else(|e| e.into_inner()) = Arc::new(families);
    }
}

impl Feed for Prometheus {
    fn start(&self, info: &RunInfo) {
        self.update(|exposition| exposition.start(info));
    }

    fn show(&self, snapshot: &Snapshot) {
        self.update(|exposition| exposition.show(snapshot));
    }

    fn finish(&self, summary: &Summary) {
        self.update(|exposition| exposition.finish(summary));
    }
}

impl Route for Prometheus {
    fn path(&self) -> &'static str {
        PATH
    }

    fn respond(&self, request: &Request) -> Response {
        let families = self.families();
        let format = Format::of(request.header("accept").unwrap_or_default());
        Response::new(format.content_type(), format.write(&families))
    }
}
