//! What a stock must know again after a restart of the controller.

use std::collections::{BTreeMap, BTreeSet};

use crate::control::ranges::{Ranges, runs};
use crate::ids::RunnerId;
use crate::pool::ItemId;

/// Which once-items are gone, and who has them. All as ranges, and changed by whole reports
/// and Grants: that what is saved is a copy of it keeps saving cheap.
#[derive(Default)]
pub(in crate::control) struct Durable {
    /// Items that were ever out on a lease, but for such as came back unused.
    pub(super) gone: Ranges,
    /// Items of these that a pool has not given again since a restart.
    pub(super) to_come: u64,
    /// Items that each runner has, by line.
    pub(super) held: BTreeMap<RunnerId, BTreeMap<usize, Ranges>>,
    /// What has changed since it was saved.
    pub(super) unsaved: bool,
    pub(super) unsaved_leases: BTreeSet<RunnerId>,
}

impl Durable {
    pub(super) fn leased(&mut self, runner: RunnerId, line: usize, ids: &[ItemId]) {
        if ids.is_empty() {
            return;
        }
        let held = self.held.entry(runner).or_default().entry(line).or_default();
        for run in runs(ids.iter().copied()) {
            self.gone.insert_range(run.clone());
            held.insert_range(run);
        }
        self.changed(runner);
    }

    pub(super) fn returned(
        &mut self,
        runner: RunnerId,
        line: usize,
        mut ids: Vec<ItemId>,
        unused: bool,
    ) {
        if ids.is_empty() {
            return;
        }
        ids.sort_unstable();
        let mut held = self.held.get_mut(&runner).and_then(|lines| lines.get_mut(&line));
        for run in runs(ids) {
            if unused {
                self.gone.remove_range(run.clone());
            }
            if let Some(held) = &mut held {
                held.remove_range(run);
            }
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
