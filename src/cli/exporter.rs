//! `prometheus-exporter`.

use std::process::ExitCode;

use mite_core::error::Result;

use super::consumers::{Common, end};
use crate::consumers;
use crate::typed::list;
use crate::web::{DEFAULT_ADDRESS, Place, WebAddress};

/// What `prometheus-exporter` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ExporterOptions {
    #[command(flatten)]
    common: Common,
    /// Serve /metrics at this address; with :0 at any free port
    ///
    /// Only this machine reaches 127.0.0.1. Whoever reaches another address, such as
    /// 0.0.0.0:9301, can read what is served there, unencrypted.
    #[arg(long, value_name = "ADDRESS", default_value = DEFAULT_ADDRESS)]
    prometheus_address: WebAddress,
    /// Another name by which it is asked for, besides addresses, localhost and the machine's own; may be repeated
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    web_host: Vec<String>,
}

/// Serves the metrics of runs of a fleet.
pub(super) fn exporter(options: ExporterOptions) -> Result<ExitCode> {
    let common = &options.common;
    let connect = common.nats.connect("prometheus-exporter")?;
    let hosts = list::names(&options.web_host);
    let place = Place::take("--prometheus-address", &options.prometheus_address, &hosts)?;
    common.start()?;
    end(consumers::export(connect, common.nats.run_name.clone(), place))
}
