//! To whom the numbers of a run are pushed.

use std::collections::BTreeMap;

use mite_core::error::Result;

use crate::metrics::MetricSettings;
use crate::output::Output;
use crate::push::{Environment, Influx, Otlp, Protocol, PushOutput, Webhook};

/// What `--otlp` without a value stands for.
pub(super) const OF_ENVIRONMENT: &str = "environment";

#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Push (a target that is gone is told, and never the end of a run)")]
pub(crate) struct PushOptions {
    /// Push metrics every 10 s, and at the end, by OTLP over HTTP as JSON; without a URL to OTEL_EXPORTER_OTLP_ENDPOINT, or to http://localhost:4318
    ///
    /// OTEL_EXPORTER_OTLP_HEADERS, _TIMEOUT and their METRICS_ forms,
    /// OTEL_METRIC_EXPORT_INTERVAL, OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME are read.
    #[arg(long, value_name = "URL", hide_env_values = true, num_args = 0..=1, default_missing_value = OF_ENVIRONMENT)]
    otlp: Option<String>,
    /// Push points to InfluxDB every second, named as upstream mite's
    ///
    /// INFLUXDB_VERSION (1, 2 or 3), _DATABASE, _RETENTION_POLICY, _USERNAME, _PASSWORD,
    /// _ORG, _BUCKET and _TOKEN are read.
    #[arg(long, value_name = "URL", hide_env_values = true)]
    influxdb: Option<String>,
    /// Push the buckets of histograms to InfluxDB, too, as NAME_bucket
    #[arg(long, requires = "influxdb")]
    influxdb_include_buckets: bool,
    /// Tell a webhook of the start and the end of the run: URL/start and URL/end [default: MITE_LOGGING_URL, if that is set]
    #[arg(long, value_name = "URL", hide_env_values = true)]
    logging_webhook: Option<String>,
}

impl PushOptions {
    /// Where OTLP is to go, if it is asked for: to a URL, or where the environment says.
    #[cfg(feature = "traces")]
    pub(super) fn otlp(&self) -> Option<Option<&str>> {
        self.otlp.as_deref().map(|url| Some(url).filter(|url| *url != OF_ENVIRONMENT))
    }

    /// What pushes, if anything does, with so many sets of labels for each metric.
    ///
    /// # Errors
    /// If a setting makes no sense; the text names it.
    pub(super) fn outputs(
        &self,
        labels: &BTreeMap<String, String>,
        most: usize,
    ) -> Result<Vec<Box<dyn Output>>> {
        let environment = Environment::of(std::env::vars_os());
        let mut outputs: Vec<Box<dyn Output>> = Vec::new();
        let webhook = self.logging_webhook.as_deref();
        if let Some(url) = webhook.or_else(|| environment.first(&["MITE_LOGGING_URL"])) {
            outputs.push(Box::new(Webhook::new(url)?));
        }
        let mut protocols: Vec<Box<dyn Protocol>> = Vec::new();
        if let Some(url) = &self.otlp {
            let url = Some(url.as_str()).filter(|url| *url != OF_ENVIRONMENT);
            protocols.push(Box::new(Otlp::new(url, &environment)?));
        }
        if let Some(url) = &self.influxdb {
            protocols.push(Box::new(Influx::new(
                url,
                &environment,
                self.influxdb_include_buckets,
            )?));
        }
        if !protocols.is_empty() {
            let settings = MetricSettings::new(most, labels.clone())?;
            outputs.push(Box::new(PushOutput::new(settings, protocols)));
        }
        Ok(outputs)
    }
}
