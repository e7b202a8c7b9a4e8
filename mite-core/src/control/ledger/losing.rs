//! Items of runners that are gone: nobody knows which of them were used.

use super::Stock;
use super::doubt::{Doubt, Lease};
use crate::control::work::Item;
use crate::ids::RunnerId;
use crate::pool::{ItemId, PoolKind};

impl Stock {
    /// Ends the leases of a runner that is gone. `one_use` says of a line
    /// whether an item that may have been used must not be used again.
    pub(in crate::control) fn lose(
        &mut self,
        runner: RunnerId,
        incarnation: u64,
        one_use: impl Fn(usize) -> bool,
    ) {
        let mut gone: Vec<(ItemId, Lease)> =
            self.leased.extract_if(|_, lease| lease.runner == runner).collect();
        gone.sort_unstable_by_key(|(id, _)| *id);
        if let Some(durable) = &mut self.durable {
            durable.lost(runner);
        }
        for (id, Lease { line, data, .. }) in gone {
            if self.kind != PoolKind::Recyclable || one_use(line) {
                let data = data.clone();
                self.in_doubt.insert(id, Doubt { runner, incarnation, line, data });
            }
            let Some(data) = data else { continue };
            match self.kind {
                PoolKind::Recyclable if !self.exhausted && !self.closed => {
                    self.returned.push_back(Item { id, data });
                }
                PoolKind::Recyclable | PoolKind::Custom => self.check_in(id),
                PoolKind::Once | PoolKind::Unlimited => {}
            }
        }
    }

    /// A runner that was lost reports after all: what it says of once-items is in doubt no
    /// more. Says how many it never used, which may be given out again.
    pub(in crate::control) fn clear_up(
        &mut self,
        (runner, incarnation, line): (RunnerId, u64, usize),
        used: &[ItemId],
        unused: &[ItemId],
    ) -> u32 {
        if self.kind != PoolKind::Once {
            return 0;
        }
        let own = |doubt: &Doubt| {
            (doubt.runner, doubt.incarnation, doubt.line) == (runner, incarnation, line)
        };
        for id in used {
            if self.in_doubt.get(id).is_some_and(own) {
                self.in_doubt.remove(id);
                if let Some(durable) = &mut self.durable {
                    durable.unsaved = true;
                }
            }
        }
        let mut count = 0;
        for &id in unused.iter().rev() {
            if !self.in_doubt.get(&id).is_some_and(own) {
                continue;
            }
            let Some(Doubt { data, .. }) = self.in_doubt.remove(&id) else { continue };
            count += 1;
            if let Some(durable) = &mut self.durable {
                durable.cleared(id);
            }
            let Some(data) = data else { continue };
            if self.closed {
                self.homeward.push(id);
            } else {
                self.fresh.push_front(Item { id, data });
            }
        }
        count
    }

    /// What [`lose`](Self::lose) must not do: everything may be used again.
    #[cfg(test)]
    pub(in crate::control) fn lose_without_doubt(&mut self, runner: RunnerId) {
        let gone = self.leased.extract_if(|_, lease| lease.runner == runner);
        self.fresh.extend(gone.filter_map(|(id, lease)| Some(Item { id, data: lease.data? })));
    }
}
