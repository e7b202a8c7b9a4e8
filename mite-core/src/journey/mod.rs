//! Journeys: what one is given, how it runs, and what is kept of it.

mod arrival;
mod context;
mod detail;
mod ending;
mod entry;
mod execute;
mod extensions;
mod host;
mod journal;
mod lanes;
mod postmortem;
mod result;
mod separation;
mod telling;
mod transaction;
mod transcript;

pub use arrival::Begun;
pub use context::Context;
#[doc(hidden)]
pub use entry::JourneyEntry;
#[doc(hidden)]
pub use execute::{ROOT, execute};
pub use host::Host;
pub use lanes::Lanes;
pub use postmortem::breakpoint;
#[doc(hidden)]
pub use postmortem::current_execution;
#[doc(hidden)]
pub use postmortem::is_stopped;
pub(crate) use postmortem::{Polled, wait_while_stopped};
#[doc(hidden)]
pub use result::JourneyResult;
pub use telling::Telling;
pub use transcript::{Onlooker, Transcript};
