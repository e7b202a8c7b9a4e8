//! The numbers of a run for monitoring systems.
//!
//! An [`Exposition`] makes [`Family`]s of each snapshot: upstream mite's metrics under its
//! names, new ones, and the test's own. What becomes of them is another matter: Prometheus
//! asks for them, others are sent them.

mod cap;
mod exposition;
mod family;
mod histogram;
mod load;
mod measured;
mod names;
mod outcome;
mod own;
#[cfg(feature = "web")]
mod prometheus;
mod spreads;
mod upstream;
mod view;

#[cfg(feature = "http")]
pub(crate) use exposition::Exposition;
pub(crate) use exposition::MetricSettings;
#[cfg(feature = "http")]
pub(crate) use family::{Family, Kind, Labels, Row, Unit, Value};
#[cfg(feature = "http")]
pub(crate) use histogram::{Histogram, Native, SCHEMA, ZERO};
#[cfg(feature = "web")]
pub(crate) use prometheus::Prometheus;
#[cfg(all(feature = "nats", feature = "web"))]
pub(crate) use prometheus::{Exported, Exposing};
