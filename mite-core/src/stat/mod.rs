//! Statistics that are made of messages, by `#[stat]` functions.
//!
//! A statistic looks at messages of some types, whoever sends them: what journeys send
//! with [`Context::send`](crate::journey::Context::send), and `txn`, `error`,
//! `exception`, `http_metrics` and the like. It is told a value by each, and has labels
//! from their fields. It is counted by the runner that the message comes from, on its own
//! thread, so none is missed; messages that no statistic looks at cost nothing.
//!
//! | | is told | keeps |
//! |---|---|---|
//! | [`Counter`] | 1 for each message | the sum |
//! | [`Gauge`] | a field | the last value, the least and the greatest |
//! | [`Accumulator`] | a field | the sum, and how many there were |
//! | [`Histogram`] | a field | how the values are spread, to three digits |
//!
//! ```
//! use mite::prelude::*;
//!
//! /// Orders, by kind and by whether they were paid.
//! fn orders() -> impl Stat {
//!     Counter::of("order")
//!         .label("kind")
//!         .label_by("paid", |m| Some(if m.get::<f64>("paid")? > 0.0 { "yes" } else { "no" }.into()))
//! }
//!
//! /// How long requests waited for a connection.
//! fn pool_wait() -> impl Stat {
//!     Histogram::of("http_metrics", "pool_wait_time")
//!         .when(|m| m.get("outcome") == Some("ok".to_owned()))
//!         .label("transaction")
//! }
//! ```
//!
//! Anything else is a [`Stat`] of one's own.

mod active;
mod builder;
mod entry;
mod reading;

pub use active::ActiveStats;
pub use builder::{Accumulator, Counter, Gauge, Histogram};
pub use entry::{IntoStat, StatEntry};
pub use reading::{Reading, Stat};

pub use crate::message::{Interest, MessageRef};
pub use crate::stats::StatisticKind;
