//! What a stock was, before the controller was restarted.

use std::collections::BTreeMap;

use super::Stock;
use super::doubt::{Doubt, Lease};
use super::durable::Durable;
use crate::control::ranges::Ranges;
use crate::control::saved::{SavedDoubt, SavedLease, SavedStock};
use crate::control::work::Item;
use crate::ids::RunnerId;
use crate::pool::{ItemId, PoolKind};

impl Stock {
    /// From now on it says what must be saved of it, if its items are used once.
    pub(in crate::control) fn keep_durable(&mut self) {
        if self.kind == PoolKind::Once {
            self.durable = Some(Durable { unsaved: true, ..Durable::default() });
        }
    }

    /// What has changed since it was asked last.
    pub(in crate::control) fn unsaved(
        &mut self,
        stock: usize,
    ) -> (Option<SavedStock>, Vec<SavedLease>) {
        let Some(durable) = &mut self.durable else { return Default::default() };
        let gone = std::mem::take(&mut durable.unsaved);
        let gone = gone.then(|| {
            let mut doubts = BTreeMap::<_, Ranges>::new();
            for (id, doubt) in &self.in_doubt {
                let whose = (doubt.runner, doubt.incarnation, doubt.line);
                doubts.entry(whose).or_default().insert(*id);
            }
            let doubt = |((runner, incarnation, line), items)| SavedDoubt {
                runner,
                incarnation,
                line,
                items,
            };
            let in_doubt = doubts.into_iter().map(doubt).collect();
            SavedStock { stock, gone: durable.gone.clone(), in_doubt }
        });
        let lease = |runner: RunnerId| {
            let held = durable.held.get(&runner).into_iter().flatten();
            let held = held.filter(|(_, items)| items.ranges() > 0);
            let items = held.map(|(line, items)| (*line, items.clone())).collect();
            SavedLease { stock, runner, items }
        };
        let changed = std::mem::take(&mut durable.unsaved_leases);
        (gone, changed.into_iter().map(lease).collect())
    }

    /// These items are gone.
    pub(in crate::control) fn restore(&mut self, saved: &SavedStock) {
        let Some(durable) = &mut self.durable else { return };
        durable.gone = saved.gone.clone();
        for SavedDoubt { runner, incarnation, line, items } in &saved.in_doubt {
            let (runner, incarnation, line) = (*runner, *incarnation, *line);
            let doubt = || Doubt { runner, incarnation, line, data: None };
            self.in_doubt.extend(items.iter().flatten().map(|id| (id, doubt())));
        }
        durable.to_come = saved.gone.count();
        if self.exhausted {
            // Tickets come from no pool. Those that came back are there; the others follow.
            durable.to_come = 0;
            let next = durable.gone.last().map_or(1, |last| last + 1);
            let unmade = self.tickets.saturating_sub(next - 1);
            let back = (1..next).filter(|id| !durable.gone.contains(*id));
            self.fresh.extend(back.map(ticket));
            (self.next_ticket, self.tickets) = (next, unmade);
        }
    }

    /// A runner has these items, as far as is known.
    pub(in crate::control) fn restore_lease(&mut self, saved: &SavedLease) -> Vec<(usize, u32)> {
        let tickets = self.exhausted;
        let Some(durable) = &mut self.durable else { return Vec::new() };
        let mut counts = Vec::new();
        for (line, items) in &saved.items {
            for id in items.iter().flatten() {
                let data = tickets.then(|| ticket(id).data);
                let lease = Lease { runner: saved.runner, line: *line, grant: 0, data };
                self.leased.insert(id, lease);
            }
            let held = durable.held.entry(saved.runner).or_default().entry(*line).or_default();
            items.iter().for_each(|run| held.insert_range(run));
            counts.push((*line, items.count() as u32));
        }
        counts
    }

    /// A runner claims that it holds these items of a line, and no others but for such as are
    /// on their way `back`: how many it has, and how many never came to it, which are free
    /// again. Of items that may be used again those on their way back are not its own: they
    /// may have arrived before the restart, and be another runner's.
    pub(in crate::control) fn claim(
        &mut self,
        runner: RunnerId,
        line: usize,
        items: &[ItemId],
        back: &[ItemId],
    ) -> (u32, u32) {
        let mut missed = 0;
        if self.durable.is_some() {
            let own = |lease: &Lease| (lease.runner, lease.line) == (runner, line);
            let gone: Vec<_> =
                self.leased.iter().filter(|(_, l)| own(l)).map(|(id, _)| *id).collect();
            let known: Ranges = items.iter().chain(back).copied().collect();
            let gone: Vec<_> = gone.into_iter().filter(|id| !known.contains(*id)).collect();
            for &id in &gone {
                let Some(Lease { data, .. }) = self.leased.remove(&id) else { continue };
                missed += 1;
                self.fresh.extend(data.map(|data| Item { id, data }));
            }
            if let Some(durable) = &mut self.durable {
                durable.returned(runner, line, gone, true);
            }
        } else {
            for &id in items {
                let free = self.fresh.iter().position(|item| item.id == id);
                let data = free.and_then(|index| self.fresh.remove(index)).map(|item| item.data);
                self.leased.insert(id, Lease { runner, line, grant: 0, data });
            }
        }
        let own = self.leased.values().filter(|l| (l.runner, l.line) == (runner, line));
        (own.count() as u32, missed)
    }

    /// What the pool gives, unless it had given it before the restart: then it is out, or used.
    pub(super) fn take_again(&mut self, item: Item) -> Option<Item> {
        if !self.restored {
            return Some(item);
        }
        if let Some(lease) = self.leased.get_mut(&item.id)
            && lease.data.is_none()
        {
            lease.data = Some(item.data);
            self.came_again();
            return None;
        }
        if self.durable.as_ref().is_some_and(|durable| durable.gone.contains(item.id)) {
            if let Some(doubt) = self.in_doubt.get_mut(&item.id) {
                doubt.data.get_or_insert(item.data);
            }
            self.came_again();
            return None;
        }
        Some(item)
    }

    fn came_again(&mut self) {
        if let Some(durable) = &mut self.durable {
            durable.to_come = durable.to_come.saturating_sub(1);
        }
    }

    /// How many items more to ask the pool for, since it gives first what it gave before.
    pub(in crate::control) fn to_come_again(&self) -> u64 {
        self.durable.as_ref().map_or(0, |durable| durable.to_come.min(MOST_AGAIN))
    }
}

/// So many items are asked for at once to get past what was given before a restart.
const MOST_AGAIN: u64 = 100_000;

fn ticket(id: ItemId) -> Item {
    Item { id, data: bytes::Bytes::from_static(crate::pool::NO_ARGUMENTS) }
}
