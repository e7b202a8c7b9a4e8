//! Journeys: what one is given, how it runs, and what is kept of it.

mod context;
mod entry;
mod execute;
mod journal;
mod lanes;
mod postmortem;
mod separation;
mod transaction;

pub use context::{Context, Host};
pub use entry::JourneyEntry;
pub use execute::{ROOT, execute};
pub use lanes::Lanes;
pub use postmortem::{COMMAND_VARIABLE, breakpoint, is_stopped};
pub(crate) use postmortem::{enter, journey_failed, leave, wait_while_stopped};
