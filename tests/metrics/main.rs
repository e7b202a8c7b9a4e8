//! The numbers of a run as monitoring systems get them: against a real nginx, read by a
//! real Prometheus, and held beside the run's own results.

mod formats;
mod prometheus;
mod push;
mod run;
mod servers;
#[cfg(feature = "traces")]
mod traces;
