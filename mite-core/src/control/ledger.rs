//! Which items of a pool are free, which are out, and on whose lease.

mod doubt;
mod durable;
mod id_map;
mod losing;
mod restoring;
#[cfg(test)]
mod tests;

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashSet, VecDeque};

use bytes::Bytes;

use doubt::{Doubt, Lease};
use durable::Durable;
use id_map::IdMap;

use super::line::Pool;
use super::share::share;
use super::work::Item;
use crate::ids::{RunnerId, TestTime};
use crate::pool::{ItemId, NO_ARGUMENTS, PoolKind};

/// Used items that are kept here. More return to their pool, the oldest first, so that
/// all are used in turn: a large pool holds its items in less memory than this would.
const MOST_RETURNED: usize = 10_000;

/// The items of one pool that have left it.
pub(super) struct Stock {
    pub(super) kind: PoolKind,
    /// Items that may wait, over all runners, if it is custom.
    pub(super) spares: u32,
    /// The lines that take items from it.
    pub(super) users: Vec<usize>,
    /// Tickets that were not made yet, for a stock without a pool.
    tickets: u64,
    next_ticket: ItemId,
    /// Free, and not used since they left the pool; in the pool's order.
    fresh: VecDeque<Item>,
    /// Free, and used before; in the order in which they were returned.
    returned: VecDeque<Item>,
    leased: IdMap<Lease>,
    /// Leases that there ever were.
    pub(super) leases: u64,
    /// Items that the pool was asked for and has not given.
    pub(super) ordered: u32,
    /// Whether items were checked in since then.
    returned_since: bool,
    /// Whether the pool had none when it was asked last, and when to ask again.
    pub(super) dry: bool,
    pub(super) retry: Option<TestTime>,
    /// Whether the pool gives no more.
    pub(super) exhausted: bool,
    /// Whether nobody starts anything with its items any more.
    pub(super) closed: bool,
    /// Items to check in.
    homeward: Vec<ItemId>,
    /// Items of which nobody knows whether they were used.
    pub(super) in_doubt: BTreeMap<ItemId, Doubt>,
    /// Items that the pool gave while it had given them already.
    pub(super) duplicates: u64,
    /// What must be known after a restart, if there may be one.
    pub(super) durable: Option<Durable>,
    /// Whether its pool gives again what it gave before a restart.
    pub(super) restored: bool,
}

/// The lease that items are returned from. Reports are repeated until they are
/// answered, so an item in one may have been leased again meanwhile, by a Grant that
/// the reporter has not seen (the ABA problem).
#[derive(Clone, Copy)]
pub(super) struct Home {
    pub(super) runner: RunnerId,
    pub(super) line: usize,
    /// The last Grant that it has seen.
    pub(super) grant: u64,
}

impl Stock {
    pub(super) fn new(pool: impl Into<Pool>) -> Self {
        let Pool { kind, spares } = pool.into();
        Self {
            kind,
            spares,
            users: Vec::new(),
            tickets: 0,
            next_ticket: 1,
            fresh: VecDeque::new(),
            returned: VecDeque::new(),
            leased: IdMap::default(),
            leases: 0,
            ordered: 0,
            returned_since: false,
            dry: false,
            retry: None,
            exhausted: false,
            closed: false,
            homeward: Vec::new(),
            in_doubt: BTreeMap::new(),
            duplicates: 0,
            durable: None,
            restored: false,
        }
    }

    /// How many items may wait on runner `i` of `n` for the line with this seat.
    pub(super) fn spares_of(&self, seat: usize, i: usize, n: usize) -> u32 {
        match self.kind {
            PoolKind::Custom => share(self.spares, seat * n + i, self.users.len() * n, 0),
            _ => 0,
        }
    }

    /// A stock of tickets: so many items without data, each used once.
    pub(super) fn tickets(count: u64) -> Self {
        Self { tickets: count, exhausted: true, ..Self::new(PoolKind::Once) }
    }

    /// Takes in what the pool gave. If it gave what it had given already, it
    /// is asked again `later`.
    pub(super) fn add(&mut self, items: Vec<Item>, later: TestTime) {
        self.ordered = self.ordered.saturating_sub(items.len().try_into().unwrap_or(u32::MAX));
        if self.ordered == 0 {
            self.dry = false;
        }
        if self.closed {
            self.homeward.extend(items.into_iter().map(|i| i.id));
            return;
        }
        // Only pools of the user's own may give an item twice, so only there is
        // a look at each worth its time.
        let free: HashSet<ItemId> = match self.kind {
            PoolKind::Custom => self.fresh.iter().map(|i| i.id).collect(),
            _ => HashSet::new(),
        };
        let mut again = false;
        for item in items {
            let Some(item) = self.take_again(item) else { continue };
            if self.leased.contains_key(&item.id) || free.contains(&item.id) {
                // As if the pool had had none; or it would be asked again at once.
                self.duplicates += 1;
                self.dry = true;
                again = true;
            } else {
                self.fresh.push_back(item);
            }
        }
        if again && !self.exhausted {
            self.retry.get_or_insert(later);
        }
    }

    /// Free items that were not used since they left the pool.
    pub(super) fn unused(&self) -> u64 {
        self.fresh.len() as u64 + self.tickets
    }

    /// Free items; used ones only count once the pool has no others, so that
    /// all of a large pool are used in turn, or for one who starves.
    pub(super) fn available(&self, starving: bool) -> u64 {
        let used = if self.dry || starving { self.returned.len() as u64 } else { 0 };
        self.unused() + used
    }

    /// All items that have left the pool and may be used again or at all.
    pub(super) fn total(&self) -> u64 {
        self.unused() + (self.returned.len() + self.leased.len()) as u64
    }

    /// Leases up to `count` free items.
    pub(super) fn lease(
        &mut self,
        count: u64,
        starving: bool,
        runner: RunnerId,
        line: usize,
        grant: u64,
    ) -> Vec<Item> {
        let count = count.min(self.available(starving)) as usize;
        let mut items = Vec::with_capacity(count);
        while items.len() < count {
            let item = if let Some(item) = self.fresh.pop_front() {
                item
            } else if self.tickets > 0 {
                self.tickets -= 1;
                self.next_ticket += 1;
                Item { id: self.next_ticket - 1, data: Bytes::from_static(NO_ARGUMENTS) }
            } else if let Some(item) = self.returned.pop_front() {
                item
            } else {
                break;
            };
            let data = Some(item.data.clone());
            self.leased.insert(item.id, Lease { runner, line, grant, data });
            items.push(item);
        }
        if let Some(durable) = &mut self.durable {
            let ids: Vec<_> = items.iter().map(|item| item.id).collect();
            durable.leased(runner, line, &ids);
        }
        self.leases += items.len() as u64;
        items
    }

    /// An item that is leased, to be granted once more.
    pub(super) fn leased(&self, id: ItemId) -> Option<Item> {
        Some(Item { id, data: self.leased.get(&id)?.data.clone()? })
    }

    /// Takes back items that were used; says how many were out on a lease of `home`.
    pub(super) fn used(&mut self, ids: &[ItemId], home: Home) -> u32 {
        let mut count = 0;
        for (id, data) in self.end_leases(ids.iter().copied(), home, false) {
            count += 1;
            // Given before a restart, and not again since: the pool still has it.
            let Some(data) = data else { continue };
            match self.kind {
                PoolKind::Recyclable if !self.exhausted && !self.closed => {
                    self.returned.push_back(Item { id, data });
                    if self.returned.len() > MOST_RETURNED
                        && let Some(oldest) = self.returned.pop_front()
                    {
                        self.check_in(oldest.id);
                    }
                }
                PoolKind::Recyclable | PoolKind::Custom => self.check_in(id),
                PoolKind::Once | PoolKind::Unlimited => {}
            }
        }
        count
    }

    /// Takes back items that were not used, for others to use in their order; says how
    /// many were out on a lease of `home`.
    pub(super) fn unused_home(&mut self, ids: &[ItemId], home: Home) -> u32 {
        let mut count = 0;
        for (id, data) in self.end_leases(ids.iter().rev().copied(), home, true) {
            count += 1;
            let Some(data) = data else { continue };
            if self.closed {
                self.homeward.push(id);
            } else {
                self.fresh.push_front(Item { id, data });
            }
        }
        count
    }

    /// Takes items off their leases, such as are out on that one and no other: which, with
    /// what they hold.
    fn end_leases(
        &mut self,
        ids: impl Iterator<Item = ItemId>,
        home: Home,
        unused: bool,
    ) -> Vec<(ItemId, Option<Bytes>)> {
        let mut ended = Vec::with_capacity(ids.size_hint().0);
        for id in ids {
            if let Entry::Occupied(lease) = self.leased.entry(id)
                && (lease.get().runner, lease.get().line) == (home.runner, home.line)
                && lease.get().grant <= home.grant
            {
                ended.push((id, lease.remove().data));
            }
        }
        if let Some(durable) = &mut self.durable {
            let ids = ended.iter().map(|(id, _)| *id).collect();
            durable.returned(home.runner, home.line, ids, unused);
        }
        ended
    }

    fn check_in(&mut self, id: ItemId) {
        self.homeward.push(id);
    }

    /// The pool has items back, which may be what it was waiting for.
    pub(super) fn checked_in(&mut self) {
        self.returned_since = true;
        if self.dry && !self.exhausted && self.ordered == 0 {
            self.retry = Some(TestTime::ZERO);
        }
    }

    /// The pool is asked for so many items.
    pub(super) fn order(&mut self, count: u32) {
        self.ordered = count;
        self.returned_since = false;
    }

    /// The pool has none now, and may be asked `again` then.
    pub(super) fn later(&mut self, again: TestTime) {
        self.ordered = 0;
        self.dry = true;
        if !self.exhausted {
            // A check-in since the order went out is a reason to ask at once.
            self.retry = Some(if self.returned_since { TestTime::ZERO } else { again });
        }
    }

    /// The pool gives no more: used items are not used again.
    pub(super) fn exhaust(&mut self) {
        self.exhausted = true;
        self.ordered = 0;
        self.retry = None;
        self.homeward.extend(self.returned.drain(..).map(|i| i.id));
    }

    /// Returns everything that is free to the pool, for good.
    pub(super) fn close(&mut self) {
        if !self.closed {
            let ordered = self.ordered;
            self.exhaust();
            self.closed = true;
            // What the pool was asked for may still come.
            self.ordered = ordered;
            self.tickets = 0;
            self.homeward.extend(self.fresh.drain(..).map(|i| i.id));
        }
    }

    /// Items to check in.
    pub(super) fn take_homeward(&mut self) -> Vec<ItemId> {
        std::mem::take(&mut self.homeward)
    }

    /// Whether nothing of it is free, leased or expected.
    pub(super) fn is_settled(&self) -> bool {
        self.closed && self.leased.is_empty() && self.ordered == 0
    }

    /// Items in memory.
    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        let ranges = self.durable.as_ref().map_or(0, Durable::ranges);
        self.fresh.len() + self.returned.len() + self.leased.len() + self.homeward.len() + ranges
    }
}
