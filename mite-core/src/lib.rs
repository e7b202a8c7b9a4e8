//! The engine of mite: journeys, data pools, volume models, the control plane,
//! runners and statistics. Users depend on the facade crate `mite`; authors of
//! protocol crates may depend on this one alone.
//!
//! Modules stand on floors, and use their own and those below: words (`label`,
//! `spec`, `message`, `fields`, `config`, `error`, `work`, `entry`,
//! `registry`), wishes (`volume`, `pool`, `scenario`), decisions (`control`),
//! deeds (`dispatch`, `transport`, `context`, `runner`) and numbers (`stats`).

#![warn(missing_docs)]

pub use async_trait::async_trait;
pub use panics::caught;
pub use postmortem::{COMMAND_VARIABLE, breakpoint, is_stopped};

mod arguments;
pub mod clock;
pub mod config;
pub mod context;
pub mod control;
pub mod dispatch;
pub mod entry;
pub mod error;
pub mod exchange;
pub mod fields;
pub mod identity;
mod journal;
pub mod journey;
pub mod label;
pub mod lanes;
mod loose;
pub mod message;
pub mod msgpack;
mod panics;
pub mod plan;
pub mod pool;
mod postmortem;
pub mod processor;
pub mod queue;
pub mod record;
pub mod registry;
pub mod runner;
pub mod scenario;
mod secret;
mod separation;
mod settings;
pub mod spec;
pub mod stats;
mod text_value;
mod transaction;
pub mod transport;
pub mod volume;
pub mod work;
pub mod writer;

/// What generated code names. Not public API.
#[doc(hidden)]
pub mod __private {
    pub use inventory;

    pub use crate::config::Config;
    pub use crate::context::Context;
    pub use crate::entry::*;
    pub use crate::error::Result;
    pub use crate::pool::erased::{AnyPool, build_pool};
    pub use crate::processor::IntoProcessor;
    pub use crate::scenario::{JourneyFunction, build_scenario};
    pub use crate::settings::build_settings;
}
