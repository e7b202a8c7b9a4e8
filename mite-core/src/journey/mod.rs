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
mod messages;
mod observed;
mod postmortem;
mod random;
mod result;
mod separation;
mod spans;
mod stage;
mod telling;
mod think;
mod traced;
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
pub use random::{Choices, Random};
#[doc(hidden)]
pub use result::JourneyResult;
#[doc(hidden)]
pub use stage::Returned;
pub use stage::Stage;
pub use telling::Telling;
pub use think::ThinkTime;
pub use transcript::{Onlooker, Transcript};
