//! The search for the greatest rate at which limits are kept.
//!
//! The rate doubles until a limit breaks, and then what lies between the last rate that
//! was kept and the first that was not is halved. Each rate is held, measured alone, and
//! judged; after one that is too much the rate stays low until the limits are kept again,
//! so that what has piled up is not the next one's doing.

mod hunt;
mod status;
mod watch;

pub use hunt::{Search, SearchPlan};
pub use status::{SearchOutcome, SearchState, SearchStatus, SearchStep};
pub(super) use watch::SearchWatch;

#[cfg(test)]
mod tests;
