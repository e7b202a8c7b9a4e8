//! What is served while a test runs, and where.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use mite_core::error::{Error, Result};

use crate::metrics::{MetricSettings, Prometheus};
use crate::typed::{duration, list, number};
use crate::web::{DEFAULT_ADDRESS, Place, Route, Site, Token, WebAddress, WebOutput};

#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Web")]
pub(crate) struct WebOptions {
    /// Serve the run at this address while it lasts; without one at 127.0.0.1:9301, with :0 at any free port
    ///
    /// Only this machine reaches 127.0.0.1. Whoever reaches another address, such as
    /// 0.0.0.0:9301, can read what is served there, unencrypted.
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = DEFAULT_ADDRESS)]
    pub(crate) web_address: Option<WebAddress>,
    /// Serve /metrics at this address, too, and nothing else there; without one at 127.0.0.1:9301
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = DEFAULT_ADDRESS)]
    pub(crate) prometheus_address: Option<WebAddress>,
    /// Sets of labels that each metric may have; what comes later is added up as `__overflow__`
    #[arg(long, value_name = "N", default_value_t = MetricSettings::MOST, value_parser = number::count::<usize>, allow_negative_numbers = true)]
    pub(crate) metrics_series: usize,
    /// Another name by which it is asked for, besides addresses, localhost and the machine's own; may be repeated
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    web_host: Vec<String>,
    /// Keep serving for this time when the run is over, for what reads the last numbers
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) linger: Duration,
}

impl WebOptions {
    /// Refuses what would serve nothing.
    ///
    /// # Errors
    /// If an option needs an address and there is none.
    pub(super) fn check(&self) -> Result {
        if self.metrics_series == 0 {
            return Err(Error::new("--metrics-series 0 would tell nothing apart; give 1 or more"));
        }
        let served = self.web_address.is_some() || self.prometheus_address.is_some();
        let needs =
            [("--linger", !self.linger.is_zero()), ("--web-host", !self.hosts().is_empty())];
        match needs.iter().find(|(_, given)| *given && !served) {
            Some((option, _)) => Err(Error::new(format!(
                "{option} has nothing to serve; name an address with --web-address or --prometheus-address"
            ))),
            None => Ok(()),
        }
    }

    fn hosts(&self) -> Vec<String> {
        list::names(&self.web_host)
    }

    /// What serves, if anything does: the routes of the page, and /metrics. Its addresses are
    /// taken now.
    ///
    /// # Errors
    /// If an address cannot be had; the text names the option.
    pub(super) fn output(
        &self,
        labels: &BTreeMap<String, String>,
        page: Vec<Arc<dyn Route>>,
    ) -> Result<Option<WebOutput>> {
        let metrics = MetricSettings::new(self.metrics_series, labels.clone())?;
        let metrics = Arc::new(Prometheus::new(metrics));
        let mut sites = Vec::new();
        if let Some(address) = &self.web_address {
            let place = Place::take("--web-address", address, &self.hosts())?;
            let mut routes = page;
            routes.push(metrics.clone());
            sites.push(Site { name: "web", place, routes });
        }
        // Where the page is, /metrics is too.
        let shared = self.web_address.as_ref().filter(|address| !address.is_any());
        if let Some(address) = self.prometheus_address.as_ref().filter(|own| shared != Some(*own)) {
            let place = Place::take("--prometheus-address", address, &self.hosts())?;
            sites.push(Site { name: "metrics", place, routes: vec![metrics.clone()] });
        }
        if sites.is_empty() {
            return Ok(None);
        }
        Ok(Some(WebOutput::new(sites, vec![metrics], Token::random())))
    }
}
