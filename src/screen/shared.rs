//! What the output of a run and the thread that draws share.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use mite_core::stats::Snapshot;

use crate::output::RunControl;

/// What the screen is made with.
pub(crate) struct ScreenSettings {
    /// Whether it has no more characters than ASCII.
    pub(crate) ascii: bool,
    /// The address of the page, if there is one.
    pub(crate) page: Option<String>,
    /// What keys ask of the run.
    pub(crate) control: RunControl,
}

/// What lies between the two.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// The latest snapshot that was not shown yet.
    pub(super) inbox: Mutex<Option<Arc<Snapshot>>>,
    /// There is no room for a screen, or the terminal is another's.
    pub(super) is_lines: AtomicBool,
    /// Nothing more will come.
    pub(super) is_closed: AtomicBool,
}
