//! What a journey wants of a request, beside the request itself.

use std::time::Duration;

use mite_core::label::Label;

/// What holds for all hops of a request.
pub(crate) struct Plan {
    pub(crate) timeout: Option<Duration>,
    pub(crate) follow: bool,
    pub(crate) max_redirects: Option<usize>,
    pub(crate) tags: Vec<(String, String)>,
    /// What it is counted as, if the journey says so.
    pub(crate) name: Option<Label>,
    pub(crate) keep: Keep,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            timeout: None,
            follow: true,
            max_redirects: None,
            tags: Vec::new(),
            name: None,
            keep: Keep::Whole,
        }
    }
}

/// What becomes of a response's body.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// It is kept.
    Whole,
    /// It is read and counted.
    Nothing,
    /// The journey reads it, piece by piece.
    Stream,
}
