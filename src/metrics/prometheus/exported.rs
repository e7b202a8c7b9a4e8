//! Metrics of a run that another process leads.

use std::sync::{Arc, Mutex};

use mite_core::stats::{RunInfo, Snapshot, Summary};
use mite_nats::{Exposed, MetricSource};

use super::format::Format;
use super::{PATH, Prometheus};
use crate::metrics::MetricSettings;
use crate::metrics::family::Family;
use crate::output::Output;
use crate::web::{Feed as _, Request, Response, Route};

/// Formats in the order in which they are sent.
const FORMATS: [Format; 3] = [Format::Protobuf, Format::OpenMetrics, Format::Text];

/// Sends the metrics of a run to those who export them, as this process would serve them.
pub(crate) struct Exposing {
    metrics: Prometheus,
    source: MetricSource,
}

impl Exposing {
    pub(crate) fn new(settings: MetricSettings, source: MetricSource) -> Self {
        Self { metrics: Prometheus::new(settings), source }
    }

    fn send(&self, is_over: bool) {
        if self.source.is_wanted() {
            let families = self.metrics.families();
            let bodies = FORMATS.map(|format| format.write(&families)).to_vec();
            self.source.send(&Exposed { is_over, bodies });
        }
    }
}

impl Output for Exposing {
    fn name(&self) -> &'static str {
        "metrics for exporters"
    }

    fn shows_last(&self) -> bool {
        true
    }

    fn start(&mut self, info: &RunInfo) -> mite_core::error::Result {
        self.metrics.start(info);
        self.send(false);
        Ok(())
    }

    fn show(&mut self, snapshot: &Arc<Snapshot>) -> std::io::Result<()> {
        self.metrics.show(snapshot);
        self.send(false);
        Ok(())
    }

    fn finish(&mut self, summary: &Summary) -> std::io::Result<()> {
        self.metrics.finish(summary);
        self.send(true);
        Ok(())
    }
}

/// `/metrics` of a run elsewhere, or that there is none.
pub(crate) struct Exported {
    run: String,
    served: Mutex<Option<Exposed>>,
}

impl Exported {
    /// Of the run of that name, of which nothing is known yet.
    pub(crate) fn new(run: String) -> Self {
        Self { run, served: Mutex::default() }
    }

    /// Serves these from now on; none if there is no run.
    pub(crate) fn serve(&self, exposed: Option<Exposed>) {
        *self.served.lock().unwrap_or_else(|e| e.into_inner()) = exposed;
    }

    /// That there is no run, as a metric.
    fn nothing(&self, format: Format) -> Vec<u8> {
        let help = "Whether a controller leads the run that is exported.";
        let mut family = Family::gauge("mite_exporter_run", help);
        family.row(&[("run", &self.run)], 0.0);
        format.write(&[family])
    }
}

impl Route for Exported {
    fn path(&self) -> &'static str {
        PATH
    }

    fn respond(&self, request: &Request) -> Response {
        let format = Format::of(request.header("accept").unwrap_or_default());
        let served = self.served.lock().unwrap_or_else(|e| e.into_inner());
        let place = FORMATS.iter().position(|known| *known == format);
        let body = served.as_ref().zip(place).and_then(|(served, at)| served.bodies.get(at));
        let body = body.cloned().unwrap_or_else(|| self.nothing(format));
        Response::new(format.content_type(), body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_there_is_no_run_is_said_in_each_format() {
        let exported = Exported::new("nightly".to_owned());
        let said = FORMATS.map(|format| exported.nothing(format));
        for body in &said {
            let has = |text: &str| body.windows(text.len()).any(|at| at == text.as_bytes());
            assert!(has("mite_exporter_run") && has("nightly"), "{body:?}");
        }
        assert!(said[2].ends_with(b"mite_exporter_run{run=\"nightly\"} 0\n\n"));
    }
}
