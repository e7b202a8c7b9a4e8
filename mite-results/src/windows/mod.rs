//! The course of a run in bounded memory: at most 256 windows, each with a
//! base-2 exponential histogram per series. When all are in use, neighbours are
//! merged and windows are twice as long from then on.
//!
//! The buckets are those of Prometheus' and OpenTelemetry's exponential
//! histograms: bucket i of schema s holds (2^((i−1)/2^s), 2^(i/2^s)] seconds.
//! Histograms are added bucket by bucket, so merging loses time resolution and
//! nothing else. A percentile lies in the bucket of the true one: it is at most
//! 2.2 % off with schema 5 and 9.1 % with schema 3.

mod buckets;
mod exponential;
mod history;
#[cfg(test)]
mod tests;
mod told;
mod window;

pub use buckets::{coarser, index, index_of_seconds, lower, upper};
pub use exponential::Exponential;
pub use history::{History, Limits, Rank};
pub use told::Told;
pub use window::{Counts, Load};

/// The schema of totals.
pub const TOTAL_SCHEMA: u8 = 5;

/// The schema of single series.
pub const SERIES_SCHEMA: u8 = 3;
