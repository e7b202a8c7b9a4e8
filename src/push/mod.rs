//! The numbers of a run, pushed to whoever keeps them: an OpenTelemetry collector,
//! InfluxDB; traces of single journeys; and the webhook that is told of its start and its end.
//!
//! Each target has a thread of its own, and an HTTP client whose requests are counted
//! nowhere. One that is gone is told once, tried again with more and more time between,
//! and never the end of a run.

mod client;
mod endpoint;
mod influx;
mod line;
mod otlp;
mod output;
mod percentile;
mod protocol;
mod sender;
mod settings;
#[cfg(feature = "traces")]
mod traces;
mod webhook;

pub(crate) use influx::Influx;
pub(crate) use otlp::Otlp;
pub(crate) use output::PushOutput;
pub(crate) use protocol::Protocol;
pub(crate) use settings::Environment;
#[cfg(feature = "traces")]
pub(crate) use traces::TraceOutput;
pub(crate) use webhook::Webhook;
