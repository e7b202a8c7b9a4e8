//! What a stock must know again after a restart of the controller.

use std::collections::{BTreeMap, BTreeSet};

use crate::control::ranges::Ranges;
use crate::ids::RunnerId;
use crate::pool::ItemId;

/// Which once-items are gone, and who has them.
#[derive(Default)]
pub(in crate::control) struct Durable {
    /// Items that were ever out on a lease, but for such as came back unused.
    pub(super) gone: Ranges,
    /// Items of these that a pool has not given again since a restart.
    pub(super) to_come: u64,
    /// Items that each runner has.
    pub(super) held: BTreeMap<RunnerId, BTreeSet<ItemId>>,
    /// What has changed since it was saved.
    pub(super) unsaved: bool,
    pub(super) unsaved_leases: BTreeSet<RunnerId>,
}

impl Durable {
    pub(super) fn leased(&mut self, runner: RunnerId, id: ItemId) {
        self.gone.insert(id);
        self.held.entry(runner).or_default().insert(id);
        self.changed(runner);
    }

    pub(super) fn returned(&mut self, runner: RunnerId, id: ItemId, unused: bool) {
        if unused {
            self.gone.remove(id);
        }
        if let Some(held) = self.held.get_mut(&runner) {
            held.remove(&id);
        }
        self.changed(runner);
    }

    pub(super) fn lost(&mut self, runner: RunnerId) {
        if self.held.remove(&runner).is_some() {
            self.changed(runner);
        }
    }

    /// An item that was in doubt was never used.
    pub(super) fn cleared(&mut self, id: ItemId) {
        self.gone.remove(id);
        self.unsaved = true;
    }

    /// How much is kept of what is gone.
    #[cfg(test)]
    pub(super) fn ranges(&self) -> usize {
        self.gone.ranges()
    }

    fn changed(&mut self, runner: RunnerId) {
        self.unsaved = true;
        self.unsaved_leases.insert(runner);
    }
}
