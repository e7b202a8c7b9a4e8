//! Journeys: what one is given, how it runs, and what is kept of it.

mod context;
mod ending;
mod entry;
mod execute;
mod extensions;
mod journal;
mod lanes;
mod postmortem;
mod separation;
mod transaction;

pub use context::{Context, Host};
pub use entry::JourneyEntry;
pub use execute::{ROOT, execute};
pub use lanes::Lanes;
pub(crate) use postmortem::{Polled, wait_while_stopped};
pub use postmortem::{breakpoint, current_execution, is_stopped};
