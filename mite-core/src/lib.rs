//! The engine of mite: journeys, data pools, volume models, the control plane,
//! runners and statistics. Users depend on the facade crate `mite`; authors of
//! protocol crates may depend on this one alone.
//!
//! Rooms stand on floors, and use their own and those below: words (`label`
//! `spec` `ids` `clock` `meta` `msgpack` `error` `panics` `config` `units`), what happened
//! (`message` `stats`), who acts (`journey`), wishes (`volume` `pool` `scenario`
//! `registry` `plan`), decisions (`control`) and deeds (`dispatch` `runner`).
//! `tests/tidy.rs` has the list and checks it.

#![warn(missing_docs)]
// What there is to say goes through `console`.
#![deny(clippy::print_stdout, clippy::print_stderr, clippy::exit)]

pub use async_trait::async_trait;
pub use journey::{breakpoint, current_execution, is_stopped};
pub use panics::caught;

pub mod clock;
pub mod config;
pub mod console;
pub mod control;
pub mod dispatch;
pub mod error;
pub mod faults;
pub mod ids;
pub mod journey;
pub mod label;
pub mod message;
pub mod meta;
pub mod msgpack;
mod panics;
pub mod plan;
pub mod pool;
pub mod registry;
pub mod runner;
pub mod scenario;
pub mod spec;
pub mod stats;
#[doc(hidden)]
pub mod units;
pub mod volume;

/// What generated code names. Not public API.
#[doc(hidden)]
pub mod __private {
    pub use inventory;

    pub use crate::config::{Config, ConfigEntry, build_settings};
    pub use crate::error::Result;
    pub use crate::journey::{Context, JourneyEntry};
    pub use crate::message::{IntoProcessor, ProcessorEntry};
    pub use crate::meta::{Meta, Parameter, TypeOf, function_id};
    pub use crate::pool::any::{AnyPool, build_pool};
    pub use crate::pool::{Arguments, PoolEntry, item_of};
    pub use crate::registry::Entry;
    pub use crate::scenario::{JourneyFunction, ScenarioEntry, build_scenario};
}
