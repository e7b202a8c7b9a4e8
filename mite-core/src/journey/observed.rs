//! What is kept of an execution that somebody looks at closely.

use std::sync::Mutex;

use super::host::Host;
use super::journal::Journal;
use super::traced::Traced;
use crate::message::Identity;

/// Of an execution that is debugged, shown in full or traced.
pub(crate) struct Observed {
    pub(super) journal: Option<Mutex<Journal>>,
    pub(super) traced: Option<Traced>,
    /// Whether exchanges are wanted in full.
    pub(super) watched: bool,
}

impl Observed {
    /// Hardly ever anything.
    #[inline]
    pub(super) fn of(host: &Host, identity: &Identity) -> Option<Box<Self>> {
        if host.debugging || host.onlooker.is_some() || host.spans.is_some() {
            return Self::if_wanted(host, identity);
        }
        None
    }

    #[cold]
    fn if_wanted(host: &Host, identity: &Identity) -> Option<Box<Self>> {
        let journal = host.debugging.then(Mutex::default);
        let watched = journal.is_some() || host.onlooker.is_some();
        let traced = Traced::of(host, identity);
        let is_wanted = watched || traced.is_some();
        is_wanted.then(|| Box::new(Self { journal, traced, watched }))
    }
}
