//! The engine of mite: journeys, data pools, volume models, the control plane,
//! runners and statistics. Users depend on the facade crate `mite`, which hands on
//! what they need; authors of protocols and outputs depend on this one, and find what
//! they need in [`extend`].
//!
//! Rooms stand on floors, and use their own and those below: words, what happened, who
//! acts, wishes, decisions, deeds, and [`extend`] on top. ARCHITECTURE.md has the list,
//! which `tests/tidy` checks.

#![warn(missing_docs)]
// What there is to say goes through `console`.
#![deny(clippy::print_stdout, clippy::print_stderr, clippy::exit)]

pub use async_trait::async_trait;
pub use journey::breakpoint;
#[doc(hidden)]
pub use journey::{current_execution, is_stopped};
#[doc(hidden)]
pub use panics::caught;

#[cfg(test)]
#[allow(clippy::print_stderr, reason = "the input that fails is for whoever runs the tests")]
#[path = "../../fuzz/bounded.rs"]
mod bounded;
#[doc(hidden)]
pub mod clock;
pub mod config;
#[doc(hidden)]
pub mod console;
#[doc(hidden)]
pub mod control;
#[doc(hidden)]
pub mod dispatch;
pub mod error;
#[doc(hidden)]
pub mod event_loop;
pub mod extend;
#[doc(hidden)]
pub mod faults;
#[doc(hidden)]
pub mod ids;
mod index;
pub mod journey;
#[doc(hidden)]
pub mod label;
pub mod message;
#[doc(hidden)]
pub mod meta;
#[doc(hidden)]
pub mod msgpack;
mod panics;
#[doc(hidden)]
pub mod plan;
pub mod pool;
#[doc(hidden)]
pub mod registry;
#[doc(hidden)]
pub mod runner;
pub mod scenario;
#[doc(hidden)]
pub mod secret;
#[doc(hidden)]
pub mod span;
#[doc(hidden)]
pub mod spec;
pub mod stat;
pub mod stats;
#[doc(hidden)]
pub mod units;
pub mod volume;

/// What generated code names. Not public API.
#[doc(hidden)]
pub mod __private {
    pub use inventory;

    pub use crate::config::{Config, ConfigEntry, build_settings};
    pub use crate::journey::{Context, JourneyEntry, JourneyResult};
    pub use crate::message::{IntoProcessor, ProcessorEntry};
    pub use crate::meta::{Meta, Parameter, TypeOf, function_id};
    pub use crate::pool::any::{AnyPool, build_pool};
    pub use crate::pool::{Arguments, PoolEntry, item_of};
    pub use crate::registry::Entry;
    pub use crate::scenario::{JourneyFunction, ScenarioEntry, build_scenario};
    pub use crate::stat::{IntoStat, StatEntry};
}
