//! A controller that knows less of its run than its runners do.

use std::fmt;

use crate::ids::RunnerId;

/// Why a controller cannot go on with its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outdated {
    /// A runner that was granted something after what the controller knows.
    pub runner: RunnerId,
    /// Whether a later controller granted it: that one may lead.
    pub is_later: bool,
}

impl fmt::Display for Outdated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "what is kept of the run is older than what runner {} was granted: {}the store has gone back to an older copy, or lost what it had acknowledged; what was given since is not known, and would be given again",
            self.runner,
            if self.is_later { "another controller leads it by now, or " } else { "" }
        )
    }
}
