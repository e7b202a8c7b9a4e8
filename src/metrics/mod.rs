//! The numbers of a run for monitoring systems.
//!
//! An [`Exposition`] makes [`Family`]s of each snapshot: upstream mite's metrics under its
//! names, new ones, and the test's own. What becomes of them is another matter: Prometheus
//! asks for them.

mod cap;
mod exposition;
mod family;
mod histogram;
mod load;
mod measured;
mod names;
mod outcome;
mod own;
mod prometheus;
mod spreads;
mod upstream;
mod view;

pub(crate) use exposition::MetricSettings;
pub(crate) use prometheus::Prometheus;
