//! Where a controller keeps what it must know again after a restart.

use std::future::{Future, pending};

use crate::control::Saved;

/// Keeps what must be durable before a Grant leaves.
///
/// Writes are checked: one fails if another controller has taken over meanwhile. Who cannot
/// write must not grant.
pub trait Store {
    /// Whether anything is kept. If not, Grants leave at once.
    const KEEPS: bool = true;

    /// Begins to make these durable, each in the place of what has its
    /// [key](Saved::key). Nothing else is begun before that has [ended](Self::saved).
    fn save(&mut self, records: Vec<Saved>);

    /// The end of what was begun last: where in the store it is, behind all that was there. If
    /// the future is dropped, nothing is lost.
    ///
    /// # Errors
    /// If it is not surely durable: why.
    fn saved(&mut self) -> impl Future<Output = Result<u64, String>>;

    /// Whether this controller leads, by its own lease on the run: it is asked before
    /// anything leaves.
    fn leads(&self) -> bool;

    /// Why this controller does not lead the run any more, if that is for good.
    fn deposed(&self) -> Option<String> {
        None
    }
}

/// In one process nothing outlives the controller.
pub struct NoStore;

impl Store for NoStore {
    const KEEPS: bool = false;

    fn save(&mut self, _records: Vec<Saved>) {}

    async fn saved(&mut self) -> Result<u64, String> {
        pending().await
    }

    fn leads(&self) -> bool {
        true
    }
}
